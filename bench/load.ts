/** load: the two ways in which benchmarks send commands: redis-benchmark, and a loader that fills datasets fast. */
import { execFile } from "node:child_process";
import net from "node:net";
import { nativeTool } from "../test/support/native.ts";
import { encodePipeline } from "../test/support/resp-client.ts";
import type { Contender } from "./contenders.ts";

export interface LoadResult {
  rps: number;
  p50: number;
  p99: number;
  cpuUs: number;
}

/** Runs redis-benchmark once against a contender; the last line of its CSV is what counts. */
export async function redisBenchmark(
  contender: Contender,
  requests: number,
  args: readonly string[],
): Promise<LoadResult> {
  const all = ["-p", String(contender.port), "--csv", "-n", String(requests), "--seed", "1", ...args];
  const before = contender.cpuSeconds();
  const output = await new Promise<string>((resolve, reject) => {
    execFile(nativeTool("redis8-benchmark"), all, { maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`redis-benchmark ${all.join(" ")}: ${error.message}\n${stderr}`));
      else resolve(stdout);
    });
  });
  const cpu = contender.cpuSeconds() - before;
  const line = output.trimEnd().split("\n").at(-1) ?? "";
  const numbers = [...line.matchAll(/"([\d.]+)"/g)].map((match) => Number(match[1]));
  const [rps = NaN, , , p50 = NaN, , p99 = NaN] = numbers.slice(-7);
  return { rps, p50, p99, cpuUs: (cpu * 1e6) / requests };
}

/** How redisBenchmark is called, for people. */
export function benchmarkCommand(requests: number, args: readonly string[]): string {
  return `redis-benchmark -n ${requests} --seed 1 ${args.join(" ")}`;
}

/**
 * Sends commands made by index, `batch` at a time, each batch when the replies to the one before are there.
 * @param linesPerReply  all replies must have that many: 1, or 2 for bulk strings
 */
export async function load(
  port: number,
  count: number,
  make: (index: number) => readonly string[],
  batch = 1000,
  linesPerReply = 1,
): Promise<void> {
  const socket = net.connect(port, "127.0.0.1");
  socket.setNoDelay(true);
  await new Promise<void>((resolve, reject) => {
    let sent = 0;
    let waiting = 0;
    const next = () => {
      if (sent === count) return resolve();
      const size = Math.min(batch, count - sent);
      const commands = Array.from({ length: size }, (_, i) => make(sent + i));
      sent += size;
      waiting = size * linesPerReply;
      socket.write(encodePipeline(commands));
    };
    socket.on("connect", next);
    socket.on("error", reject);
    socket.on("data", (chunk) => {
      if (chunk[0] === 45 /* - */) return reject(new Error(chunk.toString("latin1").split("\r\n")[0]));
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) waiting--;
      if (waiting === 0) next();
    });
  });
  socket.destroy();
}

/** The key that redis-benchmark uses for a random number: 16 bytes. */
export function benchmarkKey(index: number): string {
  return `key:${String(index).padStart(KEY_DIGITS, "0")}`;
}

/**
 * Sets keys 0 … count - 1 of redis-benchmark to a value, as fast as one connection can: the bytes of a pipeline are made
 * once, and then only the digits of its keys change.
 * @param options  of SET
 */
export async function loadKeys(
  port: number,
  count: number,
  value: string,
  options: readonly string[] = [],
  batch = 5000,
): Promise<void> {
  const record = Buffer.from(encodePipeline([["SET", benchmarkKey(0), value, ...options]]));
  const digits = record.indexOf(benchmarkKey(0)) + "key:".length;
  const bytes = Buffer.concat(Array.from({ length: batch }, () => record));
  const socket = net.connect(port, "127.0.0.1");
  socket.setNoDelay(true);
  await new Promise<void>((resolve, reject) => {
    let sent = 0;
    let replyBytes = 0;
    const next = () => {
      if (sent === count) return resolve();
      const size = Math.min(batch, count - sent);
      for (let i = 0; i < size; i++) putNumber(bytes, i * record.length + digits, sent + i);
      sent += size;
      replyBytes = size * "+OK\r\n".length;
      socket.write(bytes.subarray(0, size * record.length));
    };
    socket.on("connect", next);
    socket.on("error", reject);
    socket.on("data", (chunk) => {
      if (chunk.includes(45 /* - */)) return reject(new Error(chunk.toString("latin1").split("\r\n")[0]));
      replyBytes -= chunk.length;
      if (replyBytes === 0) next();
    });
  });
  socket.destroy();
}

const KEY_DIGITS = 12;

function putNumber(bytes: Buffer, at: number, n: number): void {
  for (let i = KEY_DIGITS - 1; i >= 0; i--) {
    bytes[at + i] = 48 + (n % 10);
    n = Math.floor(n / 10);
  }
}

/** Sets keys 0 … count - 1 of redis-benchmark to a value. */
export async function fillKeys(
  contender: Contender,
  count: number,
  value: string | ((i: number) => string),
): Promise<void> {
  const of = typeof value === "string" ? () => value : value;
  await load(contender.port, count, (i) => ["SET", benchmarkKey(i), of(i)]);
}
