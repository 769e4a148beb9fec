/** client-libraries: pub/sub through ioredis and node-redis, and that subscriptions come back after a reconnect. */
import { Redis } from "ioredis";
import { createClient } from "redis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RespClient } from "../support/resp-client.ts";
import { startKvasm } from "../support/server.ts";
import type { SpawnedServer } from "../support/spawn-server.ts";

let server: SpawnedServer;
let driver: RespClient;
beforeAll(async () => {
  server = await startKvasm();
  driver = await server.connect();
});
afterAll(() => server.stop());

async function until(done: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await done())) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Publishes to one channel of each kind. */
async function publish(text: string): Promise<void> {
  await driver.do("PUBLISH", "news", text);
  await driver.do("PUBLISH", "weather:rain", text);
  await driver.do("SPUBLISH", "shard", text);
}

/** All three subscriptions are there. */
async function subscribed(): Promise<boolean> {
  const [, channel] = (await driver.do("PUBSUB", "NUMSUB", "news")) as unknown[];
  const [, shard] = (await driver.do("PUBSUB", "SHARDNUMSUB", "shard")) as unknown[];
  return channel === 1 && shard === 1 && (await driver.do("PUBSUB", "NUMPAT")) === 1;
}

/** What three subscriptions get of `publish`, before and after the connection is killed. */
async function expectResubscribed(heard: string[]): Promise<void> {
  await until(subscribed);
  await publish("before");
  await until(() => heard.length === 3);
  expect(await driver.do("CLIENT", "KILL", "TYPE", "pubsub")).toBe(1);
  await until(subscribed);
  await publish("after");
  await until(() => heard.length === 6);
  const of = (text: string): string[] => [`news ${text}`, `weather:* weather:rain ${text}`, `shard ${text}`];
  expect(heard).toEqual([...of("before"), ...of("after")]);
}

describe("node-redis", () => {
  it.each([2, 3] as const)(
    "RESP%i: channels, patterns and shards, before and after a reconnect",
    async (RESP) => {
      const heard: string[] = [];
      const client = createClient({ url: `redis://127.0.0.1:${server.port}`, RESP });
      client.on("error", () => undefined); // the connection that is killed
      await client.connect();
      await client.subscribe("news", (text, channel) => heard.push(`${channel} ${text}`));
      await client.pSubscribe("weather:*", (text, channel) => heard.push(`weather:* ${channel} ${text}`));
      await client.sSubscribe("shard", (text, channel) => heard.push(`${channel} ${text}`));
      await expectResubscribed(heard);
      await client.unsubscribe("news");
      await until(async () => (await driver.do("PUBLISH", "news", "gone")) === 0);
      client.destroy();
      await until(async () => (await driver.do("PUBSUB", "NUMPAT")) === 0);
    },
  );
});

describe("ioredis", () => {
  it("channels, patterns and shards, before and after a reconnect", async () => {
    const heard: string[] = [];
    const client = new Redis({ port: server.port, retryStrategy: () => 10 });
    client.on("error", () => undefined); // the connection that is killed
    client.on("message", (channel: string, text: string) => heard.push(`${channel} ${text}`));
    client.on("pmessage", (pattern: string, channel: string, text: string) =>
      heard.push(`${pattern} ${channel} ${text}`),
    );
    client.on("smessage", (channel: string, text: string) => heard.push(`${channel} ${text}`));
    await client.subscribe("news");
    await client.psubscribe("weather:*");
    await client.ssubscribe("shard");
    await expectResubscribed(heard);
    await client.unsubscribe("news");
    expect(await driver.do("PUBLISH", "news", "gone")).toBe(0);
    client.disconnect();
    await until(async () => (await driver.do("PUBSUB", "NUMPAT")) === 0);
  });
});
