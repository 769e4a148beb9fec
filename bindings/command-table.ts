/**
 * command-table: the command table as the host reads it. Types of a generated row, and look-up by name.
 *
 * The rows come from the `<command>.json` files (see codegen/README.md). Their order is the numbering that the engine
 * uses: top-level commands sorted by name, then subcommands sorted by full name. `COMMANDS[id].id === id`.
 *
 * Prose and argument trees are in generated/command-docs.ts, apart, because only COMMAND DOCS and HELP need them.
 */
import { COMMANDS } from "./generated/commands.ts";

export { COMMANDS };

/** Where the search for keys begins: at an argument, after a keyword, or nobody can say. */
export type BeginSearch =
  | { readonly index: number }
  /** @param startFrom  argument to begin with; negative: from the end, backwards */
  | { readonly keyword: string; readonly startFrom: number }
  | "unknown";

/** Which arguments from there on are keys. */
export type FindKeys =
  /**
   * @param lastKey  relative to the first key; negative: from the end of the arguments (-1 is the last one)
   * @param keyStep  distance between two keys
   * @param limit    with lastKey -1: keys end after 1/limit of what is left; 0 and 1 mean no limit
   */
  | { readonly lastKey: number; readonly keyStep: number; readonly limit: number }
  /** The number of keys is itself an argument. Both positions are relative to where the search began. */
  | { readonly keyNumIndex: number; readonly firstKey: number; readonly keyStep: number }
  | "unknown";

export interface KeySpec {
  readonly notes?: string;
  readonly flags: readonly string[];
  readonly beginSearch: BeginSearch;
  readonly findKeys: FindKeys;
}

/** An argument of a command, or of a block or choice of arguments. */
export interface Argument {
  readonly name: string;
  readonly type: string;
  /** What a reader sees; the name where absent. Blocks and choices have none. */
  readonly display?: string;
  readonly keySpecIndex?: number;
  readonly token?: string;
  readonly since?: string;
  readonly deprecatedSince?: string;
  readonly optional?: boolean;
  readonly multiple?: boolean;
  /** The token is repeated with every value. */
  readonly multipleToken?: boolean;
  readonly arguments?: readonly Argument[];
}

export interface CommandRow {
  readonly id: number;
  /** As error messages say it: `get`, `client|list`. */
  readonly name: string;
  /** Id of the command that this is a subcommand of. */
  readonly container?: number;
  /** Ids of the subcommands, for a container. */
  readonly subcommands?: readonly number[];
  readonly group: string;
  /** Exact number of arguments with the name; negative: at least that many. */
  readonly arity: number;
  /** As COMMAND INFO reports them. */
  readonly flags: readonly string[];
  /** Flags that COMMAND INFO does not report. */
  readonly internalFlags?: readonly string[];
  /** Without the @. */
  readonly aclCategories: readonly string[];
  readonly firstKey: number;
  readonly lastKey: number;
  readonly keyStep: number;
  readonly keySpecs: readonly KeySpec[];
  readonly tips: readonly string[];
  readonly module?: string;
  readonly runs: "engine" | "host";
  readonly ready: boolean;
}

export interface CommandDocs {
  readonly summary: string;
  readonly since: string;
  readonly complexity?: string;
  readonly docFlags?: readonly string[];
  readonly deprecatedSince?: string;
  readonly replacedBy?: string;
  readonly history?: readonly (readonly [since: string, change: string])[];
  readonly arguments?: readonly Argument[];
}

/** By lower-case full name; module commands keep the case that they were registered with. */
const byName = new Map(COMMANDS.map((row) => [row.name.toLowerCase(), row]));

/** @param name  any case, a subcommand as `container|subcommand` */
export function findCommand(name: string): CommandRow | undefined {
  return byName.get(name.toLowerCase());
}

/** The row that runs for these arguments: the subcommand's where the second argument names one. */
export function resolveCommand(name: string, subcommand: string | undefined): CommandRow | undefined {
  const row = findCommand(name);
  if (row?.subcommands === undefined || subcommand === undefined) return row;
  return findCommand(`${row.name}|${subcommand}`);
}

export function hasFlag(row: CommandRow, flag: string): boolean {
  return row.flags.includes(flag) || row.internalFlags?.includes(flag) === true;
}
