/** Clients of the same process, without a socket: what they say and hear is what they would over TCP. */
import { once } from "node:events";
import type { Duplex } from "node:stream";
import { Queue, Worker } from "bullmq";
import { Redis } from "ioredis";
import { afterEach, describe, expect, it } from "vitest";
import type * as kvasm from "../../bindings/index.ts";
import { openStore } from "../support/store.ts";

type Store = kvasm.Store;

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** The package as it is built: what runs scripts needs the Lua beside it. */
const PACKAGE = new URL("../../dist/index.js", import.meta.url).href;

async function packagedStore(options: kvasm.OpenOptions = {}): Promise<Store> {
  const { open } = (await import(/* @vite-ignore */ PACKAGE)) as typeof kvasm;
  const db = await open(options);
  cleanups.push(() => db.close());
  return db;
}

function store(): Store {
  const db = openStore();
  cleanups.push(() => db.close());
  return db;
}

function client(db: Store, options: object = {}): Redis {
  const redis = new Redis({ ...db.ioredis, ...options });
  redis.on("error", () => undefined);
  cleanups.push(() => redis.disconnect());
  return redis;
}

async function rawStream(db: Store): Promise<Duplex> {
  return (await db.connect()) as unknown as Duplex;
}

/** All that comes until the stream ends. */
async function everything(stream: Duplex): Promise<string> {
  let text = "";
  for await (const chunk of stream) text += String(chunk);
  return text;
}

describe("a stream", () => {
  it("answers what is written to it, in whatever pieces", async () => {
    const stream = await rawStream(store());
    const bytes = Buffer.from("SET key value\r\n*2\r\n$3\r\nGET\r\n$3\r\nkey\r\nPING\r\nQUIT\r\n");
    for (const byte of bytes) stream.write(Buffer.of(byte));
    expect(await everything(stream)).toBe("+OK\r\n$5\r\nvalue\r\n+PONG\r\n+OK\r\n");
  });

  it("takes requests larger than a read, and gives replies as large", async () => {
    const stream = await rawStream(store());
    const value = "0123456789".repeat(50_000);
    stream.write(`SET key ${value}\r\n`.slice(0, 7));
    stream.end(`key ${value}\r\n`.slice(3));
    expect(await everything(stream)).toContain("ERR");
    const db = store();
    const other = await rawStream(db);
    other.write(`*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$${value.length}\r\n${value}\r\nGET key\r\nQUIT\r\n`);
    expect(await everything(other)).toBe(`+OK\r\n$${value.length}\r\n${value}\r\n+OK\r\n`);
    expect(db.strlen("key")).toBe(value.length);
  });

  it("does not run the other side within a call", async () => {
    const db = store();
    const stream = await rawStream(db);
    let answered = false;
    stream.on("data", () => (answered = true));
    stream.write("INCR n\r\n");
    expect([db.get("n"), answered]).toEqual([null, false]);
    await once(stream, "data");
    expect(db.get("n")).toBe("1");
  });

  it("lets its reader write in its own handler", async () => {
    const db = store();
    const stream = await rawStream(db);
    let left = 1000;
    stream.on("data", () => (left-- > 0 ? stream.write("INCR n\r\n") : stream.end()));
    stream.write("INCR n\r\n");
    await once(stream, "close");
    expect(db.get("n")).toBe("1001");
  });

  it("keeps what its reader does not take, up to the limit of its class", async () => {
    const db = store();
    db.command("SET", "big", "x".repeat(1_000_000));
    const stream = await rawStream(db);
    db.command("CONFIG", "SET", "client-output-buffer-limit", "normal 8mb 0 0");
    stream.pause();
    for (let i = 0; i < 5; i++) stream.write("GET big\r\n");
    await new Promise(setImmediate);
    expect(stream.destroyed).toBe(false);
    for (let i = 0; i < 20; i++) stream.write("GET big\r\n");
    await once(stream.resume(), "close");
    expect(db.command("INFO", "stats")).toContain("client_output_buffer_limit_disconnections:1");
  });

  it("ends with QUIT, with CLIENT KILL, with the store, and by its own hand", async () => {
    const db = store();
    const closed = async (end: (stream: Duplex) => void): Promise<void> => {
      const stream = await rawStream(db);
      stream.resume();
      end(stream);
      await once(stream, "close");
    };
    await closed((stream) => stream.write("QUIT\r\n"));
    await closed((stream) => stream.end("SET last word\r\n"));
    await closed((stream) => stream.destroy());
    await closed(() => db.command("CLIENT", "KILL", "TYPE", "normal"));
    expect(db.get("last")).toBe("word");
    expect(db.command("CLIENT", "LIST")).toBe("");
    await closed(() => db.close());
    await expect(db.connect()).rejects.toMatchObject({ code: "CLOSED" });
  });
});

describe("ioredis", () => {
  it("shares the data of the program, both ways", async () => {
    const db = store();
    const redis = client(db);
    db.set("from", "the program");
    expect(await redis.get("from")).toBe("the program");
    await redis.hset("hash", { field: "value" });
    expect(db.hgetall("hash")).toEqual({ field: "value" });
    const results = await redis.pipeline().set("a", 1).incr("a").lpop("a").exec();
    expect(results?.map(([error, reply]) => error?.message ?? reply)).toEqual([
      "OK",
      2,
      "WRONGTYPE Operation against a key holding the wrong kind of value",
    ]);
    expect(await redis.multi().get("a").del("a").exec()).toEqual([
      [null, "2"],
      [null, 1],
    ]);
  });

  it("waits for what the program pushes, and for what it publishes", async () => {
    const db = store();
    const popped = client(db).blpop("queue", 0);
    const subscriber = client(db);
    await subscriber.subscribe("news");
    const message = once(subscriber, "message");
    expect(db.command("PUBLISH", "news", "hello")).toBe(1);
    expect(await message).toEqual(["news", "hello"]);
    db.rpush("queue", "job");
    expect(await popped).toEqual(["queue", "job"]);
  });

  it("runs scripts, comes back after CLIENT KILL, and can be duplicated", async () => {
    const db = await packagedStore();
    const redis = client(db, { retryStrategy: () => 1 });
    expect(await redis.eval("return redis.call('INCRBY', KEYS[1], ARGV[1])", 1, "n", 5)).toBe(5);
    const again = once(redis, "ready");
    db.command("CLIENT", "KILL", "TYPE", "normal");
    await again;
    expect(await redis.get("n")).toBe("5");
    const twin = redis.duplicate();
    cleanups.push(() => twin.disconnect());
    expect(await twin.incr("n")).toBe(6);
  });

  it("carries BullMQ", async () => {
    const db = await packagedStore();
    const connection = { ...db.ioredis, maxRetriesPerRequest: null };
    const queue = new Queue("letters", { connection });
    const worker = new Worker("letters", (job) => Promise.resolve(String(job.data).toUpperCase()), {
      connection,
    });
    cleanups.push(() => Promise.all([worker.close(), queue.close()]));
    const done = once(worker, "completed");
    await queue.add("write", "dear ada");
    expect((await done)[1]).toBe("DEAR ADA");
  });
});

describe("a store with a server", () => {
  it("answers its commands from the beginning where it has parameters", async () => {
    const db = await packagedStore({ config: { "maxmemory-policy": "allkeys-lru" } });
    expect(db.command("CONFIG", "GET", "maxmemory-policy")).toEqual({ "maxmemory-policy": "allkeys-lru" });
    expect(db.command("EVAL", "return ARGV[1]", 0, "x")).toBe("x");
    await expect(packagedStore({ config: { nope: 1 } })).rejects.toThrow("nope");
    await expect(packagedStore({ config: 5 as unknown as { x: 1 } })).rejects.toThrow(TypeError);
  });

  it("listens and connects at the same time; what listens may stop alone", async () => {
    const db = store();
    const inside = client(db);
    const listener = await db.listen({ config: { maxclients: 50 } });
    const outside = new Redis(listener.port, { retryStrategy: null });
    cleanups.push(() => outside.disconnect());
    await outside.set("key", "value");
    expect(await inside.get("key")).toBe("value");
    expect(await inside.config("GET", "maxclients")).toEqual(["maxclients", "50"]);
    const gone = once(outside, "close");
    await listener.close();
    await gone;
    expect(await inside.get("key")).toBe("value");
  });
});
