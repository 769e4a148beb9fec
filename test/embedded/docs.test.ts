/** The examples of docs/embedded.md run, on the built package, and their results are what they say: `call; // → result`. */
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import esbuild from "esbuild";
import { describe, expect, it } from "vitest";
import { installPackage } from "../runtimes/run.ts";

const page = readFileSync(fileURLToPath(new URL("../../docs/embedded.md", import.meta.url)), "utf8");
const examples = Array.from(page.matchAll(/```ts\n([^]*?)```/g), ([, code]) => code!);

/** `call; // → result` becomes an assertion. */
function withAssertions(code: string): string {
  const checked = code.replace(
    /^(\s*)(.+?);\s*\/\/ → (.+)$/gm,
    (_, space: string, call: string, result: string) => `${space}check(${call}, ${result});`,
  );
  return `import { deepStrictEqual } from "node:assert";
const plain = (value) => Object.prototype.toString.call(value) === "[object Object]" ? { ...value } : value;
const check = (actual, expected) => deepStrictEqual(plain(actual), expected);
${checked}`;
}

describe("docs/embedded.md", () => {
  const folder = installPackage("docs");
  it.each(examples.map((code, i) => [i + 1, code] as const))(
    "example %d does what it says",
    async (i, code) => {
      expect(code).toContain('from "kvasm"');
      const file = path.join(folder, `example-${i}.mjs`);
      writeFileSync(file, esbuild.transformSync(withAssertions(code), { loader: "ts" }).code);
      await promisify(execFile)(process.execPath, [file]);
    },
  );

  it("has examples with results", () => {
    expect(examples.length).toBeGreaterThan(5);
    expect(page.match(/\/\/ → /g)?.length).toBeGreaterThan(20);
  });
});
