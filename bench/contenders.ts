/** contenders: the servers of a benchmark, and what the operating system says of their processes. */
import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { native, startNative } from "../test/support/native.ts";
import { startKvasm } from "../test/support/server.ts";
import type { RespClient } from "../test/support/resp-client.ts";
import type { SpawnedServer } from "../test/support/spawn-server.ts";
import type { Options } from "./harness.ts";

/** Linux counts process time in these, whatever the kernel's own tick. */
const TICKS_PER_SECOND = 100;

export class Contender {
  readonly name: string;
  readonly version: string;
  readonly server: SpawnedServer;
  readonly client: RespClient;

  private constructor(name: string, version: string, server: SpawnedServer, client: RespClient) {
    this.name = name;
    this.version = version;
    this.server = server;
    this.client = client;
  }

  /** @param dir  an existing folder to work in, which is kept; one of its own without */
  static async start(name: string, args: string[] = [], dir?: string): Promise<Contender> {
    const options = dir === undefined ? { args } : { args, dir };
    const server =
      name === "kvasm"
        ? await startKvasm({ ...options, nodeArgs: nodeArgs() })
        : await startNative(name === "redis" ? "redis" : "valkey", options);
    const client = await server.connect();
    const info = String(await client.do("INFO", "server"));
    const field = (key: string) => new RegExp(`^${key}:(.*?)\r?$`, "m").exec(info)?.[1];
    const version = field("kvasm_version") ?? field("valkey_version") ?? field("redis_version") ?? "?";
    return new Contender(name, version, server, client);
  }

  get port(): number {
    return this.server.port;
  }

  /** User and system time of the process so far, in seconds, all threads. */
  cpuSeconds(): number {
    const stat = readFileSync(`/proc/${this.server.pid}/stat`, "utf8");
    // The name, in parentheses, may hold spaces.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  }

  /** Bytes of memory that are really there. */
  residentBytes(): number {
    const status = readFileSync(`/proc/${this.server.pid}/status`, "utf8");
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? NaN) * 1024;
  }

  async usedMemory(): Promise<number> {
    const info = String(await this.client.do("INFO", "memory"));
    return Number(/^used_memory:(\d+)/m.exec(info)?.[1] ?? NaN);
  }

  async stop(): Promise<void> {
    await this.server.stop();
  }
}

/** Options of Node to try, from KVASM_BENCH_NODE_ARGS. None by default: users give none. */
function nodeArgs(): string[] {
  return (process.env["KVASM_BENCH_NODE_ARGS"] ?? "").split(" ").filter((arg) => arg !== "");
}

/** The contenders asked for that can be had here. */
export function available(options: Options): string[] {
  return options.servers.filter((name) => {
    const there = name === "kvasm" || (name === "redis" ? native.redis : native.valkey) !== undefined;
    if (!there) options.log(`${name} is not available here: left out`);
    return there;
  });
}

export async function startAll(options: Options, args: string[] = []): Promise<Contender[]> {
  const contenders: Contender[] = [];
  for (const name of available(options)) contenders.push(await Contender.start(name, args));
  if (cpus().length < 2) options.log("one core only: client and server take turns, rates mean little");
  return contenders;
}

export async function stopAll(contenders: readonly Contender[]): Promise<void> {
  for (const contender of contenders) await contender.stop();
}

export function versions(contenders: readonly Contender[]): Record<string, string> {
  return Object.fromEntries(contenders.map(({ name, version }) => [name, version]));
}
