/** The battery in Deno, which comes from npm; skipped where its package has no program for this machine. */
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { testRuntime } from "./run.ts";

const script = createRequire(import.meta.url).resolve("deno/bin.cjs");
const runs = spawnSync(process.execPath, [script, "--version"]).status === 0;
const args = [script, "run", "--no-lock", "--no-remote", "--node-modules-dir=manual", "--allow-read"];
testRuntime(runs ? { name: "deno", program: process.execPath, args } : undefined, "deno");
