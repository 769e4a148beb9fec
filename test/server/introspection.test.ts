/** introspection: histograms, sizes, DEBUG and what else tells of the server's insides, beside native Redis. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { native, nativeIsRedis8, startNative } from "../support/native.ts";
import { type RespClient, show } from "../support/resp-client.ts";
import { startKvasm } from "../support/server.ts";
import type { SpawnedServer } from "../support/spawn-server.ts";

let server: SpawnedServer;
let redis: SpawnedServer | undefined;
let mine: RespClient;
let theirs: RespClient;
const hasNative = native.redis !== undefined && nativeIsRedis8;

beforeAll(async () => {
  server = await startKvasm();
  mine = await server.connect();
  if (!hasNative) return;
  redis = await startNative("redis");
  theirs = await redis.connect();
});
afterAll(async () => {
  await Promise.all([server.stop(), redis?.stop()]);
});

const info = async (from: RespClient, ...sections: string[]): Promise<Map<string, string>> => {
  const text = String(await from.do("INFO", ...sections));
  const lines = text.split("\r\n").filter((line) => line.includes(":"));
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)]));
};

/** Runs commands, given as words parted by blanks, on both. */
async function both(...lines: string[]): Promise<void> {
  for (const line of lines) {
    await mine.send(...line.split(" "));
    await theirs.send(...line.split(" "));
  }
}

/** Expects the same replies to all of them. */
async function same(...lines: string[]): Promise<void> {
  for (const line of lines) {
    const argv = line.split(" ");
    const [a, b] = [await mine.send(...argv), await theirs.send(...argv)];
    expect([line, show(a)]).toEqual([line, show(b)]);
  }
}

/** LATENCY HISTOGRAM in RESP2: calls and cumulative counts by command. */
async function histograms(
  from: RespClient,
  ...names: string[]
): Promise<Map<string, { calls: number; bounds: number[]; counts: number[] }>> {
  const reply = (await from.do("LATENCY", "HISTOGRAM", ...names)) as [
    string,
    [string, number, string, number[]],
  ][];
  const flat = reply as unknown as (string | [string, number, string, number[]])[];
  const found = new Map<string, { calls: number; bounds: number[]; counts: number[] }>();
  for (let i = 0; i < flat.length; i += 2) {
    const [, calls, , pairs] = flat[i + 1] as [string, number, string, number[]];
    found.set(flat[i] as string, {
      calls,
      bounds: pairs.filter((_, j) => j % 2 === 0),
      counts: pairs.filter((_, j) => j % 2 === 1),
    });
  }
  return found;
}

describe("LATENCY HISTOGRAM and INFO latencystats", () => {
  it("count every call once, however few of them were timed", async () => {
    await mine.do("CONFIG", "RESETSTAT");
    for (let i = 0; i < 10; i++) await mine.do("SET", "k", String(i));
    await mine.pipeline(Array.from({ length: 5000 }, (_, i) => ["INCRBY", `n${i % 7}`, "1"]));
    await mine.do("SORT", "nosuch");
    await mine.do("CONFIG", "GET", "hz");
    const found = await histograms(mine, "set", "INCRBY", "sort", "config", "nosuch", "hget");
    expect([...found].map(([name, { calls }]) => [name, calls])).toEqual([
      ["set", 10],
      ["incrby", 5000],
      ["sort", 1],
      ["config|get", 1],
      ["config|resetstat", 1],
    ]);
    for (const { calls, bounds, counts } of found.values()) {
      expect(counts.at(-1)).toBe(calls);
      expect([...counts].sort((a, b) => a - b)).toEqual(counts);
      // 1024 ns and each twice the one before, passed by a resolution of two digits, in µs.
      for (const bound of bounds)
        expect(Math.floor(Math.log2((bound + 1) * 1000) * 100) % 100).toBeLessThan(97);
    }
    const percentiles = (await info(mine, "latencystats")).get("latency_percentiles_usec_incrby")!;
    expect(percentiles).toMatch(/^p50=\d+\.\d{3},p99=\d+\.\d{3},p99\.9=\d+\.\d{3}$/);
    const [p50, p99, p999] = percentiles.split(",").map((part) => Number(part.split("=")[1]));
    expect(p50! <= p99! && p99! <= p999!).toBe(true);
  });

  it("tell a long command by how long it took", async () => {
    await mine.do("CONFIG", "RESETSTAT");
    await mine.do("DEBUG", "SLEEP", "0.05");
    const { bounds } = (await histograms(mine, "debug")).get("debug")!;
    // 33816 µs is the bound below 50 ms, 541065 µs is far above it.
    expect(bounds[0]).toBeGreaterThan(33816);
    expect(bounds[0]).toBeLessThan(541065);
  });

  it("go with CONFIG RESETSTAT, percentiles are those asked for", async () => {
    await mine.do("CONFIG", "RESETSTAT");
    expect([...(await histograms(mine)).keys()]).toEqual(["config|resetstat"]);
    await mine.do("CONFIG", "SET", "latency-tracking-info-percentiles", "0 99.99 100");
    expect((await info(mine, "latencystats")).get("latency_percentiles_usec_config|resetstat")).toMatch(
      /^p0=[\d.]+,p99\.99=[\d.]+,p100=[\d.]+$/,
    );
    await mine.do("CONFIG", "SET", "latency-tracking", "no");
    expect((await info(mine, "latencystats")).size).toBe(0);
    await mine.do(
      "CONFIG",
      "SET",
      "latency-tracking",
      "yes",
      "latency-tracking-info-percentiles",
      "50 99 99.9",
    );
  });

  it.skipIf(!hasNative)("know the commands that native's know", async () => {
    await both(
      ...["CONFIG RESETSTAT", "SET k v", "GET k", "LPUSH k a", "NOSUCH", "SET k", "CLIENT ID", "MULTI"],
      ...["INCR n", "EXEC", "LATENCY LATEST", "LATENCY HISTOGRAM x"],
    );
    const calls = async (from: RespClient) =>
      [...(await histograms(from))].map(([name, { calls }]) => `${name} ${calls}`).sort();
    expect(await calls(mine)).toEqual(await calls(theirs));
    const fields = async (from: RespClient) => [...(await info(from, "latencystats")).keys()].sort();
    expect(await fields(mine)).toEqual(await fields(theirs));
  });
});

describe.skipIf(!hasNative)("INFO beside native's", () => {
  it("keysizes: sizes by type and power of two, in each database", async () => {
    await both(
      ...["FLUSHALL", "SET i 12345", "SET a x", "SET long 0123456789abcdef", "XADD x * f v"],
      ...[
        "RPUSH l a b c",
        "RPUSH m a",
        "SADD s 1 2 3 4 5 6 7 8",
        "SADD t a",
        "ZADD z 1 a 2 b",
        "HSET h f v g w",
      ],
      ...["DEBUG POPULATE 3000 key 2048", "SELECT 5", "HSET h a b", "SELECT 0"],
    );
    expect([...(await info(mine, "keysizes"))]).toEqual([...(await info(theirs, "keysizes"))]);
    await both("FLUSHALL");
    expect((await info(mine, "keysizes")).size).toBe(0);
  });

  it("keysizes of a database that is counted by a sample", async () => {
    await mine.do("DEBUG", "POPULATE", "100000", "key", "10");
    expect([...(await info(mine, "keysizes"))]).toEqual([["db0_distrib_strings_sizes", "8=100000"]]);
    await mine.do("FLUSHALL");
  });

  it("has the same fields in all sections", async () => {
    await both("FLUSHALL", "SET k v", "GET k", "LPUSH k a");
    const names = (fields: Map<string, string>) =>
      [...fields.keys()].filter((name) => !/^(kvasm_version|runtime|module|cmdstat_.*|latency_.*|errorstat_.*)$/.test(name)); // prettier-ignore
    expect(names(await info(mine, "everything"))).toEqual(names(await info(theirs, "everything")));
  });

  it("tells of watched keys and watching clients, and CLIENT LIST how many a client watches", async () => {
    const counts = async (on: SpawnedServer, from: RespClient) => {
      const other = await on.connect();
      await from.do("WATCH", "a", "b");
      await other.do("WATCH", "b", "c", "d");
      const fields = await info(from, "clients");
      const watches = String(await from.do("CLIENT", "LIST"))
        .match(/ watch=\d+/g)!
        .sort();
      await from.do("UNWATCH");
      await other.close();
      return [fields.get("watching_clients"), fields.get("total_watched_keys"), watches];
    };
    expect(await counts(server, mine)).toEqual(await counts(redis!, theirs));
  });
});

describe("INFO's counters are true", () => {
  it("lazyfree", async () => {
    await mine.do("CONFIG", "RESETSTAT");
    await mine.do("SADD", "big", ...Array.from({ length: 5000 }, (_, i) => `member:${i}`));
    await mine.do("UNLINK", "big");
    let fields = await info(mine, "memory");
    while (fields.get("lazyfree_pending_objects") !== "0") fields = await info(mine, "memory");
    expect(fields.get("lazyfreed_objects")).toBe("1");
  });

  it("time beyond maxmemory, event loop, query buffer limit, scripts", async () => {
    await mine.do("SET", "k", "x".repeat(1000));
    await mine.do("CONFIG", "SET", "maxmemory", "1");
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(Number((await info(mine, "stats")).get("current_eviction_exceeded_time"))).toBeGreaterThan(0);
    await mine.do("CONFIG", "SET", "maxmemory", "0");
    await new Promise((resolve) => setTimeout(resolve, 250));
    const stats = await info(mine, "stats");
    expect(stats.get("current_eviction_exceeded_time")).toBe("0");
    expect(Number(stats.get("total_eviction_exceeded_time"))).toBeGreaterThan(0);
    expect(Number(stats.get("eventloop_duration_sum"))).toBeGreaterThan(0);
    expect(Number(stats.get("eventloop_duration_cmd_sum"))).toBeGreaterThan(0);

    await mine.do("CONFIG", "SET", "client-query-buffer-limit", "1mb");
    const greedy = await server.connect();
    greedy.post("SET", "k", ...Array.from({ length: 300 }, () => "x".repeat(10_000)));
    await greedy.closed;
    expect((await info(mine, "stats")).get("client_query_buffer_limit_disconnections")).toBe("1");
    await mine.do("CONFIG", "SET", "client-query-buffer-limit", "1gb");

    await mine.do("EVAL", "return 1234", "0");
    await mine.do("FUNCTION", "LOAD", "#!lua name=l\nredis.register_function('f', function() return 1 end)");
    const memory = await info(mine, "memory");
    expect(Number(memory.get("used_memory_scripts_eval"))).toBeGreaterThanOrEqual(11);
    expect(Number(memory.get("used_memory_functions"))).toBeGreaterThanOrEqual(60);
    await mine.do("FUNCTION", "FLUSH");
    await mine.do("SCRIPT", "FLUSH");
  });

  it("tables of keys are overhead, per database", async () => {
    await mine.do("DEBUG", "POPULATE", "5000");
    await mine.do("EXPIRE", "key:1", "1000");
    const stats = (await mine.do("MEMORY", "STATS")) as unknown[];
    const db = stats[stats.indexOf("db.0") + 1] as number[];
    expect(db[1]).toBeGreaterThan(5000 * 4);
    expect(db[3]).toBeGreaterThan(0);
    expect(Number(stats[stats.indexOf("overhead.total") + 1])).toBeGreaterThan(db[1]!);
    await mine.do("FLUSHALL");
  });
});

describe.skipIf(!hasNative)("DEBUG answers as native's", () => {
  const OBJECTS = [
    "FLUSHALL",
    "SET s hello",
    "SET i 12345",
    "RPUSH l 1 2 3",
    "SADD t a b",
    "ZADD z 1 a",
    "HSET h f v",
  ];

  it("SDSLEN, OBJECT, HTSTATS, LISTPACK, QUICKLIST", async () => {
    await both(...OBJECTS);
    await same(
      ...["DEBUG", "DEBUG NOSUCH", "DEBUG SDSLEN i", "DEBUG SDSLEN l", "DEBUG SDSLEN nosuch", "DEBUG SDSLEN"],
      ...[
        "DEBUG OBJECT nosuch",
        "DEBUG HTSTATS 1",
        "DEBUG HTSTATS 99",
        "DEBUG HTSTATS x",
        "DEBUG HTSTATS-KEY s",
      ],
      ...["DEBUG HTSTATS-KEY nosuch", "DEBUG LISTPACK l", "DEBUG LISTPACK s", "DEBUG LISTPACK nosuch"],
      ...["DEBUG QUICKLIST s", "DEBUG QUICKLIST nosuch"],
    );
    expect(String(await mine.do("DEBUG", "SDSLEN", "s"))).toMatch(
      /^key_sds_len:1, key_sds_avail:0, key_zmalloc: \d+, val_sds_len:5, val_sds_avail:\d+, val_zmalloc: \d+$/,
    );
    const object = async (from: RespClient, key: string) =>
      String(await from.do("DEBUG", "OBJECT", key))
        .replace(/at:0x[0-9a-f]+/, "at:")
        .replace(/lru:\d+/, "lru:");
    for (const key of ["s", "i", "l", "t", "z", "h"])
      expect(await object(mine, key)).toBe(await object(theirs, key));
  });

  it("switches, options, arguments too few and too many", async () => {
    await both(...OBJECTS);
    await same(
      ...["DEBUG REPLYBUFFER x 1", "DEBUG REPLYBUFFER resizing 1", "DEBUG REPLYBUFFER resizing x"],
      ...["DEBUG REPLYBUFFER peak-reset-time 1", "DEBUG REPLYBUFFER peak-reset-time never"],
      ...[
        "DEBUG REPLYBUFFER peak-reset-time reset",
        "DEBUG REPLYBUFFER peak-reset-time x",
        "DEBUG REPLYBUFFER resizing",
      ],
      ...["DEBUG QUICKLIST-PACKED-THRESHOLD x", "DEBUG QUICKLIST-PACKED-THRESHOLD 5gb"],
      ...["DEBUG QUICKLIST-PACKED-THRESHOLD 0", "DEBUG DICT-RESIZING 1", "DEBUG DICT-RESIZING"],
      ...["DEBUG SET-ACTIVE-EXPIRE 1", "DEBUG SET-ACTIVE-EXPIRE", "DEBUG SET-SKIP-CHECKSUM-VALIDATION 0"],
      ...[
        "DEBUG POPULATE",
        "DEBUG POPULATE x",
        "DEBUG POPULATE -1",
        "DEBUG POPULATE 3 p 10",
        "DEBUG POPULATE 3 p x",
      ],
      ...[
        "GET p:0",
        "GET p:2",
        "DEBUG POPULATE 3",
        "GET key:1",
        "DEBUG POPULATE 3 p 10 1",
        "DEBUG PAUSE-CRON 0",
      ],
      ...[
        "DEBUG PAUSE-CRON",
        "DEBUG LOG hi",
        "DEBUG LOG",
        "DEBUG ERROR hi",
        "DEBUG ERROR -hi",
        "DEBUG SLEEP 0",
      ],
      ...["DEBUG SLEEP", "DEBUG LEAK x", "DEBUG MALLCTL", "DEBUG MALLCTL x", "DEBUG MALLCTL-STR x y"],
      ...["DEBUG RELOAD", "DEBUG RELOAD x", "DEBUG RELOAD NOSAVE", "DEBUG RELOAD MERGE NOFLUSH"],
      ...["DEBUG SET-DISABLE-DENY-SCRIPTS 0", "DEBUG SET-DISABLE-DENY-SCRIPTS", "DEBUG CHANGE-REPL-ID"],
      ...[
        "DEBUG CLIENT-EVICTION",
        "DEBUG CLIENT-EVICTION x",
        "DEBUG STRUCTSIZE x",
        "DEBUG CLUSTERLINK KILL ALL x",
      ],
      ...["DEBUG DIGEST", "DEBUG DIGEST x", "DEBUG DIGEST-VALUE", "DEBUG DIGEST-VALUE s l nosuch"],
    );
    for (const type of "string integer double bignum null array set map attrib push verbatim true false x".split(
      " ",
    )) {
      await same(`DEBUG PROTOCOL ${type}`);
    }
    await both("CONFIG SET maxmemory-clients 100mb");
    const ranges = async (from: RespClient) =>
      String(await from.do("DEBUG", "CLIENT-EVICTION")).replace(/tot-mem: *\d+/g, "tot-mem:");
    expect(await ranges(mine)).toBe(await ranges(theirs));
    await both("CONFIG SET maxmemory-clients 0");
  });

  it("DIGEST of random data of all types", async () => {
    await both("FLUSHALL");
    let state = 20_250_101;
    const random = (below: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
      return (state >>> 8) % below;
    };
    const word = (): string =>
      random(3) === 0 ? String(random(100_000)) : `w${random(5000)}`.repeat(1 + random(9));
    const lines: string[][] = [];
    for (let i = 0; i < 1500; i++) {
      const n = random(40);
      const words = Array.from({ length: 1 + random(12) }, word);
      const pairs = words.flatMap((each) => [each, word()]);
      const kind = random(8);
      if (kind === 0) lines.push(["SET", `string${n}`, word()]);
      else if (kind === 1) lines.push(["RPUSH", `list${n}`, ...words]);
      else if (kind === 2) lines.push(["SADD", `set${n}`, ...words]);
      else if (kind === 3)
        lines.push(["SADD", `intset${n}`, ...words.map(() => String(random(70_000) - 100))]);
      else if (kind === 4)
        lines.push(["ZADD", `zset${n}`, ...words.flatMap((each) => [String(random(999) / 8), each])]);
      else if (kind === 5) lines.push(["HSET", `hash${n}`, ...pairs]);
      else if (kind === 6) lines.push(["XADD", `stream${n}`, `${i + 1}-1`, ...pairs]);
      else lines.push(["EXPIREAT", `${["string", "list", "hash", "stream"][random(4)]!}${n}`, "4102444800"]);
      if (i % 50 === 0) lines.push(["HPEXPIREAT", `hash${n}`, "4102444800000", "FIELDS", "1", words[0]!]);
      if (i % 300 === 299) lines.push(["SELECT", String(i % 16)], ["PFADD", "hll", ...words]);
    }
    for (const line of lines) {
      await mine.send(...line);
      await theirs.send(...line);
    }
    await same(
      "DEBUG DIGEST",
      "SELECT 0",
      "DBSIZE",
      "DEBUG DIGEST-VALUE list1 set2 intset3 zset4 hash5 stream6 hll",
    );
    await both("FLUSHALL");
  });
});

describe.skipIf(!hasNative)("what is refused is refused as natively", () => {
  it("SLOWLOG GET, MODULE, CLUSTER HELP", () =>
    same(
      "SLOWLOG GET -1 x",
      "SLOWLOG GET x",
      "SLOWLOG GET -2",
      "MODULE LOAD x",
      "MODULE UNLOAD x",
      "CLUSTER HELP",
    ));
});
