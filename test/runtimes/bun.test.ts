/** The battery in Bun, which scripts/test.mjs has fetched from npm; skipped where it cannot be had. */
import { spawnSync } from "node:child_process";
import { runtimeProgram } from "../../scripts/runtimes.mjs";
import { testRuntime } from "./run.ts";

const program = runtimeProgram("bun");
const runs = spawnSync(program, ["--version"]).status === 0;
testRuntime(runs ? { name: "bun", program, args: ["run"] } : undefined, "bun");
