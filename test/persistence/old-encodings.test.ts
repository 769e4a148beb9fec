/** Files of the past: every encoding that servers since Redis 2.6 have written loads here as it does in Redis 8. */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { nativeIsRedis8 } from "../support/native.ts";
import {
  binaryScore,
  compressed,
  integer,
  intset,
  join,
  length,
  listpack,
  moduleAux,
  moduleId,
  oldRdb,
  RdbType,
  stream,
  string,
  textScore,
  ziplist,
  zipmap,
  type OldKey,
} from "../support/old-rdb.ts";
import type { RespClient } from "../support/resp-client.ts";
import { digestOf, Servers } from "./servers.ts";

const servers = new Servers("old");

const LATER_SECONDS = 2_000_000_000;
const LONG = "long ".repeat(100);

/** What every version could hold. */
const ALWAYS: OldKey[] = [
  { name: "string", type: RdbType.STRING, value: string("text") },
  { name: "string:int8", type: RdbType.STRING, value: integer(-7) },
  { name: "string:int16", type: RdbType.STRING, value: integer(-3000) },
  { name: "string:int32", type: RdbType.STRING, value: integer(1_000_000_000) },
  { name: "string:lzf", type: RdbType.STRING, value: compressed("abc", 60) },
  { name: "string:seconds", type: RdbType.STRING, value: string("x"), expireSeconds: LATER_SECONDS },
  { name: "string:ms", type: RdbType.STRING, value: string("x"), expireMs: LATER_SECONDS * 1000 + 7 },
  { name: "list", type: RdbType.LIST, value: join(length(3), string("a"), integer(5), string(LONG)) },
  { name: "set", type: RdbType.SET, value: join(length(2), string("a"), integer(70_000)) },
  {
    name: "zset",
    type: RdbType.ZSET,
    value: join(
      length(4),
      ...["a", "b", "c", "d"].flatMap((m, i) => [string(m), textScore([1.5, -2, Infinity, -Infinity][i]!)]),
    ),
  },
  {
    name: "hash",
    type: RdbType.HASH,
    value: join(length(2), string("f"), string("v"), string("g"), integer(9)),
  },
  { name: "hash:zipmap", type: RdbType.HASH_ZIPMAP, value: string(zipmap([["f", "v"], ["g", LONG]])) }, // prettier-ignore
  { name: "hash:zipmap, unused bytes", type: RdbType.HASH_ZIPMAP, value: string(zipmap([["f", "v"], ["n", "12"]], 3)) }, // prettier-ignore
  {
    name: "list:ziplist",
    type: RdbType.LIST_ZIPLIST,
    value: string(
      ziplist([
        "a",
        LONG,
        "after a long one",
        0,
        12,
        13,
        -1,
        127,
        -129,
        32_767,
        -40_000,
        8_388_607,
        -8_388_609,
        2 ** 31,
        -(2n ** 63n),
        "last",
      ]),
    ),
  },
  { name: "set:intset16", type: RdbType.SET_INTSET, value: string(intset([-5, 1, 300], 2)) },
  { name: "set:intset32", type: RdbType.SET_INTSET, value: string(intset([-70_000, 1], 4)) },
  { name: "set:intset64", type: RdbType.SET_INTSET, value: string(intset([-(2n ** 40n), 3n], 8)) },
  {
    name: "zset:ziplist",
    type: RdbType.ZSET_ZIPLIST,
    value: string(ziplist(["low", "-inf", "a", "1.5", "b", 2, "high", "inf"])),
  },
  {
    name: "hash:ziplist",
    type: RdbType.HASH_ZIPLIST,
    value: string(ziplist(["f", "v", "n", 17, "long", LONG])),
  },
];
/** What came with each version. */
const SINCE: [number, OldKey[]][] = [
  [6, ALWAYS],
  [
    7,
    [
      {
        name: "list:quicklist",
        type: RdbType.LIST_QUICKLIST,
        value: join(length(2), string(ziplist(["a", 1])), string(ziplist(["b", LONG]))),
      },
    ],
  ],
  [
    8,
    [
      {
        name: "zset:binary",
        type: RdbType.ZSET_2,
        value: join(length(2), string("a"), binaryScore(0.1), string("b"), binaryScore(-Infinity)),
      },
    ],
  ],
  [
    9,
    [
      { name: "stream:1", type: RdbType.STREAM_1, value: stream(1) },
      { name: "string:idle", type: RdbType.STRING, value: string("x"), idleSeconds: 1000 },
      { name: "string:freq", type: RdbType.STRING, value: string("x"), freq: 200 },
    ],
  ],
  [
    10,
    [
      { name: "hash:listpack", type: RdbType.HASH_LISTPACK, value: string(listpack(["f", "v", "n", 17])) },
      { name: "zset:listpack", type: RdbType.ZSET_LISTPACK, value: string(listpack(["a", "1.5", "b", 2])) },
      {
        name: "list:quicklist2",
        type: RdbType.LIST_QUICKLIST_2,
        value: join(length(2), length(2), string(listpack(["a", -1])), length(1), string(LONG.repeat(20))),
      },
      { name: "stream:2", type: RdbType.STREAM_2, value: stream(2) },
    ],
  ],
  [
    11,
    [
      { name: "set:listpack", type: RdbType.SET_LISTPACK, value: string(listpack(["a", 4095, -4096])) },
      { name: "stream:3", type: RdbType.STREAM_3, value: stream(3) },
    ],
  ],
];

const keysOf = (version: number): OldKey[] =>
  SINCE.filter(([since]) => since <= version).flatMap(([, keys]) => keys);

/** What Redis 8 says of every key, but for how the value is held. */
async function describeAll(client: RespClient): Promise<unknown> {
  const ask: Record<string, (key: string) => string[]> = {
    string: (key) => ["GET", key],
    list: (key) => ["LRANGE", key, "0", "-1"],
    set: (key) => ["SORT", key, "ALPHA"],
    zset: (key) => ["ZRANGE", key, "0", "-1", "WITHSCORES"],
    hash: (key) => ["HGETALL", key],
    stream: (key) => ["XINFO", "STREAM", key, "FULL"],
  };
  const keys = ((await client.do("KEYS", "*")) as string[]).sort();
  const facts: unknown[] = [];
  for (const key of keys) {
    const type = String(await client.do("TYPE", key));
    const value = await client.do(...ask[type]!(key));
    if (type === "hash") sortPairs(value as string[]);
    facts.push([key, type, await client.do("PEXPIRETIME", key), value]);
  }
  return facts;
}

/** The order of a table is nobody's promise. */
function sortPairs(words: string[]): void {
  const pairs = words.flatMap((word, i) => (i % 2 === 0 ? [[word, words[i + 1]!]] : []));
  words.splice(0, words.length, ...pairs.sort(([a], [b]) => (a! < b! ? -1 : 1)).flat());
}

function put(bytes: Uint8Array): string {
  const dir = servers.folder();
  writeFileSync(path.join(dir, "dump.rdb"), bytes);
  return dir;
}

describe("an RDB file of version", () => {
  it.each([6, 7, 8, 9, 10, 11])("%i loads", async (version) => {
    const keys = keysOf(version);
    const bytes = oldRdb(version, keys);
    const ours = await servers.kvasm(put(bytes));
    expect(await ours.do("DBSIZE")).toBe(keys.length);
    expect(await ours.do("GET", "string:lzf")).toBe(`ab${"c".repeat(61)}`);
    if (version >= 9) expect(await ours.do("XLEN", "stream:1")).toBe(2);
    if (!nativeIsRedis8) return;
    const theirs = await servers.native("redis", put(bytes));
    expect(await describeAll(ours)).toEqual(await describeAll(theirs));
    expect(await digestOf(ours)).toBe(await digestOf(theirs));
  });
});

describe("data of modules", () => {
  const id = moduleId("some-modl", 3);
  const value: OldKey = { name: "k", type: RdbType.MODULE_2, value: join(length(id), length(0)) };

  it.each([
    ["a value", oldRdb(9, [value])],
    ["beside the keys", oldRdb(9, [], moduleAux(id))],
  ])("is refused by the module's name: %s", async (_, bytes) => {
    const refused =
      /The RDB file contains (AUX )?module data I can't load: no matching module (type )?'some-modl'/;
    await expect(servers.kvasm(put(bytes))).rejects.toThrow(refused);
    if (nativeIsRedis8) await expect(servers.native("redis", put(bytes))).rejects.toThrow(refused);
  });
});
