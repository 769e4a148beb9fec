/**
 * rows: reads the `<command>.json` files, refuses what is wrong with one, and numbers them.
 *
 * Ids: top-level commands sorted by name, then subcommands sorted by full name. Sorting is by lower-case UTF-16 units,
 * so that no locale changes an id.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import type { Argument, KeySpec } from "../command-table.ts";
import { FLAG_NAMES } from "./flags.ts";
import { parseReplyType } from "./reply-type.ts";

/** A row as it stands in its file; codegen/README.md explains every field. */
export interface RowFile {
  readonly name: string;
  readonly container?: string;
  readonly summary: string;
  readonly since: string;
  readonly group: string;
  readonly module?: string;
  readonly complexity?: string;
  readonly arity: number;
  readonly flags: readonly string[];
  readonly internalFlags?: readonly string[];
  readonly aclCategories: readonly string[];
  readonly keySpecs?: readonly KeySpec[];
  readonly arguments?: readonly Argument[];
  readonly tips?: readonly string[];
  readonly reply?: string | Readonly<Record<string, string>>;
  readonly history?: readonly (readonly [string, string])[];
  readonly docFlags?: readonly string[];
  readonly deprecatedSince?: string;
  readonly replacedBy?: string;
  readonly runs: "engine" | "host";
  readonly status?: "ready" | "planned";
  readonly handler?: string;
}

/** A row with what its place among the others says. */
export interface Row extends RowFile {
  readonly id: number;
  /** `client|list` */
  readonly fullName: string;
  /** Path of the row's file from the project's root. */
  readonly path: string;
  readonly containerId: number | undefined;
  readonly subcommandIds: readonly number[];
  readonly ready: boolean;
  /** Module and function of the handler; none for a container that only holds subcommands. */
  readonly target: Target | undefined;
}

export interface Target {
  /** Path of the module from the project's root. */
  readonly path: string;
  readonly function: string;
}

/** Root folder of the rows by where their commands run. */
const ROOTS = { engine: "assembly/commands", host: "server/commands" } as const;

/** The engine matches a name with three 8-byte words. */
export const NAME_LENGTH_MAX = 24;

const REQUIRED = ["name", "summary", "since", "group", "arity", "flags", "aclCategories", "runs"] as const;
const OPTIONAL = [
  ...["container", "module", "complexity", "internalFlags", "keySpecs", "arguments", "tips", "history"],
  ...["docFlags", "deprecatedSince", "replacedBy", "reply", "status", "handler"],
] as const;
const FIELDS: ReadonlySet<string> = new Set<string>([...REQUIRED, ...OPTIONAL]);

/**
 * All rows in the order of their ids.
 * @throws Error with one line per fault, each naming its file
 */
export function readRows(root: string): Row[] {
  const faults: string[] = [];
  const files = [...readFolder(root, "engine", faults), ...readFolder(root, "host", faults)];
  const rows = number(files, faults);
  for (const row of rows) checkTarget(root, row, faults);
  if (faults.length > 0) throw new Error(faults.join("\n"));
  return rows;
}

interface Found {
  readonly path: string;
  readonly row: RowFile;
}

function readFolder(root: string, runs: "engine" | "host", faults: string[]): Found[] {
  const folder = join(root, ROOTS[runs]);
  if (!existsSync(folder)) return [];
  const found: Found[] = [];
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith(".json")) continue;
    const path = relative(root, join(entry.parentPath, entry.name)).replaceAll("\\", "/");
    const fault = (what: string): void => void faults.push(`${path}: ${what}`);
    try {
      const row = JSON.parse(readFileSync(join(root, path), "utf8")) as RowFile;
      checkRow(row, path, runs, fault);
      found.push({ path, row });
    } catch (cause) {
      fault(String(cause));
    }
  }
  return found;
}

function checkRow(row: RowFile, path: string, runs: string, fault: (what: string) => void): void {
  for (const field of REQUIRED) if (row[field] === undefined) fault(`${field} is missing`);
  for (const field of Object.keys(row)) if (!FIELDS.has(field)) fault(`unknown field ${field}`);
  if (row.runs !== runs) fault(`runs is "${row.runs}", but the file lies where commands of the ${runs} are`);
  if (row.status !== undefined && row.status !== "ready" && row.status !== "planned")
    fault(`status "${row.status}"`);
  if (row.name.length > NAME_LENGTH_MAX) fault(`name is longer than ${NAME_LENGTH_MAX} bytes`);
  for (const flag of [...row.flags, ...(row.internalFlags ?? [])]) {
    if (!FLAG_NAMES.includes(flag)) fault(`unknown flag ${flag}`);
  }
  if (!isAscii(JSON.stringify(row))) fault("has characters beyond ASCII: replies are byte strings");
  if (path !== expectedPath(row)) fault(`belongs in ${expectedPath(row)}`);
  for (const text of replyTypes(row)) {
    try {
      parseReplyType(text);
    } catch (cause) {
      fault((cause as Error).message);
    }
  }
  for (const spec of keySpecIndexes(row.arguments ?? [])) {
    if (row.keySpecs?.[spec] === undefined) fault(`an argument names key spec ${spec}, which is not there`);
  }
}

function isAscii(text: string): boolean {
  return /^[ -~]*$/.test(text);
}

function replyTypes({ reply }: RowFile): string[] {
  return typeof reply === "string" ? [reply] : Object.values(reply ?? {});
}

function expectedPath(row: RowFile): string {
  const folder = row.module === "vectorset" ? "vector-set" : row.group;
  const name = row.container === undefined ? row.name : `${row.container}-${row.name}`;
  return `${ROOTS[row.runs]}/${folder}/${name.toLowerCase().replaceAll("_", "-")}.json`;
}

function keySpecIndexes(args: readonly Argument[]): number[] {
  return args.flatMap((argument) => [
    ...(argument.keySpecIndex === undefined ? [] : [argument.keySpecIndex]),
    ...keySpecIndexes(argument.arguments ?? []),
  ]);
}

function fullName(row: RowFile): string {
  return row.container === undefined ? row.name : `${row.container}|${row.name}`;
}

function number(files: readonly Found[], faults: string[]): Row[] {
  const sorted = [...files].sort(byLevelThenName);
  const ids = new Map<string, number>();
  sorted.forEach(({ path, row }, id) => {
    if (ids.has(fullName(row))) faults.push(`${path}: ${fullName(row)} has two rows`);
    ids.set(fullName(row), id);
  });
  return sorted.map((found, id) => {
    const { path, row } = found;
    const containerId = row.container === undefined ? undefined : ids.get(row.container);
    const subcommands = subcommandsOf(row, sorted);
    if (row.container !== undefined && containerId === undefined) {
      faults.push(`${path}: no row for ${row.container}`);
    }
    if (row.status === undefined && subcommands.length === 0) faults.push(`${path}: status is missing`);
    return {
      ...row,
      id,
      path,
      fullName: fullName(row),
      containerId,
      subcommandIds: subcommands.map((subcommand) => ids.get(fullName(subcommand)) as number),
      ready: isReady(row, subcommands),
      target: row.status === undefined ? undefined : target(path, row.handler),
    };
  });
}

function byLevelThenName(a: Found, b: Found): number {
  const level = Number(a.row.container !== undefined) - Number(b.row.container !== undefined);
  return level !== 0 ? level : compare(fullName(a.row).toLowerCase(), fullName(b.row).toLowerCase());
}

function subcommandsOf(row: RowFile, files: readonly Found[]): RowFile[] {
  if (row.container !== undefined) return [];
  return files.map((other) => other.row).filter((other) => other.container === row.name);
}

/** A container without a status of its own is as ready as what it holds. */
function isReady(row: RowFile, subcommands: readonly RowFile[]): boolean {
  if (row.status !== undefined) return row.status === "ready";
  return subcommands.some(({ name, status }) => status === "ready" && name !== "help");
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** @param handler  `file#function`, `file` or `#function`, relative to the row's folder and without `.ts` */
function target(path: string, handler: string | undefined): Target {
  const [file = "", name = ""] = (handler ?? "").split("#");
  const base = file === "" ? path.replace(/\.json$/, "") : join(dirname(path), file).replaceAll("\\", "/");
  return {
    path: `${base}.ts`,
    function: name === "" ? camelCase(base.slice(base.lastIndexOf("/") + 1)) : name,
  };
}

/** A name for a handler among imports, told apart by its folder; its own name may be that of a built-in (`select`). */
export function handlerAlias(target: Target): string {
  const folder = target.path.split("/").at(-2) ?? "";
  return camelCase(`${folder}-${target.function}`);
}

function camelCase(kebab: string): string {
  return kebab.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

function checkTarget(root: string, row: Row, faults: string[]): void {
  if (!row.ready || row.target === undefined) return;
  const file = join(root, row.target.path);
  if (!existsSync(file)) {
    faults.push(`${row.path}: ready, but there is no ${row.target.path}`);
  } else if (
    !new RegExp(`^export (async )?(function|const) ${row.target.function}\\b`, "m").test(
      readFileSync(file, "utf8"),
    )
  ) {
    faults.push(`${row.path}: ready, but ${row.target.path} exports no ${row.target.function}`);
  }
}
