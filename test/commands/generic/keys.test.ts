/** Commands on keys of any type beside native Redis: errors and their order, options, patterns. */
import { describe, it } from "vitest";
import { usePair } from "../../support/pair.ts";

const pair = usePair();
const same = (commands: readonly (string | string[])[], resp: 2 | 3 = 2) =>
  pair.expectSame(commands, { resp });

describe.skipIf(!pair.available)("keys of any type", () => {
  it("DEL, UNLINK, EXISTS, TOUCH count keys, one that is named twice as often as it is there", async () => {
    await same([
      "MSET a 1 b 2 c 3",
      "EXISTS a a x b",
      "TOUCH a a x",
      "DEL a a x",
      "UNLINK b b",
      "EXISTS a b c",
    ]);
  });

  it("TYPE, OBJECT ENCODING and REFCOUNT", async () => {
    for (const resp of [2, 3] as const) {
      await same(
        [
          ...["SET i 5", "SET n 123456", "SET s text", ["SET", "long", "x".repeat(45)], "APPEND s x"],
          ...["RPUSH l a", "SADD t 1", "SADD u a", "HSET h f v", "ZADD z 1 a", "XADD x 1-1 f v"],
          ...["i", "n", "s", "long", "l", "t", "u", "h", "z", "x", "none"].flatMap((key) => [
            `TYPE ${key}`,
            `OBJECT ENCODING ${key}`,
            `OBJECT REFCOUNT ${key}`,
          ]),
          ...["OBJECT FREQ s", "OBJECT FREQ none", "OBJECT IDLETIME s", "OBJECT IDLETIME none"],
          ...["OBJECT NOPE i", "OBJECT ENCODING", "OBJECT ENCODING a b"],
        ],
        resp,
      );
    }
  });

  it("OBJECT FREQ and IDLETIME ask for the policy that keeps them", async () => {
    await same([
      "SET a 1",
      ...[
        "CONFIG SET maxmemory-policy allkeys-lfu",
        "OBJECT IDLETIME a",
        "SET b text",
        "OBJECT FREQ b",
        "OBJECT FREQ none",
      ],
      ...["CONFIG SET maxmemory-policy noeviction", "OBJECT FREQ a", "OBJECT IDLETIME b"],
    ]);
  });

  it("RENAME and RENAMENX", async () => {
    await same([
      ...["RENAME a b", "RENAME a a", "RENAMENX a a", "SET a 1 EX 10000", "RENAME a a", "RENAMENX a a"],
      ...[
        "RENAME a b",
        "TTL b",
        "RPUSH a x",
        "RENAMENX a b",
        "RENAME a b",
        "TYPE b",
        "TTL b",
        "RENAMENX b c",
        "RENAME b",
      ],
    ]);
  });

  it("COPY", async () => {
    await same([
      ...[
        "COPY a b",
        "COPY a a",
        "SET a 1 EX 10000",
        "COPY a b",
        "TTL b",
        "COPY a b",
        "RPUSH l x y",
        "COPY l b REPLACE",
      ],
      ...[
        "TTL b",
        "RPUSH b z",
        "LRANGE l 0 -1",
        "COPY a b DB 1",
        "COPY a b DB 1",
        "COPY a b DB 1 REPLACE DB 2",
      ],
      ...[
        "COPY a a",
        "COPY a a DB 0",
        "COPY a a DB 1",
        "COPY a b DB x",
        "COPY a b DB 99",
        "COPY a b DB 99999999999",
      ],
      ...["COPY a b DB", "COPY a b NOPE", "COPY a", "COPY a b DB -1"],
    ]);
  });

  it("COPY of every type leaves two values that do not share anything", async () => {
    await same([
      ...[
        "RPUSH l a",
        "SADD s a",
        "HSET h f v",
        "ZADD z 1 a",
        "XADD x 1-1 f v",
        ["SET", "t", "x".repeat(5000)],
      ],
      ...["l", "s", "h", "z", "x", "t"].map((key) => `COPY ${key} ${key}2`),
      ...["RPUSH l2 b", "SADD s2 b", "HSET h2 f w", "ZADD z2 2 a", "XADD x2 2-1 f w", "SETRANGE t2 0 y"],
      ...["LRANGE l 0 -1", "SMEMBERS s", "HGETALL h", "ZRANGE z 0 -1 WITHSCORES", "XLEN x", "GETRANGE t 0 3"],
    ]);
  });

  it("MOVE", async () => {
    await same([
      ...[
        "MOVE a 1",
        "SET a 1 EX 10000",
        "MOVE a 0",
        "MOVE a x",
        "MOVE a 99",
        "MOVE a -1",
        "MOVE a 99999999999",
      ],
      ...["MOVE a 1", "EXISTS a", "SELECT 1", "TTL a", "SELECT 0", "SET a 2", "MOVE a 1", "GET a"],
    ]);
  });

  it("EXPIRE: conditions, their errors, and which of two errors comes first", async () => {
    await same([
      ...[
        "SET a 1",
        "EXPIRE a 100 XX",
        "EXPIRE a 100 GT",
        "EXPIRE a 100000 LT",
        "TTL a",
        "EXPIRE a 50000 NX",
        "EXPIRE a 50000 GT",
      ],
      ...[
        "EXPIRE a 200000 GT",
        "EXPIRE a 150000 XX LT",
        "TTL a",
        "EXPIRE a 10 NX XX",
        "EXPIRE a 10 NX GT",
        "EXPIRE a 10 GT LT",
      ],
      ...[
        "EXPIRE a 10 XX GT LT",
        "EXPIRE a x NOPE",
        "EXPIRE a x",
        "EXPIRE none x",
        "EXPIRE none 10",
        "EXPIRE a 10 nx nx",
      ],
      ...["EXPIRE a", "PEXPIRE a 10000000 gt"],
    ]);
  });

  it("EXPIRE: times at the ends of 64 bits", async () => {
    const ends = [
      "9223372036854775807",
      "9223372036854775",
      "9223372036854774",
      "-9223372036854775808",
      "-9223372036854776",
      "0",
      "-1",
    ];
    for (const command of ["EXPIRE", "PEXPIRE", "EXPIREAT", "PEXPIREAT"]) {
      await same(
        ends.flatMap((time) => ["SET a 1", `${command} a ${time}`, "EXISTS a", `${command} none ${time}`]),
      );
    }
    await same([
      "SET a 1",
      "PEXPIREAT a 9223372036854775807",
      "PEXPIRETIME a",
      "EXPIRETIME a",
      "PERSIST a",
      "TTL a",
    ]);
  });

  it("TTL and its kin, PERSIST", async () => {
    await same([
      ...[
        "TTL a",
        "PTTL a",
        "EXPIRETIME a",
        "PEXPIRETIME a",
        "PERSIST a",
        "SET a 1",
        "TTL a",
        "PEXPIRETIME a",
        "PERSIST a",
      ],
      ...[
        "PEXPIREAT a 4000000000499",
        "EXPIRETIME a",
        "PEXPIREAT a 4000000000500",
        "EXPIRETIME a",
        "PERSIST a",
        "TTL a",
      ],
    ]);
  });

  it("KEYS: patterns and their corners", async () => {
    const patterns = [
      ...[
        "*",
        "**",
        "",
        "a*",
        "*a",
        "*a*",
        "?",
        "??",
        "a?c",
        "[ab]",
        "[^a]",
        "[a-c]",
        "[c-a]",
        "[a-",
        "[a",
        "[^",
        "[]",
        "[]a]",
      ],
      ...[
        "\\a",
        "a\\",
        "\\*",
        "[\\]]",
        "[a\\-c]",
        "*?*",
        "*??*",
        "h[ae]llo",
        "h*llo*",
        "\\",
        "[a-]",
        "*[",
        "x\\?",
      ],
    ];
    await same([
      [
        "MSET",
        ...[
          "",
          "a",
          "b",
          "c",
          "ab",
          "abc",
          "a*",
          "*",
          "]",
          "-",
          "\\",
          "hello",
          "hallo",
          "x?",
          "[",
          "[a",
        ].flatMap((key) => [key, "1"]),
      ],
      ...patterns.map((pattern) => ["KEYS", pattern]),
      ...["\xff", "\x80", "a"].map((key) => ["SET", key, "1"]),
      ...["[\x80-\xff]", "[a-\xff]", "[\xff-a]", "\xff"].map((pattern) => ["KEYS", pattern]),
    ]);
  });

  it("SCAN: cursors, options and their errors", async () => {
    await same([
      ...[
        "SCAN",
        "SCAN x",
        ["SCAN", ""],
        "SCAN -1",
        "SCAN 18446744073709551615",
        "SCAN 18446744073709551616",
        "SCAN 0 COUNT 0",
      ],
      ...[
        "SCAN 0 COUNT x",
        "SCAN 0 COUNT",
        "SCAN 0 MATCH",
        "SCAN 0 TYPE nope",
        "SCAN 0 TYPE",
        "SCAN 0 NOVALUES",
        "SCAN 0 NOPE 1",
      ],
      ...[
        "SET a 1",
        "RPUSH l x",
        "SCAN 0 TYPE string",
        "SCAN 0 TYPE LIST",
        "SCAN 0 MATCH a*",
        "SCAN 0 COUNT 1000 MATCH ? TYPE list",
      ],
    ]);
  });

  it("RANDOMKEY", async () => {
    await same(["RANDOMKEY", "SET a 1", "RANDOMKEY", "RANDOMKEY a"]);
  });

  it("RESTORE: errors and their order", async () => {
    await same([
      ...[
        "SET a 1",
        "RESTORE a x zz",
        "RESTORE a 0 zz REPLACE",
        "RESTORE a x zz REPLACE",
        "RESTORE a -1 zz REPLACE",
        "RESTORE b -1 zz",
      ],
      ...[
        "RESTORE b 0 zz",
        "RESTORE b 0 zz IDLETIME -1",
        "RESTORE b 0 zz IDLETIME x",
        "RESTORE b 0 zz FREQ 256",
        "RESTORE b 0 zz FREQ -1",
      ],
      ...[
        "RESTORE b 0 zz FREQ 1 IDLETIME 1",
        "RESTORE b 0 zz IDLETIME 1 FREQ 1",
        "RESTORE b 0 zz IDLETIME",
        "RESTORE b x zz NOPE",
      ],
      ...["RESTORE b 0", "DUMP none"],
    ]);
  });

  it("RESTORE: idle time and frequency", async () => {
    await same([
      ...["DEBUG SET-SKIP-CHECKSUM-VALIDATION 1"],
      ...[["RESTORE", "a", "0", "\x00\xc0\x01\x0c\x00........", "IDLETIME", "1000"], "OBJECT IDLETIME a"],
      ...[["RESTORE", "b", "0", "\x00\xc0\x01\x0c\x00........", "FREQ", "77"], "OBJECT FREQ b", "GET b"],
      ...["CONFIG SET maxmemory-policy allkeys-lfu"],
      ...[["RESTORE", "b", "0", "\x00\xc0\x01\x0c\x00........", "FREQ", "77", "REPLACE"], "OBJECT FREQ b"],
      ...["CONFIG SET maxmemory-policy noeviction", "DEBUG SET-SKIP-CHECKSUM-VALIDATION 0"],
    ]);
  });

  it("RESTORE: payloads of the future, too short, of no type", async () => {
    const payloads = ["", "short", "\x00\xc0\x01\x0d\x00........", "\x08a\x0c\x00........", "\xf0a\x0c\x00........", "\x00\xc3\x05\x40\xff\x00\x00\x00\x00\x00\x0c\x00........", "\x00\xc4\x00\x0c\x00........"]; // prettier-ignore
    await same([
      "DEBUG SET-SKIP-CHECKSUM-VALIDATION 1",
      ...payloads.map((payload) => ["RESTORE", "a", "0", payload]),
      "DEBUG SET-SKIP-CHECKSUM-VALIDATION 0",
      ...payloads.map((payload) => ["RESTORE", "a", "0", payload]),
    ]);
  });
});
