/** Copies of a store: forks, images, resets, and the clock that goes with them. */
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { createConnection } from "node:net";
import { open } from "../../bindings/index.ts";
import { xxHash32 } from "../../bindings/xxhash.ts";
import type { Store } from "../../bindings/store.ts";
import { Draw } from "../differential/generator.ts";
import { groupNames, loadGroup } from "../differential/groups.ts";
import { readyGenerators } from "../differential/runner.ts";
import { engineModule } from "../support/engine.ts";
import { openStore } from "../support/store.ts";

const START = 1_700_000_000_000;
const generators = (await Promise.all(groupNames().map(loadGroup))).flatMap(readyGenerators);

/** Runs random commands and gives all that they answered. */
function live(db: Store, seed: number, commands: number): unknown[] {
  const draw = new Draw(seed);
  return Array.from({ length: commands }, () => {
    const { command, make } = draw.pick(generators);
    const [name = "", ...rest] = command.split("|");
    try {
      return db.command(name, ...rest, ...make(draw));
    } catch (error) {
      return (error as Error).message;
    }
  });
}

/** All keys of database 0 with their contents. */
function dataset(db: Store): unknown {
  const copy = db.fork();
  try {
    copy.command("DISCARD");
  } catch {
    // no transaction was open
  }
  copy.select(0);
  const keys = copy.keys("*").sort();
  return keys.map((key) => [key, copy.bytes.command("DUMP", key)]);
}

function frozen(): Store {
  const db = openStore({ build: "release" });
  db.clock.freeze(START);
  return db;
}

function openImage(image: Uint8Array, build: "release" | "verify" = "release"): Promise<Store> {
  return open({ wasm: engineModule(build), image });
}

describe("fork", () => {
  it("and parent go on as two stores that were fed the same", () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.nat(), (before, ours, theirs) => {
        const [parent, first, second] = [frozen(), frozen(), frozen()];
        for (const db of [parent, first, second]) live(db, before, 60);
        const child = parent.fork();
        expect(live(parent, ours, 60)).toEqual(live(first, ours, 60));
        expect(live(child, theirs, 60)).toEqual(live(second, theirs, 60));
        expect(dataset(child)).toEqual(dataset(second));
      }),
      { numRuns: 25 },
    );
  });

  it("takes an open transaction, its database and what it watches along", () => {
    const db = openStore();
    db.select(3);
    db.command("WATCH", "seen");
    db.command("MULTI");
    db.set("key", "value");
    const [one, other] = [db.fork(), db.fork()];
    expect(one.command("EXEC")).toEqual(["OK"]);
    expect(other.command("DISCARD")).toBe("OK");
    expect(other.command("MULTI")).toBe("OK");
    expect(one.get("key")).toBe("value");
    expect(db.command("EXEC")).toEqual(["OK"]);
  });

  it("has the parent's time and moves its own", () => {
    const db = frozen();
    db.set("key", "value", { px: 100 });
    const child = db.fork();
    child.clock.advance(101);
    expect(child.get("key")).toBe(null);
    expect(db.get("key")).toBe("value");
  });

  it("survives the parent, and forks again; nothing piles up in the copies", () => {
    let db = openStore();
    db.set("key", "value");
    db.bytes.get("key");
    const sizes: number[] = [];
    for (let i = 0; i < 5; i++) {
      const child = db.fork();
      db.close();
      expect(child.bytes.get("key")).toEqual(new TextEncoder().encode("value"));
      sizes.push(child.usedMemory);
      db = child;
    }
    expect(new Set(sizes.slice(1)).size).toBe(1);
  });

  it("of a store that listens has none of its clients", async () => {
    const db = openStore();
    await using listener = await db.listen();
    const afterwards = (copy: Store): number => {
      expect(copy.get("key")).toBe("value");
      copy.rpush("list", "a");
      expect(copy.llen("list")).toBe(1);
      return copy.usedMemory;
    };
    const blocked = (): number =>
      Number(/blocked_clients:(\d+)/.exec(db.command("INFO", "clients") as string)![1]);
    const socket = createConnection(listener.port, "127.0.0.1");
    socket.write("SET key value\r\nWATCH key\r\nBLPOP list list 0\r\n");
    await vi.waitUntil(() => blocked() === 1);
    const child = db.fork();
    const image = await openImage(db.save(), "verify");
    expect(image.get("key")).toBe("value");
    socket.destroy();
    await vi.waitUntil(() => blocked() === 0);
    expect(afterwards(child)).toBe(afterwards(db.fork()));
  });

  it("is refused on a closed store", () => {
    const db = openStore();
    db.close();
    expect(() => db.fork()).toThrow("closed");
    expect(() => db.save()).toThrow("closed");
    expect(() => db.reset()).toThrow("closed");
  });
});

describe("an image", () => {
  it("opens as the store that was saved, over and over", async () => {
    const db = frozen();
    live(db, 1, 3000);
    const image = db.save();
    const [one, other] = [await openImage(image), await openImage(image)];
    for (const copy of [one, other]) copy.clock.freeze(START);
    expect(dataset(one)).toEqual(dataset(db));
    const after = live(db, 2, 300);
    expect(live(one, 2, 300)).toEqual(after);
    expect(live(other, 2, 300)).toEqual(after);
  });

  it("of an image is the same image", async () => {
    const db = frozen();
    db.set("key", "value");
    const image = db.save();
    const again = (await openImage(image)).save();
    expect(again.length).toBe(image.length);
    const third = (await openImage(again)).save();
    expect(third.length).toBe(image.length);
  });

  it("that is damaged or of another build is refused", async () => {
    const image = frozen().save();
    const refused = { code: "IMAGE_INVALID" };
    await expect(openImage(image, "verify")).rejects.toMatchObject(refused);
    await expect(openImage(new Uint8Array(0))).rejects.toMatchObject(refused);
    for (let at = 0; at < image.length; at += at < 100 ? 1 : 40_009) {
      await expect(openImage(image.subarray(0, at))).rejects.toMatchObject(refused);
      const broken = image.slice();
      broken[at]! ^= 1;
      await expect(openImage(broken), `byte ${at}`).rejects.toMatchObject(refused);
    }
  });

  it("may lie anywhere in its buffer", async () => {
    const db = frozen();
    db.set("key", "value");
    const image = db.save();
    const wide = new Uint8Array(image.length + 3);
    wide.set(image, 3);
    expect((await openImage(wide.subarray(3))).get("key")).toBe("value");
  });

  it.each<[string, object]>([
    ["text", { image: "x" }],
    ["a seed as well", { image: new Uint8Array(1), seed: 1n }],
    ["a number of databases as well", { image: new Uint8Array(1), databases: 1 }],
  ])("is not %s", async (_, options) => {
    await expect(open(options)).rejects.toThrow(TypeError);
  });

  it("has the checksum of the xxHash specification", () => {
    const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
    expect(xxHash32(bytes(""))).toBe(0x02cc5d05);
    expect(xxHash32(bytes("a"))).toBe(0x550d7456);
    expect(xxHash32(bytes("abc"))).toBe(0x32d153ff);
    expect(xxHash32(bytes("Nobody inspects the spammish repetition"))).toBe(0xe2293b2f);
  });
});

describe("reset", () => {
  it("leaves nothing, and works in the midst of a transaction", () => {
    const db = openStore();
    const round = (): number => {
      db.set("a", 1);
      db.select(5);
      db.set("b", 1);
      db.command("WATCH", "b");
      db.command("MULTI");
      db.set("c", 1);
      db.reset();
      expect(db.dbsize()).toBe(0);
      expect(db.set("a", 2)).toBe("OK");
      expect(db.command("MOVE", "a", 5)).toBe(1);
      db.reset();
      return db.usedMemory;
    };
    expect(round()).toBe(round());
  });
});

describe("the clock", () => {
  it("stands, is set and advances, and TTLs follow", () => {
    const db = openStore();
    db.clock.freeze(START);
    expect(db.clock.now()).toBe(START);
    db.set("key", "value", { ex: 10 });
    expect(db.pttl("key")).toBe(10_000);
    db.clock.advance(4000);
    expect(db.pttl("key")).toBe(6000);
    db.clock.set(START + 9999);
    expect(db.get("key")).toBe("value");
    db.clock.advance(2);
    expect(db.get("key")).toBe(null);
    expect(db.clock.frozen).toBe(true);
  });

  it("runs on from where it was put", () => {
    let source = START;
    const db = openStore({ now: () => source });
    db.set("key", "value", { ex: 10 });
    db.clock.advance(3000);
    source += 1000;
    expect(db.pttl("key")).toBe(6000);
    db.clock.freeze();
    source += 5000;
    expect(db.pttl("key")).toBe(6000);
    db.clock.unfreeze();
    source += 500;
    expect(db.pttl("key")).toBe(5500);
  });

  it("makes expired keys go that nobody reads", () => {
    const db = openStore();
    db.clock.freeze(START);
    for (let i = 0; i < 100; i++) db.set(`key:${i}`, "value", { ex: 1 });
    db.clock.advance(60_000);
    for (let i = 0; i < 100 && db.dbsize() > 0; i++) {
      db.clock.advance(100);
      db.ping();
    }
    expect(db.dbsize()).toBe(0);
  });

  it.each([Number.NaN, -1, Infinity])("does not take %s", (nowMs) => {
    const { clock } = openStore();
    expect(() => clock.set(nowMs)).toThrow(RangeError);
    expect(() => clock.freeze(nowMs)).toThrow(RangeError);
    expect(() => clock.advance(nowMs)).toThrow(RangeError);
    expect(clock.frozen).toBe(false);
  });
});
