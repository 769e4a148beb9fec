/** The battery in Deno, which scripts/test.mjs has fetched from npm; skipped where it cannot be had. */
import { spawnSync } from "node:child_process";
import { DENO_SCRIPT } from "../../scripts/deno.mjs";
import { testRuntime } from "./run.ts";

const runs = spawnSync(process.execPath, [DENO_SCRIPT, "--version"]).status === 0;
const args = [
  DENO_SCRIPT,
  "run",
  "--no-lock",
  "--no-remote",
  "--node-modules-dir=manual",
  "--allow-read",
  "--allow-net",
  "--allow-env",
  "--allow-sys",
];
testRuntime(runs ? { name: "deno", program: process.execPath, args } : undefined, "deno");
