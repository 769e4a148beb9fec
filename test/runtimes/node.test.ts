/** The battery in the Node that runs the tests; and the package's other entries. */
import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { installPackage, testRuntime } from "./run.ts";

testRuntime({ name: "node", program: process.execPath, args: [] });

it.each([
  ["required", "commonjs", 'const { open } = require("kvasm"); open().then(use);'],
  ["with its module inside", "module", 'import { open } from "kvasm/inline"; open().then(use);'],
])("%s, it is the same", (name, kind, code) => {
  const folder = installPackage(`node-${kind}`);
  const use = "function use(db) { db.set('key', 'value'); console.log(db.get('key')); db.close(); }";
  const args = [`--input-type=${kind}`, "--eval", `${code} ${use}`];
  expect(execFileSync(process.execPath, args, { cwd: folder, encoding: "utf8" }), name).toBe("value\n");
});
