/**
 * tools: what the program is beside a server, by its first argument: `check-rdb`, `check-aof` and `dump` look at files,
 * `kvasm cli` is a client, `kvasm --test-memory` looks at the machine.
 */
import { once } from "node:events";
import { readSync } from "node:fs";
import { Engine } from "../bindings/engine.ts";
import { packagedModule } from "../bindings/load.ts";
import { reasonOf } from "./config/file.ts";
import { ProgressLine } from "./observe/progress-line.ts";
import { AofCheck } from "./persistence/aof/check-aof.ts";
import { testMemory } from "./memory-test.ts";
import { checkRdb } from "./persistence/check-rdb.ts";
import { RdbDump } from "./persistence/dump.ts";
import { nodeFiles } from "./persistence/files.ts";
import { RdbError } from "./persistence/rdb-load.ts";

const AOF_USAGE =
  "Usage: kvasm check-aof [--fix|--truncate-to-timestamp $timestamp] <file.manifest|file.aof>";
const RDB_USAGE = "Usage: kvasm check-rdb <rdb-file-name>";
const DUMP_USAGE = "Usage: kvasm dump <rdb-file-name> --json";
const MEMORY_USAGE =
  "Please specify the amount of memory to test in megabytes: kvasm --test-memory MEGABYTES";
const STANDARD_INPUT = 0;

/** Runs the tool that the first argument names. @returns its exit code, or null: it names none */
export async function runTool(args: readonly string[]): Promise<number | null> {
  const [name, ...rest] = args;
  if (name === "cli") return (await import("./cli/cli.ts")).runCli(rest);
  if (name === "--test-memory") {
    const megabytes = Number(rest[0]);
    if (rest.length !== 1 || !Number.isInteger(megabytes) || megabytes < 1) return usage(MEMORY_USAGE);
    return testMemory(megabytes, print, progress);
  }
  if (name === "check-rdb") {
    if (rest.length !== 1) return usage(RDB_USAGE);
    return checkRdb(new Engine(await packagedModule(), {}), nodeFiles, rest[0]!, print);
  }
  if (name === "dump") {
    const [path, format] = rest[0] === "--json" ? [rest[1], rest[0]] : rest;
    if (rest.length !== 2 || path === undefined || format !== "--json") return usage(DUMP_USAGE);
    return dump(path);
  }
  if (name !== "check-aof") return null;
  const fix = rest[0] === "--fix";
  const until = rest[0] === "--truncate-to-timestamp" ? Number(rest[1]) : null;
  const file = rest[fix ? 1 : until === null ? 0 : 2];
  const expected = fix ? 2 : until === null ? 1 : 3;
  if (file === undefined || rest.length !== expected || Number.isNaN(until)) return usage(AOF_USAGE);
  const engine = new Engine(await packagedModule(), {});
  return new AofCheck(engine, nodeFiles, { fix, untilSeconds: until, confirm, print }).run(file);
}

/** Data to standard output; what is said about it, and how far it is, to standard error. */
async function dump(path: string): Promise<number> {
  let isGone = false;
  process.stdout.on("error", () => (isGone = true)); // who reads has had enough
  const progress = new ProgressLine(path);
  try {
    const file = nodeFiles.open(path);
    const writer = new RdbDump(await packagedModule(), (text) => process.stdout.write(text));
    let used = 0;
    for (const _ of writer.steps(file, (bytes) => (used = bytes))) {
      if (isGone) return 1;
      progress.show(used, file.size);
      if (process.stdout.writableNeedDrain) await once(process.stdout, "drain");
    }
    return 0;
  } catch (problem) {
    progress.end();
    if (problem instanceof RdbError) complain(`${problem.message} (${path}, offset ${problem.offset})`);
    else complain(`Cannot read file ${path}: ${reasonOf(problem)}`);
    return 1;
  } finally {
    progress.end();
  }
}

function complain(line: string): void {
  process.stderr.write(`${line}\n`);
}

function usage(text: string): number {
  print(text);
  return 1;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** A line that the next one takes the place of; only on a terminal. */
function progress(line: string): void {
  if (process.stdout.isTTY) process.stdout.write(`\r\x1b[2K${line}`);
}

function confirm(question: string): boolean {
  process.stdout.write(question);
  const answer = Buffer.alloc(16);
  const size = readSync(STANDARD_INPUT, answer);
  return answer.toString("latin1", 0, size).trim().toLowerCase() === "y";
}
