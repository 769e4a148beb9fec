/** Commands that a program defines: by FCALL and by their own name, from the program and from clients. */
import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Redis } from "ioredis";
import { describe, expect, it } from "vitest";
import { ReplyError, type Store } from "../../bindings/index.ts";
import { openStore } from "../support/store.ts";

/** The package as it is built: what keeps files needs the server beside it. */
const PACKAGE = new URL("../../dist/index.js", import.meta.url).href;

function defineTake(db: Store): void {
  db.defineCommand("take", { keys: 1 }, (scope, [key], [wanted]) => {
    const left = Number(scope.call("GET", key!) ?? 0) - Number(wanted);
    return left < 0 ? null : (scope.call("SET", key!, left, "GET") as string);
  });
}

const messageOf = (run: () => unknown): string => {
  try {
    return `no error: ${String(run())}`;
  } catch (thrown) {
    return thrown instanceof ReplyError ? thrown.message : `no ReplyError: ${String(thrown)}`;
  }
};

describe("defineCommand", () => {
  it("is called by its own name, in any case, and by FCALL", () => {
    using db = openStore();
    defineTake(db);
    db.set("stock", "10");
    expect(db.command("TAKE", "stock", 3)).toBe("10");
    expect(db.command("fcall", "take", 1, "stock", 3)).toBe("7");
    expect(db.command("take", "stock", 5)).toBe(null);
    expect(db.get("stock")).toBe("4");
  });

  it("answers with what JavaScript has", () => {
    using db = openStore();
    db.defineCommand("all", {}, () => ["é", 1, 2n, 2.5, true, undefined, new Set(["m"]), { f: [null] }]);
    expect(db.command("ALL")).toEqual(["é", 1, 2, 2.5, true, null, new Set(["m"]), { f: [null] }]);
  });

  it("throws as commands do: errors of commands as they are, others with ERR", () => {
    using db = openStore();
    db.set("text", "x");
    db.defineCommand("fail", {}, () => {
      throw new Error("no luck");
    });
    db.defineCommand("wrong", { keys: 1 }, (scope, [key]) => scope.call("INCR", key!) as number);
    db.defineCommand("later", {}, (() => Promise.resolve(1)) as never);
    db.defineCommand("nested", {}, (scope) => scope.call("EVAL", "return 1", 0) as number);
    expect(messageOf(() => db.command("FAIL"))).toBe("ERR no luck");
    expect(messageOf(() => db.command("WRONG", "text"))).toBe("ERR value is not an integer or out of range");
    expect(messageOf(() => db.command("WRONG"))).toBe("ERR wrong number of arguments for 'wrong' command");
    expect(messageOf(() => db.command("LATER"))).toBe("ERR a defined command must answer at once");
    expect(messageOf(() => db.command("NESTED"))).toBe("ERR This Redis command is not allowed from script");
    expect(messageOf(() => db.command("FCALL", "wrong", 2, "a"))).toContain(
      "can't be greater than number of args",
    );
    expect(messageOf(() => db.command("FCALL", "nosuch", 0))).not.toContain("no error");
  });

  it("keeps to its flags", () => {
    using db = openStore();
    defineTake(db);
    db.defineCommand(
      "peek",
      { keys: 1, flags: ["no-writes"] },
      (scope, [key]) => scope.call("DEL", key!) as number,
    );
    expect(messageOf(() => db.command("PEEK", "k"))).toBe(
      "ERR Write commands are not allowed from read-only scripts.",
    );
    expect(messageOf(() => db.command("FCALL_RO", "peek", 1, "k"))).toContain("read-only scripts");
    expect(messageOf(() => db.command("FCALL_RO", "take", 1, "k", 1))).toBe(
      "ERR Can not execute a script with write flag using *_ro command.",
    );
  });

  it("refuses what is no definition", () => {
    using db = openStore();
    expect(() => db.defineCommand("get", {}, () => 1)).toThrow(RangeError);
    expect(() => db.defineCommand("a b", {}, () => 1)).toThrow(RangeError);
    expect(() => db.defineCommand("x", { keys: -1 }, () => 1)).toThrow(RangeError);
    expect(() => db.defineCommand("x", { flags: ["fast" as never] }, () => 1)).toThrow(RangeError);
    expect(() => db.defineCommand("x", {}, 1 as never)).toThrow(TypeError);
  });

  it("runs in MULTI, in the caller's database, and leaves nothing behind", () => {
    using db = openStore();
    defineTake(db);
    db.command("SELECT", 3);
    db.set("stock", "5");
    db.command("TAKE", "stock", 1);
    const before = db.usedMemory;
    for (let i = 0; i < 100; i++) db.command("TAKE", "stock", 0);
    expect(db.usedMemory).toBe(before);
    db.command("MULTI");
    expect(db.command("TAKE", "stock", 1)).toBe("QUEUED");
    expect(db.command("EXEC")).toEqual(["4"]);
    expect(db.get("stock")).toBe("3");
    expect(messageOf(() => db.command("TAKEN"))).toContain("unknown command");
  });

  it("goes along into a fork, not into an image", () => {
    using db = openStore();
    defineTake(db);
    using fork = db.fork();
    fork.set("stock", "2");
    expect(fork.command("TAKE", "stock", 1)).toBe("2");
    expect(db.get("stock")).toBe(null);
    using copy = openStore({ image: db.save() });
    expect(messageOf(() => copy.command("TAKE", "stock", 1))).toContain("unknown command 'TAKE'");
  });

  it("is there for clients, with their rights", async () => {
    using db = openStore();
    defineTake(db);
    const listener = await db.listen();
    const client = new Redis(listener.url);
    try {
      await client.set("stock", "9");
      expect(await client.call("TAKE", "stock", "2")).toBe("9");
      expect(await client.call("FCALL", "take", "1", "stock", "2")).toBe("7");
      await client.call("ACL", "SETUSER", "bob", "on", "nopass", "~k*", "+@all", "-set");
      await client.call("AUTH", "bob", "x");
      await expect(client.call("TAKE", "stock", "1")).rejects.toThrow("ACL failure in script");
      await expect(client.call("TAKE", "k", "0")).rejects.toThrow("ACL failure in script");
      await client.call("AUTH", "default", "");
    } finally {
      client.disconnect();
      await listener.close();
    }
  });

  it("writes one transaction into the append-only file", async () => {
    const dir = await mkdtemp(path.join(tmpdir(), "kvasm-test-define-"));
    // A process of its own: a store keeps its files in the folder that it runs in.
    const program = `
      const { open } = await import(${JSON.stringify(PACKAGE)});
      const db = await open({ config: { appendonly: "yes", appendfsync: "always" } });
      db.defineCommand("pair", { keys: 2 }, (scope, keys) => {
        for (const key of keys) scope.call("SET", key, "1");
      });
      db.command("PAIR", "x", "y");
      db.close();`;
    try {
      execFileSync(process.execPath, ["--input-type=module", "-e", program], { cwd: dir });
      const folder = path.join(dir, "appendonlydir");
      const name = (await readdir(folder)).find((file) => file.endsWith(".incr.aof"))!;
      const text = await readFile(path.join(folder, name), "latin1");
      expect(text).toMatch(/MULTI[^]*SET[^]*x[^]*SET[^]*y[^]*EXEC/);
      expect(text.match(/EXEC/g)).toHaveLength(1);
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  });
});
