/** SORT and SORT_RO beside native Redis: options, patterns, what counts as a number, what is stored how. */
import { describe, it } from "vitest";
import { usePair } from "../../support/pair.ts";

const pair = usePair();

describe.skipIf(!pair.available)("SORT", () => {
  const numbers = "RPUSH n 3 1 2 10 -5 2 1.5 007 7 7.0";
  const weights = [
    "MSET w_1 10 w_2 5 w_3 1 x_1 abc x_2 2",
    "HSET h_1 f 7 g abc",
    "HSET h_2 f 5 g 12",
    "HSET h_3 f -100000 f->x yo",
  ];

  it("orders numbers; equal ones by their text", () =>
    pair.expectSame([
      numbers,
      "SORT n",
      "SORT n DESC",
      "SORT n ASC DESC",
      "SORT n ALPHA",
      "SORT n ALPHA DESC",
    ]));

  it("LIMIT in all its forms", () =>
    pair.expectSame([
      numbers,
      ...["1 2", "-1 2", "100 2", "0 -1", "2 -2", "3 0", "0 1", "9 5"].map(
        (limit) => `SORT n LIMIT ${limit}`,
      ),
      "SORT n LIMIT 2 3 DESC",
      "SORT n LIMIT x 2",
      "SORT n LIMIT 0",
    ]));

  it("LIMIT of few among many takes the right ones", () =>
    pair.expectSame([
      ["RPUSH", "many", ...Array.from({ length: 500 }, (_, i) => String((i * 7919) % 1000))],
      "SORT many LIMIT 0 5",
      "SORT many LIMIT 20 5 DESC",
      "SORT many LIMIT 3 30 ALPHA",
    ]));

  it.each([
    "",
    "0x10",
    " 5",
    "+5",
    ".5",
    "5.",
    "inf",
    "-Infinity",
    "nan",
    "1e",
    "1e400",
    "1e-400",
    "5\0",
    "a\0",
    "-0",
  ])("%j as a number", async (text) => {
    await pair.expectSame([["RPUSH", "q", text, "1", "-1"], "SORT q", "SORT q DESC"]);
  });

  it("integers beyond 2^53 keep their digits", () =>
    pair.expectSame([
      "RPUSH big 9007199254740993 9007199254740992 9223372036854775807 -9223372036854775808 9223372036854775806",
      "SORT big",
      "SORT big DESC GET #",
    ]));

  it("BY keys and fields of hashes, GET of several", () =>
    pair.expectSame([
      "RPUSH n 3 1 2 4",
      ...weights,
      "SORT n BY w_*",
      "SORT n BY w_* GET # GET w_* GET h_*->f GET # GET h_*->g DESC",
      "SORT n BY h_*->f GET # GET h_*->f->x",
      "SORT n BY h_*->g ALPHA GET # GET h_*->g",
      "SORT n BY w_* LIMIT 0 2 GET nothing GET *-> GET #*",
      "SORT n BY x_*",
      "SORT n BY nosort BY w_*",
    ]));

  it("BY without * leaves the order", () =>
    pair.expectSame([
      numbers,
      "ZADD z 3 c 1 a 2 b",
      ...["n", "z"].flatMap((key) => [
        `SORT ${key} BY nosort`,
        `SORT ${key} BY nosort DESC`,
        `SORT ${key} BY # LIMIT 1 2`,
        `SORT ${key} BY nosort LIMIT 1 2 DESC`,
        `SORT ${key} BY nosort LIMIT 20 2`,
      ]),
      "SADD s 3 1 2",
      "SORT s BY nosort STORE d",
      "LRANGE d 0 -1",
    ]));

  it("a sorted set that was sorted is a skiplist", () =>
    pair.expectSame(["ZADD z 1 a 2 b", "OBJECT ENCODING z", "SORT z ALPHA", "OBJECT ENCODING z"]));

  it("STORE replaces whatever was there, with its expiry; an empty result deletes", () =>
    pair.expectSame([
      numbers,
      "SET d x EX 1000",
      "SORT n STORE d",
      "TTL d",
      "LRANGE d 0 -1",
      "SORT n GET none_* STORE d",
      "LRANGE d 0 -1",
      "SORT n STORE n",
      "LRANGE n 0 -1",
      "SORT none STORE d",
      "EXISTS d",
    ]));

  it("STORE of many makes the nodes that pushing them would", () =>
    pair.expectSame([
      ["RPUSH", "n", ...Array.from({ length: 3000 }, (_, i) => `v${i}`)],
      "SORT n ALPHA STORE d",
      "OBJECT ENCODING d",
      "DUMP d",
      "SORT n ALPHA LIMIT 0 10 STORE d",
      "OBJECT ENCODING d",
      "DUMP d",
    ]));

  it("of compressed nodes", () =>
    pair.expectSame([
      "CONFIG SET list-max-listpack-size 20",
      "CONFIG SET list-compress-depth 1",
      ["RPUSH", "n", ...Array.from({ length: 300 }, (_, i) => String((i * 31) % 211))],
      "SORT n",
      "SORT n ALPHA DESC LIMIT 5 10",
      "SORT n BY nosort LIMIT 100 100 DESC",
      "CONFIG SET list-max-listpack-size -2",
      "CONFIG SET list-compress-depth 0",
    ]));

  it("errors", () =>
    pair.expectSame([
      "SET s x",
      "RPUSH l a",
      "SORT s",
      "SORT l",
      "SORT l FOO",
      "SORT l BY",
      "SORT l GET",
      "SORT l STORE",
      "SORT_RO l STORE d",
      "SORT s FOO",
      "SORT",
      "SORT missing",
      "SORT_RO missing",
    ]));
});
