/** The append-only file: what was answered is there after a crash; files are exchanged with native servers both ways. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { native, nativeIsRedis8, nativeTool } from "../support/native.ts";
import type { RespClient } from "../support/resp-client.ts";
import { LATER_MS, LIBRARY } from "./population.ts";
import { digestOf, populate, Servers, untilInfo } from "./servers.ts";

const servers = new Servers("aof", ["--appendonly", "yes"]);

const settled = (client: RespClient): Promise<void> =>
  untilInfo(client, "aof_rewrite_in_progress:0", "aof_rewrite_scheduled:0");
const aofFolder = (dir: string): string => path.join(dir, "appendonlydir");
const listing = (dir: string): string[] => readdirSync(aofFolder(dir)).sort();

describe("an append-only file of ours", () => {
  it.each([
    ["always", "yes"],
    ["everysec", "no"],
    ["no", "yes"],
  ])("comes back after a crash [appendfsync %s, RDB preamble %s]", async (fsync, preamble) => {
    const dir = servers.folder();
    const first = await servers.kvasm(dir, "--appendfsync", fsync, "--aof-use-rdb-preamble", preamble);
    await populate(first);
    await first.do("FUNCTION", "LOAD", LIBRARY);
    await first.do("EVAL", "redis.call('incr','n'); redis.call('incr','n'); return 1", "0");
    await first.do("DEBUG", "LOADAOF");
    const digest = await digestOf(first);
    expect(await first.do("GET", "n")).toBe("2");
    await new Promise((resolve) => setTimeout(resolve, 50));
    await servers.crash();
    const second = await servers.kvasm(dir, "--appendfsync", fsync, "--aof-use-rdb-preamble", preamble);
    expect(await digestOf(second)).toBe(digest);
    expect(await second.do("BGREWRITEAOF")).toBe("Background append only file rewriting started");
    await second.pipeline([
      ["SET", "during", "the rewrite"],
      ["DEL", "string:raw"],
      ["SADD", "set:table", "x"],
    ]);
    await settled(second);
    const after = await digestOf(second);
    expect(listing(dir)).toEqual([
      `appendonly.aof.2.base.${preamble === "yes" ? "rdb" : "aof"}`,
      "appendonly.aof.2.incr.aof",
      "appendonly.aof.manifest",
    ]);
    await servers.crash();
    const third = await servers.kvasm(dir);
    expect(await digestOf(third)).toBe(after);
    expect(await third.do("FCALL", "count", "0")).toBe(0);
  });

  it("keeps transactions and scripts whole", async () => {
    const dir = servers.folder();
    const client = await servers.kvasm(dir);
    await client.pipeline([["MULTI"], ["SET", "a", "1"], ["SET", "b", "2"], ["EXEC"]]);
    await client.do("EVAL", "redis.call('set','c','3'); redis.call('set','d','4')", "0");
    await client.do("SET", "alone", "5");
    await client.do("WAITAOF", "1", "0", "0");
    const text = readFileSync(path.join(aofFolder(dir), "appendonly.aof.1.incr.aof"), "latin1");
    const words = text.split("\r\n").filter((line) => /^[A-Za-z]+$/.test(line));
    expect(words.join(" ").toUpperCase()).toBe(
      "SELECT MULTI SET A SET B EXEC MULTI SET C SET D EXEC SET ALONE",
    );
  });

  it("has what CONFIG SET appendonly yes began with, and what came after", async () => {
    const dir = servers.folder();
    const client = await servers.kvasm(dir, "--appendonly", "no");
    await populate(client);
    expect(await client.do("CONFIG", "SET", "appendonly", "yes")).toBe("OK");
    await client.do("SET", "after", "1");
    await settled(client);
    await client.do("SET", "later", "2");
    const digest = await digestOf(client);
    await client.do("WAITAOF", "1", "0", "0");
    await servers.crash();
    expect(await digestOf(await servers.kvasm(dir))).toBe(digest);
  });

  it("does not lose what a time in the past says of a key that goes on", async () => {
    const dir = servers.folder();
    const client = await servers.kvasm(dir, "--appendfsync", "always");
    await client.pipeline([
      ["SET", "k", "v"],
      ["PEXPIRE", "k", "150"],
      ["PERSIST", "k"],
    ]);
    await client.pipeline([
      ["HSET", "h", "f", "v"],
      ["HPEXPIRE", "h", "150", "FIELDS", "1", "f"],
      ["HPERSIST", "h", "FIELDS", "1", "f"],
    ]);
    await client.do("SET", "gone", "v", "PX", "100");
    await new Promise((resolve) => setTimeout(resolve, 250));
    await servers.crash();
    const again = await servers.kvasm(dir);
    expect(await again.do("GET", "k")).toBe("v");
    expect(await again.do("HGET", "h", "f")).toBe("v");
    expect(await again.do("GET", "gone")).toBe(null);
  });

  it.skipIf(!nativeIsRedis8)("loads in Redis 8", async () => {
    for (const preamble of ["yes", "no"]) {
      const dir = servers.folder();
      const ours = await servers.kvasm(
        dir,
        "--aof-use-rdb-preamble",
        preamble,
        "--aof-timestamp-enabled",
        "yes",
      );
      await populate(ours);
      await ours.do("BGREWRITEAOF");
      await settled(ours);
      await ours.do("SET", "more", "and more", "PXAT", String(LATER_MS));
      const digest = await digestOf(ours);
      await servers.stop();
      const manifest = path.join(aofFolder(dir), "appendonly.aof.manifest");
      expect(execFileSync(nativeTool("redis8-check-aof"), [manifest], { encoding: "utf8" })).toContain(
        "All AOF files and manifest are valid",
      );
      expect(await digestOf(await servers.native("redis", dir))).toBe(digest);
    }
  });
});

describe("an append-only file of Redis", () => {
  it.skipIf(!native.redis)("loads here", async () => {
    const dir = servers.folder();
    const theirs = await servers.native("redis", dir);
    await populate(theirs);
    await theirs.do("BGREWRITEAOF");
    await settled(theirs);
    await theirs.do("SET", "more", "and more");
    const digest = await digestOf(theirs);
    await servers.stop();
    expect(await digestOf(await servers.kvasm(dir))).toBe(digest);
  });

  it("of before version 7 moves to the folder", async () => {
    const dir = servers.folder();
    writeFileSync(path.join(dir, "appendonly.aof"), "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\nb\r\n");
    const client = await servers.kvasm(dir);
    expect(await client.do("GET", "a")).toBe("b");
    await client.do("SET", "c", "d");
    expect(existsSync(path.join(dir, "appendonly.aof"))).toBe(false);
    await servers.stop();
    const again = await servers.kvasm(dir);
    expect(await again.do("GET", "c")).toBe("d");
  });
});

describe("a damaged append-only file", () => {
  const COMPLETE = "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n";

  async function startWith(tail: string, ...args: string[]): Promise<RespClient | string> {
    const dir = servers.folder();
    writeFileSync(path.join(dir, "appendonly.aof"), COMPLETE + tail);
    try {
      return await servers.kvasm(dir, ...args);
    } catch (problem) {
      return String(problem);
    }
  }

  it("that ends in the middle of a command or a transaction loses its tail", async () => {
    for (const tail of [
      "*3\r\n$3\r\nSET\r\n$1\r\nb",
      "*",
      "*1\r\n$5\r\nMULTI\r\n*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n2\r\n",
    ]) {
      const client = await startWith(tail);
      if (typeof client === "string") throw new Error(client);
      expect(await client.do("GET", "a")).toBe("1");
      const file = path.join(aofFolder(servers.last.dir), "appendonly.aof");
      expect(readFileSync(file, "latin1")).toBe(COMPLETE);
      await servers.stop();
    }
  });

  it("stops the start where it must not be cut, and where it is no end that is missing", async () => {
    expect(await startWith("*3\r\n$3\r\nSET", "--aof-load-truncated", "no")).toContain(
      `Unexpected end of file reading the append only file appendonly.aof at offset ${COMPLETE.length}`,
    );
    expect(await startWith("SET a 2\r\n")).toContain("Bad file format reading the append only file");
    expect(await startWith("*1\r\n$7\r\nNOTHING\r\n")).toContain("Unknown command 'NOTHING'");
  });
});
