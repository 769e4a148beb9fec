/**
 * spawn-server: runs a server process for tests, ours or a native one: on a free port, in a folder of its
 * own, until stopped. All servers speak the same line when they are up, so one way to start serves all.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { RespClient } from "./resp-client.ts";

const READY = "Ready to accept connections";
const START_TIMEOUT_MS = 20_000;
const STOP_TIMEOUT_MS = 10_000;

export interface SpawnOptions {
  /** Shown in messages, and part of the folder's name. */
  name: string;
  program: string;
  /** Arguments before the options of the server: a script, say. */
  prefix?: string[];
  /** Options of the server: "--maxmemory", "1mb", … `--port` and `--dir` are added. */
  args?: string[];
  env?: Record<string, string>;
  /** An existing folder to work in, kept at stop: for restarts on the same files. */
  dir?: string;
  port?: number;
}

const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** A port nobody listens on at this moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = net.createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as net.AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

export class SpawnedServer {
  readonly name: string;
  readonly port: number;
  readonly dir: string;
  /** Everything it printed. */
  log = "";
  /** Exit code or signal name, once it has ended. */
  readonly ended: Promise<number | NodeJS.Signals>;
  readonly #child: ChildProcess;
  readonly #ownsDir: boolean;
  readonly #clients: RespClient[] = [];
  #stopped = false;

  private constructor(options: SpawnOptions, port: number, dir: string) {
    this.name = options.name;
    this.port = port;
    this.dir = dir;
    this.#ownsDir = options.dir === undefined;
    const args = [...(options.prefix ?? []), "--port", String(port), "--dir", dir, ...(options.args ?? [])];
    this.#child = spawn(options.program, args, {
      cwd: dir,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...options.env },
    });
    running.add(this.#child);
    this.#child.stdout?.on("data", (chunk: Buffer) => (this.log += chunk.toString("latin1")));
    this.#child.stderr?.on("data", (chunk: Buffer) => (this.log += chunk.toString("latin1")));
    this.ended = new Promise((resolve) => {
      const end = (how: number | NodeJS.Signals) => {
        running.delete(this.#child);
        resolve(how);
      };
      this.#child.once("close", (code, signal) => end(code ?? signal ?? 1));
      this.#child.once("error", (error) => {
        this.log += error.message;
        end(1);
      });
    });
  }

  /** Starts a server and waits until it accepts connections. */
  static async start(options: SpawnOptions): Promise<SpawnedServer> {
    for (let attempt = 1; ; attempt++) {
      const port = options.port ?? (await freePort());
      const dir = options.dir ?? (await mkdtemp(path.join(tmpdir(), `kvasm-test-${options.name}-`)));
      const server = new SpawnedServer(options, port, dir);
      if (await server.#becomesReady()) return server;
      await server.stop();
      // Another test may have taken the port between the probe and the start.
      const taken = /address already in use|EADDRINUSE/i.test(server.log);
      if (!taken || attempt === 5) throw new Error(`${options.name} did not start:\n${server.log}`);
    }
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /** A new connection, closed at stop() if not before. */
  async connect(): Promise<RespClient> {
    const client = await RespClient.connect({ port: this.port });
    this.#clients.push(client);
    return client;
  }

  /** Waits for a text in what it prints. */
  async waitForLog(text: string | RegExp, timeoutMs = 10_000): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    const found = () => (typeof text === "string" ? this.log.includes(text) : text.test(this.log));
    while (!found()) {
      if (Date.now() > deadline) throw new Error(`${this.name} did not log ${text}:\n${this.log}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Ends it (SIGTERM, then SIGKILL), and removes its folder unless that was given. May be called twice. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    for (const client of this.#clients) await client.close();
    this.#child.kill("SIGTERM");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), STOP_TIMEOUT_MS);
    await this.ended;
    clearTimeout(timer);
    if (this.#ownsDir) await rm(this.dir, { recursive: true, force: true });
  }

  /** True when it is up, false when it ended first. */
  async #becomesReady(): Promise<boolean> {
    let gone = false;
    void this.ended.then(() => (gone = true));
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (!this.log.includes(READY)) {
      if (gone || Date.now() > deadline) return false;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return true;
  }
}
