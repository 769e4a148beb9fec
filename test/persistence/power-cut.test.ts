/** Power cuts and faults of the disk, simulated in this process over many seeds. */
import { describe, expect, it } from "vitest";
import { Root } from "../../bindings/abi.ts";
import { MemoryDisk } from "../support/memory-disk.ts";
import { Prng } from "../support/prng.ts";
import { Servers } from "./servers.ts";
import { Subject } from "./subject.ts";

const SEEDS = Number(process.env["KVASM_POWER_CUTS"] ?? 30);

const subjects: Subject[] = [];

async function subject(
  disk: MemoryDisk,
  settings: Record<string, string>,
  isEmbedded = false,
): Promise<Subject> {
  const made = await new Subject(disk, settings, isEmbedded).start();
  subjects.push(made);
  return made;
}

const ALWAYS = { appendonly: "yes", appendfsync: "always" };
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("after a power cut", () => {
  it(`everything that was answered is there, and no half transaction [appendfsync always, ${SEEDS} seeds]`, async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const prng = new Prng(seed);
      const disk = new MemoryDisk();
      const { server, engine, ...rest } = await subject(disk, ALWAYS);
      void rest;
      const writer = subjects.at(-1)!;
      const states = [writer.dataset()];
      let answered = 0;
      const turns = 3 + prng.below(12);
      for (let i = 0; i < turns; i++) {
        for (let n = prng.below(4); n >= 0; n--) {
          if (prng.below(3) === 0) {
            writer.run("MULTI");
            writer.run("RPUSH", `key:${prng.below(5)}`, `a${i}`);
            writer.run("RPUSH", `key:${prng.below(5)}`, `b${i}`);
            writer.run("EXEC");
          } else writer.run("RPUSH", `key:${prng.below(5)}`, `${i}.${n}`);
          states.push(writer.dataset());
        }
        if (prng.below(5) === 0) server.persistence.aof.rewriteInBackground();
        if (prng.below(4) !== 0) {
          server.persistence.aof.flush();
          answered = states.length - 1;
        }
        for (let n = prng.below(3); n > 0; n--) await turn();
        if (engine.word(Root.streamUsed) === 0) answered = states.length - 1;
      }
      const after = disk.afterPowerCut(() => prng.below(101) / 100);
      const again = await subject(after, ALWAYS);
      const found = states.lastIndexOf(again.dataset());
      expect(found, `seed ${seed}: not a state that ever was`).toBeGreaterThanOrEqual(0);
      expect(found, `seed ${seed}: answered writes are missing`).toBeGreaterThanOrEqual(answered);
    }
  });

  it("an RDB file is the old one or the new one", async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const prng = new Prng(seed);
      const disk = new MemoryDisk();
      const writer = await subject(disk, {});
      const saved: string[] = [""];
      for (let i = 0; i < 4; i++) {
        writer.run("RPUSH", `key:${i}`, "x");
        saved.push(writer.dataset());
        writer.server.persistence.rdb.saveInBackground();
        for (let n = prng.below(6); n > 0; n--) await turn();
        if (prng.below(2) === 0) await writer.server.persistence.rdb.idle;
        else if (writer.server.persistence.rdb.isRunning) break;
      }
      const again = await subject(
        disk.afterPowerCut(() => prng.below(101) / 100),
        {},
      );
      expect(saved, `seed ${seed}`).toContain(again.dataset());
    }
  });
});

describe("a disk that fails", () => {
  it("refuses writes with MISCONF while the AOF cannot be written, and takes them again after", async () => {
    const disk = new MemoryDisk();
    const { server } = await subject(disk, { appendonly: "yes", appendfsync: "everysec" });
    const writer = subjects.at(-1)!;
    disk.fault = (operation) => (operation === "write" ? "ENOSPC" : null);
    writer.run("RPUSH", "key:1", "a");
    server.persistence.aof.flush();
    expect(server.persistence.writeRefusal).toBe(
      "MISCONF Errors writing to the AOF file: No space left on device",
    );
    disk.fault = () => null;
    server.persistence.aof.tick(Date.now());
    expect(server.persistence.writeRefusal).toBeNull();
    const again = await subject(
      disk.afterPowerCut(() => 1),
      ALWAYS,
    );
    expect(again.dataset()).toBe(writer.dataset());
  });

  it("that is slow with an fsync makes no write wait, and no rewrite repeat one", async () => {
    const disk = new MemoryDisk();
    const writer = await subject(disk, { appendonly: "yes", appendfsync: "everysec" });
    const { aof } = writer.server.persistence;
    disk.slowSync = new Promise(() => undefined);
    writer.run("RPUSH", "key:1", "a");
    aof.flush();
    writer.run("RPUSH", "key:1", "b");
    aof.flush();
    expect(aof.isSyncing).toBe(true);
    expect(aof.pendingBytes).toBe(0);
    expect(aof.rewriteInBackground()).toBe(true);
    disk.slowSync = null;
    writer.run("RPUSH", "key:1", "c");
    await aof.idle;
    aof.flush();
    const again = await subject(
      disk.afterPowerCut(() => 1),
      ALWAYS,
    );
    expect(again.dataset()).toBe("key:1=*3 $1 a $1 b $1 c ");
  });

  it("leaves the AOF with whole commands after short writes", async () => {
    const disk = new MemoryDisk();
    const writer = await subject(disk, { appendonly: "yes", appendfsync: "everysec" });
    let short = true;
    disk.fault = (operation) => {
      if (operation !== "write") return null;
      short = !short;
      return short ? "ENOSPC" : "short";
    };
    writer.run("RPUSH", "key:1", "a", "b", "c");
    writer.server.persistence.aof.flush();
    disk.fault = () => null;
    writer.run("RPUSH", "key:1", "d");
    writer.server.persistence.aof.flush();
    const again = await subject(
      disk.afterPowerCut(() => 1),
      ALWAYS,
    );
    expect(again.dataset()).toBe(writer.dataset());
  });

  it("refuses writes with MISCONF after a BGSAVE that failed, until one works", async () => {
    const disk = new MemoryDisk();
    const writer = await subject(disk, { save: "3600 1" });
    const { rdb } = writer.server.persistence;
    disk.fault = (operation) => (operation === "sync" ? "EIO" : null);
    writer.run("RPUSH", "key:1", "a");
    expect(rdb.saveInBackground()).toBe(true);
    await rdb.idle;
    expect(rdb.lastStatus).toBe("err");
    expect(writer.server.persistence.writeRefusal).toMatch(
      /^MISCONF Redis is configured to save RDB snapshots/,
    );
    expect(disk.list("temp")).toEqual([]);
    disk.fault = () => null;
    expect(rdb.saveInBackground()).toBe(true);
    await rdb.idle;
    expect(writer.server.persistence.writeRefusal).toBeNull();
  });

  it("lets a read-only folder stop saves and nothing else, and saves again when it is none any more", async () => {
    const disk = new MemoryDisk();
    const writer = await subject(disk, { save: "3600 1" });
    const { persistence } = writer.server;
    disk.fault = (operation) => (operation === "create" ? "EROFS" : null);
    writer.run("RPUSH", "key:1", "a");
    expect(persistence.saveNow()).toBe(false);
    // As in Redis, only a save in the background makes writes wait.
    expect(persistence.writeRefusal).toBeNull();
    expect(persistence.rdb.saveInBackground()).toBe(false);
    expect(persistence.writeRefusal).toMatch(/^MISCONF/);
    expect(writer.run("LRANGE", "key:1", "0", "-1")).toContain("a");
    disk.fault = () => null;
    expect(persistence.saveNow()).toBe(true);
    expect(persistence.writeRefusal).toBeNull();
  });

  it("does not start an AOF in a folder that cannot be written, and says so", async () => {
    const disk = new MemoryDisk();
    disk.fault = (operation) => (operation === "create" ? "EROFS" : null);
    await expect(subject(disk, ALWAYS)).rejects.toMatchObject({ code: "LOAD_FAILED" });
    disk.fault = () => null;
    const writer = await subject(disk, ALWAYS);
    writer.run("RPUSH", "key:1", "a");
    writer.server.persistence.aof.flush();
    const after = disk.afterPowerCut(() => 0);
    expect((await subject(after, ALWAYS)).dataset()).toBe(writer.dataset());
  });

  it("keeps an increment that no manifest names aside, where a new AOF begins", async () => {
    const disk = new MemoryDisk();
    const writer = await subject(disk, ALWAYS);
    writer.run("RPUSH", "key:1", "a");
    writer.server.persistence.aof.flush();
    const after = disk.afterPowerCut(() => 1);
    const name = "appendonlydir/appendonly.aof.1.incr.aof";
    const before = after.readText(name);
    after.remove("appendonlydir/appendonly.aof.manifest");
    const again = await subject(after, ALWAYS);
    expect(again.dataset()).toBe("");
    expect(after.readText(`${name}.unnamed`)).toBe(before);
  });

  it("takes no notice of files that were about to be renamed", async () => {
    const disk = new MemoryDisk();
    const writer = await subject(disk, ALWAYS);
    writer.run("RPUSH", "key:1", "a");
    writer.server.persistence.aof.flush();
    const after = disk.afterPowerCut(() => 1);
    for (const name of [
      "temp_appendonly.aof.manifest",
      "temp-rewriteaof-bg-1.aof.1",
      "appendonly.aof.2.base.rdb",
    ]) {
      after.writeText(`appendonlydir/${name}`, "half of something");
    }
    after.writeText("temp-1.rdb.1", "REDIS");
    const again = await subject(after, ALWAYS);
    expect(again.dataset()).toBe(writer.dataset());
    again.server.persistence.aof.rewriteInBackground();
    await again.server.persistence.aof.idle;
    const third = await subject(
      after.afterPowerCut(() => 0),
      ALWAYS,
    );
    expect(third.dataset()).toBe(writer.dataset());
  });

  it("in a program: the call that was not saved throws, the process goes on, and the disk's return heals it", async () => {
    const disk = new MemoryDisk();
    const writer = await subject(disk, ALWAYS, true);
    const { aof } = writer.server.persistence;
    const push = (what: string): void => {
      writer.run("RPUSH", "key:1", what);
      aof.commit();
    };
    push("a");
    disk.fault = (operation) => (operation === "write" ? "ENOSPC" : null);
    expect(() => push("b")).toThrow(expect.objectContaining({ code: "NOT_SAVED" }));
    expect(writer.server.persistence.writeRefusal).toMatch(/^MISCONF Errors writing to the AOF file/);
    disk.fault = () => null;
    aof.tick(Date.now());
    push("c");
    disk.fault = (operation) => (operation === "sync" ? "EIO" : null);
    expect(() => push("d")).toThrow(expect.objectContaining({ code: "NOT_SAVED" }));
    disk.fault = () => null;
    // What was not synchronized may be gone: it takes a new base.
    expect(() => push("e")).toThrow(expect.objectContaining({ code: "NOT_SAVED" }));
    aof.tick(Date.now());
    await aof.idle;
    push("f");
    const again = await subject(
      disk.afterPowerCut(() => 0),
      ALWAYS,
    );
    expect(again.dataset()).toBe("key:1=*6 $1 a $1 b $1 c $1 d $1 e $1 f ");
  });
});

describe("a second server in the folder", () => {
  const servers = new Servers("lock");

  it("does not start where it was told to persist, and saves nothing where it was not", async () => {
    const dir = servers.folder();
    const first = await servers.kvasm(dir, "--appendonly", "yes");
    const refused = /Process \d+ persists in .*: two servers cannot/;
    await expect(servers.kvasm(dir, "--appendonly", "yes")).rejects.toThrow(refused);
    await expect(servers.kvasm(dir, "--save", "60 1")).rejects.toThrow(refused);
    const idle = await servers.kvasm(dir);
    expect(await idle.do("SAVE").catch(String)).toContain("ERR");
    expect(await idle.do("CONFIG", "SET", "appendonly", "yes").catch(String)).toContain(
      "Unable to turn on AOF",
    );
    expect(await first.do("SET", "k", "v")).toBe("OK");
  });

  it("starts where the first has been killed", async () => {
    const dir = servers.folder();
    const first = await servers.kvasm(dir, "--appendonly", "yes");
    await first.do("SET", "k", "v");
    await servers.crash();
    const second = await servers.kvasm(dir, "--appendonly", "yes");
    expect(await second.do("GET", "k")).toBe("v");
  });
});
