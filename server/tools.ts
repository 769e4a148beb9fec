/** tools: `kvasm check-rdb` and `kvasm check-aof`: what looks at files without a server. */
import { readSync } from "node:fs";
import { Engine } from "../bindings/engine.ts";
import { packagedModule } from "../bindings/load.ts";
import { AofCheck } from "./persistence/aof/check-aof.ts";
import { checkRdb } from "./persistence/check-rdb.ts";
import { nodeFiles } from "./persistence/files.ts";

const AOF_USAGE =
  "Usage: kvasm check-aof [--fix|--truncate-to-timestamp $timestamp] <file.manifest|file.aof>";
const RDB_USAGE = "Usage: kvasm check-rdb <rdb-file-name>";
const STANDARD_INPUT = 0;

/** Runs the tool that the first argument names. @returns its exit code, or null: it names none */
export async function runTool(args: readonly string[]): Promise<number | null> {
  const [name, ...rest] = args;
  if (name === "check-rdb") {
    if (rest.length !== 1) return usage(RDB_USAGE);
    return checkRdb(new Engine(await packagedModule(), {}), nodeFiles, rest[0]!, print);
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

function usage(text: string): number {
  print(text);
  return 1;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function confirm(question: string): boolean {
  process.stdout.write(question);
  const answer = Buffer.alloc(16);
  const size = readSync(STANDARD_INPUT, answer);
  return answer.toString("latin1", 0, size).trim().toLowerCase() === "y";
}
