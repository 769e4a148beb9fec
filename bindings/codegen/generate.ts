/**
 * generate: all rows → the generated files. Run by scripts/codegen.mjs.
 *
 *   npm run codegen              writes what is stale
 *   npm run codegen -- --check   writes nothing, and fails naming the stale files
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { compatibilityPage } from "./compatibility-page.ts";
import { engineTable } from "./engine-table.ts";
import { docsTable, hostTable } from "./host-table.ts";
import { readRows } from "./rows.ts";

/** Path from the project's root → content. */
export function generate(root: string): ReadonlyMap<string, string> {
  const rows = readRows(root);
  return new Map([
    ["assembly/generated/commands.ts", engineTable(rows)],
    ["bindings/generated/commands.ts", hostTable(rows)],
    ["bindings/generated/command-docs.ts", docsTable(rows)],
    ["docs/compatibility.md", compatibilityPage(rows)],
  ]);
}

/** Paths of generated files that are not as they should be. */
export function staleFiles(root: string): string[] {
  return [...generate(root)].filter(([path, content]) => isStale(join(root, path), content)).map(([path]) => path);
}

/** @returns exit code */
export function main(root: string, args: readonly string[]): number {
  if (args.includes("--check")) {
    const stale = staleFiles(root);
    for (const path of stale) console.error(`${path} is stale: npm run codegen`);
    return stale.length === 0 ? 0 : 1;
  }
  for (const [path, content] of generate(root)) {
    const file = join(root, path);
    if (!isStale(file, content)) continue;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    console.log(`wrote ${path}`);
  }
  return 0;
}

function isStale(file: string, content: string): boolean {
  return !existsSync(file) || readFileSync(file, "utf8") !== content;
}
