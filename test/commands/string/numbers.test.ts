/** INCR, DECR, INCRBY, DECRBY, INCRBYFLOAT: edges of 64 bits and what is no number, beside native Redis. */
import { describe, expect, it } from "vitest";
import { TestEngine } from "../../support/engine.ts";
import { usePair } from "../../support/pair.ts";
import { encodePipeline } from "../../support/resp-client.ts";

const pair = usePair();
const same = (commands: string[]) => pair.expectSame(commands);

describe.skipIf(!pair.available)("counters", () => {
  it("stop at the ends of 64 bits", async () => {
    await same(["SET n 9223372036854775806", "INCR n", "INCR n", "GET n", "DECR n"]);
    await same(["SET n -9223372036854775807", "DECR n", "DECR n", "GET n", "INCR n"]);
    await same([
      "INCRBY n 9223372036854775807",
      "INCRBY n 1",
      "DECRBY n -1",
      "DECRBY n -9223372036854775808",
    ]);
    await same([
      "INCRBY n -9223372036854775808",
      "INCRBY n -1",
      "DECRBY n 1",
      "INCRBY n 9223372036854775807",
      "GET n",
    ]);
  });

  it("refuse what is no integer, the argument first", async () => {
    const bad = ['""', "1.0", "01", "+1", '" 1"', '"1 "', "9223372036854775808", "1e3", "-", '"1\\x00"'];
    await same(
      bad.flatMap((value) => [
        `SET n ${value}`,
        "INCR n",
        "INCRBY n x",
        `INCRBY m ${value}`,
        `DECRBY m ${value}`,
      ]),
    );
    await same(["RPUSH l a", "INCR l", "INCRBY l x", "INCRBYFLOAT l x"]);
  });

  it("keep expiry, and make an integer of digits that were appended", async () => {
    await same(["SET n 1 EX 1000", "INCR n", "TTL n", "INCRBYFLOAT n 0.5", "TTL n", "OBJECT ENCODING n"]);
    await same(["APPEND n 1", "APPEND n 2", "OBJECT ENCODING n", "INCR n", "OBJECT ENCODING n", "GET n"]);
  });

  it("add floats as C's long double", async () => {
    await same([
      "SET f 10.50",
      "INCRBYFLOAT f 0.1",
      "INCRBYFLOAT f -5",
      "SET f 5.0e3",
      "INCRBYFLOAT f 2.0e2",
    ]);
    await same([
      "INCRBYFLOAT f 0.1",
      "INCRBYFLOAT f 0.2",
      "INCRBYFLOAT f 1e17",
      "INCRBYFLOAT f -1e17",
      "OBJECT ENCODING f",
    ]);
    await same([
      "SET f inf",
      "INCRBYFLOAT f 1",
      "SET f 1",
      "INCRBYFLOAT f inf",
      "INCRBYFLOAT f nan",
      "INCRBYFLOAT f x",
    ]);
    await same([
      'SET f ""',
      "INCRBYFLOAT f 1",
      "SET f 3",
      "INCRBYFLOAT f 1e4000",
      "STRLEN f",
      "OBJECT ENCODING f",
    ]);
  });
});

describe("a counter in its entry", () => {
  it("takes no memory to count", () => {
    const engine = new TestEngine();
    const client = engine.open();
    client.feed(encodePipeline([["SET", "n", "1"]]));
    const before = engine.usedMemory;
    for (let i = 0; i < 1000; i++) client.feed(encodePipeline([["INCRBY", "n", "1000000007"]]));
    expect(engine.usedMemory).toBe(before);
    expect(client.feed(encodePipeline([["GET", "n"]]))).toBe("$13\r\n1000000007001\r\n");
  });
});
