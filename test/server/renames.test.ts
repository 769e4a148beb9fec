/** renames: `rename-command`, as in native Redis. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseCommand } from "../support/command-line.ts";
import { native, nativeIsRedis8, startNative } from "../support/native.ts";
import { show } from "../support/resp-client.ts";
import { startKvasm } from "../support/server.ts";
import type { SpawnedServer } from "../support/spawn-server.ts";

const ARGS = ["--rename-command", "GET", "fetch", "--rename-command", "FLUSHALL", "", "--rename-command"];

const LINES = [
  "GET a",
  "FETCH a",
  "fetch",
  "FLUSHALL",
  "CONFIG GET maxmemory",
  "conf get maxmemory",
  "EVAL \"return redis.pcall('get','a')\" 0",
  "EVAL \"return redis.pcall('fetch','a')\" 0",
  "MULTI",
  "GET a",
  "EXEC",
  "MULTI",
  "FETCH a",
  "EXEC",
  "ACL SETUSER u on nopass ~a +get",
  "ACL SETUSER u +fetch",
  "AUTH u x",
  "FETCH a",
  "FETCH b",
];

describe("rename-command", () => {
  let server: SpawnedServer;
  beforeAll(async () => {
    server = await startKvasm({ args: [...ARGS, "CONFIG", "conf"] });
  });
  afterAll(() => server.stop());

  it.skipIf(native.redis === undefined || !nativeIsRedis8)("is native's", async () => {
    const redis = await startNative("redis", { args: [...ARGS, "CONFIG", "conf"] });
    const [mine, theirs] = [await server.connect(), await redis.connect()];
    for (const line of LINES) {
      const argv = parseCommand(line);
      const [a, b] = [await mine.send(...argv), await theirs.send(...argv)];
      expect([line, show(a, Infinity)]).toEqual([line, show(b, Infinity)]);
    }
    await redis.stop();
  });

  it.each([
    [["NOSUCH", "x"], "No such command in rename-command"],
    [["GET", "set"], "Target command name already exists"],
  ])("%j is refused at the start", async (words, why) => {
    await expect(startKvasm({ args: ["--rename-command", ...words] })).rejects.toThrow(why);
  });
});
