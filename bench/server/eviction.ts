/**
 * eviction: how often a cache that is too small for its data finds what is asked for. Keys are asked for as Zipf's law
 * has it, and set where they are missing; only reads after the cache has filled up count.
 */
import { encodePipeline } from "../../test/support/resp-client.ts";
import net from "node:net";
import { addSample, type Options, type Row, type Suite, wanted } from "../harness.ts";
import { type Contender, startAll, stopAll, versions } from "../contenders.ts";

const POLICIES = ["allkeys-lru", "allkeys-lfu"];
const KEYS = 200_000;
/** Of the most that all keys together take. */
const ROOM = 0.2;
const EXPONENT = 0.9;
const WARM_UP = 600_000;
const READS = 600_000;
const BATCH = 500;
const VALUE = "x".repeat(100);

const keyOf = (index: number): string => `key:${String(index).padStart(12, "0")}`;

/** Indexes from 0 on, the lower the likelier; the same ones every time. */
class Zipf {
  readonly #cumulative: Float64Array;
  #state = 42;

  constructor(count: number, exponent: number) {
    this.#cumulative = new Float64Array(count);
    let sum = 0;
    for (let i = 0; i < count; i++) this.#cumulative[i] = sum += 1 / (i + 1) ** exponent;
    for (let i = 0; i < count; i++) this.#cumulative[i]! /= sum;
  }

  next(): number {
    const x = this.#random();
    let low = 0;
    let high = this.#cumulative.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#cumulative[middle]! < x) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** mulberry32 */
  #random(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }
}

/** Reads so many keys and sets those that were missing. @returns how many were there */
async function readThrough(contender: Contender, zipf: Zipf, reads: number): Promise<number> {
  const socket = net.connect({ port: contender.port, host: "127.0.0.1", noDelay: true });
  let hits = 0;
  let pending = "";
  let wanted: (() => void) | null = null;
  const lines: string[] = [];
  socket.on("data", (chunk) => {
    pending += chunk.toString("latin1");
    const end = pending.lastIndexOf("\r\n");
    if (end < 0) return;
    lines.push(...pending.slice(0, end).split("\r\n"));
    pending = pending.slice(end + 2);
    wanted?.();
  });
  /** The next replies, values left out: `$-1`, `$100`, `+OK`. */
  const replies = async (count: number): Promise<string[]> => {
    for (;;) {
      const heads = lines.filter((line) => line !== VALUE);
      if (heads.length >= count && lines.at(-1)!.startsWith("$100") === false) {
        lines.length = 0;
        return heads;
      }
      await new Promise<void>((resolve) => (wanted = resolve));
    }
  };
  for (let done = 0; done < reads; done += BATCH) {
    const keys = Array.from({ length: BATCH }, () => keyOf(zipf.next()));
    socket.write(encodePipeline(keys.map((key) => ["GET", key])));
    const found = await replies(BATCH);
    const missing = keys.filter((_, i) => found[i] === "$-1");
    hits += BATCH - missing.length;
    if (missing.length === 0) continue;
    socket.write(encodePipeline(missing.map((key) => ["SET", key, VALUE])));
    await replies(missing.length);
  }
  socket.destroy();
  return hits;
}

async function run(options: Options) {
  const contenders = await startAll(options, ["--maxmemory-samples", "5"]);
  const rows: Row[] = [];
  const part = options.quick ? 10 : 1;
  try {
    for (const policy of POLICIES) {
      if (!wanted(policy, options)) continue;
      const row: Row = { name: policy, samples: {} };
      rows.push(row);
      for (const contender of contenders) {
        const keys = KEYS / part;
        const say = (...argv: string[]) => contender.client.do(...argv);
        await say("CONFIG", "SET", "maxmemory", "0");
        await say("FLUSHALL", "SYNC");
        const empty = await contender.usedMemory();
        await say("DEBUG", "POPULATE", String(keys), "key", "100");
        const full = await contender.usedMemory();
        await say("FLUSHALL", "SYNC");
        await say("CONFIG", "SET", "maxmemory-policy", policy);
        // As many keys fit in each, whatever a key takes there.
        await say("CONFIG", "SET", "maxmemory", String(Math.floor(empty + (full - empty) * ROOM)));
        const zipf = new Zipf(keys, EXPONENT);
        await readThrough(contender, zipf, WARM_UP / part);
        const hits = await readThrough(contender, zipf, READS / part);
        addSample(row, "hits", contender.name, (hits * 100) / (READS / part));
      }
      options.log(policy);
    }
    return { rows, versions: versions(contenders) };
  } finally {
    await stopAll(contenders);
  }
}

export const suite: Suite = {
  name: "eviction",
  title: "Hit ratio of a cache that is too small",
  method:
    "200,000 keys with values of 100 bytes, asked for by Zipf's law (exponent 0.9), 500 at a time; what is missing is set. " +
    "maxmemory is set for each server so that a fifth of the keys fit. 600,000 reads to fill it, 600,000 that count; " +
    "maxmemory-samples 5.",
  run,
};
