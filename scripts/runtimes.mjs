/**
 * runtimes: other runtimes for the tests of the built package, from npm, in a cache folder of their own
 * (KVASM_RUNTIMES_DIR). No dependencies of the project: their packages are one for each platform, not all of them are
 * published everywhere, and a lock file with holes is one that `npm ci` refuses.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";

const folder = process.env["KVASM_RUNTIMES_DIR"] ?? path.join(homedir(), ".cache/kvasm-runtimes");
const platform = `${process.platform}-${process.arch}`;

/**
 * @typedef {object} Runtime
 * @property {string} label
 * @property {string} package  with its version
 * @property {string} program  its file, within node_modules
 */

/** @type {Readonly<Record<"deno" | "bun" | "node24", Runtime>>} */
const RUNTIMES = {
  deno: { label: "Deno 2.9.6", package: "deno@2.9.6", program: "deno/bin.cjs" },
  bun: {
    label: "Bun 1.4.5",
    package: `@oven/bun-${platform}@1.4.5`,
    program: `@oven/bun-${platform}/bin/bun`,
  },
  node24: {
    label: "Node 24.9.0",
    package: `node-${platform}@24.9.0`,
    program: `node-${platform}/bin/node`,
  },
};

/**
 * Where ensureRuntimes puts a runtime's program; Deno's is a script for Node.
 * @param {keyof typeof RUNTIMES} name
 */
export function runtimeProgram(name) {
  return path.join(folder, name, "node_modules", RUNTIMES[name].program);
}

/** Fetches what is not there yet. @returns {string[]} lines that say what came of it */
export function ensureRuntimes() {
  return Object.entries(RUNTIMES).map(([key, runtime]) => {
    const name = /** @type {keyof typeof RUNTIMES} */ (key);
    const program = runtimeProgram(name);
    if (!existsSync(program)) {
      const prefix = path.join(folder, name);
      mkdirSync(prefix, { recursive: true });
      const args = ["install", "--no-save", "--no-package-lock", "--ignore-scripts", "--prefix", prefix];
      spawnSync("npm", [...args, runtime.package], { stdio: "ignore" });
    }
    return existsSync(program)
      ? runtime.label
      : `skipped: the built package in ${runtime.label} (${runtime.package} cannot be had from npm here)`;
  });
}
