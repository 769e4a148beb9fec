/** The battery in Node 24, which scripts/test.mjs has fetched from npm; skipped where it cannot be had. */
import { spawnSync } from "node:child_process";
import { runtimeProgram } from "../../scripts/runtimes.mjs";
import { testRuntime } from "./run.ts";

const program = runtimeProgram("node24");
const runs = spawnSync(program, ["--version"]).status === 0;
testRuntime(runs ? { name: "node24", program, args: [] } : undefined, "node24");
