/**
 * deno: Deno for the tests of the built package, from npm, in a cache folder of its own (KVASM_RUNTIMES_DIR). No
 * dependency of the project: its packages for other platforms are not published everywhere, and a lock file with holes is
 * one that `npm ci` refuses.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";

const VERSION = "2.9.6";
const folder = process.env["KVASM_RUNTIMES_DIR"] ?? path.join(homedir(), ".cache/kvasm-runtimes");

/** The script that starts Deno under Node, wherever ensureDeno has put it. */
export const DENO_SCRIPT = path.join(folder, "node_modules/deno/bin.cjs");

/** Fetches Deno where it is not there yet. @returns {string} a line that says what came of it */
export function ensureDeno() {
  if (!existsSync(DENO_SCRIPT)) {
    mkdirSync(folder, { recursive: true });
    const args = ["install", "--no-save", "--no-package-lock", "--ignore-scripts", "--prefix", folder];
    spawnSync("npm", [...args, `deno@${VERSION}`], { stdio: "ignore" });
  }
  return existsSync(DENO_SCRIPT)
    ? `Deno ${VERSION}`
    : `skipped: the built package in Deno (deno ${VERSION} cannot be had from npm here)`;
}
