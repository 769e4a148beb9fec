/**
 * transactions: MULTI, EXEC, DISCARD, WATCH of several clients, beside native Redis: what makes a bet lose, what makes EXEC
 * abort, what blocks within. Each line is a scene from empty databases: steps parted by bars, who says what, and `sleep`
 * for what expires after 20 ms.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseCommand } from "../support/command-line.ts";
import { native, nativeIsRedis8, startNative } from "../support/native.ts";
import { type RespClient, show } from "../support/resp-client.ts";
import { startKvasm } from "../support/server.ts";
import type { SpawnedServer } from "../support/spawn-server.ts";

const SCENES = [
  "a:WATCH k|b:SET k 1|a:MULTI|a:PING|a:EXEC",
  "a:WATCH k|b:FLUSHALL|a:MULTI|a:PING|a:EXEC",
  "b:SET k 1|a:WATCH k|b:FLUSHALL|a:MULTI|a:PING|a:EXEC",
  "b:SET k 1|a:WATCH k|b:FLUSHDB|a:MULTI|a:PING|a:EXEC",
  "a:WATCH k|b:FLUSHDB|a:MULTI|a:PING|a:EXEC",
  "b:FLUSHALL|b:SET k 1|a:WATCH k|b:SWAPDB 0 1|a:MULTI|a:PING|a:EXEC|b:SWAPDB 0 1",
  "b:FLUSHALL|a:WATCH k|b:SWAPDB 0 1|a:MULTI|a:PING|a:EXEC",
  "b:FLUSHALL|b:SELECT 1|b:SET k 1|a:WATCH k|b:SWAPDB 0 1|a:MULTI|a:PING|a:EXEC|b:SELECT 0|b:FLUSHALL",
  "b:FLUSHALL|b:SET k 1|a:WATCH k|b:SWAPDB 2 3|a:MULTI|a:PING|a:EXEC",
  "b:SET k 1 PX 20|a:WATCH k|sleep|a:MULTI|a:PING|a:EXEC",
  "b:SET k 1 PX 20|a:WATCH k|sleep|b:GET k|a:MULTI|a:PING|a:EXEC",
  "b:DEBUG SET-ACTIVE-EXPIRE 0|b:SET k 1 PX 20|sleep|a:WATCH k|b:GET k|a:MULTI|a:PING|a:EXEC|b:DEBUG SET-ACTIVE-EXPIRE 1",
  "b:DEBUG SET-ACTIVE-EXPIRE 0|b:SET k 1 PX 20|sleep|a:WATCH k|b:SET k 2|a:MULTI|a:PING|a:EXEC|b:DEBUG SET-ACTIVE-EXPIRE 1",
  "b:DEBUG SET-ACTIVE-EXPIRE 0|b:SET k 1 PX 20|sleep|a:WATCH k|b:DEL k|a:MULTI|a:PING|a:EXEC|b:DEBUG SET-ACTIVE-EXPIRE 1",
  "b:DEL k|a:WATCH k|b:DEL k|a:MULTI|a:PING|a:EXEC",
  "b:SET k 1|a:WATCH k|b:SET k 1|a:MULTI|a:PING|a:EXEC",
  "b:SET k 1|a:WATCH k|b:EXPIRE k 100|a:MULTI|a:PING|a:EXEC",
  "b:SET k 1|a:WATCH k|b:EXPIRE k 100 GT|a:MULTI|a:PING|a:EXEC",
  "b:SET k 1|a:WATCH k|b:PERSIST k|a:MULTI|a:PING|a:EXEC",
  "b:SET k 1|a:WATCH k|b:GET k|a:MULTI|a:PING|a:EXEC",
  "b:SET k 1|a:WATCH k|b:TOUCH k|a:MULTI|a:PING|a:EXEC",
  "b:SET k 1|a:WATCH k|b:RENAME k j|a:MULTI|a:PING|a:EXEC",
  "b:SET k 1|a:WATCH j|b:RENAME k j|a:MULTI|a:PING|a:EXEC",
  "b:SET k 1|a:WATCH j|b:COPY k j REPLACE|a:MULTI|a:PING|a:EXEC",
  "b:SET k 1|a:WATCH k|b:MOVE k 5|a:MULTI|a:PING|a:EXEC|b:SELECT 5|b:FLUSHDB|b:SELECT 0",
  "b:SADD s a|a:WATCH s|b:SADD s a|a:MULTI|a:PING|a:EXEC",
  "b:SADD s a|a:WATCH s|b:SREM s zz|a:MULTI|a:PING|a:EXEC",
  "b:SET k 1|a:WATCH k|b:EVAL \"redis.call('get',KEYS[1])\" 1 k|a:MULTI|a:PING|a:EXEC",
  "b:SET k 1|a:WATCH k|b:EVAL \"redis.call('set',KEYS[1],1)\" 1 k|a:MULTI|a:PING|a:EXEC",
  "b:SET k 1|a:WATCH k|b:SET k 1 NX|a:MULTI|a:PING|a:EXEC",
  "b:SET k 1|a:WATCH k|b:DEBUG RELOAD|a:MULTI|a:PING|a:EXEC",
  "a:WATCH k|a:SET k 1|a:MULTI|a:PING|a:EXEC",
  "a:WATCH k|a:UNWATCH|b:SET k 1|a:MULTI|a:PING|a:EXEC",
  "a:WATCH k|b:SET k 1|a:UNWATCH|a:MULTI|a:PING|a:EXEC",
  "a:WATCH k|b:SET k 1|a:MULTI|a:DISCARD|a:MULTI|a:PING|a:EXEC",
  "a:WATCH k|a:MULTI|a:SET k 2|b:SET k 1|a:EXEC|a:MULTI|a:EXEC",
  "a:WATCH k|a:MULTI|a:UNWATCH|b:SET k 1|a:EXEC",
  "a:WATCH k|a:SELECT 1|b:SET k 3|a:MULTI|a:PING|a:EXEC|a:SELECT 0",
  "a:MULTI|a:MULTI|a:PING|a:EXEC",
  "a:MULTI|a:WATCH k|a:PING|a:EXEC",
  "a:MULTI|a:DISCARD|a:EXEC|a:DISCARD",
  "a:EXEC|a:DISCARD|a:EXEC x|a:MULTI x|a:DISCARD x|a:WATCH|a:UNWATCH x",
  "a:MULTI|a:NOSUCH|a:PING|a:EXEC|a:EXEC",
  "a:MULTI|a:GET|a:EXEC",
  "a:MULTI|a:EXEC x|a:EXEC",
  "a:MULTI|a:PING|a:EXEC x|a:PING|a:EXEC",
  "a:MULTI|a:DISCARD x|a:EXEC",
  "a:MULTI|a:MULTI x|a:EXEC",
  "a:MULTI|a:LPUSH k a|a:SET k 1|a:LPUSH k a|a:INCR k|a:EXEC|b:GET k",
  "a:MULTI|a:BLPOP nolist 0|a:BRPOP nolist 0|a:BLMOVE x y left right 0|a:BZPOPMIN z 0|a:XREAD BLOCK 0 STREAMS s $|a:EXEC",
  "a:MULTI|a:SUBSCRIBE c|a:PING|a:EXEC|a:UNSUBSCRIBE c|a:PING",
  "a:MULTI|a:SELECT 3|a:SET k 3|a:EXEC|a:GET k|a:DEL k|a:SELECT 0",
  "a:MULTI|a:EVAL \"return redis.call('set','k','9')\" 0|a:GET k|a:EXEC",
  "a:MULTI|a:EVAL \"return redis.call('multi')\" 0|a:EXEC",
  "a:MULTI|a:CONFIG SET hz 10|a:CONFIG GET hz|a:EXEC",
  "a:MULTI|a:MONITOR|a:EXEC",
  "a:MULTI|a:SHUTDOWN ABORT|a:EXEC",
  "a:MULTI|a:RESET|a:EXEC",
  "a:MULTI|a:PING|a:RESET|a:EXEC",
  "a:MULTI|a:AUTH x|a:EXEC",
  "a:MULTI|a:FLUSHALL|a:SET k 1|a:EXEC|b:GET k",
  "a:WATCH k|a:MULTI|a:FLUSHALL|a:EXEC",
  "a:MULTI|a:SWAPDB 0 1|a:SET k zz|a:EXEC|b:GET k|b:SWAPDB 0 1|b:GET k",
  "a:MULTI|a:CLIENT NO-TOUCH on|a:CLIENT NO-TOUCH off|a:EXEC",
  "a:MULTI|a:CLIENT UNPAUSE|a:CLIENT PAUSE 1|a:EXEC",
  'a:MULTI|a:SCRIPT LOAD "return 1"|a:FUNCTION LIST|a:EXEC',
  "a:MULTI|a:DEBUG SLEEP 0|a:OBJECT ENCODING k|a:COMMAND COUNT|a:EXEC",
  "b:CONFIG SET maxmemory 1|a:MULTI|a:SET k 1|a:PING|a:EXEC|b:CONFIG SET maxmemory 0",
  "a:MULTI|a:SET k 1|b:CONFIG SET maxmemory 1|a:EXEC|b:CONFIG SET maxmemory 0",
  "a:MULTI|a:PING|b:CONFIG SET maxmemory 1|a:EXEC|b:CONFIG SET maxmemory 0",
  "b:CONFIG SET maxmemory 1|a:MULTI|a:PING|a:GET k|a:EXEC|b:CONFIG SET maxmemory 0",
  "b:ACL SETUSER u on nopass ~* +@all -set|c:AUTH u x|c:MULTI|c:SET k 1|c:EXEC|c:MULTI|c:GET k|b:ACL SETUSER u -get|c:EXEC|b:ACL DELUSER u",
  "b:RPUSH l a|a:WATCH l|b:LPOP l|b:RPUSH l a|a:MULTI|a:PING|a:EXEC",
  "b:RPUSH l a|a:WATCH l|b:RPUSHX nol a|b:LINSERT l BEFORE zz b|a:MULTI|a:PING|a:EXEC",
  "b:HSET h f v|a:WATCH h|b:HSET h f v|a:MULTI|a:PING|a:EXEC",
  "b:HSET h f v|a:WATCH h|b:HDEL h nof|a:MULTI|a:PING|a:EXEC",
  "b:HSET h f v|a:WATCH h|b:HEXPIRE h 100 FIELDS 1 f|a:MULTI|a:PING|a:EXEC",
  "b:HSET h f v g w|b:HPEXPIRE h 20 FIELDS 1 f|a:WATCH h|sleep|b:HGET h f|a:MULTI|a:PING|a:EXEC",
  "b:ZADD z 1 a|a:WATCH z|b:ZADD z 1 a|a:MULTI|a:PING|a:EXEC",
  "b:ZADD z 1 a|a:WATCH z|b:ZADD z GT 0 a|a:MULTI|a:PING|a:EXEC",
  "b:XADD s 1-1 a b|a:WATCH s|b:XTRIM s MAXLEN 10|a:MULTI|a:PING|a:EXEC",
  "b:DEL s|b:XADD s 1-1 a b|a:WATCH s|b:XGROUP CREATE s g 0|a:MULTI|a:PING|a:EXEC",
  "b:SETBIT bit 1 1|a:WATCH bit|b:SETBIT bit 1 1|a:MULTI|a:PING|a:EXEC",
  "b:DEL hll|b:PFADD hll a|a:WATCH hll|b:PFADD hll a|a:MULTI|a:PING|a:EXEC",
  "b:DEL hll|b:PFADD hll a|a:WATCH hll|b:PFCOUNT hll|a:MULTI|a:PING|a:EXEC",
];

const hasNative = native.redis !== undefined && nativeIsRedis8;
let server: SpawnedServer;
let redis: SpawnedServer;
beforeAll(async () => {
  if (hasNative) [server, redis] = await Promise.all([startKvasm(), startNative("redis")]);
});
afterAll(async () => {
  if (hasNative) await Promise.all([server.stop(), redis.stop()]);
});

/** What each step of a scene was answered. */
async function play(on: SpawnedServer, scene: string): Promise<string[]> {
  const actors = new Map<string, RespClient>();
  const replies: string[] = [];
  for (const step of scene.split("|")) {
    if (step === "sleep") {
      await new Promise((resolve) => setTimeout(resolve, 40));
      continue;
    }
    const name = step[0]!;
    const actor = actors.get(name) ?? (await on.connect());
    actors.set(name, actor);
    replies.push(`${step} → ${show(await actor.send(...parseCommand(step.slice(2))))}`);
  }
  for (const actor of actors.values()) await actor.close();
  const cleaner = await on.connect();
  await cleaner.do("FLUSHALL");
  await cleaner.close();
  return replies;
}

describe.skipIf(!hasNative)("beside native Redis", () => {
  it.each(SCENES)("%s", async (scene) => {
    expect(await play(server, scene)).toEqual(await play(redis, scene));
  });

  // CLIENT REPLY around and within EXEC: what comes on the wire.
  it.each([
    ["MULTI", "CLIENT REPLY OFF", "SET x 1", "GET x", "EXEC", "PING", "CLIENT REPLY ON", "PING"],
    ["MULTI", "SET x 1", "CLIENT REPLY SKIP", "GET x", "EXEC", "PING", "PING"],
    ["CLIENT REPLY OFF", "MULTI", "SET x 1", "GET x", "ECHO y", "EXEC", "CLIENT REPLY ON", "PING"],
    [
      "CLIENT REPLY OFF",
      "MULTI",
      "CONFIG GET hz",
      "GET x",
      "CONFIG GET hz",
      "EXEC",
      "CLIENT REPLY ON",
      "PING",
    ],
    ["MULTI", "SET x 1", "LRANGE x 0 1", "CLIENT REPLY OFF", "EXEC", "CLIENT REPLY ON", "PING"],
    ["MULTI", "SET x 1", "CLIENT REPLY ON", "EXEC", "PING"],
    ["CLIENT REPLY SKIP", "MULTI", "SET x 1", "EXEC", "PING"],
  ])("%s|%s|%s|%s|%s|%s|%s|%s", async (...lines) => {
    const heard = async (on: SpawnedServer): Promise<string[]> => {
      const client = await on.connect();
      for (const line of lines.filter(Boolean)) client.post(...parseCommand(line));
      client.post("ECHO", "the end");
      const replies: string[] = [];
      while (replies.at(-1)?.includes("the end") !== true) replies.push(show(await client.receive(5000)));
      await client.close();
      return replies;
    };
    // An array whose elements are held back swallows what follows: the parser sees the same on both.
    expect(await heard(server).catch(String)).toEqual(await heard(redis).catch(String));
  });
});

describe.skipIf(!hasNative)("CLIENT PAUSE", () => {
  it("keeps what has expired, though nobody sees it", async () => {
    const seen = async (on: SpawnedServer): Promise<string[]> => {
      const client = await on.connect();
      const say = async (line: string) => show(await client.send(...parseCommand(line)));
      for (const line of ["FLUSHALL", "SET e v PX 150", "SET p v", "CLIENT PAUSE 10000 WRITE"])
        await say(line);
      await new Promise((resolve) => setTimeout(resolve, 250));
      const replies: string[] = [];
      for (const line of [
        "GET e",
        "EXISTS e",
        "TTL e",
        "TYPE e",
        "KEYS *",
        "SCAN 0",
        "DBSIZE",
        "CLIENT UNPAUSE",
      ]) {
        replies.push(await say(line));
      }
      replies.push(await say("GET e"), await say("DBSIZE"));
      await client.close();
      return replies;
    };
    expect(await seen(server)).toEqual(await seen(redis));
  });
});

describe("maxmemory with noeviction", () => {
  it("counts what waits to be freed", async () => {
    const own = await startKvasm();
    const client = await own.connect();
    await client.do("DEBUG", "POPULATE", "200000", "key", "100");
    const used = Number(/used_memory:(\d+)/.exec(String(await client.do("INFO", "memory")))![1]);
    await client.do("CONFIG", "SET", "maxmemory", String(Math.floor(used / 2)));
    const [, refused] = await client.pipeline([
      ["FLUSHALL", "ASYNC"],
      ["SET", "k", "v"],
    ]);
    expect(show(refused!)).toContain("OOM command not allowed");
    let reply = show(refused!);
    while (reply.includes("OOM")) reply = show(await client.send("SET", "k", "v"));
    expect(reply).toContain("OK");
    await own.stop();
  });
});
