/** The package's declarations, as users' compilers read them: both ways to resolve modules, libraries checked too. */
import { spawnSync } from "node:child_process";
import { copyFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { installPackage } from "./run.ts";

/** A compiler reads a megabyte of libraries first. */
const TIMEOUT_MS = 120_000;

const compiler = fileURLToPath(new URL("../../node_modules/typescript/bin/tsc", import.meta.url));
const consumer = fileURLToPath(new URL("consumer.ts", import.meta.url));

it.each([
  ["nodenext", "nodenext"],
  ["esnext", "bundler"],
])(
  "a program with types compiles: module %s, resolution %s",
  (module, moduleResolution) => {
    const folder = installPackage(`types-${moduleResolution}`);
    copyFileSync(consumer, path.join(folder, "consumer.ts"));
    const compilerOptions = {
      ...{ target: "es2022", lib: ["es2022", "dom"], module, moduleResolution, types: [] },
      ...{ strict: true, exactOptionalPropertyTypes: true, noEmit: true, skipLibCheck: false },
    };
    writeFileSync(
      path.join(folder, "tsconfig.json"),
      JSON.stringify({ compilerOptions, files: ["consumer.ts"] }),
    );
    const { status, stdout } = spawnSync(process.execPath, [compiler, "-p", folder], { encoding: "utf8" });
    expect(stdout).toBe("");
    expect(status).toBe(0);
  },
  TIMEOUT_MS,
);
