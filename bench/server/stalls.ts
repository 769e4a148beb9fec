/** stalls: the longest that anybody waits while tables grow, millions of keys expire, or all is flushed. */
import { addSample, type Options, type Row, type Suite, wanted } from "../harness.ts";
import { available, Contender } from "../contenders.ts";
import { loadKeys } from "../load.ts";
import { Probe } from "./probe.ts";

const VALUE = "v".repeat(16);
/** A small pipeline, so that what is seen is the server's stall and not a queue of the filler's making. */
const FILL_BATCH = 50;
/** Filling ten million keys takes most of the time: of the natives, who are here to compare with, one look is enough. */
const REPETITIONS_MAX = 2;
const REPETITIONS_NATIVE = 1;
const WAIT_MAX_MS = 180_000;

interface Scenario {
  name(count: number): string;
  count: number;
  /** Leaves the server as the measurement needs it. */
  prepare?(contender: Contender, count: number): Promise<void>;
  measured(contender: Contender, count: number): Promise<void>;
}

const millions = (count: number) => `${count / 1e6} M keys`;
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function until(done: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + WAIT_MAX_MS;
  while (!(await done()) && Date.now() < deadline) await sleep(50);
}

const SCENARIOS: Scenario[] = [
  {
    name: (count) => `idle, ${millions(count)}`,
    count: 1_000_000,
    prepare: ({ port }, count) => loadKeys(port, count, VALUE),
    measured: async () => void (await sleep(3000)),
  },
  {
    name: (count) => `filling to ${millions(count)}, tables growing`,
    count: 10_000_000,
    measured: ({ port }, count) => loadKeys(port, count, VALUE, [], FILL_BATCH),
  },
  {
    name: (count) => `${millions(count)} expiring at once`,
    count: 10_000_000,
    async prepare({ port, client }, count) {
      // All at one moment, when filling is surely over: a part of the keys tells how long the rest will take.
      const sample = Math.ceil(count / 20);
      const began = Date.now();
      await loadKeys(port, sample, VALUE, ["PXAT", "4000000000000"]);
      const at = Date.now() + 3000 + Math.ceil((Date.now() - began) * 20 * 1.7);
      await loadKeys(port, count, VALUE, ["PXAT", String(at)]);
      if (Date.now() > at) throw new Error("filling took too long: keys expired meanwhile");
      await client.do("PING");
      await sleep(Math.max(0, at - Date.now() - 200));
    },
    measured: ({ client }) => until(async () => (await client.do("DBSIZE")) === 0),
  },
  {
    name: (count) => `FLUSHALL ASYNC of ${millions(count)}`,
    count: 10_000_000,
    prepare: ({ port }, count) => loadKeys(port, count, VALUE),
    async measured(contender) {
      const before = await contender.usedMemory();
      await contender.client.do("FLUSHALL", "ASYNC");
      // The keys are gone at once; their memory follows.
      await until(async () => (await contender.usedMemory()) < before / 10);
    },
  },
];

async function run(options: Options) {
  const rows: Row[] = [];
  const versions: Record<string, string> = {};
  for (const { name, count: full, prepare, measured } of SCENARIOS) {
    const count = options.quick ? full / 20 : full;
    if (!wanted(name(count), options)) continue;
    const row: Row = { name: name(count), samples: {} };
    rows.push(row);
    for (let repetition = 0; repetition < Math.min(options.repetitions, REPETITIONS_MAX); repetition++) {
      for (const contenderName of available(options)) {
        if (contenderName !== "kvasm" && repetition >= REPETITIONS_NATIVE) continue;
        const contender = await Contender.start(contenderName);
        try {
          versions[contenderName] = contender.version;
          await prepare?.(contender, count);
          const probe = await Probe.start(contender.port);
          const began = performance.now();
          await measured(contender, count);
          const seconds = (performance.now() - began) / 1000;
          const { worstMs, p999Ms } = await probe.stop();
          addSample(row, "worst", contenderName, worstMs);
          addSample(row, "p999", contenderName, p999Ms);
          addSample(row, "seconds", contenderName, seconds);
        } finally {
          await contender.stop();
        }
      }
    }
    options.log(row.name);
  }
  return { rows, versions };
}

export const suite: Suite = {
  name: "stalls",
  title: "Worst stalls",
  method:
    "A second connection, in a thread of its own, sends PING after PING while the server is busy with something large; the " +
    "worst answer is the stall. The row `idle` is what the machine itself adds: scheduling of three busy threads.",
  run,
};
