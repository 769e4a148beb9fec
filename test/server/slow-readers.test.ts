/** slow-readers: clients that do not read are limited and dropped, and nobody else notices. */
import net from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeCommand, type RespClient } from "../support/resp-client.ts";
import { startKvasm } from "../support/server.ts";
import type { SpawnedServer } from "../support/spawn-server.ts";

const MEGABYTE = 1024 * 1024;
const POLL_MS = 10;

let server: SpawnedServer;
let driver: RespClient;
beforeAll(async () => {
  server = await startKvasm();
  driver = await server.connect();
});
afterAll(() => server.stop());

/** A connection that sends a command and then reads nothing. */
async function deafClient(...argv: string[]): Promise<{ socket: net.Socket; closed: Promise<void> }> {
  const socket = net.connect({ port: server.port, host: "127.0.0.1" });
  await new Promise((resolve) => socket.once("connect", resolve));
  socket.on("error", () => undefined);
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  const before = await subscribers();
  socket.write(encodeCommand(argv));
  socket.pause();
  await until(async () => (await subscribers()) > before);
  return { socket, closed };
}

async function info(section: string, field: string): Promise<number> {
  const text = String(await driver.do("INFO", section));
  return Number(new RegExp(`${field}:(\\d+)`).exec(text)?.[1]);
}

const subscribers = (): Promise<number> => info("clients", "pubsub_clients");
const dropped = (): Promise<number> => info("stats", "client_output_buffer_limit_disconnections");

async function until(done: () => Promise<boolean>): Promise<void> {
  while (!(await done())) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
}

describe("a subscriber that does not read", () => {
  it("is dropped at the hard limit, while others get every message", async () => {
    await driver.do("CONFIG", "SET", "client-output-buffer-limit", "pubsub 4mb 0 0");
    const before = await dropped();
    const { socket } = await deafClient("SUBSCRIBE", "news");
    const reader = await server.connect();
    await reader.do("SUBSCRIBE", "news");
    const payload = "x".repeat(MEGABYTE / 4);
    let received = 0;
    let receivers = 2;
    for (let i = 0; receivers === 2; i++) {
      expect(i).toBeLessThan(400); // the kernel takes some megabytes, not a hundred
      receivers = Number(await driver.do("PUBLISH", "news", payload));
      await reader.receive();
      received++;
      expect(await info("clients", "client_recent_max_output_buffer")).toBeLessThan(5 * MEGABYTE);
    }
    expect(await dropped()).toBe(before + 1);
    expect(received).toBeGreaterThan(4);
    expect(await driver.do("PUBLISH", "news", "after")).toBe(1);
    await reader.receive();
    await reader.close();
    socket.destroy();
  });

  it("many small messages that wait take little more than their bytes", async () => {
    await driver.do("CONFIG", "SET", "client-output-buffer-limit", "pubsub 8mb 0 0");
    const { socket } = await deafClient("PSUBSCRIBE", "t*");
    const batch = Array.from({ length: 1000 }, (_, i) => ["PUBLISH", "topic", `message ${i}`]);
    while ((await subscribers()) > 0) await driver.pipeline(batch);
    expect(await dropped()).toBeGreaterThan(1);
    socket.destroy();
  });

  it("is dropped when it is over the soft limit for too long", async () => {
    await driver.do("CONFIG", "SET", "client-output-buffer-limit", "pubsub 0 1mb 1");
    const { socket } = await deafClient("SUBSCRIBE", "soft");
    const payload = "x".repeat(MEGABYTE);
    while ((await info("clients", "client_recent_max_output_buffer")) < 2 * MEGABYTE) {
      await driver.do("PUBLISH", "soft", payload);
    }
    expect(await subscribers()).toBe(1);
    await until(async () => (await subscribers()) === 0);
    socket.destroy();
  });

  it("CLIENT KILL and the end of the connection leave no subscription behind", async () => {
    const { socket } = await deafClient("SSUBSCRIBE", "gone");
    expect(await driver.do("CLIENT", "KILL", "TYPE", "pubsub")).toBe(1);
    expect(await driver.do("SPUBLISH", "gone", "x")).toBe(0);
    socket.destroy();
  });
});

describe("maxmemory-clients", () => {
  it("disconnects the client that holds most, and no exempt one", async () => {
    const exempt = await server.connect();
    await exempt.do("CLIENT", "NO-EVICT", "on");
    const victim = net.connect({ port: server.port, host: "127.0.0.1" });
    victim.on("error", () => undefined);
    const gone = new Promise<void>((resolve) => victim.once("close", () => resolve()));
    victim.write(`*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$${16 * MEGABYTE}\r\n${"x".repeat(8 * MEGABYTE)}`);
    exempt.socket.write(`*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$${16 * MEGABYTE}\r\n${"x".repeat(4 * MEGABYTE)}`);
    await driver.do("CONFIG", "SET", "maxmemory-clients", String(20 * MEGABYTE));
    await gone;
    expect(await info("stats", "evicted_clients")).toBe(1);
    await driver.do("CONFIG", "SET", "maxmemory-clients", "0");
    exempt.socket.write(`${"x".repeat(12 * MEGABYTE)}\r\n`);
    expect(await exempt.receive()).toEqual({ type: "simple", value: "OK" });
    await driver.do("DEL", "k");
  });
});
