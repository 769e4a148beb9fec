/**
 * native: the servers to compare with. Redis 8.0 and Valkey 8.1 as scripts/native-servers.mjs fetched them;
 * where that was not possible, an installed redis-server stands in for Redis, and Valkey is absent.
 *
 * Tests that compare say so with `describe.skipIf(!native.redis)`, so that a skip is counted and seen.
 */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { SpawnedServer } from "./spawn-server.ts";

const BIN = path.join(process.env["KVASM_NATIVE_DIR"] ?? path.join(homedir(), ".cache/kvasm-native"), "bin");

/** Its path and version, or undefined where it cannot be run. */
export interface NativeProgram {
  program: string;
  version: string;
}

function find(...candidates: string[]): NativeProgram | undefined {
  for (const program of candidates) {
    if (path.isAbsolute(program) && !existsSync(program)) continue;
    try {
      const version = /v=(\S+)/.exec(execFileSync(program, ["--version"], { encoding: "utf8" }))?.[1];
      if (version !== undefined) return { program, version };
    } catch {
      // Not there, or not for this machine: the next one may be.
    }
  }
  return undefined;
}

export const native = {
  /** Redis to compare with: 8.0, or what is installed. */
  redis: find(path.join(BIN, "redis8-server"), "redis-server"),
  valkey: find(path.join(BIN, "valkey-server")),
};

/** Is the Redis to compare with really 8.0 or newer? */
export const nativeIsRedis8 = Number(native.redis?.version.split(".")[0] ?? 0) >= 8;

/** A program that came with the servers, as "redis8-cli": its path. */
export function nativeTool(name: string): string {
  return path.join(BIN, name);
}

/** Starts a native server with nothing persisted. Options win over those defaults by coming later. */
export function startNative(
  which: "redis" | "valkey",
  options: { args?: string[]; dir?: string; port?: number } = {},
): Promise<SpawnedServer> {
  const found = native[which];
  if (found === undefined) throw new Error(`there is no native ${which} here`);
  const quiet = ["--save", "", "--appendonly", "no", "--enable-debug-command", "yes"];
  return SpawnedServer.start({
    ...options,
    name: which,
    program: found.program,
    args: [...quiet, ...(options.args ?? [])],
  });
}
