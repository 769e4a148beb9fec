/**
 * calls: what one call of the embedded store costs, beside the same operation on a Map: processor time, so that a busy
 * machine spoils it less, in short turns that alternate.
 */
import { Prng } from "../../test/support/prng.ts";
import { addSample, type Options, type Row, type Suite, wanted } from "../harness.ts";
import { benchmarkKey } from "../load.ts";

/** Calls in one turn. */
const TURN = 20_000;
/** Turns of each contender in a repetition. */
const TURNS = 20;

interface Reader {
  get(key: string): unknown;
}

interface Package {
  open(): Promise<Reader & { readonly bytes: Reader; set(key: string, value: string): unknown }>;
}

type Operation = (key: string) => unknown;

/** Microseconds of processor time that `calls` takes. */
function processorMicros(calls: () => void): number {
  const before = process.cpuUsage();
  calls();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

/** Flat strings of their own, as a program gets them from elsewhere. */
function strings(count: number, prefix: string): string[] {
  return Array.from({ length: count }, (_, i) =>
    Buffer.from(prefix + benchmarkKey(i).slice(prefix.length), "latin1").toString("latin1"),
  );
}

async function run(options: Options): Promise<{ rows: Row[]; versions: Record<string, string> }> {
  const { open } = (await import(new URL("../../dist/index.js", import.meta.url).href)) as Package;
  const rows: Row[] = [];
  for (const exponent of options.quick ? [4] : [4, 6]) {
    const keys = strings(10 ** exponent, "");
    const values = strings(10 ** exponent, "value:");
    const db = await open();
    const texts = new Map<string, string>();
    const arrays = new Map<string, Uint8Array>();
    keys.forEach((key, i) => {
      db.set(key, values[i]!);
      texts.set(key, values[i]!);
      arrays.set(key, new Uint8Array(Buffer.from(values[i]!)));
    });
    const { bytes } = db;
    const value = values[0]!;
    const operations: Record<string, Record<string, Operation>> = {
      "get, text": { kvasm: (key) => db.get(key), Map: (key) => texts.get(key) },
      "get, bytes": { kvasm: (key) => bytes.get(key), Map: (key) => arrays.get(key) },
      "get, no such key": { kvasm: (key) => db.get(`${key}?`), Map: (key) => texts.get(`${key}?`) },
      set: { kvasm: (key) => db.set(key, value), Map: (key) => texts.set(key, value) },
    };
    for (const [name, contenders] of Object.entries(operations)) {
      const row: Row = { name: `${name}, 10^${exponent} keys of 16 bytes, values of 16`, samples: {} };
      if (!wanted(row.name, options)) continue;
      measure(row, contenders, keys, options);
      rows.push(row);
      options.log(row.name);
    }
  }
  return { rows, versions: { kvasm: "", Map: process.version } };
}

function measure(
  row: Row,
  contenders: Record<string, Operation>,
  keys: readonly string[],
  options: Options,
): void {
  const prng = new Prng(1);
  for (let repetition = -1; repetition < options.repetitions; repetition++) {
    const micros: Record<string, number> = {};
    for (let turn = 0; turn < TURNS; turn++) {
      const chosen = Array.from({ length: TURN }, () => keys[prng.below(keys.length)]!);
      for (const [name, operation] of Object.entries(contenders)) {
        const spent = processorMicros(() => {
          for (const key of chosen) operation(key);
        });
        micros[name] = (micros[name] ?? 0) + spent;
      }
    }
    if (repetition < 0) continue; // the compiler's turn
    for (const [name, spent] of Object.entries(micros)) {
      addSample(row, "call", name, (spent * 1000) / (TURN * TURNS));
    }
  }
}

export const suite: Suite = {
  name: "embedded",
  title: "Calls of the embedded store",
  method:
    "Processor time of one call, keys drawn at random; the store and a Map take turns of some milliseconds on the same " +
    "keys. The Map has the very strings and arrays in it that it returns; the store makes new ones.",
  run,
};
