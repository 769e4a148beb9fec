/** persistence: what saving costs those who wait, what it costs altogether, and how long a restart takes. */
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { addSample, type Options, type Row, type Suite, wanted } from "../harness.ts";
import { available, Contender } from "../contenders.ts";
import { benchmarkCommand, benchmarkKey, load, redisBenchmark } from "../load.ts";
import { Probe } from "./probe.ts";

/** KVASM_BENCH_KEYS=1e7 for ten million small keys instead. */
const SMALL_KEYS = Number(process.env["KVASM_BENCH_KEYS"] ?? 0);
const KEYS = 1_000_000;
const QUIET = ["--save", "", "--appendonly", "no"];
/** Keys whose image has about a gigabyte. */
const IMAGE_KEYS = 7_000_000;
const WAIT_MAX_MS = 120_000;

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const value = (i: number, length: number) => String(i * 7_919).padEnd(length, "abcdefghij");

/** Of ten keys, six are strings; the others are small collections of every type. */
function mixed(i: number): string[] {
  const key = benchmarkKey(i);
  switch (i % 10) {
    case 0:
      return ["HSET", key, "name", value(i, 12), "age", String(i % 90), "mail", value(i, 20)];
    case 1:
      return ["RPUSH", key, value(i, 8), value(i + 1, 8), String(i), value(i, 30)];
    case 2:
      return i % 20 === 2
        ? ["SADD", key, String(i), String(i + 1), String(i + 2)]
        : ["SADD", key, value(i, 9), value(i + 1, 9)];
    case 3:
      return ["ZADD", key, String(i % 100), value(i, 8), String(i / 3), value(i + 1, 8)];
    case 4:
      return ["SET", key, value(i, 200)];
    case 5:
      return ["SET", key, String(i), "PXAT", "4000000000000"];
    default:
      return ["SET", key, value(i, 16)];
  }
}

const fill = (contender: Contender, count: number) =>
  load(contender.port, count, SMALL_KEYS > 0 ? (i) => ["SET", benchmarkKey(i), value(i, 16)] : mixed);

/** A number of INFO persistence. */
async function fact(contender: Contender, name: string): Promise<number> {
  const info = String(await contender.client.do("INFO", "persistence"));
  return Number(new RegExp(`^${name}:(\\d+)`, "m").exec(info)?.[1] ?? NaN);
}

async function whileSaving(contender: Contender): Promise<void> {
  const deadline = Date.now() + WAIT_MAX_MS;
  while ((await fact(contender, "rdb_bgsave_in_progress")) === 1 && Date.now() < deadline) await sleep(5);
}

/** What the log says of how long something took. */
function loggedSeconds(contender: Contender, pattern: RegExp): number {
  return Number(pattern.exec(contender.server.log)?.[1] ?? NaN);
}

class Bench {
  readonly rows: Row[] = [];
  readonly versions: Record<string, string> = {};
  readonly #options: Options;
  readonly #folder = mkdtempSync(path.join(tmpdir(), "kvasm-bench-"));

  constructor(options: Options) {
    this.#options = options;
  }

  end(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #keys(): number {
    const count = SMALL_KEYS > 0 ? SMALL_KEYS : KEYS;
    return this.#options.quick ? count / 20 : count;
  }

  get #what(): string {
    return `${this.#keys / 1e6} M ${SMALL_KEYS > 0 ? "small" : "mixed"} keys`;
  }

  #row(name: string, command?: string): Row | null {
    if (!wanted(name, this.#options)) return null;
    const row: Row = { name, samples: {}, ...(command === undefined ? {} : { command }) };
    this.rows.push(row);
    return row;
  }

  async #with(
    name: string,
    args: string[],
    work: (contender: Contender) => Promise<void>,
    dir?: string,
  ): Promise<void> {
    const contender = await Contender.start(name, args, dir);
    this.versions[name] = contender.version;
    try {
      await work(contender);
    } finally {
      await contender.stop();
    }
  }

  /** BGSAVE by itself, and while another connection writes as fast as it can. */
  async saving(): Promise<void> {
    const rows = [
      this.#row(`BGSAVE, ${this.#what}`),
      this.#row(`BGSAVE while all is written to, ${this.#what}`),
    ];
    if (rows.every((row) => row === null)) return;
    for (const name of available(this.#options)) {
      await this.#with(name, QUIET, async (contender) => {
        await fill(contender, this.#keys);
        for (const [i, row] of rows.entries()) {
          for (let n = 0; row && n < Math.min(this.#options.repetitions, 3); n++) {
            await this.#save(contender, row, i === 1);
          }
        }
      });
    }
    this.#options.log("BGSAVE");
  }

  async #save(contender: Contender, row: Row, isWritten: boolean): Promise<void> {
    const probe = await Probe.start(contender.port);
    let goesOn = isWritten;
    const writing = (async () => {
      for (let round = 0; goesOn; round++) {
        await load(
          contender.port,
          20_000,
          (i) => ["SET", benchmarkKey((i * 7919 + round * 104_729) % this.#keys), "x"],
          20,
        );
      }
    })();
    const began = performance.now();
    await contender.client.do("BGSAVE");
    await whileSaving(contender);
    addSample(row, "seconds", contender.name, (performance.now() - began) / 1000);
    goesOn = false;
    addSample(row, "worst", contender.name, (await probe.stop()).worstMs);
    await writing;
    if (!isWritten) return;
    const extra = await fact(contender, "rdb_last_cow_size");
    addSample(row, "extra", contender.name, (100 * extra) / (await contender.usedMemory()));
  }

  /** Files that Redis has written, for everybody to load. */
  async loading(): Promise<void> {
    const rdb = this.#row(`loading an RDB file, ${this.#what}`);
    const aof = this.#row(`replaying an AOF, ${this.#what}`);
    if (!rdb && !aof) return;
    const source = path.join(this.#folder, "source");
    mkdirSync(source);
    // Valkey reads no version 12 of the format; what it writes, all read.
    const writer = available(this.#options)
      .filter((name) => name !== "kvasm")
      .at(-1);
    const args = ["--save", "", "--appendonly", "yes", "--auto-aof-rewrite-percentage", "0"];
    await this.#with(
      writer ?? "kvasm",
      args,
      async (contender) => {
        await fill(contender, this.#keys);
        await contender.client.do("SAVE");
      },
      source,
    );
    for (let n = 0; n < Math.min(this.#options.repetitions, 3); n++) {
      for (const name of available(this.#options)) {
        const dir = path.join(this.#folder, `load-${name}-${n}`);
        mkdirSync(dir);
        copyFileSync(path.join(source, "dump.rdb"), path.join(dir, "dump.rdb"));
        cpSync(path.join(source, "appendonlydir"), path.join(dir, "appendonlydir"), { recursive: true });
        if (rdb) {
          await this.#with(
            name,
            QUIET,
            async (contender) => {
              addSample(
                rdb,
                "seconds",
                name,
                loggedSeconds(contender, /DB loaded from disk: ([\d.]+) seconds/),
              );
            },
            dir,
          );
        }
        if (aof) {
          await this.#with(
            name,
            [...QUIET, "--appendonly", "yes"],
            async (contender) => {
              const seconds = loggedSeconds(contender, /DB loaded from append only file: ([\d.]+) seconds/);
              addSample(aof, "ops", name, this.#keys / seconds);
            },
            dir,
          );
        }
        rmSync(dir, { recursive: true });
      }
    }
    this.#options.log("loading");
  }

  /** From the process's beginning: that it reads the image is most of it. */
  async image(): Promise<void> {
    const row = this.#row("restart from a memory image of 1 GB");
    if (!row || !this.#options.servers.includes("kvasm")) return;
    const dir = path.join(this.#folder, "image");
    mkdirSync(dir);
    const args = [...QUIET, "--image-save", "yes"];
    const count = this.#options.quick ? IMAGE_KEYS / 20 : IMAGE_KEYS;
    await this.#with(
      "kvasm",
      args,
      async ({ client }) => {
        await client.do("DEBUG", "POPULATE", String(count), "key", "100");
        await client.do("SAVE");
      },
      dir,
    );
    for (let n = 0; n < this.#options.repetitions; n++) {
      await this.#with(
        "kvasm",
        args,
        async (contender) => {
          addSample(
            row,
            "seconds",
            "kvasm",
            loggedSeconds(contender, /Memory image loaded: .* ([\d.]+) seconds/),
          );
          contender.server.kill("SIGKILL");
        },
        dir,
      );
    }
    this.#options.log(row.name);
  }

  /** SET with an AOF, beside the same server without one. */
  async appending(): Promise<void> {
    await this.#appending("everysec", 1, 50, 200_000);
    await this.#appending("everysec", 16, 50, 800_000);
    await this.#appending("always", 1, 50, 20_000);
  }

  async #appending(fsync: string, pipeline: number, clients: number, full: number): Promise<void> {
    const requests = this.#options.quick ? full / 20 : full;
    const args = ["-c", String(clients), "-P", String(pipeline), "-r", "1000000", "-d", "16", "-t", "set"];
    const row = this.#row(
      `SET -P ${pipeline}, ${clients} connections, appendfsync ${fsync}`,
      benchmarkCommand(requests, args),
    );
    if (!row) return;
    const contenders: [string, Contender][] = [];
    try {
      for (const name of available(this.#options)) {
        const aof = ["--save", "", "--appendonly", "yes", "--appendfsync", fsync];
        contenders.push([name, await Contender.start(name, [...aof, "--auto-aof-rewrite-percentage", "0"])]);
        contenders.push([`${name} without`, await Contender.start(name, QUIET)]);
      }
      for (let n = 0; n < this.#options.repetitions; n++) {
        for (const [name, contender] of contenders) {
          this.versions[contender.name] = contender.version;
          const { rps, cpuUs } = await redisBenchmark(contender, requests, args);
          addSample(row, "rps", name, rps);
          addSample(row, "cpu", name, cpuUs);
        }
      }
    } finally {
      for (const [, contender] of contenders) await contender.stop();
    }
    this.#options.log(row.name);
  }
}

async function run(options: Options) {
  const bench = new Bench(options);
  try {
    await bench.saving();
    await bench.loading();
    await bench.image();
    await bench.appending();
  } finally {
    bench.end();
  }
  return { rows: bench.rows, versions: bench.versions };
}

export const suite: Suite = {
  name: "persistence",
  title: "Saving, appending, restarting",
  method:
    "A million keys, six in ten of them strings, the others small hashes, lists, sets and sorted sets. The worst latency is " +
    "that of a connection which sends PING after PING meanwhile. Loading is what the server's log says, of files that a " +
    "native server has written; the image is kvasm's own, and in the system's cache. `extra memory` is what INFO says of " +
    "copy-on-write, and here of what waited for the disk. SET with an AOF stands beside the same server without one.",
  run,
};
