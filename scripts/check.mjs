/**
 * npm run check: everything about the sources that needs no running server. Codegen is fresh, types hold,
 * the linter and the formatter agree. Prints one line per check, exits 1 when one failed.
 */
import { install } from "./lib/steps.mjs";

install();
const { runChecks } = await import("./lib/checks.mjs");
const checks = await runChecks();
process.exitCode = checks.every((check) => check.passed) ? 0 : 1;
