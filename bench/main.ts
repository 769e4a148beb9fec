/**
 * npm run bench [-- suite … --quick --only TEXT --repetitions N --servers kvasm,redis,valkey]
 *
 * Runs suites (all of them without a name) and writes bench/results/*.json and bench/RESULTS.md; with --quick,
 * small sizes whose numbers go to build/bench/ only.
 */
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { isMainThread } from "node:worker_threads";
import { suite as calls } from "./embedded/calls.ts";
import { suite as inProcess } from "./embedded/in-process.ts";
import {
  digits,
  judge,
  machine,
  median,
  type MetricKey,
  METRICS,
  type Options,
  revision,
  saveResult,
  type Suite,
  type SuiteResult,
  writeReport,
} from "./harness.ts";
import { suite as eviction } from "./server/eviction.ts";
import { suite as growth } from "./server/growth.ts";
import { suite as memory } from "./server/memory.ts";
import { suite as persistence } from "./server/persistence.ts";
import { suite as sessions } from "./server/sessions.ts";
import { suite as stalls } from "./server/stalls.ts";
import { suite as throughput } from "./server/throughput.ts";
import { growthSuite, memorySuite, suite as types } from "./server/types.ts";

const SUITES: readonly Suite[] = [
  throughput,
  memory,
  growth,
  stalls,
  persistence,
  sessions,
  eviction,
  inProcess,
  calls,
  types,
  memorySuite,
  growthSuite,
];
// This program runs as a bundle in build/run/.
const ROOT = path.resolve(fileURLToPath(new URL("../../", import.meta.url)));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string", multiple: true, default: [] },
    repetitions: { type: "string" },
    servers: { type: "string", default: "kvasm,redis,valkey" },
    "report-only": { type: "boolean", default: false },
  },
});

const options: Options = {
  quick: values.quick,
  repetitions: Number(values.repetitions ?? (values.quick ? 1 : 5)),
  servers: values.servers.split(","),
  only: values.only,
  log: (line) => console.log(`  ${line}`),
};

function show(result: SuiteResult): void {
  for (const row of result.rows) {
    for (const key of Object.keys(row.samples) as MetricKey[]) {
      const cells = Object.entries(row.samples[key] ?? {}).map(
        ([name, samples]) => `${name} ${digits(median(samples))}`,
      );
      const verdict = judge(result.suite, row, key);
      const ratio =
        verdict === undefined || Number.isNaN(verdict.ratio) ? "" : `, ratio ${digits(verdict.ratio)}`;
      const met =
        verdict?.met === undefined
          ? ""
          : verdict.met
            ? " (target met)"
            : ` (TARGET ${verdict.target} MISSED)`;
      console.log(`${row.name} · ${METRICS[key].title}: ${cells.join(", ")}${ratio}${met}`);
    }
  }
}

async function main(): Promise<void> {
  const unknown = positionals.filter((name) => !SUITES.some((suite) => suite.name === name));
  if (unknown.length > 0)
    throw new Error(`no suite ${unknown.join(", ")}; there are ${SUITES.map((s) => s.name).join(", ")}`);
  const results = path.join(ROOT, "bench/results");
  const partial = values.quick || options.only.length > 0;
  for (const suite of values["report-only"] ? [] : SUITES) {
    if (positionals.length > 0 && !positionals.includes(suite.name)) continue;
    console.log(`${suite.name}: ${suite.title}`);
    const facts = machine();
    const { rows, versions } = await suite.run(options);
    if (versions["kvasm"] !== undefined) versions["kvasm"] += ` (${revision(ROOT)})`;
    const { name, title, method } = suite;
    const result: SuiteResult = {
      suite: name,
      title,
      method,
      date: new Date().toISOString(),
      machine: facts,
      versions,
      rows,
    };
    show(result);
    console.log(
      `saved ${path.relative(ROOT, saveResult(result, partial ? path.join(ROOT, "build/bench") : results))}`,
    );
  }
  if (!partial)
    writeReport(
      results,
      path.join(ROOT, "bench/RESULTS.md"),
      SUITES.map((suite) => suite.name),
    );
}

// Worker threads (see server/probe.ts) load this same bundle.
if (isMainThread) await main();
