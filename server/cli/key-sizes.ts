/**
 * key-sizes: `--bigkeys` and `--memkeys`: looks at every key and tells which of each type are the largest, by elements or
 * by memory, and what the types come to. Each new record is printed as it is found.
 */
import { quoteArg } from "../config/split-args.ts";
import type { CliOptions } from "./options.ts";
import { textOf } from "./reply.ts";
import type { Runner } from "./runner.ts";
import { scannedKeys } from "./scan.ts";
import type { Session } from "./session.ts";
import { Progress, type Terminal, write } from "./terminal.ts";

/** How one asks for the number of elements, and what they are called. */
const TYPES: readonly (readonly [type: string, sizeCommand: string, unit: string])[] = [
  ["list", "LLEN", "items"],
  ["hash", "HLEN", "fields"],
  ["stream", "XLEN", "entries"],
  ["string", "STRLEN", "bytes"],
  ["set", "SCARD", "members"],
  ["zset", "ZCARD", "members"],
];
const NAME_WIDTH = 6;

interface TypeTotals {
  readonly type: string;
  readonly sizeCommand: string | null;
  readonly unit: string;
  keys: number;
  size: number;
  largest: number;
  largestKey: string | null;
}

/** @returns the exit code     @throws ServerError, ConnectionError */
export async function runKeySizes({ options, terminal, session }: Runner): Promise<number> {
  const survey = new Survey(options, terminal, session);
  await survey.run();
  return 0;
}

class Survey {
  readonly #options: CliOptions;
  readonly #terminal: Terminal;
  readonly #session: Session;
  readonly #byMemory: boolean;
  readonly #totals: TypeTotals[];
  readonly #progress: Progress;
  #sampled = 0;
  #nameBytes = 0;

  constructor(options: CliOptions, terminal: Terminal, session: Session) {
    this.#options = options;
    this.#terminal = terminal;
    this.#session = session;
    this.#byMemory = options.mode === "memkeys";
    this.#totals = TYPES.map(([type, sizeCommand, unit]) =>
      noKeys(type, sizeCommand, this.#byMemory ? "bytes" : unit),
    );
    this.#progress = new Progress(terminal.errors);
  }

  async run(): Promise<void> {
    const { output } = this.#terminal;
    await write(
      output,
      "\n# Scanning the entire keyspace to find biggest keys as well as\n" +
        "# average sizes per key type.  You can use -i 0.1 to sleep 0.1 sec\n" +
        "# per 100 SCAN commands (not usually needed).\n\n",
    );
    const keyCount = Number(textOf(await this.#session.call(["DBSIZE"])));
    for await (const keys of scannedKeys(this.#session, this.#options)) {
      if (keys.length > 0) await this.#look(keys, keyCount);
      this.#progress.show(() => `${this.#share(keyCount)} ${this.#sampled} of ${keyCount} keys`);
    }
    this.#progress.clear();
    await write(output, this.#summary());
  }

  async #look(keys: readonly string[], keyCount: number): Promise<void> {
    const types = await this.#session.callMany(keys.map((key) => ["TYPE", key]));
    const found = keys.map((key, i) => ({ key, totals: this.#totalsOf(textOf(types[i])) }));
    // Gone since SCAN named it.
    const there = found.filter(({ totals }) => totals !== null) as { key: string; totals: TypeTotals }[];
    const sizes = await this.#session.callMany(there.map(({ key, totals }) => this.#sizeOf(key, totals)));
    const share = this.#share(keyCount);
    for (const [i, { key, totals }] of there.entries()) {
      const reply = sizes[i]!;
      const size = reply.kind === "integer" ? Number(reply.text) : 0;
      this.#sampled++;
      this.#nameBytes += key.length;
      totals.keys++;
      totals.size += size;
      if (size <= totals.largest) continue;
      totals.largest = size;
      totals.largestKey = key;
      this.#progress.clear();
      const name = totals.type.padEnd(NAME_WIDTH);
      const what = `${quoteArg(key)} with ${size} ${totals.unit}`;
      await write(this.#terminal.output, `${share} Biggest ${name} found so far ${what}\n`);
    }
  }

  /** @returns null for a key that is not there */
  #totalsOf(type: string): TypeTotals | null {
    if (type === "none" || type === "") return null;
    const known = this.#totals.find((totals) => totals.type === type);
    if (known !== undefined) return known;
    const added = noKeys(type, null, this.#byMemory ? "bytes" : "?");
    this.#totals.push(added);
    return added;
  }

  #sizeOf(key: string, { sizeCommand }: TypeTotals): string[] {
    const samples = this.#options.memorySamples;
    if (this.#byMemory)
      return ["MEMORY", "USAGE", key, ...(samples === null ? [] : ["SAMPLES", String(samples)])];
    // Of a type of which nobody knows what its elements are, that it is there is all there is to say.
    return sizeCommand === null ? ["EXISTS", key] : [sizeCommand, key];
  }

  #share(keyCount: number): string {
    const percent = keyCount === 0 ? 0 : Math.min(100, (100 * this.#sampled) / keyCount);
    return `[${percent.toFixed(2).padStart(5, "0")}%]`;
  }

  #summary(): string {
    const lines = ["", "-------- summary -------", "", `Sampled ${this.#sampled} keys in the keyspace!`];
    const average = (sum: number, count: number): string => (count === 0 ? 0 : sum / count).toFixed(2);
    lines.push(
      `Total key length in bytes is ${this.#nameBytes} (avg len ${average(this.#nameBytes, this.#sampled)})`,
      "",
    );
    for (const { type, largest, largestKey, unit } of this.#totals) {
      if (largestKey === null) continue;
      lines.push(`Biggest ${type.padStart(NAME_WIDTH)} found ${quoteArg(largestKey)} has ${largest} ${unit}`);
    }
    lines.push("");
    for (const { type, keys, size, unit } of this.#totals) {
      const share = average(100 * keys, this.#sampled).padStart(5, "0");
      lines.push(
        `${keys} ${type}s with ${size} ${unit} (${share}% of keys, avg size ${average(size, keys)})`,
      );
    }
    return `${lines.join("\n")}\n`;
  }
}

function noKeys(type: string, sizeCommand: string | null, unit: string): TypeTotals {
  return { type, sizeCommand, unit, keys: 0, size: 0, largest: 0, largestKey: null };
}
