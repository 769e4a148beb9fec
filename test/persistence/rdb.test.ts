/** RDB files: ours load in native servers, theirs here, and what is saved is what was there at the first instant. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { native, nativeIsRedis8, nativeTool } from "../support/native.ts";
import type { RespClient } from "../support/resp-client.ts";
import { LIBRARY, WITHOUT_FIELD_EXPIRY } from "./population.ts";
import { digestOf, populate, Servers, untilInfo } from "./servers.ts";

const servers = new Servers("rdb");

describe("files of ours", () => {
  it("come back as they were", async () => {
    const dir = servers.folder();
    const first = await servers.kvasm(dir);
    await populate(first);
    await first.do("FUNCTION", "LOAD", LIBRARY);
    const digest = await digestOf(first);
    expect(await first.do("SAVE")).toBe("OK");
    await servers.stop();
    const second = await servers.kvasm(dir);
    expect(await digestOf(second)).toBe(digest);
    expect(await second.do("FCALL", "count", "2", "a", "b")).toBe(2);
    expect(await second.do("DEBUG", "RELOAD")).toBe("OK");
    expect(await digestOf(second)).toBe(digest);
  });

  it.skipIf(!nativeIsRedis8)("load in Redis 8", async () => {
    const dir = servers.folder();
    const ours = await servers.kvasm(dir);
    await populate(ours);
    await ours.do("FUNCTION", "LOAD", LIBRARY);
    expect(await ours.do("SAVE")).toBe("OK");
    const checked = execFileSync(nativeTool("redis8-check-rdb"), [path.join(dir, "dump.rdb")], {
      encoding: "utf8",
    });
    expect(checked).toContain("RDB looks OK");
    const theirs = await servers.native("redis", dir);
    expect(await digestOf(theirs)).toBe(await digestOf(ours));
    expect(await theirs.do("FCALL", "count", "2", "a", "b")).toBe(2);
  });

  it.skipIf(!native.valkey)("load in Valkey 8, written as version 11 and 10", async () => {
    for (const version of ["11", "10"]) {
      const dir = servers.folder();
      const ours = await servers.kvasm(dir, "--rdb-version", version);
      await populate(ours, WITHOUT_FIELD_EXPIRY);
      expect(await ours.do("SAVE")).toBe("OK");
      expect(readFileSync(path.join(dir, "dump.rdb")).toString("latin1", 0, 9)).toBe(`REDIS00${version}`);
      const theirs = await servers.native("valkey", dir);
      expect(await digestOf(theirs)).toBe(await digestOf(ours));
    }
  });

  it("of version 11 lack the expiry of fields", async () => {
    const dir = servers.folder();
    const first = await servers.kvasm(dir, "--rdb-version", "11");
    await populate(first);
    expect(await first.do("SAVE")).toBe("OK");
    await servers.stop();
    const second = await servers.kvasm(dir);
    expect(await second.do("HGETALL", "hash:listpackex")).toEqual(["expires", "2", "stays", "1"]);
    expect(await second.do("HTTL", "hash:listpackex", "FIELDS", "1", "expires")).toEqual([-1]);
  });
});

describe("files of native servers", () => {
  it.skipIf(!native.redis)("of Redis 8 load here", async () => {
    const dir = servers.folder();
    const theirs = await servers.native("redis", dir);
    await populate(theirs);
    await theirs.do("FUNCTION", "LOAD", LIBRARY);
    expect(await theirs.do("SAVE")).toBe("OK");
    const ours = await servers.kvasm(dir);
    expect(await digestOf(ours)).toBe(await digestOf(theirs));
    expect(await ours.do("FCALL", "count", "2", "a", "b")).toBe(2);
  });

  it.skipIf(!native.valkey)("of Valkey 8 load here", async () => {
    const dir = servers.folder();
    const theirs = await servers.native("valkey", dir);
    await populate(theirs, WITHOUT_FIELD_EXPIRY);
    expect(await theirs.do("SAVE")).toBe("OK");
    const ours = await servers.kvasm(dir);
    expect(await digestOf(ours)).toBe(await digestOf(theirs));
  });
});

describe("a background save", () => {
  it("holds the dataset of its first instant while everything changes", async () => {
    const dir = servers.folder();
    const client = await servers.kvasm(dir);
    await populate(client);
    await client.do("DEBUG", "POPULATE", "30000", "filler", "40");
    const digest = await digestOf(client);
    const storm: string[][] = [["BGSAVE"]];
    for (let i = 0; i < 3000; i++) {
      storm.push(
        ["APPEND", `filler:${(i * 7919) % 30_000}`, "changed"],
        ["DEL", `filler:${(i * 104_729) % 30_000}`],
      );
    }
    storm.push(["HSET", "hash:table", "field 1", "other"], ["SREM", "set:table", "member 7"]);
    storm.push(
      ["ZADD", "zset:skiplist", "5", "new"],
      ["RPOP", "list:quicklist"],
      ["LPUSH", "list:plain", "x"],
    );
    storm.push(["XADD", "stream:nodes", "*", "a", "b"], ["XACK", "stream:nodes", "group", "21-0"]);
    storm.push(
      ["RENAME", "string:raw", "renamed"],
      ["MOVE", "string:large", "3"],
      ["SINTERSTORE", "set:table", "set:intset"],
    );
    storm.push(
      ["PEXPIRE", "string:embstr", "1"],
      ["SWAPDB", "0", "9"],
      ["FLUSHDB"],
      ["SET", "new", "key"],
      ["SWAPDB", "0", "9"],
    );
    storm.push(["SELECT", "9"], ["FLUSHDB"], ["SELECT", "0"], ["FLUSHDB", "ASYNC"], ["SET", "newer", "key"]);
    await client.pipeline(storm);
    await untilInfo(client, "rdb_bgsave_in_progress:0");
    expect(await client.do("INFO", "persistence")).toContain("rdb_last_bgsave_status:ok");
    expect(await client.do("DEBUG", "RELOAD", "NOSAVE")).toBe("OK");
    expect(await digestOf(client)).toBe(digest);
  });
});

describe("FLUSHALL while a background save runs", () => {
  const busy = async (client: RespClient): Promise<void> => {
    await client.do("DEBUG", "POPULATE", "50000", "filler", "40");
    expect(await client.do("BGSAVE")).toBe("Background saving started");
  };

  it("ends it, and writes an empty file where there are save points", async () => {
    const dir = servers.folder();
    const client = await servers.kvasm(dir, "--save", "3600 1000000");
    await client.do("SET", "old", "1");
    await client.do("SAVE");
    await busy(client);
    expect(await client.do("FLUSHALL")).toBe("OK");
    await untilInfo(client, "rdb_bgsave_in_progress:0", "rdb_changes_since_last_save:0", "rdb_saves:2");
    expect(await client.do("INFO", "persistence")).toContain("rdb_last_bgsave_status:ok");
    await servers.crash();
    expect(readdirSync(dir).filter((name) => name.startsWith("temp"))).toEqual([]);
    expect(await (await servers.kvasm(dir)).do("DBSIZE")).toBe(0);
  });

  it("ends it, and leaves the file that is there, without save points", async () => {
    const dir = servers.folder();
    const client = await servers.kvasm(dir);
    await client.do("SET", "old", "1");
    await client.do("SAVE");
    await busy(client);
    await client.do("FLUSHALL");
    await untilInfo(client, "rdb_bgsave_in_progress:0", "rdb_last_bgsave_status:ok");
    await servers.crash();
    expect(await (await servers.kvasm(dir)).do("KEYS", "*")).toEqual(["old"]);
  });
});

describe("SHUTDOWN", () => {
  const REFUSED = ["FOO", "SAVE NOSAVE", "ABORT", "ABORT ABORT", "ABORT SAVE", "NOW ABORT", "SAVE ABORT"];
  const ENDING = [
    "",
    "NOW",
    "FORCE",
    "SAVE",
    "SAVE NOW FORCE",
    "SAVE SAVE",
    "NOSAVE",
    "NOSAVE NOW FORCE",
    "NOW NOW",
  ];

  it.skipIf(!nativeIsRedis8)("refuses what Redis refuses, and saves where Redis saves", async () => {
    const outcomes = async (isNative: boolean): Promise<unknown[]> => {
      const seen: unknown[] = [];
      const start = (dir: string): Promise<RespClient> =>
        isNative ? servers.native("redis", dir) : servers.kvasm(dir);
      const client = await start(servers.folder());
      for (const options of REFUSED) {
        seen.push([options, await client.do("SHUTDOWN", ...options.split(" ")).catch(String)]);
      }
      for (const options of ENDING) {
        const dir = servers.folder();
        const one = await start(dir);
        await one.do("SET", "k", "v");
        await one.do("SHUTDOWN", ...options.split(" ").filter(Boolean)).catch(() => undefined);
        seen.push([options, await servers.last.ended, existsSync(path.join(dir, "dump.rdb"))]);
      }
      return seen;
    };
    expect(await outcomes(false)).toEqual(await outcomes(true));
  });
});

describe("damaged files", () => {
  it("stop the start with the offset", async () => {
    const dir = servers.folder();
    const client = await servers.kvasm(dir);
    await client.do("SET", "a", "x".repeat(100));
    await client.do("SAVE");
    await servers.stop();
    const file = path.join(dir, "dump.rdb");
    const bytes = readFileSync(file);
    const tell = async (damaged: Uint8Array): Promise<string> => {
      writeFileSync(file, damaged);
      try {
        await servers.kvasm(dir);
        return "started";
      } catch (problem) {
        return String(problem);
      }
    };
    expect(await tell(bytes.subarray(0, bytes.length - 20))).toContain("Short read or OOM loading DB");
    const flipped = Buffer.from(bytes);
    flipped[flipped.length - 1]! ^= 1;
    expect(await tell(flipped)).toContain("Wrong RDB checksum");
    expect(await tell(Buffer.from("NOTREDIS0"))).toContain("Wrong signature trying to load DB from file");
    expect(await tell(Buffer.from("REDIS0099"))).toContain("Can't handle RDB format version 99");
  });
});
