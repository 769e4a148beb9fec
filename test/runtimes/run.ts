/**
 * run: the battery in another runtime: in a folder of its own under build/, with the built package as its only
 * dependency, laid out as npm would from what `files` in package.json names.
 */
import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import esbuild from "esbuild";
import { describe, expect, it } from "vitest";
import { BEHAVIOURS, type Result } from "./battery.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export interface Runtime {
  readonly name: string;
  readonly program: string;
  /** Arguments before the script. */
  readonly args: readonly string[];
}

/** One test for each behaviour; all skipped where the runtime is not to be had. */
export function testRuntime(runtime: Runtime | undefined, name = runtime?.name): void {
  describe(`the built package in ${name}`, () => {
    const results = runtime && runBatteryIn(runtime);
    it.skipIf(!results).each(Object.keys(BEHAVIOURS))("%s", async (behaviour) => {
      const result = (await results)?.find((each) => each.name === behaviour);
      expect(result).toEqual({ name: behaviour });
    });
  });
}

async function runBatteryIn({ name, program, args }: Runtime): Promise<Result[]> {
  const folder = installPackage(name);
  writeFileSync(path.join(folder, "tsconfig.json"), "{}\n"); // Bun would follow `paths` of the project's own
  esbuild.buildSync({
    entryPoints: [path.join(ROOT, "test/runtimes/main.ts")],
    outfile: path.join(folder, "main.mjs"),
    bundle: true,
    format: "esm",
    platform: "neutral",
    target: "es2022",
  });
  const { stdout } = await promisify(execFile)(program, [...args, "main.mjs"], {
    cwd: folder,
    env: {
      PATH: process.env["PATH"],
      NO_COLOR: "1",
      DENO_DIR: path.join(folder, "deno"),
      DENO_NO_UPDATE_CHECK: "1",
    },
  });
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Result[];
}

/** A folder of its own with the package as its only dependency. @returns its path */
export function installPackage(name: string): string {
  const folder = path.join(ROOT, "build/runtimes", name);
  const installed = path.join(folder, "node_modules/kvasm");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(installed, { recursive: true });
  const { files } = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8")) as { files: string[] };
  for (const file of [...files, "package.json"]) {
    const from = path.join(ROOT, file);
    if (existsSync(from)) cpSync(from, path.join(installed, file), { recursive: true });
  }
  writeFileSync(
    path.join(folder, "package.json"),
    '{ "type": "module", "dependencies": { "kvasm": "*" } }\n',
  );
  return folder;
}
