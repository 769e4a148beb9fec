/**
 * Typed methods beside `command()` with the same words: two stores with one seed and one clock, fed the same steps, the
 * one through methods and the other by name. Every method of the ready commands must be among the steps.
 */
import { describe, expect, it } from "vitest";
import { COMMANDS } from "../../bindings/command-table.ts";
import type { Argument } from "../../bindings/encode.ts";
import { Store } from "../../bindings/store.ts";
import { openStore } from "../support/store.ts";
import { isReady } from "../support/table.ts";

const NOW = 1_700_000_000_000;
const SECONDS = NOW / 1000;

/** What DUMP says of the string "x". */
const DUMP_OF_X = dumpOf("x");

type Step = readonly [argv: readonly Argument[], method: (db: Store) => unknown];

function dumpOf(value: string): Uint8Array {
  const db = openStore({ build: "release" });
  db.set("key", value);
  return db.bytes.dump("key")!;
}

const STEPS: readonly Step[] = [
  // strings
  [["SET", "a", "1"], (db) => db.set("a", "1")],
  [["SET", "a", "2", "NX"], (db) => db.set("a", "2", { nx: true })],
  [["SET", "a", "2", "XX", "GET", "EX", 10], (db) => db.set("a", "2", { xx: true, get: true, ex: 10 })],
  [["SET", "b", "x", "PX", 1500n], (db) => db.set("b", "x", { px: 1500n })],
  [["SET", "b", "y", "KEEPTTL"], (db) => db.set("b", "y", { keepttl: true, nx: false })],
  [["SET", "c", "z", "EXAT", SECONDS + 5], (db) => db.set("c", "z", { exat: SECONDS + 5, px: undefined })],
  [["SET", "d", "z", "PXAT", NOW + 5], (db) => db.set("d", "z", { pxat: NOW + 5 })],
  [["GET", "a"], (db) => db.get("a")],
  [["GET", "b"], (db) => db.get(Buffer.from("b"))],
  [["GET", "missing"], (db) => db.get("missing")],
  [["GETEX", "b", "PERSIST"], (db) => db.getex("b", { persist: true })],
  [["GETEX", "b"], (db) => db.getex("b")],
  [["GETDEL", "d"], (db) => db.getdel("d")],
  [["GETSET", "b", "w"], (db) => db.getset("b", "w")],
  [["APPEND", "b", "orld"], (db) => db.append("b", "orld")],
  [["STRLEN", "b"], (db) => db.strlen("b")],
  [["GETRANGE", "b", 1, -2], (db) => db.getrange("b", 1, -2)],
  [["SUBSTR", "b", 0, 1], (db) => db.substr("b", 0, 1)],
  [["SETRANGE", "b", 2, "XY"], (db) => db.setrange("b", 2, "XY")],
  [["INCR", "n"], (db) => db.incr("n")],
  [["DECR", "n"], (db) => db.decr("n")],
  [["INCRBY", "n", 2n ** 62n], (db) => db.incrby("n", 2n ** 62n)],
  [["DECRBY", "n", "5"], (db) => db.decrby("n", "5")],
  [["INCRBYFLOAT", "f", 0.25], (db) => db.incrbyfloat("f", 0.25)],
  [["MSET", "k1", "v1", "k2", "v2"], (db) => db.mset({ k1: "v1", k2: "v2" })],
  [
    ["MSETNX", "k2", "v", "k3", "v"],
    (db) =>
      db.msetnx([
        ["k2", "v"],
        ["k3", "v"],
      ]),
  ],
  [["MGET", "k1", "k2", "k3"], (db) => db.mget(["k1", "k2", "k3"])],
  [["SETEX", "e1", 10, "v"], (db) => db.setex("e1", 10, "v")],
  [["PSETEX", "e2", 10_000, "v"], (db) => db.psetex("e2", 10_000, "v")],
  [["SETNX", "e2", "w"], (db) => db.setnx("e2", "w")],
  [
    ["MSET", "l1", "ohmytext", "l2", "mynewtext"],
    (db) =>
      db.mset(
        new Map([
          ["l1", "ohmytext"],
          ["l2", "mynewtext"],
        ]),
      ),
  ],
  [["LCS", "l1", "l2"], (db) => db.lcs("l1", "l2")],
  [["LCS", "l1", "l2", "LEN"], (db) => db.lcs("l1", "l2", { len: true })],
  [
    ["LCS", "l1", "l2", "IDX", "MINMATCHLEN", 4, "WITHMATCHLEN"],
    (db) => db.lcs("l1", "l2", { idx: true, minmatchlen: 4, withmatchlen: true }),
  ],
  // keys of any type
  [["EXISTS", "a", "a", "missing"], (db) => db.exists(["a", "a", "missing"])],
  [["TYPE", "a"], (db) => db.type("a")],
  [["TYPE", "missing"], (db) => db.type("missing")],
  [["EXPIRE", "k1", 100], (db) => db.expire("k1", 100)],
  [["EXPIRE", "k1", 50, "GT"], (db) => db.expire("k1", 50, { gt: true })],
  [["PEXPIRE", "k2", 100_000, "NX"], (db) => db.pexpire("k2", 100_000, { nx: true })],
  [["EXPIREAT", "k2", SECONDS + 60, "XX"], (db) => db.expireat("k2", SECONDS + 60, { xx: true })],
  [["PEXPIREAT", "k2", NOW + 90_000, "LT"], (db) => db.pexpireat("k2", NOW + 90_000, { lt: true })],
  [["TTL", "k1"], (db) => db.ttl("k1")],
  [["PTTL", "k2"], (db) => db.pttl("k2")],
  [["EXPIRETIME", "k1"], (db) => db.expiretime("k1")],
  [["PEXPIRETIME", "missing"], (db) => db.pexpiretime("missing")],
  [["PERSIST", "k1"], (db) => db.persist("k1")],
  [["COPY", "k1", "k4"], (db) => db.copy("k1", "k4")],
  [["COPY", "k2", "k4", "DB", 1, "REPLACE"], (db) => db.copy("k2", "k4", { db: 1, replace: true })],
  [["MOVE", "k4", 2], (db) => db.move("k4", 2)],
  [["RENAME", "k1", "k5"], (db) => db.rename("k1", "k5")],
  [["RENAMENX", "k5", "k2"], (db) => db.renamenx("k5", "k2")],
  [["RANDOMKEY"], (db) => db.randomkey()],
  [["TOUCH", "a", "b"], (db) => db.touch(["a", "b"])],
  [["KEYS", "k*"], (db) => db.keys("k*")],
  [
    ["SCAN", "0", "MATCH", "l*", "COUNT", 100, "TYPE", "string"],
    (db) => db.scan(0, { match: "l*", count: 100, type: "string" }),
  ],
  [["OBJECT", "ENCODING", "n"], (db) => db.object.encoding("n")],
  [["OBJECT", "REFCOUNT", "n"], (db) => db.object.refcount("n")],
  [["OBJECT", "IDLETIME", "n"], (db) => db.object.idletime("n")],
  [["OBJECT", "FREQ", "n"], (db) => db.object.freq("n")],
  [["DUMP", "missing"], (db) => db.dump("missing")],
  [
    ["RESTORE", "r", 0, DUMP_OF_X, "REPLACE", "IDLETIME", 5],
    (db) => db.restore("r", 0, DUMP_OF_X, { replace: true, idletime: 5 }),
  ],
  [["DEL", "k5", "missing"], (db) => db.del(["k5", "missing"])],
  [["UNLINK", "l1"], (db) => db.unlink("l1")],
  // bits
  [["SETBIT", "bits", 7, 1], (db) => db.setbit("bits", 7, 1)],
  [["GETBIT", "bits", 7], (db) => db.getbit("bits", 7)],
  [["BITCOUNT", "bits"], (db) => db.bitcount("bits")],
  [["BITCOUNT", "bits", 5, 30, "BIT"], (db) => db.bitcount("bits", { start: 5, end: 30, bit: true })],
  [["BITPOS", "bits", 1], (db) => db.bitpos("bits", 1)],
  [["BITPOS", "bits", 0, 1], (db) => db.bitpos("bits", 0, { start: 1 })],
  [["BITPOS", "bits", 1, 0, -1, "BYTE"], (db) => db.bitpos("bits", 1, { start: 0, end: -1, byte: true })],
  [["BITOP", "NOT", "inverse", "bits"], (db) => db.bitop("NOT", "inverse", "bits")],
  [["BITOP", "OR", "both", "bits", "inverse"], (db) => db.bitop("OR", "both", ["bits", "inverse"])],
  [
    ["BITFIELD", "bits", "GET", "u4", 0, "OVERFLOW", "FAIL", "INCRBY", "u2", 100, 5, "SET", "i8", "#1", 3],
    (db) =>
      db.bitfield("bits", [
        { get: ["u4", 0] },
        { overflow: "FAIL", incrby: ["u2", 100, 5] },
        { set: ["i8", "#1", 3] },
      ]),
  ],
  [["BITFIELD", "bits"], (db) => db.bitfield("bits")],
  [
    ["BITFIELD_RO", "bits", "GET", "u8", 0, "GET", "i8", 8],
    (db) =>
      db.bitfieldRo("bits", {
        get: [
          ["u8", 0],
          ["i8", 8],
        ],
      }),
  ],
  // HyperLogLog
  [["PFADD", "h1", "a", "b", "c"], (db) => db.pfadd("h1", ["a", "b", "c"])],
  [["PFADD", "h2"], (db) => db.pfadd("h2")],
  [["PFMERGE", "h3", "h1", "h2"], (db) => db.pfmerge("h3", ["h1", "h2"])],
  [["PFMERGE", "h3"], (db) => db.pfmerge("h3")],
  [["PFCOUNT", "h1", "h3"], (db) => db.pfcount(["h1", "h3"])],
  // lists
  [["RPUSH", "list", "a", "b", "c"], (db) => db.rpush("list", ["a", "b", "c"])],
  [["LPUSH", "list", "z"], (db) => db.lpush("list", "z")],
  [["LPUSHX", "missing", "z"], (db) => db.lpushx("missing", "z")],
  [["RPUSHX", "list", "d"], (db) => db.rpushx("list", "d")],
  [["LRANGE", "list", 0, -1], (db) => db.lrange("list", 0, -1)],
  [["LLEN", "list"], (db) => db.llen("list")],
  [["LINDEX", "list", -1], (db) => db.lindex("list", -1)],
  [["LINSERT", "list", "BEFORE", "c", "bb"], (db) => db.linsert("list", "BEFORE", "c", "bb")],
  [["LPOS", "list", "c"], (db) => db.lpos("list", "c")],
  [
    ["LPOS", "list", "c", "RANK", -1, "COUNT", 0, "MAXLEN", 9],
    (db) => db.lpos("list", "c", { rank: -1, count: 0, maxlen: 9 }),
  ],
  [["LSET", "list", 0, "y"], (db) => db.lset("list", 0, "y")],
  [["LREM", "list", 0, "bb"], (db) => db.lrem("list", 0, "bb")],
  [["LMOVE", "list", "list2", "LEFT", "RIGHT"], (db) => db.lmove("list", "list2", "LEFT", "RIGHT")],
  [["RPOPLPUSH", "list", "list2"], (db) => db.rpoplpush("list", "list2")],
  [
    ["LMPOP", 2, "missing", "list", "RIGHT", "COUNT", 1],
    (db) => db.lmpop(["missing", "list"], "RIGHT", { count: 1 }),
  ],
  [["LTRIM", "list", 0, 5], (db) => db.ltrim("list", 0, 5)],
  [["LPOP", "list"], (db) => db.lpop("list")],
  [["LPOP", "list2", 2], (db) => db.lpop("list2", { count: 2 })],
  [["RPOP", "missing"], (db) => db.rpop("missing")],
  // sets
  [["SADD", "s1", "a", "b", "c"], (db) => db.sadd("s1", new Set(["a", "b", "c"]))],
  [["SADD", "s2", 1, 2, 3], (db) => db.sadd("s2", [1, 2, 3])],
  [["SMEMBERS", "s1"], (db) => db.smembers("s1")],
  [["SCARD", "s1"], (db) => db.scard("s1")],
  [["SISMEMBER", "s1", "a"], (db) => db.sismember("s1", "a")],
  [["SMISMEMBER", "s1", "a", "x"], (db) => db.smismember("s1", ["a", "x"])],
  [["SMOVE", "s1", "s2", "c"], (db) => db.smove("s1", "s2", "c")],
  [["SREM", "s1", "b", "x"], (db) => db.srem("s1", ["b", "x"])],
  [["SUNION", "s1", "s2"], (db) => db.sunion(["s1", "s2"])],
  [["SINTER", "s1", "s2"], (db) => db.sinter(["s1", "s2"])],
  [["SDIFF", "s2", "s1"], (db) => db.sdiff(["s2", "s1"])],
  [["SUNIONSTORE", "s3", "s1", "s2"], (db) => db.sunionstore("s3", ["s1", "s2"])],
  [["SINTERSTORE", "s4", "s1", "s3"], (db) => db.sinterstore("s4", ["s1", "s3"])],
  [["SDIFFSTORE", "s5", "s3", "s1"], (db) => db.sdiffstore("s5", ["s3", "s1"])],
  [["SINTERCARD", 2, "s1", "s3", "LIMIT", 1], (db) => db.sintercard(["s1", "s3"], { limit: 1 })],
  [["SSCAN", "s3", 0, "MATCH", "*"], (db) => db.sscan("s3", 0, { match: "*" })],
  [["SRANDMEMBER", "s1"], (db) => db.srandmember("s1")],
  [["SRANDMEMBER", "s1", -3], (db) => db.srandmember("s1", { count: -3 })],
  [["SPOP", "s3"], (db) => db.spop("s3")],
  [["SPOP", "s3", 2], (db) => db.spop("s3", { count: 2 })],
  [["SORT", "s2", "DESC", "LIMIT", 0, 2], (db) => db.sort("s2", { desc: true, limit: [0, 2] })],
  [
    ["SORT", "s2", "BY", "w_*", "GET", "#", "GET", "k*", "ALPHA"],
    (db) => db.sort("s2", { by: "w_*", get: ["#", "k*"], alpha: true }),
  ],
  [["SORT", "s2", "ALPHA", "STORE", "sorted"], (db) => db.sort("s2", { alpha: true, store: "sorted" })],
  [["SORT_RO", "s2", "ALPHA", "ASC"], (db) => db.sortRo("s2", { alpha: true, asc: true })],
  // hashes
  [["HSET", "h", "f", "v", "g", 2], (db) => db.hset("h", { f: "v", g: 2 })],
  [["HMSET", "h", "i", 1], (db) => db.hmset("h", [["i", 1]])],
  [["HSETNX", "h", "f", "w"], (db) => db.hsetnx("h", "f", "w")],
  [["HGET", "h", "f"], (db) => db.hget("h", "f")],
  [["HMGET", "h", "f", "x"], (db) => db.hmget("h", ["f", "x"])],
  [["HGETALL", "h"], (db) => db.hgetall("h")],
  [["HKEYS", "h"], (db) => db.hkeys("h")],
  [["HVALS", "h"], (db) => db.hvals("h")],
  [["HLEN", "h"], (db) => db.hlen("h")],
  [["HEXISTS", "h", "f"], (db) => db.hexists("h", "f")],
  [["HSTRLEN", "h", "f"], (db) => db.hstrlen("h", "f")],
  [["HINCRBY", "h", "i", 5], (db) => db.hincrby("h", "i", 5)],
  [["HINCRBYFLOAT", "h", "i", 0.5], (db) => db.hincrbyfloat("h", "i", 0.5)],
  [["HRANDFIELD", "h"], (db) => db.hrandfield("h")],
  [["HRANDFIELD", "h", 2], (db) => db.hrandfield("h", { count: 2 })],
  [["HRANDFIELD", "h", -2, "WITHVALUES"], (db) => db.hrandfield("h", { count: -2, withvalues: true })],
  [["HSCAN", "h", 0, "COUNT", 5, "NOVALUES"], (db) => db.hscan("h", 0, { count: 5, novalues: true })],
  [
    ["HEXPIRE", "h", 100, "NX", "FIELDS", 2, "f", "x"],
    (db) => db.hexpire("h", 100, ["f", "x"], { nx: true }),
  ],
  [["HPEXPIRE", "h", 100_000, "FIELDS", 1, "g"], (db) => db.hpexpire("h", 100_000, "g")],
  [["HEXPIREAT", "h", SECONDS + 9, "FIELDS", 1, "g"], (db) => db.hexpireat("h", SECONDS + 9, "g")],
  [["HPEXPIREAT", "h", NOW + 9000, "FIELDS", 1, "g"], (db) => db.hpexpireat("h", NOW + 9000, ["g"])],
  [["HTTL", "h", "FIELDS", 2, "f", "i"], (db) => db.httl("h", ["f", "i"])],
  [["HPTTL", "h", "FIELDS", 1, "g"], (db) => db.hpttl("h", "g")],
  [["HEXPIRETIME", "h", "FIELDS", 1, "g"], (db) => db.hexpiretime("h", "g")],
  [["HPEXPIRETIME", "h", "FIELDS", 1, "g"], (db) => db.hpexpiretime("h", "g")],
  [["HPERSIST", "h", "FIELDS", 1, "g"], (db) => db.hpersist("h", "g")],
  [["HGETEX", "h", "EX", 10, "FIELDS", 1, "f"], (db) => db.hgetex("h", "f", { ex: 10 })],
  [
    ["HSETEX", "h", "FXX", "PX", 500, "FIELDS", 2, "f", 1, "g", 2],
    (db) => db.hsetex("h", { f: 1, g: 2 }, { fxx: true, px: 500 }),
  ],
  [["HGETDEL", "h", "FIELDS", 2, "f", "x"], (db) => db.hgetdel("h", ["f", "x"])],
  [["HDEL", "h", "g"], (db) => db.hdel("h", "g")],
  // sorted sets
  [
    ["ZADD", "z1", 1, "a", 2.5, "b", "inf", "c"],
    (db) =>
      db.zadd("z1", [
        [1, "a"],
        [2.5, "b"],
        [Infinity, "c"],
      ]),
  ],
  [
    ["ZADD", "z1", "XX", "GT", "CH", 3, "a"],
    (db) => db.zadd("z1", [[3, "a"]], { xx: true, gt: true, ch: true }),
  ],
  [["ZADD", "z1", "INCR", 1, "a"], (db) => db.zadd("z1", [[1, "a"]], { incr: true })],
  [
    ["ZADD", "z2", 1, "b", 1, "d"],
    (db) =>
      db.zadd("z2", [
        [1, "b"],
        [1, "d"],
      ]),
  ],
  [["ZSCORE", "z1", "c"], (db) => db.zscore("z1", "c")],
  [["ZMSCORE", "z1", "a", "x"], (db) => db.zmscore("z1", ["a", "x"])],
  [["ZINCRBY", "z1", -0.5, "b"], (db) => db.zincrby("z1", -0.5, "b")],
  [["ZCARD", "z1"], (db) => db.zcard("z1")],
  [["ZCOUNT", "z1", "(1", "+inf"], (db) => db.zcount("z1", "(1", "+inf")],
  [["ZRANGE", "z1", 0, -1], (db) => db.zrange("z1", 0, -1)],
  [
    ["ZRANGE", "z1", "+inf", 0, "BYSCORE", "REV", "LIMIT", 0, 2, "WITHSCORES"],
    (db) => db.zrange("z1", "+inf", 0, { byscore: true, rev: true, limit: [0, 2], withscores: true }),
  ],
  [["ZRANGESTORE", "z3", "z1", 0, 1], (db) => db.zrangestore("z3", "z1", 0, 1)],
  [["ZRANGEBYSCORE", "z1", 0, 9, "WITHSCORES"], (db) => db.zrangebyscore("z1", 0, 9, { withscores: true })],
  [
    ["ZREVRANGEBYSCORE", "z1", 9, 0, "LIMIT", 0, 1],
    (db) => db.zrevrangebyscore("z1", 9, 0, { limit: [0, 1] }),
  ],
  [["ZRANGEBYLEX", "z2", "-", "[c"], (db) => db.zrangebylex("z2", "-", "[c")],
  [["ZREVRANGEBYLEX", "z2", "+", "-"], (db) => db.zrevrangebylex("z2", "+", "-")],
  [["ZREVRANGE", "z1", 0, 0], (db) => db.zrevrange("z1", 0, 0)],
  [["ZLEXCOUNT", "z2", "-", "+"], (db) => db.zlexcount("z2", "-", "+")],
  [["ZRANK", "z1", "a"], (db) => db.zrank("z1", "a")],
  [["ZRANK", "z1", "a", "WITHSCORE"], (db) => db.zrank("z1", "a", { withscore: true })],
  [["ZREVRANK", "z1", "x"], (db) => db.zrevrank("z1", "x")],
  [
    ["ZUNION", 2, "z1", "z2", "WEIGHTS", 1, 2, "AGGREGATE", "MAX", "WITHSCORES"],
    (db) => db.zunion(["z1", "z2"], { weights: [1, 2], aggregate: "MAX", withscores: true }),
  ],
  [["ZINTER", 2, "z1", "z2"], (db) => db.zinter(["z1", "z2"])],
  [["ZDIFF", 2, "z1", "z2", "WITHSCORES"], (db) => db.zdiff(["z1", "z2"], { withscores: true })],
  [["ZUNIONSTORE", "z4", 2, "z1", "z2"], (db) => db.zunionstore("z4", ["z1", "z2"])],
  [["ZINTERSTORE", "z5", 1, "z1", "WEIGHTS", 2], (db) => db.zinterstore("z5", "z1", { weights: 2 })],
  [["ZDIFFSTORE", "z6", 2, "z1", "z2"], (db) => db.zdiffstore("z6", ["z1", "z2"])],
  [["ZINTERCARD", 2, "z1", "z2", "LIMIT", 5], (db) => db.zintercard(["z1", "z2"], { limit: 5 })],
  [["ZRANDMEMBER", "z1"], (db) => db.zrandmember("z1")],
  [["ZRANDMEMBER", "z1", 2, "WITHSCORES"], (db) => db.zrandmember("z1", { count: 2, withscores: true })],
  [["ZSCAN", "z1", 0], (db) => db.zscan("z1", 0)],
  [["ZMPOP", 1, "z4", "MIN", "COUNT", 2], (db) => db.zmpop("z4", "MIN", { count: 2 })],
  [["ZPOPMIN", "z1"], (db) => db.zpopmin("z1")],
  [["ZPOPMAX", "z1", 2], (db) => db.zpopmax("z1", { count: 2 })],
  [["ZREM", "z2", "b"], (db) => db.zrem("z2", "b")],
  [["ZREMRANGEBYRANK", "z5", 0, 0], (db) => db.zremrangebyrank("z5", 0, 0)],
  [["ZREMRANGEBYSCORE", "z5", "-inf", 1], (db) => db.zremrangebyscore("z5", "-inf", 1)],
  [["ZREMRANGEBYLEX", "z2", "-", "+"], (db) => db.zremrangebylex("z2", "-", "+")],
  // geo
  [
    ["GEOADD", "g", "NX", 13.361389, 38.115556, "Palermo", 15.087269, 37.502669, "Catania"],
    (db) =>
      db.geoadd(
        "g",
        [
          [13.361389, 38.115556, "Palermo"],
          [15.087269, 37.502669, "Catania"],
        ],
        { nx: true },
      ),
  ],
  [["GEODIST", "g", "Palermo", "Catania", "KM"], (db) => db.geodist("g", "Palermo", "Catania", { km: true })],
  [["GEOHASH", "g", "Palermo", "x"], (db) => db.geohash("g", ["Palermo", "x"])],
  [["GEOPOS", "g", "Palermo", "x"], (db) => db.geopos("g", ["Palermo", "x"])],
  [
    ["GEOSEARCH", "g", "FROMLONLAT", 15, 37, "BYRADIUS", 200, "KM", "ASC", "COUNT", 1, "ANY", "WITHDIST"],
    (db) =>
      db.geosearch(
        "g",
        { fromlonlat: [15, 37] },
        { byradius: [200, "KM"] },
        { asc: true, count: 1, any: true, withdist: true },
      ),
  ],
  [
    ["GEOSEARCHSTORE", "g2", "g", "FROMMEMBER", "Palermo", "BYBOX", 400, 400, "KM"],
    (db) => db.geosearchstore("g2", "g", { frommember: "Palermo" }, { bybox: [400, 400, "KM"] }),
  ],
  [["GEORADIUS", "g", 15, 37, 200, "KM"], (db) => db.georadius("g", 15, 37, 200, "KM")],
  [
    ["GEORADIUS_RO", "g", 15, 37, 200, "KM", "WITHCOORD"],
    (db) => db.georadiusRo("g", 15, 37, 200, "KM", { withcoord: true }),
  ],
  [
    ["GEORADIUSBYMEMBER", "g", "Palermo", 200, "KM", "STORE", "g3"],
    (db) => db.georadiusbymember("g", "Palermo", 200, "KM", { store: "g3" }),
  ],
  [
    ["GEORADIUSBYMEMBER_RO", "g", "Palermo", 200, "KM"],
    (db) => db.georadiusbymemberRo("g", "Palermo", 200, "KM"),
  ],
  // streams
  [["XADD", "st", "1-1", "f", "v", "g", 2], (db) => db.xadd("st", "1-1", { f: "v", g: 2 })],
  [
    ["XADD", "st", "NOMKSTREAM", "MAXLEN", "~", 100, "LIMIT", 10, "2-1", "f", "w"],
    (db) => db.xadd("st", "2-1", { f: "w" }, { nomkstream: true, maxlen: 100, operator: "~", limit: 10 }),
  ],
  [
    ["XADD", "st", "MINID", "1-0", "3-*", "f", "x"],
    (db) => db.xadd("st", "3-*", [["f", "x"]], { minid: "1-0" }),
  ],
  [["XLEN", "st"], (db) => db.xlen("st")],
  [["XRANGE", "st", "-", "+", "COUNT", 2], (db) => db.xrange("st", "-", "+", { count: 2 })],
  [["XREVRANGE", "st", "+", "-"], (db) => db.xrevrange("st", "+", "-")],
  [
    ["XREAD", "COUNT", 1, "STREAMS", "st", "missing", 0, 0],
    (db) => db.xread({ st: 0, missing: 0 }, { count: 1 }),
  ],
  [["XREAD", "STREAMS", "st", "$"], (db) => db.xread([["st", "$"]])],
  [
    ["XGROUP", "CREATE", "st", "gr", 0, "ENTRIESREAD", 0],
    (db) => db.xgroup.create("st", "gr", 0, { entriesread: 0 }),
  ],
  [
    ["XGROUP", "CREATE", "st2", "gr", "$", "MKSTREAM"],
    (db) => db.xgroup.create("st2", "gr", "$", { mkstream: true }),
  ],
  [["XGROUP", "CREATECONSUMER", "st", "gr", "ann"], (db) => db.xgroup.createconsumer("st", "gr", "ann")],
  [
    ["XREADGROUP", "GROUP", "gr", "ann", "COUNT", 2, "STREAMS", "st", ">"],
    (db) => db.xreadgroup("gr", "ann", { st: ">" }, { count: 2 }),
  ],
  [
    ["XREADGROUP", "GROUP", "gr", "bob", "NOACK", "STREAMS", "st", ">"],
    (db) => db.xreadgroup("gr", "bob", { st: ">" }, { noack: true }),
  ],
  [["XPENDING", "st", "gr"], (db) => db.xpending("st", "gr")],
  [
    ["XPENDING", "st", "gr", "IDLE", 0, "-", "+", 10, "ann"],
    (db) => db.xpending("st", "gr", { idle: 0, start: "-", end: "+", count: 10, consumer: "ann" }),
  ],
  [
    ["XCLAIM", "st", "gr", "bob", 0, "1-1", "RETRYCOUNT", 3, "JUSTID"],
    (db) => db.xclaim("st", "gr", "bob", 0, "1-1", { retrycount: 3, justid: true }),
  ],
  [["XCLAIM", "st", "gr", "bob", 0, "1-1", "2-1"], (db) => db.xclaim("st", "gr", "bob", 0, ["1-1", "2-1"])],
  [
    ["XAUTOCLAIM", "st", "gr", "ann", 0, "0-0", "COUNT", 1],
    (db) => db.xautoclaim("st", "gr", "ann", 0, "0-0", { count: 1 }),
  ],
  [["XACK", "st", "gr", "1-1", "9-9"], (db) => db.xack("st", "gr", ["1-1", "9-9"])],
  [["XINFO", "STREAM", "st"], (db) => db.xinfo.stream("st")],
  [["XINFO", "STREAM", "st", "FULL", "COUNT", 1], (db) => db.xinfo.stream("st", { full: true, count: 1 })],
  [["XINFO", "GROUPS", "st"], (db) => db.xinfo.groups("st")],
  [["XINFO", "CONSUMERS", "st", "gr"], (db) => db.xinfo.consumers("st", "gr")],
  [["XGROUP", "SETID", "st", "gr", "1-1"], (db) => db.xgroup.setid("st", "gr", "1-1")],
  [["XGROUP", "DELCONSUMER", "st", "gr", "bob"], (db) => db.xgroup.delconsumer("st", "gr", "bob")],
  [["XGROUP", "DESTROY", "st", "gr"], (db) => db.xgroup.destroy("st", "gr")],
  [["XSETID", "st", "9-9", "ENTRIESADDED", 9], (db) => db.xsetid("st", "9-9", { entriesadded: 9 })],
  [["XTRIM", "st", "MAXLEN", "=", 2], (db) => db.xtrim("st", "MAXLEN", 2, { operator: "=" })],
  [["XDEL", "st", "3-0", "4-4"], (db) => db.xdel("st", ["3-0", "4-4"])],
  // the whole
  [["PING"], (db) => db.ping()],
  [["PING", "hello"], (db) => db.ping({ message: "hello" })],
  [["ECHO", "hello"], (db) => db.echo("hello")],
  [["TIME"], (db) => db.time()],
  [["MEMORY", "USAGE", "a", "SAMPLES", 0], (db) => db.memory.usage("a", { samples: 0 })],
  [["DBSIZE"], (db) => db.dbsize()],
  [["SWAPDB", 0, 2], (db) => db.swapdb(0, 2)],
  [["SELECT", 2], (db) => db.select(2)],
  [["FLUSHDB", "SYNC"], (db) => db.flushdb({ sync: true })],
  [["FLUSHALL"], (db) => db.flushall()],
];

/** A result, or the error that came instead of it. */
function outcome(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return { thrown: String(error) };
  }
}

/** `object|encoding` for OBJECT ENCODING, `get` for GET. */
function commandName([first, second]: readonly Argument[]): string {
  const name = String(first).toLowerCase();
  const subcommand = `${name}|${String(second).toLowerCase()}`;
  return COMMANDS.some((row) => row.name === subcommand) ? subcommand : name;
}

const steps = STEPS.filter(([argv]) => isReady(commandName(argv)));

describe("a typed method", () => {
  it("does what command() does with the same words, step by step", () => {
    const typed = openStore({ build: "release", now: () => NOW });
    const named = openStore({ build: "release", now: () => NOW });
    for (const [argv, method] of steps) {
      const [name, ...args] = argv as [string, ...Argument[]];
      const expected = outcome(() => named.command(name, ...args));
      expect(
        outcome(() => method(typed)),
        argv.join(" "),
      ).toEqual(expected);
      expect(String((expected as { thrown?: string } | null)?.thrown ?? "")).not.toMatch(/syntax|number of/);
    }
    typed.close();
    named.close();
  });

  it("has bytes where the text has strings, and the same elsewhere", () => {
    const text = openStore({ build: "release", now: () => NOW });
    const bytes = openStore({ build: "release", now: () => NOW });
    for (const [argv, method] of steps) {
      const expected = outcome(() => method(text));
      const actual = outcome(() => method(bytes.bytes as unknown as Store));
      expect(asText(actual), argv.join(" ")).toEqual(expected instanceof Set ? [...expected] : expected);
    }
    text.close();
    bytes.close();
  });

  it("is tried here for each command of the groups that are tried", () => {
    const tried = new Set(STEPS.map(([argv]) => commandName(argv)));
    const groups = new Set(COMMANDS.filter((row) => tried.has(row.name)).map((row) => row.group));
    const missing = COMMANDS.filter(
      (row) => groups.has(row.group) && isReady(row.name) && hasMethod(row.name) && !tried.has(row.name),
    );
    expect(missing.map((row) => row.name)).toEqual([]);
  });
});

/** Bytes as strings, Maps as objects: what the other form of replies looks like. */
function asText(value: unknown): unknown {
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  if (Array.isArray(value)) return value.map(asText);
  if (value instanceof Map) {
    return Object.fromEntries([...value].map(([key, member]) => [String(asText(key)), asText(member)]));
  }
  return value;
}

function hasMethod(name: string): boolean {
  const [first, second] = name
    .split("|")
    .map((part) => part.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()));
  if (Object.hasOwn(Store.prototype, name)) return false; // reset() is the store's own
  const db = openStore({ build: "release" }) as unknown as Record<string, unknown>;
  const holder = second === undefined ? db : (db[first!] as Record<string, unknown> | undefined);
  return typeof holder?.[second ?? first!] === "function" && first !== "command";
}
