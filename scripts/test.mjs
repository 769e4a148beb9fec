/**
 * npm test [-- vitest filters and options]: sets up from a fresh clone, then runs the source checks and all
 * tests. With a filter (`npm test -- zadd`) only what is so named runs, without the checks.
 *
 * The last line is always `N passed, N failed` (and `, N skipped` when something was), checks counted too.
 */
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { ROOT, build, install } from "./lib/steps.mjs";
import { ensureNativeServers } from "./native-servers.mjs";
import { ensureRuntimes } from "./runtimes.mjs";

const VITEST_REPORT = path.join(ROOT, "build/test-report.json");
const options = process.argv.slice(2);

/** Runs vitest, its report into VITEST_REPORT. @returns {Promise<number | null>} its exit code */
function runVitest() {
  mkdirSync(path.dirname(VITEST_REPORT), { recursive: true });
  rmSync(VITEST_REPORT, { force: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${VITEST_REPORT}`];
  const vitest = path.join(ROOT, "node_modules/vitest/vitest.mjs");
  const child = spawn(process.execPath, [vitest, "run", ...reporters, ...options], {
    cwd: ROOT,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, NO_COLOR: "1" },
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
}

/** Counts what the report holds; a file that could not even be loaded is one failure. @param {number | null} code */
function countTests(code) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  let report;
  try {
    report = JSON.parse(readFileSync(VITEST_REPORT, "utf8"));
  } catch {
    console.log("vitest left no report");
    return { ...counts, failed: 1 };
  }
  for (const file of report.testResults) {
    for (const { status } of file.assertionResults) {
      if (status === "passed") counts.passed++;
      else if (status === "failed") counts.failed++;
      else counts.skipped++;
    }
    if (
      file.status === "failed" &&
      !file.assertionResults.some((/** @type {{ status: string }} */ t) => t.status === "failed")
    ) {
      counts.failed++;
    }
  }
  // What fails outside of any test (an unhandled rejection, say) shows in the exit code alone.
  if (code !== 0 && counts.failed === 0) counts.failed = 1;
  return counts;
}

async function main() {
  const began = performance.now();
  const total = { passed: 0, failed: 0, skipped: 0 };
  install();
  await build(["verify"]);
  const native = ensureNativeServers();
  native.lines.push(...ensureRuntimes());
  for (const line of native.lines) console.log(line);
  const { runChecks } = await import("./lib/checks.mjs");
  // Tests wait for timers and other processes more than a little: the checks have that time.
  const checks = options.length === 0 ? runChecks({ inBackground: true }) : Promise.resolve([]);
  const counts = countTests(await runVitest());
  for (const check of await checks) total[check.passed ? "passed" : "failed"]++;
  total.passed += counts.passed;
  total.failed += counts.failed;
  total.skipped += counts.skipped;
  if (total.skipped > 0)
    for (const line of native.lines.filter((text) => text.startsWith("skipped"))) console.log(line);
  console.log(`done in ${((performance.now() - began) / 1000).toFixed(0)} s`);
  return total;
}

let total = { passed: 0, failed: 1, skipped: 0 };
try {
  total = await main();
} catch (error) {
  console.log(error instanceof Error ? error.message : error);
}
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : "";
process.stdout.write(`${total.passed} passed, ${total.failed} failed${skipped}\n`);
process.exitCode = total.failed > 0 ? 1 : 0;
