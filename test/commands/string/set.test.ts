/** SET with all its options, GETEX, GETSET, GETDEL and the older forms, beside native Redis. */
import { describe, it } from "vitest";
import { usePair } from "../../support/pair.ts";

const pair = usePair();
const same = (commands: string[], resp: 2 | 3 = 2) => pair.expectSame(commands, { resp });

describe.skipIf(!pair.available)("SET", () => {
  it("takes its options in any order and case", async () => {
    await same(["SET k a nx", "SET k b NX", "SET k c xx", "SET n c XX", "MGET k n"]);
    await same([
      "SET k a",
      "set k b get ex 100 xx",
      "TTL k",
      "SET k c KEEPTTL GET",
      "TTL k",
      "SET k d",
      "TTL k",
    ]);
    await same(["SET k a GET NX", "SET k b NX GET", "SET n b XX GET", "GET k", "GET n"], 3);
  });

  it("refuses options that exclude each other, but not the same one twice", async () => {
    await same([
      "SET k v NX XX",
      "SET k v XX NX",
      "SET k v EX 10 PX 10",
      "SET k v KEEPTTL EX 10",
      "SET k v EX 10 KEEPTTL",
    ]);
    await same([
      "SET k v NX NX",
      "SET k v GET GET",
      "SET k v KEEPTTL KEEPTTL",
      "SET k v EX 1000 EX 2000",
      "TTL k",
    ]);
    await same(["SET k v PERSIST", "SET k v EX", "SET k v GET EX", "SET k v foo", "EXISTS k"]);
    await same([
      "SET k v",
      "GETEX k NX",
      "GETEX k KEEPTTL",
      "GETEX k EX 10 PERSIST",
      "GETEX k PERSIST PERSIST",
    ]);
  });

  it("refuses times that are none, before it looks at the key", async () => {
    for (const option of ["EX", "PX", "EXAT", "PXAT"]) {
      const times = ["0", "-1", "x", "1.5", "9223372036854775807", "9223372036854775808", "9223372036854775"];
      await same([
        ...times.flatMap((time) => [`SET k v ${option} ${time}`, `SET k w GET ${option} ${time}`]),
        "RPUSH l a",
        ...times.map((time) => `GETEX l ${option} ${time}`),
        "SET k v",
        ...times.map((time) => `GETEX k ${option} ${time}`),
      ]);
    }
    await same(["SETEX k 0 v", "SETEX k x v", "SETEX k 9223372036854776 v", "PSETEX k -1 v", "PSETEX k x v"]);
  });

  it("replaces any type, but with GET only strings", async () => {
    await same(["RPUSH k a", "SET k v GET", "TYPE k", "SET k v", "TYPE k", "GET k"]);
    await same([
      "SADD k a",
      "SETNX k v",
      "GETSET k v",
      "GETDEL k",
      "GETEX k",
      "MGET k",
      "SETEX k 100 v",
      "TYPE k",
    ]);
    await same(["HSET k f v", "MSET k v", "OBJECT ENCODING k", "ZADD k 1 a", "TYPE k"]);
  });

  it("takes a time that is past: the key is set, and gone at the next look", async () => {
    await same([
      "SET k v PXAT 1",
      "GET k",
      "SET k v EXAT 1",
      "EXISTS k",
      "SET k v",
      "GETEX k EXAT 1",
      "GET k",
    ]);
  });

  it("keeps canonical integers as such, and 44 bytes as embstr", async () => {
    const values = [
      "0",
      "-1",
      "9223372036854775807",
      "-9223372036854775808",
      "9223372036854775808",
      "01",
      "-0",
      "+1",
      "",
    ];
    await same(values.flatMap((value) => [`SET k "${value}"`, "OBJECT ENCODING k", "GET k", "STRLEN k"]));
    for (const length of [20, 44, 45, 1023, 1024, 1025, 40_000]) {
      const value = "x".repeat(length);
      await same([
        `SET k ${value}`,
        "OBJECT ENCODING k",
        "SET k 12345",
        `SET k ${value}`,
        "STRLEN k",
        "GET k",
      ]);
      await same([
        `SET k ${value} EX 1000`,
        "OBJECT ENCODING k",
        "GETEX k PERSIST",
        "TTL k",
        `GETSET k ${value}`,
      ]);
    }
  });

  it("keeps a key of more than 254 bytes", async () => {
    for (const length of [254, 255, 256, 70_000]) {
      const key = "k".repeat(length);
      await same([
        `SET ${key} v`,
        `GET ${key}`,
        `SET ${key} 7 EX 1000`,
        `INCR ${key}`,
        `APPEND ${key} x`,
        `GET ${key}`,
      ]);
    }
  });
});

describe.skipIf(!pair.available)("MSET, MSETNX, MGET", () => {
  it("want pairs", async () => {
    await same(["MSET a", "MSET a 1 b", "MSETNX a 1 b", "MGET", "MSETNX a"]);
  });

  it("work on more keys than are looked up at once", async () => {
    const keys = Array.from({ length: 300 }, (_, i) => `key:${i}`);
    const pairs = keys.map((key, i) => `${key} ${i}`).join(" ");
    await same([
      `MSET ${pairs}`,
      `MGET ${keys.join(" ")} none`,
      `MSETNX fresh 1 ${pairs}`,
      "EXISTS fresh",
      "DBSIZE",
    ]);
    await same([`MSETNX ${pairs}`, `MGET ${keys.join(" ")}`, `MSETNX ${pairs}`]);
  });

  it("set the last of equal keys, and take expiries away", async () => {
    await same(["SET a x EX 1000", "MSET a 1 a 2 a 3", "GET a", "TTL a", "MSETNX b 1 b 2", "GET b"]);
  });
});
