/**
 * command-keys: which arguments of a command are keys, and what the command does with each. For COMMAND GETKEYS, for
 * ACL rules on keys, and for the slot of a command in a cluster.
 *
 * The key specs of the row decide. Where they cannot (a position that no spec can tell, flags that depend on the
 * options), a function for that one command does: see `SPECIAL`.
 *
 * Arguments are byte strings, the command's name first; a subcommand's row counts from the container's name, too.
 */
import type { BeginSearch, CommandRow, FindKeys, KeySpec } from "./command-table.ts";

/** The arguments of a command, the name first; they are read one by one, because some are long and no key. */
export interface CommandArguments {
  readonly length: number;
  /** An argument as a byte string; the index is below length. */
  text(index: number): string;
}

/** Arguments that are strings already. */
export function argumentsOf(argv: readonly string[]): CommandArguments {
  return { length: argv.length, text: (index) => argv[index] as string };
}

/** One key among the arguments. */
export interface KeyReference {
  /** Index in argv. */
  readonly position: number;
  /** `RO`, `RW`, `OW` or `RM`, then `access`, `update`, `insert`, `delete`: the flags of a key spec. */
  readonly flags: readonly string[];
}

const NO_KEYS: readonly KeyReference[] = [];

/** Does any argument of this command name a key? Channels of sharded pub/sub do not count. */
export function hasKeys(row: CommandRow): boolean {
  return row.keySpecs.some((spec) => !spec.flags.includes("not_key"));
}

/** Do the keys of this command, or what it does with them, depend on more than its key specs say? */
export function hasSpecialKeys(row: CommandRow): boolean {
  return SPECIAL[row.name] !== undefined;
}

/**
 * The keys among the arguments, in their order.
 * @returns none where the arguments are such that the command would refuse them
 */
export function commandKeys(row: CommandRow, args: CommandArguments): readonly KeyReference[] {
  const special = SPECIAL[row.name];
  return special !== undefined ? special(args) : (keysBySpecs(row, args, false) ?? NO_KEYS);
}

/** The names that decide the slot of a command in a cluster: its keys, and channels of sharded pub/sub. */
export function slotNames(row: CommandRow, args: CommandArguments): readonly KeyReference[] {
  return SPECIAL[row.name] !== undefined ? commandKeys(row, args) : (keysBySpecs(row, args, true) ?? NO_KEYS);
}

/** @returns undefined where one of the specs does not fit the arguments */
function keysBySpecs(
  row: CommandRow,
  args: CommandArguments,
  withChannels: boolean,
): KeyReference[] | undefined {
  const keys: KeyReference[] = [];
  for (const spec of row.keySpecs) {
    if (!withChannels && spec.flags.includes("not_key")) continue;
    if (spec.beginSearch === "unknown" || spec.findKeys === "unknown") return undefined;
    const begin = findBegin(spec.beginSearch, args);
    if (begin === undefined) continue; // an optional keyword that is not there
    const range = keyRange(spec.findKeys, begin, args);
    if (range === undefined) return undefined;
    addKeys(keys, spec, range);
  }
  return keys;
}

interface KeyRange {
  readonly first: number;
  readonly last: number;
  readonly step: number;
}

function addKeys(keys: KeyReference[], spec: KeySpec, { first, last, step }: KeyRange): void {
  for (let position = first; position <= last; position += step) keys.push({ position, flags: spec.flags });
}

/** Position where the keys of a spec begin, undefined without its keyword. */
function findBegin(search: Exclude<BeginSearch, "unknown">, args: CommandArguments): number | undefined {
  if ("index" in search) return search.index;
  const forward = search.startFrom >= 0;
  const step = forward ? 1 : -1;
  const end = forward ? args.length - 1 : 1; // the keyword has something behind it
  for (
    let i = forward ? search.startFrom : args.length + search.startFrom;
    forward ? i < end : i > end;
    i += step
  ) {
    if (isWord(args.text(i), search.keyword)) return i + 1;
  }
  return undefined;
}

/** @returns undefined where the arguments end too early or a number of keys is none */
function keyRange(
  find: Exclude<FindKeys, "unknown">,
  begin: number,
  args: CommandArguments,
): KeyRange | undefined {
  let first = begin;
  let last: number;
  if ("lastKey" in find) {
    if (find.lastKey >= 0) last = first + find.lastKey;
    else if (find.limit <= 1) last = args.length + find.lastKey;
    else last = first + Math.trunc((args.length - first) / find.limit) + find.lastKey;
  } else {
    const count = parseCount(args, begin + find.keyNumIndex);
    if (count === undefined) return undefined;
    first = begin + find.firstKey;
    last = first + (count - 1) * find.keyStep;
  }
  const fits = first <= last && last < args.length;
  return fits ? { first, last, step: find.keyStep } : undefined;
}

/** Digits that stay exact; longer numbers of keys cannot fit the arguments anyway. */
const COUNT_PATTERN = /^[1-9][0-9]{0,14}$/;

function parseCount(args: CommandArguments, index: number): number | undefined {
  const text = index < args.length ? args.text(index) : "";
  return COUNT_PATTERN.test(text) ? Number(text) : undefined;
}

/** @param word  upper-case */
function isWord(argument: string, word: string): boolean {
  return argument.length === word.length && argument.toUpperCase() === word;
}

const READ = ["RO", "access"] as const;
const OVERWRITE = ["OW", "update"] as const;
const READ_AND_WRITE = ["RW", "access", "update"] as const;
const MOVE_AWAY = ["RW", "access", "delete"] as const;

/** Commands whose key specs say less than their arguments. */
const SPECIAL: Readonly<Record<string, (args: CommandArguments) => readonly KeyReference[]>> = {
  set: setKeys,
  bitfield: bitfieldKeys,
  sort: sortKeys,
  sort_ro: firstArgument,
  migrate: migrateKeys,
};

/** SET reads the old value only with GET. */
function setKeys(args: CommandArguments): readonly KeyReference[] {
  for (let i = 3; i < args.length; i++) {
    if (isWord(args.text(i), "GET")) return [{ position: 1, flags: READ_AND_WRITE }];
  }
  return [{ position: 1, flags: OVERWRITE }];
}

/** BITFIELD of reads alone changes nothing. What is no operation counts as a write, to be on the safe side. */
function bitfieldKeys(args: CommandArguments): readonly KeyReference[] {
  let i = 2;
  while (i < args.length) {
    const left = args.length - i - 1;
    if (isWord(args.text(i), "GET") && left >= 2) i += 3;
    else if (isWord(args.text(i), "OVERFLOW") && left >= 1) i += 2;
    else return [{ position: 1, flags: READ_AND_WRITE }];
  }
  return [{ position: 1, flags: READ }];
}

/** How many arguments follow an option of SORT that may itself be spelled STORE. */
const SORT_OPTION_ARGUMENTS: Readonly<Record<string, number>> = { LIMIT: 2, GET: 1, BY: 1 };

/** The last STORE counts, as in SORT itself. Keys of BY and GET depend on data and cannot be told. */
function sortKeys(args: CommandArguments): readonly KeyReference[] {
  let storeAt: number | undefined;
  for (let i = 2; i < args.length; i++) {
    const skipped = SORT_OPTION_ARGUMENTS[args.text(i).toUpperCase()];
    if (skipped !== undefined) {
      i += skipped;
    } else if (isWord(args.text(i), "STORE") && i + 1 < args.length) {
      storeAt = i + 1;
      i += 1;
    }
  }
  const source = { position: 1, flags: READ };
  return storeAt === undefined ? [source] : [source, { position: storeAt, flags: OVERWRITE }];
}

function firstArgument(): readonly KeyReference[] {
  return [{ position: 1, flags: READ }];
}

const MIGRATE_KEY = 3;
const MIGRATE_OPTIONS = 6;
const MIGRATE_OPTION_ARGUMENTS: Readonly<Record<string, number>> = { AUTH: 1, AUTH2: 2 };

/** Either one key in its place, or an empty one there and all that follows KEYS. */
function migrateKeys(args: CommandArguments): readonly KeyReference[] {
  for (let i = MIGRATE_OPTIONS; i < args.length; i++) {
    const skipped = MIGRATE_OPTION_ARGUMENTS[args.text(i).toUpperCase()];
    if (skipped !== undefined) {
      i += skipped;
    } else if (isWord(args.text(i), "KEYS") && i + 1 < args.length) {
      if (args.text(MIGRATE_KEY) !== "") return NO_KEYS;
      return Array.from({ length: args.length - i - 1 }, (_, offset) => ({
        position: i + 1 + offset,
        flags: MOVE_AWAY,
      }));
    }
  }
  return [{ position: MIGRATE_KEY, flags: MOVE_AWAY }];
}
