/** The battery in Deno, which scripts/test.mjs has fetched from npm; skipped where it cannot be had. */
import { spawnSync } from "node:child_process";
import { runtimeProgram } from "../../scripts/runtimes.mjs";
import { testRuntime } from "./run.ts";

const script = runtimeProgram("deno");
const runs = spawnSync(process.execPath, [script, "--version"]).status === 0;
const args = [
  script,
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
