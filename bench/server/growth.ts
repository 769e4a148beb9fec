/** growth: what GET and SET cost as the keyspace grows from a thousand to ten million keys. */
import { addSample, type Options, type Row, type Suite, wanted } from "../harness.ts";
import { startAll, stopAll, versions } from "../contenders.ts";
import { benchmarkCommand, benchmarkKey, load, redisBenchmark } from "../load.ts";

const REQUESTS = 1_600_000;
const VALUE = "v".repeat(16);

async function run(options: Options) {
  const contenders = await startAll(options);
  const rows: Row[] = [];
  try {
    let filled = 0;
    for (const exponent of options.quick ? [3, 4, 5] : [3, 4, 5, 6, 7]) {
      const keys = 10 ** exponent;
      const from = filled;
      for (const { port } of contenders) {
        await load(port, keys - from, (i) => ["SET", benchmarkKey(from + i), VALUE]);
      }
      filled = keys;
      for (const test of ["get", "set"]) {
        const name = `${test.toUpperCase()} -P 16, 10^${exponent} keys`;
        if (!wanted(name, options)) continue;
        const requests = options.quick ? REQUESTS / 20 : REQUESTS;
        const args = ["-c", "50", "-P", "16", "-r", String(keys), "-d", "16", "-t", test];
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

export const suite: Suite = {
  name: "growth",
  title: "Cost of GET and SET as the keyspace grows",
  method:
    "Server CPU per request at pipeline 16, 50 connections, over random keys that all exist. What grows here is cache " +
    "misses; anything more would be an algorithm's fault.",
  run,
};
