/** Commands on whole databases, beside native Redis. */
import { describe, expect, it } from "vitest";
import { usePair } from "../../support/pair.ts";

const pair = usePair();
const same = (commands: readonly (string | string[])[]) => pair.expectSame(commands);

describe.skipIf(!pair.available)("whole databases", () => {
  it("FLUSHDB and FLUSHALL", async () => {
    await same([
      ...[
        "FLUSHALL NOPE",
        "FLUSHALL SYNC ASYNC",
        "FLUSHDB a b",
        "SET a 1",
        "SELECT 1",
        "SET b 1",
        "FLUSHDB",
        "DBSIZE",
      ],
      ...[
        "SELECT 0",
        "GET a",
        "FLUSHDB ASYNC",
        "DBSIZE",
        "SET a 1",
        "SELECT 1",
        "SET a 1",
        "FLUSHALL sync",
        "DBSIZE",
      ],
      ...["SELECT 0", "DBSIZE", "SET a 1 EX 1000", "FLUSHALL async", "SET a 1", "TTL a"],
    ]);
  });

  it("SWAPDB", async () => {
    await same([
      ...[
        "SWAPDB x y",
        "SWAPDB 0 y",
        "SWAPDB 0 99",
        "SWAPDB 99 0",
        "SWAPDB -1 0",
        "SWAPDB 99999999999 0",
        "SWAPDB 0 0",
      ],
      ...[
        "SET a 1 EX 10000",
        "SWAPDB 0 3",
        "GET a",
        "SET a 2",
        "SELECT 3",
        "GET a",
        "TTL a",
        "SWAPDB 3 0",
        "GET a",
        "DBSIZE",
      ],
      ...["SELECT 0", "TTL a", "PERSIST a"],
    ]);
  });

  it("a watched key is touched by a flush or a swap that changes it", async () => {
    for (const change of ["FLUSHDB", "FLUSHALL ASYNC", "SWAPDB 0 1", "SWAPDB 1 2"]) {
      await same(["SET a 1", "WATCH a b", change, "MULTI", "PING", "EXEC", "GET a"]);
      await same(["WATCH a", change, "MULTI", "PING", "EXEC"]);
    }
    await same(["SELECT 1", "SET a 1", "SELECT 0", "WATCH a", "SWAPDB 0 1", "MULTI", "PING", "EXEC"]);
  });

  it("MEMORY USAGE: errors and options", async () => {
    await same([
      ...[
        "MEMORY USAGE none",
        "SET a 1",
        "MEMORY USAGE a SAMPLES",
        "MEMORY USAGE a SAMPLES x",
        "MEMORY USAGE a SAMPLES -1",
      ],
      ...[
        "MEMORY USAGE a SAMPLES 0",
        "MEMORY USAGE a SAMPLES 3 SAMPLES 5",
        "MEMORY USAGE a NOPE 1",
        "MEMORY USAGE none NOPE",
      ],
    ]);
  });

  it("SELECT", async () => {
    await same([
      "SELECT 15",
      "SELECT 16",
      "SELECT -1",
      "SELECT x",
      "SELECT 99999999999",
      "SELECT",
      "SELECT 1 2",
      "SELECT 01",
    ]);
  });

  it("TIME is the clock's, to the microsecond, and never goes back", async () => {
    const client = await pair.kvasm.connect();
    let before = 0;
    for (let i = 0; i < 200; i++) {
      const [seconds, micros] = (await client.do("TIME")) as [string, string];
      expect(Number(micros)).toBeLessThan(1_000_000);
      const now = Number(seconds) * 1e6 + Number(micros);
      expect(now).toBeGreaterThanOrEqual(before);
      expect(Math.abs(now / 1000 - Date.now())).toBeLessThan(1000);
      before = now;
    }
    await client.close();
  });
});

describe.skipIf(!pair.available)("DEBUG", () => {
  /** Some of everything, in small and large encodings. */
  const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);
  const DATA: (string | string[])[] = [
    ...[
      "SET s text",
      "SET i 12345",
      "SET e text PX 100000000",
      ["SET", "long", "x".repeat(3000)],
      'SET bin "\\x00\\xff"',
    ],
    ...["RPUSH l a 1 -5 99999999999", ["RPUSH", "ql", ...numbers(900).map((i) => `${i}${"x".repeat(20)}`)]],
    ...["SADD ints 3 1 2", "SADD small a 1 b", ["SADD", "large", ...numbers(400).map((i) => `m${i}`)]],
    ...["HSET h f v 1 2", ["HSET", "big", ...numbers(700).flatMap((i) => [`f${i}`, String(i)])]],
    ...["HPEXPIREAT h 4000000000000 FIELDS 1 f", "HPEXPIREAT big 4000000000000 FIELDS 2 f1 f2"],
    ...[
      "ZADD z 1 a 2.5 b 1e300 c -inf d 0.1 7",
      ["ZADD", "sl", ...numbers(300).flatMap((i) => [String(i / 7), `m${i}`])],
    ],
    ...[
      "XADD x 1-1 a b c d",
      "XADD x 2-1 a b c 5",
      "XADD x 3-7 q r",
      "XDEL x 2-1",
      "SELECT 3",
      "SET other 1",
      "SELECT 0",
    ],
  ];

  it("DIGEST and DIGEST-VALUE are Redis' own", async () => {
    const keys = "s i e long bin l ql ints small large h big z sl x none".split(" ");
    await pair.expectSame([
      "DEBUG DIGEST",
      ...DATA,
      "DEBUG DIGEST",
      ["DEBUG", "DIGEST-VALUE", ...keys],
      "DEBUG DIGEST-VALUE",
    ]);
    await pair.expectSame([...DATA, ["DEL", ...keys], "DEBUG DIGEST", "FLUSHALL", "DEBUG DIGEST"]);
  });

  it("POPULATE", async () => {
    await pair.expectSame([
      ...[
        "SET key:1 mine",
        "DEBUG POPULATE 5",
        "GET key:0",
        "GET key:1",
        "DEBUG POPULATE 3 pre",
        "GET pre:2",
        "DEBUG POPULATE 2 pad 20",
      ],
      ...[
        "GET pad:1",
        "DEBUG POPULATE 2 cut 3",
        "GET cut:1",
        "DEBUG POPULATE 12 n 8",
        "GET n:10",
        "DEBUG POPULATE x",
        "DEBUG POPULATE -1",
      ],
      ...["DEBUG POPULATE 1 a x", "DEBUG POPULATE", "DEBUG POPULATE 1 2 3 4", "DBSIZE"],
    ]);
  });

  it("OBJECT says how many bytes a value takes when saved", async () => {
    const client = await pair.kvasm.connect();
    const other = await pair.native.connect();
    for (const each of [client, other]) {
      await each.do("FLUSHALL");
      await each.do("RPUSH", "ql", ...numbers(900).map((i) => `${i}${"x".repeat(20)}`));
      await each.do("SET", "s", "text");
    }
    const facts = (text: unknown) =>
      String(text)
        .replace(/ lru:\d+/, "")
        .replace(/^Value at:\w+ /, "");
    for (const key of ["ql", "s"]) {
      expect(facts(await client.do("DEBUG", "OBJECT", key))).toBe(
        facts(await other.do("DEBUG", "OBJECT", key)),
      );
    }
    await Promise.all([client.close(), other.close()]);
  });

  it("errors", async () => {
    await pair.expectSame([
      ...[
        "DEBUG OBJECT none",
        "DEBUG OBJECT",
        "DEBUG LISTPACK none",
        "DEBUG QUICKLIST none",
        "DEBUG HTSTATS x",
        "DEBUG HTSTATS 99",
      ],
      ...[
        "DEBUG HTSTATS",
        "DEBUG HTSTATS-KEY none",
        "SET a 1",
        "DEBUG LISTPACK a",
        "DEBUG QUICKLIST a",
        "DEBUG HTSTATS-KEY a",
      ],
      ...["RPUSH l a", "DEBUG LISTPACK l", "DEBUG NOPE", "DEBUG DIGEST a"],
    ]);
  });

  it("HTSTATS counts what is there", async () => {
    const client = await pair.kvasm.connect();
    await client.do("FLUSHALL");
    await client.do("DEBUG", "POPULATE", 3000);
    const text = String(await client.do("DEBUG", "HTSTATS", 0, "FULL"));
    const elements = [...text.matchAll(/number of elements: (\d+)/g)].map(([, n]) => Number(n));
    expect(elements.reduce((a, b) => a + b)).toBe(3000);
    expect(text).toMatch(/^\[Dictionary HT\]\nHash table 0 stats/);
    await client.close();
  });
});
