/** monitor: what MONITOR shows, line by line as native Redis does. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseCommand } from "../support/command-line.ts";
import { native, nativeIsRedis8, startNative } from "../support/native.ts";
import { type RespClient, show } from "../support/resp-client.ts";
import { startKvasm } from "../support/server.ts";
import type { SpawnedServer } from "../support/spawn-server.ts";

const withNative = native.redis !== undefined && nativeIsRedis8;
/** The last thing that a test says. */
const END = "that is all";

let server: SpawnedServer;
let redis: SpawnedServer | undefined;
beforeAll(async () => {
  server = await startKvasm();
  if (withNative) redis = await startNative("redis");
});
afterAll(async () => {
  await server.stop();
  await redis?.stop();
});

/** What a monitor sees of these commands; clocks and ports left out. */
async function watch(from: SpawnedServer, lines: readonly string[]): Promise<string[]> {
  const monitor = await from.connect();
  const client = await from.connect();
  await client.do("FLUSHALL");
  expect(await monitor.do("MONITOR")).toBe("OK");
  for (const line of lines) await client.send(...parseCommand(line));
  await client.send("ECHO", END);
  const seen = await linesOf(monitor);
  await monitor.close();
  await client.close();
  return seen.map((line) => line.replace(/\d{10}\.\d{6}/g, "TIME").replace(/127\.0\.0\.1:\d+/g, "ADDRESS"));
}

/** Everything that a monitor has got, up to END. */
async function linesOf(monitor: RespClient): Promise<string[]> {
  const lines: string[] = [];
  for (;;) {
    const line = show(await monitor.receive(), Infinity);
    if (line.includes(END)) return lines;
    lines.push(line);
  }
}

const SESSIONS: Record<string, string[]> = {
  "plain commands": [
    'SET a "b\\"\\n\\x00\\xff\\\\ \\t\\r\\a\\b"',
    "GeT a",
    "SELECT 5",
    "GET a",
    "SELECT 99",
    "RESET",
  ],
  "MULTI and EXEC": [
    "MULTI",
    "GET x",
    "INCR y",
    "exec",
    "MULTI",
    "GET 1",
    "DISCARD",
    "MULTI",
    "GET x",
    "SET x",
    "EXEC",
    "EXEC",
    "MULTI",
    "EXEC",
    "MULTI",
    "SELECT 3",
    "EXEC",
  ],
  scripts: [
    "EVAL \"redis.call('set',KEYS[1],1.5) redis.pcall('nosuch') redis.call('select',3) return redis.call('get','q')\" 1 k",
    "SCRIPT LOAD 'return 1'",
    "EVALSHA e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0",
  ],
  "what is not shown": [
    "CONFIG GET port",
    "CLIENT LIST",
    "ACL LIST",
    "ACL WHOAMI",
    "INFO server",
    "CLIENT ID",
    "NOSUCH a",
    "GET",
    "AUTH secret",
    "AUTH default secret",
    "HELLO 2 AUTH default secret SETNAME q",
    "DEBUG SLEEP 0",
  ],
};

describe.skipIf(!withNative)("MONITOR shows what native Redis shows", () => {
  for (const [title, lines] of Object.entries(SESSIONS)) {
    it(title, async () => {
      expect(await watch(server, lines)).toEqual(await watch(redis!, lines));
    });
  }

  it("a monitor may not touch keys, until RESET", async () => {
    const answers: string[][] = [];
    for (const each of [server, redis!]) {
      const monitor = await each.connect();
      await monitor.do("MONITOR");
      const shown: string[] = [];
      for (const argv of [["GET", "a"], ["SET", "a", "1"], ["RESET"], ["GET", "a"]]) {
        shown.push(show(await monitor.send(...argv)));
      }
      answers.push(shown);
      await monitor.close();
    }
    expect(answers[0]).toEqual(answers[1]);
  });
});

describe("MONITOR", () => {
  it("shows a blocking command once, and costs nobody anything when it has gone", async () => {
    const [monitor, client, other] = [await server.connect(), await server.connect(), await server.connect()];
    await monitor.do("MONITOR");
    client.post("BLPOP", "list", "0");
    await other.do("PING");
    await other.do("RPUSH", "list", "1");
    await client.receive();
    await other.do("ECHO", END);
    const seen = await linesOf(monitor);
    expect(seen.map((line) => /"([A-Z]+)"/.exec(line)?.[1])).toEqual(["BLPOP", "PING", "RPUSH"]);
    await monitor.close();
    expect(await other.do("PING")).toBe("PONG");
  });

  it("keeps up with a pipeline", async () => {
    const [monitor, client] = [await server.connect(), await server.connect()];
    await monitor.do("MONITOR");
    await client.pipeline(Array.from({ length: 3000 }, (_, i) => ["SET", `key${i}`, "v".repeat(50)]));
    await client.do("ECHO", END);
    expect(await linesOf(monitor)).toHaveLength(3000);
  });
});
