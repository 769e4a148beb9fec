/** throughput: the commands of redis-benchmark at three pipeline depths, 50 connections, a million random keys. */
import { addSample, type Options, type Row, type Suite, wanted } from "../harness.ts";
import { startAll, stopAll, versions } from "../contenders.ts";
import { benchmarkCommand, fillKeys, redisBenchmark } from "../load.ts";

const KEYS = 1_000_000;
const PIPELINES = [1, 16, 100];
const VALUE_BYTES = [3, 1024];
/** Requests in a run, by pipeline: one to four seconds. */
const REQUESTS: Record<number, number> = { 1: 200_000, 16: 1_600_000, 100: 3_000_000 };
/** MSET sets ten keys: as much work as that many requests. */
const TESTS = [
  { test: "set", sized: true, cost: 1 },
  { test: "get", sized: true, cost: 1 },
  { test: "incr", sized: false, cost: 1 },
  { test: "mset", sized: true, cost: 8 },
  { test: "ping_mbulk", sized: false, cost: 1 },
];

interface Case {
  name: string;
  requests: number;
  args: string[];
}

/** The rows asked for with values of this size. */
function casesOf(bytes: number, keys: number, options: Options): Case[] {
  return TESTS.filter(({ sized }) => sized || bytes === VALUE_BYTES[0]).flatMap(({ test, sized, cost }) =>
    PIPELINES.map((pipeline) => {
      const larger = sized && bytes > 100 ? 3 : 1;
      const requests = (REQUESTS[pipeline] as number) / cost / larger / (options.quick ? 20 : 1);
      return {
        name: `${test.toUpperCase()} -P ${pipeline}${sized ? ` -d ${bytes}` : ""}`,
        requests: Math.ceil(requests),
        args: ["-c", "50", "-P", String(pipeline), "-r", String(keys), "-d", String(bytes), "-t", test],
      };
    }).filter(({ name }) => wanted(name, options)),
  );
}

async function run(options: Options) {
  const keys = options.quick ? KEYS / 20 : KEYS;
  const contenders = await startAll(options);
  const rows: Row[] = [];
  try {
    for (const bytes of VALUE_BYTES) {
      const cases = casesOf(bytes, keys, options);
      if (cases.length === 0) continue;
      options.log(`filling ${keys} keys with ${bytes} bytes`);
      for (const contender of contenders) {
        await contender.client.do("FLUSHALL");
        await fillKeys(contender, keys, "x".repeat(bytes));
      }
      for (const { name, requests, args } of cases) {
        const row: Row = { name, command: benchmarkCommand(requests, args), samples: {} };
        rows.push(row);
        // A run that does not count: compilers and caches get to know the row.
        for (const contender of contenders) await redisBenchmark(contender, Math.ceil(requests / 5), args);
        for (let repetition = 0; repetition < options.repetitions; repetition++) {
          for (const contender of contenders) {
            const result = await redisBenchmark(contender, requests, args);
            addSample(row, "cpu", contender.name, result.cpuUs);
            addSample(row, "rps", contender.name, result.rps);
            addSample(row, "p50", contender.name, result.p50);
            addSample(row, "p99", contender.name, result.p99);
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

export const suite: Suite = {
  name: "throughput",
  title: "Throughput and latency beside native servers",
  method:
    "redis-benchmark 8.0 with 50 connections over loopback, a million random 16-byte keys that all exist, values of 3 and " +
    "1024 bytes. CPU time is user and system time of the server process over the run, by request: the steadiest figure, " +
    "and the one that counts where the client is the bottleneck. A fifth of each run goes before it, unmeasured.",
  run,
};
