/** types: the data types beyond strings: redis-benchmark's own tests, and commands on large values. */
import { addSample, type Options, type Row, type Suite, wanted } from "../harness.ts";
import { type Contender, startAll, stopAll, versions } from "../contenders.ts";
import { benchmarkCommand, load, redisBenchmark } from "../load.ts";
import { measureMemory } from "./memory.ts";

const PIPELINE = "16";
const CONNECTIONS = "50";
const KEYS = "1000000";

interface Test {
  name: string;
  requests: number;
  /** What redis-benchmark gets after the common options. */
  args: string[];
  prepare?(contender: Contender, quick: boolean): Promise<void>;
}

const pad = (i: number) => String(i).padStart(12, "0");

/** How much of a test runs unmeasured before its first repetition, for what a server compiles or allocates only once. */
const WARM_UP = 0.2;

/** redis-benchmark's tests by name, each repetition on an empty dataset: those that add would find all there otherwise. */
const STANDARD: Test[] = [
  ...["lpush", "rpush", "lpop", "rpop", "sadd", "hset", "spop", "zadd", "zpopmin"].map((test) => ({
    name: test.toUpperCase(),
    requests: 1_000_000,
    args: ["-r", KEYS, "-t", test],
  })),
  { name: "MSET", requests: 200_000, args: ["-r", KEYS, "-t", "mset"] },
  { name: "XADD", requests: 1_000_000, args: ["-t", "xadd"] },
];

async function fillZset({ port }: Contender, key: string, count: number, offset = 0): Promise<void> {
  await load(port, count, (i) => ["ZADD", key, String((i * 7919) % count), `member:${pad(i + offset)}`]);
}

const CUSTOM: Test[] = [
  // Its own LRANGE tests push as many elements as there are requests, and that would be measured with them.
  ...[100, 300, 500, 600].map((length) => ({
    name: `LRANGE_${length}`,
    requests: 10_000_000 / length,
    args: ["lrange", "range:list", "0", String(length - 1)],
    async prepare({ client, port }: Contender) {
      await client.do("DEL", "range:list");
      await load(port, 1000, () => ["LPUSH", "range:list", "VXK"]);
    },
  })),
  {
    name: "ZRANGE of 100 out of 10^6",
    requests: 100_000,
    args: ["zrange", "big:zset", "500000", "500099"],
    prepare: (contender, quick) => fillZset(contender, "big:zset", quick ? 600_000 : 1_000_000),
  },
  {
    name: "ZRANGEBYSCORE of 100 out of 10^6",
    requests: 100_000,
    args: ["zrangebyscore", "big:zset", "1000", "1099"],
  },
  {
    name: "ZRANK in 10^6",
    requests: 400_000,
    args: ["-r", "600000", "zrank", "big:zset", "member:__rand_int__"],
  },
  {
    name: "ZINTERSTORE of 2 × 2·10^5",
    requests: 20,
    args: ["zinterstore", "out:zset", "2", "inter:zset:a", "inter:zset:b"],
    async prepare(contender) {
      await fillZset(contender, "inter:zset:a", 200_000);
      await fillZset(contender, "inter:zset:b", 200_000, 100_000);
    },
  },
  {
    name: "SINTER of 2 × 2·10^5",
    requests: 20,
    args: ["sinter", "inter:set:a", "inter:set:b"],
    async prepare({ port }) {
      await load(port, 200_000, (i) => ["SADD", "inter:set:a", `member:${pad(i)}`]);
      await load(port, 200_000, (i) => ["SADD", "inter:set:b", `member:${pad(i + 199_900)}`]);
    },
  },
  {
    name: "HGETALL of 100 fields",
    requests: 100_000,
    args: ["hgetall", "hash:100"],
    prepare: ({ port }) => load(port, 100, (i) => ["HSET", "hash:100", `field:${i}`, `value:${i}`]),
  },
  { name: "HGET out of 100 fields", requests: 1_000_000, args: ["hget", "hash:100", "field:50"] },
  {
    name: "SORT of 10^5",
    requests: 20,
    args: ["sort", "sort:list", "limit", "0", "10"],
    prepare: ({ port }) => load(port, 100_000, (i) => ["RPUSH", "sort:list", String((i * 7919) % 100_003)]),
  },
  {
    name: "GEOSEARCH of 1 km in 10^6 points",
    requests: 50_000,
    args: ["geosearch", "geo", "fromlonlat", "10.5", "50.5", "byradius", "1", "km"],
    prepare: ({ port }, quick) =>
      load(port, quick ? 100_000 : 1_000_000, (i) => {
        // A low-discrepancy walk over a square of 1° × 1°.
        const [x, y] = [10 + ((i * 0.7548776662466927) % 1), 50 + ((i * 0.5698402909980532) % 1)];
        return ["GEOADD", "geo", x.toFixed(6), y.toFixed(6), `p:${i}`];
      }),
  },
];

/** XREADGROUP and XACK of what it delivered: two commands in one, so by a connection of our own. */
async function streamGroup(contender: Contender, entries: number): Promise<{ cpu: number; rps: number }> {
  const { client, port } = contender;
  await client.do("DEL", "stream");
  await client.do("XGROUP", "CREATE", "stream", "group", "0", "MKSTREAM");
  await load(port, entries, (i) => ["XADD", "stream", `${i + 1}-0`, "field", "value"], 1000, 2);
  const before = contender.cpuSeconds();
  const began = performance.now();
  for (let at = 0; at < entries; at += 1600) {
    const commands: string[][] = [];
    for (let i = at; i < Math.min(at + 1600, entries); i += 16) {
      commands.push(["XREADGROUP", "GROUP", "group", "me", "COUNT", "16", "STREAMS", "stream", ">"]);
      commands.push(["XACK", "stream", "group", ...Array.from({ length: 16 }, (_, j) => `${i + j + 1}-0`)]);
    }
    await client.pipeline(commands);
  }
  const seconds = (performance.now() - began) / 1000;
  return { cpu: ((contender.cpuSeconds() - before) * 1e6) / entries, rps: entries / seconds };
}

async function run(options: Options) {
  const contenders = await startAll(options);
  const rows: Row[] = [];
  try {
    for (const test of [...STANDARD, ...CUSTOM]) {
      if (!wanted(test.name, options)) continue;
      for (const contender of contenders) {
        await test.prepare?.(contender, options.quick);
      }
      const requests = Math.max(4, Math.ceil(test.requests / (options.quick ? 20 : 1)));
      const args = ["-c", CONNECTIONS, "-P", PIPELINE, ...test.args];
      if (requests < 1000) args.splice(0, 4, "-c", "1", "-P", "1");
      const row: Row = { name: test.name, command: benchmarkCommand(requests, args), samples: {} };
      rows.push(row);
      for (let repetition = 0; repetition < options.repetitions; repetition++) {
        for (const contender of contenders) {
          const warmUp = Math.ceil(requests * WARM_UP);
          if (repetition === 0) {
            await begin(contender, test, warmUp);
            await redisBenchmark(contender, warmUp, args);
          }
          await begin(contender, test, requests);
          const result = await redisBenchmark(contender, requests, args);
          addSample(row, "cpu", contender.name, result.cpuUs);
          addSample(row, "rps", contender.name, result.rps);
          addSample(row, "p99", contender.name, result.p99);
        }
      }
      options.log(test.name);
    }
    const name = "XREADGROUP of 16 + XACK, per entry";
    if (wanted(name, options)) {
      const row: Row = { name, samples: {} };
      rows.push(row);
      for (let repetition = 0; repetition < options.repetitions; repetition++) {
        for (const contender of contenders) {
          const { cpu, rps } = await streamGroup(contender, options.quick ? 16_000 : 320_000);
          addSample(row, "cpu", contender.name, cpu);
          addSample(row, "rps", contender.name, rps);
        }
      }
      options.log(name);
    }
    return { rows, versions: versions(contenders) };
  } finally {
    await stopAll(contenders);
  }
}

/** What a run starts from: an empty dataset for redis-benchmark's own tests, where pops find as much as they pop. */
async function begin(contender: Contender, test: Test, requests: number): Promise<void> {
  if (!STANDARD.includes(test)) return;
  await contender.client.do("FLUSHALL");
  if (/POP/.test(test.name)) await refill(contender, test.name, requests);
}

async function refill({ port }: Contender, test: string, count: number): Promise<void> {
  const [command, key] = {
    L: ["RPUSH", "mylist"],
    R: ["RPUSH", "mylist"],
    S: ["SADD", "myset"],
    Z: ["ZADD", "myzset"],
  }[test[0] as "L" | "R" | "S" | "Z"] as [string, string];
  await load(port, count, (i) => [
    command,
    key,
    ...(command === "ZADD" ? [String(i)] : []),
    `element:${pad(i)}`,
  ]);
}

export const suite: Suite = {
  name: "types",
  title: "Data types beside native servers",
  method:
    "redis-benchmark 8.0 at pipeline 16 with 50 connections; commands that take milliseconds at pipeline 1 with one " +
    "connection. Its own tests start from an empty dataset in each repetition, pops from a value that holds as many " +
    "elements as there are requests. A fifth of each test goes before its first repetition, unmeasured.",
  run,
};

const ELEMENTS = 1_000_000;

/** Members of each of the small values whose memory is measured. */
const SMALL = 100;

export const memorySuite: Suite = {
  name: "types-memory",
  title: "Memory per element of large values",
  method:
    "Growth of used_memory and of resident memory by a million small elements on a fresh server, by element: in one value, or " +
    "(listpacks) in values of a hundred.",
  run: (options) =>
    measureMemory(
      [
        {
          name: "sorted set: member of 19 bytes, score",
          fill: ({ port }, count) => load(port, count, (i) => ["ZADD", "z", String(i), `member:${pad(i)}`]),
        },
        {
          name: "hash: field of 12, value of 12 bytes",
          fill: ({ port }, count) => load(port, count, (i) => ["HSET", "h", pad(i), pad(i)]),
        },
        {
          name: "set: member of 12 bytes",
          fill: ({ port }, count) => load(port, count, (i) => ["SADD", "s", `m${pad(i).slice(1)}`]),
        },
        {
          name: "list: element of 12 bytes",
          fill: ({ port }, count) => load(port, count, (i) => ["RPUSH", "l", `m${pad(i).slice(1)}`]),
        },
        {
          name: "set of integers",
          fill: ({ port }, count) => load(port, count, (i) => ["SADD", "s", String(i * 3)]),
        },
        {
          name: "listpacks: hashes of 100 fields",
          fill: ({ port }, count) =>
            load(port, count, (i) => ["HSET", `h:${Math.floor(i / SMALL)}`, `f${i % SMALL}`, pad(i)]),
        },
        {
          name: "listpacks: sorted sets of 100 members",
          fill: ({ port }, count) =>
            load(port, count, (i) => ["ZADD", `z:${Math.floor(i / SMALL)}`, String(i), `m${pad(i)}`]),
        },
        {
          name: "listpacks: sets of 100 members",
          fill: ({ port }, count) =>
            load(port, count, (i) => ["SADD", `s:${Math.floor(i / SMALL)}`, `m${pad(i)}`]),
        },
        {
          name: "listpacks: lists of 100 elements",
          fill: ({ port }, count) =>
            load(port, count, (i) => ["RPUSH", `l:${Math.floor(i / SMALL)}`, `m${pad(i)}`]),
        },
      ],
      options.quick ? ELEMENTS / 10 : ELEMENTS,
      options,
    ),
};

/** Elements that one command of a fill adds. */
const FILL = 50;
const GROWTH_REQUESTS = 200_000;

/** Adds the elements from … to − 1 to the sorted set and the hash that grow, scores in an order that looks like none. */
async function grow({ port }: Contender, from: number, to: number): Promise<void> {
  const commands = Math.ceil((to - from) / FILL);
  const some = (i: number) =>
    Array.from({ length: Math.min(FILL, to - from - i * FILL) }, (_, j) => from + i * FILL + j);
  await load(
    port,
    commands,
    (i) => ["ZADD", "grow:zset", ...some(i).flatMap((n) => [String((n * 7919) % to), `member:${pad(n)}`])],
    20,
  );
  await load(
    port,
    commands,
    (i) => ["HSET", "grow:hash", ...some(i).flatMap((n) => [`field:${pad(n)}`, "value"])],
    20,
  );
}

const GROWTH_TESTS = [
  {
    name: "ZADD",
    args: (n: number) => ["-r", String(n), "zadd", "grow:zset", "__rand_int__", "member:__rand_int__"],
  },
  { name: "ZRANK", args: (n: number) => ["-r", String(n), "zrank", "grow:zset", "member:__rand_int__"] },
  {
    name: "HSET",
    args: (n: number) => ["-r", String(n), "hset", "grow:hash", "field:__rand_int__", "value"],
  },
];

async function runGrowth(options: Options) {
  const contenders = await startAll(options);
  const rows: Row[] = [];
  try {
    let filled = 0;
    for (const exponent of options.quick ? [3, 4, 5] : [3, 4, 5, 6, 7]) {
      const size = 10 ** exponent;
      const from = filled;
      for (const contender of contenders) await grow(contender, from, size);
      filled = size;
      for (const test of GROWTH_TESTS) {
        const name = `${test.name}, 10^${exponent} elements`;
        if (!wanted(name, options)) continue;
        const requests = options.quick ? GROWTH_REQUESTS / 10 : GROWTH_REQUESTS;
        const args = ["-c", CONNECTIONS, "-P", PIPELINE, ...test.args(size)];
        const row: Row = { name, command: benchmarkCommand(requests, args), samples: {} };
        rows.push(row);
        for (let repetition = 0; repetition < options.repetitions; repetition++) {
          for (const contender of contenders) {
            const { cpuUs } = await redisBenchmark(contender, requests, args);
            addSample(row, "cpu", contender.name, cpuUs);
          }
        }
        options.log(name);
      }
    }
    return { rows, versions: versions(contenders) };
  } finally {
    await stopAll(contenders);
  }
}

export const growthSuite: Suite = {
  name: "types-growth",
  title: "Cost on one value as it grows",
  method:
    "Server CPU per request at pipeline 16, 50 connections, random members of one sorted set or hash. A repetition takes " +
    "a minute, filling to ten million five more.",
  run: runGrowth,
};
