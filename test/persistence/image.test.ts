/** Memory images: a restart from one has everything, and none ever brings back what is older than the files beside it. */
import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import type { RespClient } from "../support/resp-client.ts";
import { LIBRARY } from "./population.ts";
import { digestOf, populate, Servers, untilInfo } from "./servers.ts";

const servers = new Servers("image", ["--image-save", "yes"]);
const AOF = ["--appendonly", "yes"];
const USED = "Memory image loaded";

const imageOf = (dir: string): string => path.join(dir, "kvasm.image");
const isUsed = (): boolean => servers.last.log.includes(USED);

/** SHUTDOWN, until the process is gone. */
async function shutDown(client: RespClient, ...options: string[]): Promise<void> {
  await client.do("SHUTDOWN", ...options).catch(() => undefined);
  expect(await servers.last.ended).toBe(0);
  await servers.stop();
}

describe("after SHUTDOWN", () => {
  it.each([
    ["no AOF", []],
    ["an AOF", AOF],
  ])("everything is there: data, functions, counters at their beginning [%s]", async (_, args) => {
    const dir = servers.folder();
    const first = await servers.kvasm(dir, ...args);
    await populate(first);
    await first.do("FUNCTION", "LOAD", LIBRARY);
    await first.do("EVAL", "return redis.call('set','by script','1')", "0");
    await first.do("SUBSCRIBE", "channel");
    const blocked = await servers.last.connect();
    void blocked.do("BLPOP", "nothing", "0").catch(() => undefined);
    const inMulti = await servers.last.connect();
    await inMulti.pipeline([["WATCH", "12"], ["MULTI"], ["SET", "unfinished", "1"]]);
    const other = await servers.last.connect();
    const digest = await digestOf(other);
    await shutDown(other);
    expect(existsSync(imageOf(dir))).toBe(true);
    const second = await servers.kvasm(dir, ...args);
    expect(isUsed()).toBe(true);
    expect(await digestOf(second)).toBe(digest);
    expect(await second.do("FCALL", "count", "2", "a", "b")).toBe(2);
    expect(await second.do("EXISTS", "unfinished")).toBe(0);
    expect(await second.do("INFO", "commandstats")).not.toContain("cmdstat_blpop");
    expect(await second.do("INFO", "clients")).toContain("blocked_clients:0");
    await second.do("RPUSH", "nothing", "x");
    expect(await second.do("BLPOP", "nothing", "1")).toEqual(["nothing", "x"]);
    await second.do("SET", "after", "1");
    const later = await digestOf(second);
    await shutDown(second);
    const third = await servers.kvasm(dir, ...args);
    expect(isUsed()).toBe(true);
    expect(await digestOf(third)).toBe(later);
  });

  it("NOSAVE leaves what was saved before", async () => {
    const dir = servers.folder();
    const first = await servers.kvasm(dir);
    await first.do("SET", "saved", "1");
    await shutDown(first);
    const second = await servers.kvasm(dir);
    await second.do("SET", "not saved", "1");
    await shutDown(second, "NOSAVE");
    const third = await servers.kvasm(dir);
    expect(isUsed()).toBe(true);
    expect(await third.do("KEYS", "*")).toEqual(["saved"]);
  });
});

describe("an image with an AOF", () => {
  it("is the beginning, and what the AOF has behind it comes on top, also after kill -9", async () => {
    const dir = servers.folder();
    const first = await servers.kvasm(dir, ...AOF);
    await populate(first);
    await first.do("SELECT", "9");
    await first.do("SET", "before", "1");
    expect(await first.do("SAVE")).toBe("OK");
    await first.pipeline([
      ["SET", "behind", "1"],
      ["INCR", "before"],
      ["RPUSH", "list", "4"],
    ]);
    const digest = await digestOf(first);
    await servers.crash();
    const second = await servers.kvasm(dir, ...AOF);
    expect(isUsed()).toBe(true);
    expect(await digestOf(second)).toBe(digest);
    await second.pipeline([
      ["SELECT", "3"],
      ["SET", "more", "1"],
    ]);
    const more = await digestOf(second);
    await servers.crash();
    const third = await servers.kvasm(dir, ...AOF);
    expect(isUsed()).toBe(true);
    expect(await digestOf(third)).toBe(more);
  });

  it("is void after a rewrite", async () => {
    const dir = servers.folder();
    const first = await servers.kvasm(dir, ...AOF);
    await first.do("SET", "k", "1");
    await first.do("SAVE");
    await first.do("BGREWRITEAOF");
    await untilInfo(first, "aof_rewrite_in_progress:0", "aof_rewrites:1");
    await first.do("SET", "k", "2");
    await servers.crash();
    const second = await servers.kvasm(dir, ...AOF);
    expect(isUsed()).toBe(false);
    expect(await second.do("GET", "k")).toBe("2");
  });

  it("is not used where the AOF has been put back to an earlier state", async () => {
    const dir = servers.folder();
    const first = await servers.kvasm(dir, ...AOF);
    await first.do("SET", "k", "1");
    await first.do("WAITAOF", "1", "0", "0");
    const increment = path.join(dir, "appendonlydir/appendonly.aof.1.incr.aof");
    copyFileSync(increment, path.join(dir, "copy"));
    await first.do("SET", "k", "2");
    await shutDown(first);
    copyFileSync(path.join(dir, "copy"), increment);
    const second = await servers.kvasm(dir, ...AOF);
    expect(isUsed()).toBe(false);
    expect(await second.do("GET", "k")).toBe("1");
  });
});

describe("an image without an AOF", () => {
  it("is as new as the RDB file, also after kill -9", async () => {
    const dir = servers.folder();
    const first = await servers.kvasm(dir);
    await first.do("SET", "k", "1");
    await first.do("SAVE");
    await first.do("SET", "k", "2");
    await servers.crash();
    const second = await servers.kvasm(dir);
    expect(isUsed()).toBe(true);
    expect(await second.do("GET", "k")).toBe("1");
  });

  it("is void as soon as there is a newer RDB file", async () => {
    const dir = servers.folder();
    const first = await servers.kvasm(dir);
    await first.do("SET", "k", "1");
    await first.do("SAVE");
    const old = readFileSync(imageOf(dir));
    await first.do("SET", "k", "2");
    await first.do("BGSAVE");
    await untilInfo(first, "rdb_bgsave_in_progress:0", "rdb_saves:2");
    expect(existsSync(imageOf(dir))).toBe(false);
    await servers.crash();
    // As if the process had died between the two.
    writeFileSync(imageOf(dir), old);
    const second = await servers.kvasm(dir);
    expect(isUsed()).toBe(false);
    expect(await second.do("GET", "k")).toBe("2");
  });

  it("is not used with an AOF, nor the other way round", async () => {
    const dir = servers.folder();
    const first = await servers.kvasm(dir);
    await first.do("SET", "k", "of the RDB file");
    await shutDown(first);
    const second = await servers.kvasm(dir, ...AOF);
    expect(isUsed()).toBe(false);
    expect(await second.do("DBSIZE")).toBe(0);
    await second.do("SET", "k", "of the AOF");
    await shutDown(second);
    const third = await servers.kvasm(dir);
    expect(isUsed()).toBe(false);
    expect(await third.do("GET", "k")).toBe("of the RDB file");
  });
});

describe("an image that cannot be used", () => {
  it("is told of, and the RDB file loads instead", async () => {
    const dir = servers.folder();
    const first = await servers.kvasm(dir);
    await populate(first);
    const digest = await digestOf(first);
    await shutDown(first);
    const sound = readFileSync(imageOf(dir));
    const damaged = (at: number): Buffer => {
      const copy = Buffer.from(sound);
      copy[at]! ^= 1;
      return copy;
    };
    const cases: [Buffer, RegExp][] = [
      [damaged(0), /does not begin as one/],
      [damaged(8), /another version/],
      [damaged(13), /another version/],
      [damaged(60), /checksum/],
      [damaged(sound.length - 70_000), /checksum/],
      [sound.subarray(0, sound.length - 1), /not as long/],
      [Buffer.alloc(0), /header/],
    ];
    for (const [bytes, why] of cases) {
      writeFileSync(imageOf(dir), bytes);
      const client = await servers.kvasm(dir);
      expect(isUsed()).toBe(false);
      expect(servers.last.log).toMatch(why);
      expect(await digestOf(client)).toBe(digest);
      await servers.crash();
    }
    writeFileSync(imageOf(dir), sound);
    const other = await servers.kvasm(dir, "--databases", "17");
    expect(isUsed()).toBe(false);
    expect(await digestOf(other)).toBe(digest);
  });

  it("is not looked at without image-save", async () => {
    const dir = servers.folder();
    const first = await servers.kvasm(dir);
    await first.do("SET", "k", "1");
    await shutDown(first);
    const second = await servers.kvasm(dir, "--image-save", "no");
    expect(isUsed()).toBe(false);
    expect(await second.do("GET", "k")).toBe("1");
  });
});
