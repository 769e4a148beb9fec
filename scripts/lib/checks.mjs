/** checks: the source checks of `npm run check`, which `npm test` counts beside its tests. */
import { spawn } from "node:child_process";
import { setPriority } from "node:os";
import path from "node:path";
import { ROOT } from "./steps.mjs";

const CHECKS = [
  { name: "generated files are fresh", args: ["scripts/codegen.mjs", "--check"] },
  {
    name: "types",
    args: [
      "node_modules/typescript/bin/tsc",
      "--noEmit",
      "--incremental",
      "--tsBuildInfoFile",
      "build/.tsbuildinfo",
    ],
  },
  {
    name: "lint",
    args: ["node_modules/eslint/bin/eslint.js", "--cache", "--cache-location", "build/.eslintcache", "."],
  },
  {
    name: "format",
    args: [
      "node_modules/prettier/bin/prettier.cjs",
      "--check",
      "--log-level",
      "warn",
      "--cache",
      "--cache-location",
      "build/.prettiercache",
      ".",
    ],
  },
];

/** What runs beside tests gets the time that they leave. */
const BACKGROUND_PRIORITY = 10;

/**
 * @param {string[]} args @param {boolean} inBackground
 * @returns {Promise<{ code: number | null, output: string }>}
 */
function run(args, inBackground) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
    if (inBackground && child.pid !== undefined) setPriority(child.pid, BACKGROUND_PRIORITY);
    let output = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    child.stderr.on("data", (chunk) => (output += chunk));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output }));
  });
}

/**
 * Runs every check, and prints what failed.
 * @param {{ inBackground?: boolean }} [options]  in the background: one at a time, behind whatever else runs; else two
 * @returns {Promise<{ name: string, passed: boolean }[]>}
 */
export async function runChecks({ inBackground = false } = {}) {
  /** @type {{ name: string, passed: boolean }[]} */
  const results = [];
  const waiting = CHECKS.values();
  const worker = async () => {
    for (const { name, args } of waiting) {
      const began = performance.now();
      const { code, output } = await run(args, inBackground);
      const seconds = ((performance.now() - began) / 1000).toFixed(1);
      results.push({ name, passed: code === 0 });
      console.log(`check: ${name}: ${code === 0 ? "passed" : "FAILED"} (${seconds} s)`);
      if (code !== 0) console.log(`${path.basename(args[0] ?? "")}:\n${output.trimEnd()}`);
    }
  };
  await Promise.all(inBackground ? [worker()] : [worker(), worker()]);
  return results;
}
