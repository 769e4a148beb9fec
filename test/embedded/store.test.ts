/** What a store does beside running commands: opening, errors, closing, databases, values of any bytes. */
import { readFile } from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import {
  ArgumentError,
  KvasmError,
  open,
  type OpenOptions,
  ReplyError,
  Store,
} from "../../bindings/index.ts";
import { engineModule } from "../support/engine.ts";
import { openStore } from "../support/store.ts";

const WASM = process.env["KVASM_WASM"] ?? fileURLToPath(new URL("../../build/kvasm.wasm", import.meta.url));

function errorOf(call: () => unknown): KvasmError {
  try {
    call();
  } catch (error) {
    return error as KvasmError;
  }
  throw new Error("nothing was thrown");
}

describe("open", () => {
  it.each<[string, () => OpenOptions | Promise<OpenOptions>]>([
    ["a path", () => ({ wasm: WASM })],
    ["a file URL", () => ({ wasm: pathToFileURL(WASM) })],
    ["a URL as text", () => ({ wasm: pathToFileURL(WASM).href })],
    ["bytes", async () => ({ wasm: await readFile(WASM) })],
    ["a compiled module", () => ({ wasm: engineModule("release") })],
    ["a response", async () => ({ wasm: new Response(await readFile(WASM)) })],
    [
      "a response that says what it is",
      async () => ({
        wasm: new Response(await readFile(WASM), { headers: { "content-type": "application/wasm" } }),
      }),
    ],
  ])("takes its module from %s", async (_, options) => {
    const db = await open(await options());
    expect(db.set("key", "value")).toBe("OK");
    expect(db.get("key")).toBe("value");
    db.close();
  });

  it.each<[string, () => unknown]>([
    ["a file that is not there", () => "no/such.wasm"],
    ["bytes that are no module", () => new Uint8Array([1, 2, 3])],
    ["a response that failed", () => new Response(null, { status: 404 })],
    ["something else", () => 42],
  ])("says LOAD_FAILED of %s", async (_, wasm) => {
    await expect(open({ wasm: wasm() as string })).rejects.toMatchObject({ code: "LOAD_FAILED" });
  });

  it("refuses a module of another kind", () => {
    const empty = new WebAssembly.Module(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]));
    expect(() => new Store(empty)).toThrow();
  });

  it.each<[string, object]>([
    ["databases: 0", { databases: 0 }],
    ["databases: 1.5", { databases: 1.5 }],
    ["databases: '4'", { databases: "4" }],
    ["memoryMax: 2^40", { memoryMax: 2 ** 40 }],
    ["seed: 1", { seed: 1 }],
    ["now: 5", { now: 5 }],
  ])("refuses %s", async (_, options) => {
    await expect(open(options)).rejects.toThrow(/databases|memoryMax|seed|now/);
  });

  it("makes as many databases as asked for", () => {
    const db = openStore({ databases: 3 });
    expect(db.select(2)).toBe("OK");
    expect(() => db.select(3)).toThrow("ERR DB index is out of range");
  });

  it("gives stores that know nothing of each other", () => {
    const [one, other] = [openStore(), openStore()];
    one.set("key", "1");
    expect(other.get("key")).toBe(null);
    one.close();
    expect(other.set("key", "2")).toBe("OK");
  });

  it("gives the same randomness for the same seed", () => {
    const answers = [7n, 7n, 8n].map((seed) => {
      const db = openStore({ seed });
      db.mset(Array.from({ length: 100 }, (_, i) => [`key:${i}`, i]));
      return Array.from({ length: 10 }, () => db.randomkey()).join();
    });
    expect(answers[1]).toBe(answers[0]);
    expect(answers[2]).not.toBe(answers[0]);
  });
});

describe("values", () => {
  const every = Uint8Array.from({ length: 256 }, (_, i) => i);

  it("are any bytes, and so are keys", () => {
    const db = openStore();
    db.set(every, every);
    expect(db.bytes.get(every)).toEqual(every);
    expect(db.bytes.mget([every])).toEqual([every]);
    expect(db.bytes.keys("*")).toEqual([every]);
    expect(db.exists(every)).toBe(1);
    db.set("", "");
    expect(db.get("")).toBe("");
    expect(db.bytes.get("")).toEqual(new Uint8Array());
    db.set("a\0b", "\0");
    expect(db.get("a\0b")).toBe("\0");
  });

  it("are texts in UTF-8, whatever form the key is given in", () => {
    const db = openStore();
    db.set("ключ", "значение");
    expect(db.get(new TextEncoder().encode("ключ"))).toBe("значение");
    expect(db.strlen("ключ")).toBe(16);
    expect(db.command("GET", "ключ")).toBe("значение");
  });

  it("are integers in the engine, and texts here", () => {
    const db = openStore();
    db.set("n", 42);
    expect(db.object.encoding("n")).toBe("int");
    expect(db.get("n")).toBe("42");
    expect(db.bytes.get("n")).toEqual(new Uint8Array([0x34, 0x32]));
  });

  it("beyond 2^53 come as bigint", () => {
    const db = openStore();
    expect(db.incrby("n", 2 ** 52)).toBe(2 ** 52);
    expect(db.incrby("n", 2n ** 62n)).toBe(2n ** 52n + 2n ** 62n);
  });

  it("in a reply stay as they were when the store goes on", () => {
    const db = openStore();
    db.set("key", "before");
    const bytes = db.bytes.get("key")!;
    db.set("key", "after!");
    db.mset(Array.from({ length: 5000 }, (_, i) => [`key:${i}`, "x".repeat(100)]));
    expect(new TextDecoder().decode(bytes)).toBe("before");
  });

  it("may be large, and memory grows under the views", () => {
    const db = openStore({ build: "release" });
    const large = "0123456789abcdef".repeat(1 << 16);
    for (let i = 0; i < 20; i++) db.set(`large:${i}`, large);
    for (let i = 0; i < 20; i++) expect(db.get(`large:${i}`)).toBe(large);
    expect(db.mget(["large:0", "large:19"])).toEqual([large, large]);
    db.flushall();
    expect(db.usedMemory).toBeLessThan(2 << 20);
  });
});

describe("an error reply", () => {
  it("is thrown with Redis' text, and its first word for code", () => {
    const db = openStore();
    db.sadd("set", "member");
    const error = errorOf(() => db.get("set"));
    expect(error).toBeInstanceOf(ReplyError);
    expect(error).toBeInstanceOf(KvasmError);
    expect(error.code).toBe("WRONGTYPE");
    expect(error.message).toBe("WRONGTYPE Operation against a key holding the wrong kind of value");
    expect(errorOf(() => db.incr("set")).code).toBe("WRONGTYPE");
    db.set("text", "x");
    expect(errorOf(() => db.incr("text")).message).toBe("ERR value is not an integer or out of range");
  });

  it("of a command that is none quotes it as Redis does", () => {
    const db = openStore();
    expect(errorOf(() => db.command("NOPE", "a", 1)).message).toBe(
      "ERR unknown command 'NOPE', with args beginning with: 'a' '1' ",
    );
    expect(errorOf(() => db.command("object", "nope", "a")).message).toBe(
      "ERR unknown subcommand 'nope'. Try OBJECT HELP.",
    );
    expect(errorOf(() => db.command("get")).message).toBe("ERR wrong number of arguments for 'get' command");
    expect(errorOf(() => db.command("")).message).toMatch(/^ERR unknown command ''/);
  });

  it("says OOM where the store may not take more memory, and the store goes on", () => {
    const db = openStore({ build: "release", memoryMax: 8 << 20 });
    const fill = (): void => {
      for (let i = 0; ; i++) db.set(`key:${i}`, "x".repeat(1000));
    };
    expect(errorOf(fill)).toMatchObject({ name: "ReplyError", code: "OOM" });
    expect(db.get("key:0")).toBe("x".repeat(1000));
    expect(errorOf(() => db.set("big", "x".repeat(16 << 20))).code).toMatch(/^(OOM|OUT_OF_MEMORY)$/);
    db.flushall();
    expect(db.set("key", "value")).toBe("OK");
  });

  it("leaves nothing behind that the next call would trip over", () => {
    const db = openStore();
    db.set("key", "value");
    for (let i = 0; i < 100; i++) {
      expect(() => db.command("SET", "key")).toThrow(ReplyError);
      expect(() => db.set("key", {} as string)).toThrow(ArgumentError);
      expect(db.get("key")).toBe("value");
    }
  });
});

describe("commands of the server", () => {
  it("are refused with UNSUPPORTED while there is none", () => {
    const db = openStore();
    expect(errorOf(() => db.command("INFO")).code).toBe("UNSUPPORTED");
    expect(errorOf(() => db.command("CONFIG", "GET", "*")).code).toBe("UNSUPPORTED");
    expect(db.ping()).toBe("PONG");
  });

  it("that block answer at once, as in a transaction", () => {
    const db = openStore();
    expect(db.command("BLPOP", "list", 0)).toBe(null);
    db.command("RPUSH", "list", "a");
    expect(db.command("BLPOP", "list", 0)).toEqual(["list", "a"]);
  });
});

describe("a transaction by command()", () => {
  it("queues typed methods too, and EXEC answers with all replies, errors among them", () => {
    const db = openStore();
    db.set("text", "x");
    expect(db.command("MULTI")).toBe("OK");
    expect(db.set("a", 1)).toBe("QUEUED");
    expect(db.get("a")).toBe("QUEUED");
    expect(db.incr("text")).toBe("QUEUED");
    expect(db.command("EXEC")).toEqual([
      "OK",
      "1",
      new ReplyError("ERR value is not an integer or out of range"),
    ]);
    expect(db.get("a")).toBe("1");
  });
});

describe("close", () => {
  it("may be called twice, and makes every command throw CLOSED", () => {
    const db = openStore();
    const { bytes } = db;
    db.set("key", "value");
    expect(db.closed).toBe(false);
    db.close();
    db.close();
    expect(db.closed).toBe(true);
    const calls: (() => unknown)[] = [
      () => db.get("key"),
      () => db.get("k".repeat(100)),
      () => db.set("key", "value"),
      () => db.set("key", "x".repeat(100_000)),
      () => db.mset({ a: 1 }),
      () => db.command("PING"),
      () => db.object.encoding("key"),
      () => bytes.get("key"),
      () => db.usedMemory,
    ];
    for (const call of calls) expect(errorOf(call).code, String(call)).toBe("CLOSED");
  });

  it("happens at the end of a `using` block", () => {
    let kept: Store;
    {
      using db = openStore();
      kept = db;
      db.set("key", "value");
    }
    expect(kept.closed).toBe(true);
  });
});
