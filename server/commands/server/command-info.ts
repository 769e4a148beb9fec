/**
 * COMMAND, COMMAND COUNT and COMMAND INFO: arity, flags, keys and categories, straight from the command table.
 *
 * Order is that of the table, where Redis has the chance order of a hash table.
 *
 * https://redis.io/docs/latest/commands/command/
 */
import { COMMANDS, findCommand, type CommandRow, type KeySpec } from "../../../bindings/command-table.ts";
import { map, set, status, type Reply } from "../../../bindings/reply-tree.ts";
import type { CommandContext } from "../context.ts";

const TOP_LEVEL = COMMANDS.filter((row) => row.container === undefined);

/** COMMAND */
export function command(context: CommandContext): void {
  context.reply(describeAll());
}

/** COMMAND COUNT */
export function commandCount(context: CommandContext): void {
  context.reply(TOP_LEVEL.length);
}

/** COMMAND INFO [name …] */
export function commandInfo(context: CommandContext): void {
  context.reply(context.argc === 2 ? describeAll() : describeNames(context.texts(2)));
}

/** All commands, their subcommands inside them. */
export function describeAll(): Reply {
  return TOP_LEVEL.map(describe);
}

/** One element a name: null for what is no command. */
export function describeNames(names: readonly string[]): Reply {
  return names.map((name) => {
    const row = findCommand(name);
    return row === undefined ? null : describe(row);
  });
}

/** A command as COMMAND and COMMAND INFO report it. */
function describe(row: CommandRow): Reply {
  return [
    row.name,
    row.arity,
    set(row.flags.map(status)),
    row.firstKey,
    row.lastKey,
    row.keyStep,
    set(row.aclCategories.map((category) => status(`@${category}`))),
    set(row.tips),
    set(row.keySpecs.map(describeKeySpec)),
    row.subcommands === undefined
      ? set([])
      : row.subcommands.map((id) => describe(COMMANDS[id] as CommandRow)),
  ];
}

function describeKeySpec(spec: KeySpec): Reply {
  return map([
    ...(spec.notes === undefined ? [] : [["notes", spec.notes] as const]),
    ["flags", set(spec.flags.map(status))],
    ["begin_search", describeBeginSearch(spec)],
    ["find_keys", describeFindKeys(spec)],
  ]);
}

function describeBeginSearch({ beginSearch }: KeySpec): Reply {
  if (beginSearch === "unknown") return typed("unknown", []);
  if ("index" in beginSearch) return typed("index", [["index", beginSearch.index]]);
  return typed("keyword", [
    ["keyword", beginSearch.keyword],
    ["startfrom", beginSearch.startFrom],
  ]);
}

function describeFindKeys({ findKeys }: KeySpec): Reply {
  if (findKeys === "unknown") return typed("unknown", []);
  if ("lastKey" in findKeys) {
    return typed("range", [
      ["lastkey", findKeys.lastKey],
      ["keystep", findKeys.keyStep],
      ["limit", findKeys.limit],
    ]);
  }
  return typed("keynum", [
    ["keynumidx", findKeys.keyNumIndex],
    ["firstkey", findKeys.firstKey],
    ["keystep", findKeys.keyStep],
  ]);
}

function typed(type: string, spec: readonly (readonly [string, Reply])[]): Reply {
  return map([
    ["type", type],
    ["spec", map(spec)],
  ]);
}
