/** A store that listens: clients and the program see one dataset, host commands are answered, endings are clean. */
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Redis } from "ioredis";
import { afterEach, describe, expect, it } from "vitest";
import { type Listener, type ListenOptions, ReplyError, type Store } from "../../bindings/index.ts";
import { openStore } from "../support/store.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function listening(
  options?: ListenOptions,
  db: Store = openStore(),
): Promise<{ db: Store; listener: Listener }> {
  const listener = await db.listen(options);
  cleanups.push(() => db.close());
  return { db, listener };
}

function connect(listener: Listener, options: object = {}): Redis {
  const place = listener.port === 0 ? { path: listener.path } : { port: listener.port, host: listener.host };
  const client = new Redis({ ...place, retryStrategy: null, ...options });
  client.on("error", () => undefined);
  cleanups.push(() => client.disconnect());
  return client;
}

describe("a store that listens", () => {
  it("shares its data with its clients, both ways", async () => {
    const { db, listener } = await listening();
    const client = connect(listener);
    db.set("from", "the program");
    expect(await client.get("from")).toBe("the program");
    await client.hset("hash", { field: "value" });
    expect(db.hgetall("hash")).toEqual({ field: "value" });
    expect(db.dbsize()).toBe(2);
  });

  it("says where: a port of the system's choice, or the one that was wanted", async () => {
    const { listener } = await listening();
    expect(listener.port).toBeGreaterThan(0);
    expect(listener.url).toBe(`redis://127.0.0.1:${listener.port}`);
    await listener.close();
    const again = await listening({ port: listener.port, host: "localhost" });
    expect(again.listener.port).toBe(listener.port);
    expect(await connect(again.listener).ping()).toBe("PONG");
  });

  it("listens on a Unix socket, which goes when it stops", async () => {
    const file = path.join(mkdtempSync(path.join(tmpdir(), "kvasm-")), "store.sock");
    const { db, listener } = await listening({ path: file });
    expect([listener.port, listener.path, listener.url]).toEqual([0, file, file]);
    db.set("key", "value");
    expect(await connect(listener).get("key")).toBe("value");
    await listener.close();
    expect(existsSync(file)).toBe(false);
  });

  it("serves clients that block, when the program pushes", async () => {
    const { db, listener } = await listening();
    const client = connect(listener);
    const popped = client.blpop("queue", 0);
    await connect(listener).ping();
    while (!String(db.command("CLIENT", "LIST")).includes("cmd=blpop")) await connect(listener).ping();
    expect(db.rpush("queue", ["a", "b"])).toBe(2);
    expect(await popped).toEqual(["queue", "a"]);
    expect(db.lrange("queue", 0, -1)).toEqual(["b"]);
  });

  it("takes parameters as in redis.conf", async () => {
    const { listener } = await listening({ config: { requirepass: "secret", maxclients: 5 } });
    await expect(connect(listener).get("key")).rejects.toThrow("NOAUTH");
    expect(await connect(listener, { password: "secret" }).get("key")).toBe(null);
  });

  it("answers the commands of the server to the program too", async () => {
    const { db, listener } = await listening();
    expect(db.command("INFO", "server")).toContain("redis_version:");
    expect(db.command("CONFIG", "GET", "port")).toEqual({ port: String(listener.port) });
    expect(db.command("COMMAND", "COUNT")).toBeGreaterThan(200);
    expect(() => db.command("CONFIG", "SET", "nope", "1")).toThrow(ReplyError);
    expect(db.bytes.command("ECHO", "x")).toEqual(new Uint8Array([0x78]));
  });

  it("goes on reading RESP3, whatever HELLO or RESET say", async () => {
    const { db } = await listening();
    db.hset("hash", { field: "value" });
    for (const command of [["HELLO", "2"], ["RESET"], ["QUIT"]]) {
      db.command(...(command as [string]));
      expect(db.hgetall("hash"), command.join(" ")).toEqual({ field: "value" });
    }
  });

  it("runs a transaction with commands of both kinds", async () => {
    const { db } = await listening();
    db.command("MULTI");
    db.command("CONFIG", "GET", "bind");
    db.set("key", "value");
    db.command("CLIENT", "GETNAME");
    db.get("key");
    expect(db.command("EXEC")).toEqual([{ bind: "127.0.0.1" }, "OK", null, "value"]);
    expect(db.get("key")).toBe("value");
  });
});

describe("a transaction", () => {
  it("hands the arguments of the server's commands over, whatever their lengths", async () => {
    const { db } = await listening();
    const words = Array.from({ length: 40 }, (_, i) => "x".repeat(i));
    db.command("MULTI");
    for (const word of words) db.command("CLIENT", "KILL", "ADDR", word, "NO", "yes");
    for (const word of words) db.command("CONFIG", "GET", "port", word + "y");
    const replies = db.command("EXEC") as unknown[];
    expect(replies).toHaveLength(2 * words.length);
    expect(new Set(replies.slice(words.length).map((reply) => JSON.stringify(reply))).size).toBe(1);
    expect(replies.at(-1)).toEqual({ port: expect.any(String) as string });
  });
});

describe("an end", () => {
  it("of listening leaves the store open, and lets it listen again", async () => {
    const { db, listener } = await listening();
    const client = connect(listener);
    await client.set("key", "value");
    await Promise.all([listener.close(), listener.close()]);
    await expect(client.get("key")).rejects.toThrow();
    expect(db.get("key")).toBe("value");
    const again = await db.listen();
    expect(await connect(again).get("key")).toBe("value");
  });

  it("of the store ends its clients at once", async () => {
    const { db, listener } = await listening();
    const client = connect(listener);
    await client.ping();
    const ended = new Promise((resolve) => client.once("close", resolve));
    db.close();
    await ended;
    await listener.close();
    await expect(connect(listener).ping()).rejects.toThrow();
  });

  it("that a client asks for with SHUTDOWN is of the listening only", async () => {
    const { db, listener } = await listening();
    const client = connect(listener);
    await client.set("key", "value");
    await client.shutdown("NOSAVE").catch(() => undefined);
    await listener.close();
    expect(db.get("key")).toBe("value");
    expect((await db.listen()).port).toBeGreaterThan(0);
  });

  it("of the store while it begins to listen leaves nothing open", async () => {
    const db = openStore();
    const starting = db.listen();
    db.close();
    await expect(starting).rejects.toMatchObject({ code: "CLOSED" });
  });
});

describe("listen", () => {
  it("says LISTEN_FAILED where the port is taken, or it listens already", async () => {
    const { db, listener } = await listening();
    await expect(db.listen()).rejects.toMatchObject({ code: "LISTEN_FAILED" });
    const other = openStore();
    cleanups.push(() => other.close());
    await expect(other.listen({ port: listener.port })).rejects.toMatchObject({
      code: "LISTEN_FAILED",
      message: expect.stringContaining("EADDRINUSE") as string,
    });
    await expect(other.listen({ path: "/no/such/folder/x.sock" })).rejects.toMatchObject({
      code: "LISTEN_FAILED",
    });
    expect((await other.listen()).port).toBeGreaterThan(0);
  });

  it.each<[string, object]>([
    ["port", { port: 70_000 }],
    ["port", { port: "6379" }],
    ["host", { host: "" }],
    ["path", { path: 5 }],
    ["config", { config: { nope: 1 } }],
    ["config", { config: { maxmemory: "much" } }],
    ["config", { config: { requirepass: '"' } }],
  ])("names the option that is wrong: %s", async (name, options) => {
    await expect(listening(options)).rejects.toThrow(name);
  });
});
