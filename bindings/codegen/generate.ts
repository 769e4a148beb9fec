/**
 * generate: all rows → the generated files. Run by scripts/codegen.mjs, and by the test that they are fresh.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { compatibilityPage } from "./compatibility-page.ts";
import { engineTable } from "./engine-table.ts";
import { docsTable, handlerTable, hostTable } from "./host-table.ts";
import { referencePage } from "./reference-page.ts";
import { readRows } from "./rows.ts";
import { shortTexts } from "./short-texts.ts";
import { typedApi } from "./typed-api.ts";

/** Path from the project's root → content. */
export function generate(root: string): ReadonlyMap<string, string> {
  const rows = readRows(root);
  return new Map([
    ["assembly/generated/commands.ts", engineTable(rows)],
    ["bindings/generated/commands.ts", hostTable(rows)],
    ["bindings/generated/command-docs.ts", docsTable(rows)],
    ["bindings/generated/api.ts", typedApi(rows)],
    ["bindings/generated/short-texts.ts", shortTexts()],
    ["server/generated/handlers.ts", handlerTable(rows)],
    ["docs/compatibility.md", compatibilityPage(rows)],
    ["docs/commands.md", referencePage(rows)],
  ]);
}

/** Paths of generated files that are not as they should be. */
export function staleFiles(root: string): string[] {
  return [...generate(root)]
    .filter(([path, content]) => isStale(join(root, path), content))
    .map(([path]) => path);
}

/** Writes what is stale; answers the paths written. */
export function writeFiles(root: string): string[] {
  const written: string[] = [];
  for (const [path, content] of generate(root)) {
    const file = join(root, path);
    if (!isStale(file, content)) continue;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    written.push(path);
  }
  return written;
}

function isStale(file: string, content: string): boolean {
  return !existsSync(file) || readFileSync(file, "utf8") !== content;
}
