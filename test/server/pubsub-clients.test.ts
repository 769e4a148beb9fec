/** pubsub-clients: what client libraries make of pub/sub and tracking: subscriptions that outlive a connection, caches. */
import { Redis } from "ioredis";
import { createClient } from "redis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RespClient } from "../support/resp-client.ts";
import { startKvasm } from "../support/server.ts";
import type { SpawnedServer } from "../support/spawn-server.ts";

const POLL_MS = 5;

let server: SpawnedServer;
let driver: RespClient;
beforeAll(async () => {
  server = await startKvasm();
  driver = await server.connect();
});
afterAll(() => server.stop());

async function until(done: () => Promise<boolean>): Promise<void> {
  while (!(await done())) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
}

describe("ioredis", () => {
  it("subscribes to channels and patterns, again after it was cut off", async () => {
    const client = new Redis(server.port, { retryStrategy: () => 1 });
    const seen: string[] = [];
    client.on("message", (channel, message) => seen.push(`${channel} ${message}`));
    client.on("pmessage", (pattern, channel, message) => seen.push(`${pattern} ${channel} ${message}`));
    expect(await client.subscribe("a", "b")).toBe(2);
    expect(await client.psubscribe("n*")).toBe(3);
    await driver.pipeline([
      ["PUBLISH", "a", "1"],
      ["PUBLISH", "news", "2"],
      ["PUBLISH", "b", "3"],
    ]);
    await until(async () => seen.length === 3);
    expect(await driver.do("CLIENT", "KILL", "TYPE", "pubsub")).toBe(1);
    await until(async () => Number(await driver.do("PUBSUB", "NUMPAT")) === 1);
    expect(await driver.do("PUBLISH", "news", "4")).toBe(1);
    await until(async () => seen.length === 4);
    expect(seen).toEqual(["a 1", "n* news 2", "b 3", "n* news 4"]);
    expect(await client.ping()).toBe("PONG");
    await client.unsubscribe();
    await client.punsubscribe();
    expect(await client.set("k", "v")).toBe("OK");
    client.disconnect();
  });
});

describe.each([2, 3] as const)("node-redis over RESP%i", (RESP) => {
  it("subscribes in every way, again after it was cut off", async () => {
    const client = createClient({
      ...{ url: `redis://127.0.0.1:${server.port}`, RESP },
      socket: { reconnectStrategy: () => 1 },
    });
    client.on("error", () => undefined);
    await client.connect();
    const seen: string[] = [];
    await client.subscribe("a", (message, channel) => seen.push(`${channel} ${message}`));
    await client.pSubscribe("n?ws", (message, channel) => seen.push(`${channel} ${message}`));
    await client.sSubscribe("a", (message, channel) => seen.push(`shard ${channel} ${message}`));
    const publishAll = () =>
      driver.pipeline([
        ["PUBLISH", "a", "1"],
        ["PUBLISH", "news", "2"],
        ["SPUBLISH", "a", "3"],
      ]);
    await publishAll();
    await until(async () => seen.length === 3);
    await driver.do("CLIENT", "KILL", "TYPE", "pubsub");
    await until(async () => {
      const channels = (await driver.do("PUBSUB", "SHARDNUMSUB", "a")) as unknown[];
      return channels[1] === 1 && Number(await driver.do("PUBSUB", "NUMPAT")) === 1;
    });
    await until(async () => Number(((await driver.do("PUBSUB", "NUMSUB", "a")) as unknown[])[1]) === 1);
    await publishAll();
    await until(async () => seen.length === 6);
    expect(seen).toEqual(["a 1", "news 2", "shard a 3", "a 1", "news 2", "shard a 3"]);
    client.destroy();
  });
});

describe("node-redis's client-side cache", () => {
  it("serves what it has read until somebody changes it", async () => {
    const client = createClient({
      ...{ url: `redis://127.0.0.1:${server.port}`, RESP: 3 as const },
      clientSideCache: { ttl: 0, maxEntries: 0 },
    });
    await client.connect();
    await client.set("k", "1");
    expect([await client.get("k"), await client.get("k")]).toEqual(["1", "1"]);
    await driver.do("SET", "k", "2");
    await until(async () => (await client.get("k")) === "2");
    await driver.do("FLUSHALL");
    await until(async () => (await client.get("k")) === null);
    client.destroy();
  });
});
