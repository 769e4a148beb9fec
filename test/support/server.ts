/** server: the kvasm server for tests, as users get it: dist/kvasm.js under this Node. */
import { fileURLToPath } from "node:url";
import { SpawnedServer } from "./spawn-server.ts";

const PROGRAM = fileURLToPath(new URL("../../dist/kvasm.js", import.meta.url));

/** Starts a server with nothing persisted. Options win over those defaults by coming later. */
export function startKvasm(
  options: {
    args?: string[];
    dir?: string;
    port?: number;
    env?: Record<string, string>;
    nodeArgs?: string[];
  } = {},
): Promise<SpawnedServer> {
  const { args = [], nodeArgs = [], ...rest } = options;
  return SpawnedServer.start({
    ...rest,
    name: "kvasm",
    program: process.execPath,
    prefix: [...nodeArgs, PROGRAM],
    args: ["--save", "", "--appendonly", "no", "--enable-debug-command", "yes", ...args],
  });
}
