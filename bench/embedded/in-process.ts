/** in-process: a store in this very process, beside a Map, lru-cache, and a client that talks to native Redis. */
import { readFileSync } from "node:fs";
import { Redis } from "ioredis";
import { LRUCache } from "lru-cache";
import { Bench } from "tinybench";
import { native, startNative } from "../../test/support/native.ts";
import { Prng } from "../../test/support/prng.ts";
import { addSample, type Options, type Row, type Suite, wanted } from "../harness.ts";
import { benchmarkKey } from "../load.ts";

/** Operations in one timed step: a single one would drown in the cost of reading the clock. */
const BATCH = 1000;
const VALUE = "v".repeat(16);

interface Contestant {
  name: string;
  version: string;
  set(key: string, value: string): unknown;
  get(key: string): unknown;
  /** For those that answer by promise: a thousand at once, as a busy program has them in flight, or one after the other. */
  asynchronous?: "together" | "awaited";
  close?(): unknown;
}

interface EmbeddedStore {
  set(key: string, value: string): unknown;
  get(key: string): unknown;
  close(): unknown;
}

/** The package as users get it. */
async function embedded(): Promise<Contestant | undefined> {
  const index = new URL("../../dist/index.js", import.meta.url).href;
  const { open } = (await import(index)) as {
    open?: (options?: object) => EmbeddedStore | Promise<EmbeddedStore>;
  };
  if (open === undefined) return undefined;
  const store = await open();
  return {
    name: "kvasm",
    version: versionOf(""),
    set: (key, value) => store.set(key, value),
    get: (key) => store.get(key),
    close: () => store.close(),
  };
}

/** The version in a package.json, named from the root. */
function versionOf(folder: string): string {
  const file = new URL(`../../${folder}package.json`, import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

async function contestants(options: Options): Promise<Contestant[]> {
  const map = new Map<string, string>();
  const lru = new LRUCache<string, string>({ max: 2_000_000 });
  const all: (Contestant | undefined)[] = [
    await embedded(),
    { name: "Map", version: process.version, set: (k, v) => map.set(k, v), get: (k) => map.get(k) },
    {
      name: "lru-cache",
      version: versionOf("node_modules/lru-cache/"),
      set: (k, v) => lru.set(k, v),
      get: (k) => lru.get(k),
    },
  ];
  if (native.redis) {
    const server = await startNative("redis");
    const version = `${versionOf("node_modules/ioredis/")} + ${native.redis.version}`;
    const through = (client: Redis) => ({
      version,
      set: (key: string, value: string) => client.set(key, value),
      get: (key: string) => client.get(key),
    });
    const piped = new Redis(server.port, { enableAutoPipelining: true });
    const plain = new Redis(server.port);
    const close = async () => {
      piped.disconnect();
      plain.disconnect();
      await server.stop();
    };
    all.push(
      { ...through(piped), name: "ioredis + Redis", asynchronous: "together", close },
      { ...through(plain), name: "ioredis, awaited", asynchronous: "awaited" },
    );
  } else options.log("no native Redis: ioredis is left out");
  return all.filter((contestant) => contestant !== undefined);
}

async function measure(
  { set, get, asynchronous }: Contestant,
  operation: string,
  keys: string[],
  quick: boolean,
): Promise<number> {
  const prng = new Prng(1);
  const order = Array.from({ length: 1 << 16 }, () => keys[prng.below(keys.length)] as string);
  let at = 0;
  const step =
    operation === "get"
      ? () => get(order[at++ & 0xffff] as string)
      : () => set(order[at++ & 0xffff] as string, VALUE);
  const bench = new Bench({ time: quick ? 100 : 1000, warmupTime: quick ? 20 : 200 });
  if (asynchronous === "together") {
    bench.add("batch", async () => {
      await Promise.all(Array.from({ length: BATCH }, step));
    });
  } else if (asynchronous === "awaited") {
    bench.add("batch", async () => {
      for (let i = 0; i < BATCH; i++) await step();
    });
  } else {
    bench.add("batch", () => {
      for (let i = 0; i < BATCH; i++) step();
    });
  }
  const [task] = await bench.run();
  const result = task?.result;
  if (result === undefined || !("throughput" in result))
    throw new Error(`the ${operation} benchmark did not run`);
  return result.throughput.mean * BATCH;
}

async function run(options: Options) {
  const all = await contestants(options);
  const rows: Row[] = [];
  for (const exponent of options.quick ? [4] : [4, 6]) {
    const keys = Array.from({ length: 10 ** exponent }, (_, i) => benchmarkKey(i));
    for (const { set, asynchronous } of all) {
      if (asynchronous === "awaited") continue; // the same server as the one before it
      for (let at = 0; at < keys.length; at += BATCH) {
        const pending = keys.slice(at, at + BATCH).map((key) => set(key, VALUE));
        if (asynchronous) await Promise.all(pending);
      }
    }
    for (const operation of ["get", "set"]) {
      const name = `${operation}, 10^${exponent} keys of 16 bytes, values of 16`;
      if (!wanted(name, options)) continue;
      const row: Row = { name, samples: {} };
      rows.push(row);
      for (let repetition = 0; repetition < options.repetitions; repetition++) {
        for (const contestant of all) {
          addSample(row, "ops", contestant.name, await measure(contestant, operation, keys, options.quick));
        }
      }
      options.log(name);
    }
  }
  for (const { close } of all) await close?.();
  return { rows, versions: Object.fromEntries(all.map(({ name, version }) => [name, version])) };
}

export const suite: Suite = {
  name: "in-process",
  title: "In one process",
  method:
    "The embedded store, a Map and lru-cache called directly, and ioredis with automatic pipelining to a native Redis on this " +
    "machine, a thousand requests in flight or each awaited before the next. Random keys that exist. A Map stores pointers to strings that the program has " +
    "anyway and can do nothing else; it is the floor, not a rival.",
  run,
};
