/** The package as npm would publish it: its size, and what two linters of packages say of entries and types. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { checkPackage, createPackageFromTarballData, type Problem } from "@arethetypeswrong/core";
import { publint } from "publint";
import { beforeAll, describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FOLDER = path.join(ROOT, "build/package");

/** Bytes as packed; README.md states them. */
const SIZE_MAX = 790_000;
const SIZE_WITHOUT_LUA_MAX = 700_000;

/**
 * Node 10's resolution knows no `exports`, so no subpath; a .wasm file has no types; `kvasm/inline` is for bundlers, and a
 * module whichever way it is asked for.
 */
function isAboutUsers(problem: Problem): boolean {
  if ("resolutionKind" in problem && problem.resolutionKind === "node10") return false;
  return !("entrypoint" in problem && ["./kvasm.wasm", "./inline"].includes(problem.entrypoint));
}

let tarball: Buffer;

beforeAll(() => {
  mkdirSync(FOLDER, { recursive: true });
  const args = ["pack", "--json", "--ignore-scripts", "--pack-destination", FOLDER];
  const output = execFileSync("npm", args, {
    cwd: ROOT,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [{ filename }] = JSON.parse(output) as [{ filename: string }];
  tarball = readFileSync(path.join(FOLDER, filename));
});

describe("the package", () => {
  it("is no larger than the README says", () => {
    const lua = gzipSync(readFileSync(path.join(ROOT, "dist/liblua5.1.wasm"))).length;
    expect(tarball.length).toBeLessThan(SIZE_MAX);
    expect(tarball.length - lua).toBeLessThan(SIZE_WITHOUT_LUA_MAX);
  });

  it("has entries that publint finds right", async () => {
    const { messages } = await publint({
      pack: { tarball: tarball.buffer.slice(tarball.byteOffset) as ArrayBuffer },
    });
    expect(messages).toEqual([]);
  });

  it("has types that fit its modules, however they are resolved", async () => {
    const result = await checkPackage(createPackageFromTarballData(tarball));
    expect(result.types).toBeTruthy();
    expect("problems" in result && result.problems.filter(isAboutUsers)).toEqual([]);
  });
});
