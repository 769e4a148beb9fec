/**
 * COMMAND DOCS: summary, history and argument tree of commands, for clients that explain them while one types.
 *
 * The prose is ours; everything else is as Redis reports it. As there, commands of a module have no prose.
 *
 * https://redis.io/docs/latest/commands/command-docs/
 */
import {
  COMMANDS,
  findCommand,
  type Argument,
  type CommandDocs,
  type CommandRow,
} from "../../../bindings/command-table.ts";
import { allCommandDocs } from "../../../bindings/generated/command-docs.ts";
import { map, set, status, type Reply } from "../../../bindings/reply-tree.ts";
import type { CommandContext } from "../context.ts";

type Entry = readonly [string, Reply];

/** COMMAND DOCS [name …] */
export function commandDocs(context: CommandContext): void {
  context.reply(docsReply(context.texts(2)));
}

/** @param names  none for all top-level commands; what is no command is left out */
export function docsReply(names: readonly string[]): Reply {
  const rows =
    names.length === 0
      ? COMMANDS.filter((row) => row.container === undefined)
      : names.map(findCommand).filter((row) => row !== undefined);
  return map(rows.map(describe));
}

function describe(row: CommandRow): Entry {
  const docs = allCommandDocs()[row.id] as CommandDocs;
  const group: Entry = ["group", row.group];
  if (row.module !== undefined) return [row.name, map([group, ["module", row.module]])];
  return [
    row.name,
    map([
      ["summary", docs.summary],
      ["since", docs.since],
      group,
      ...optional("complexity", docs.complexity),
      ...optional("doc_flags", docs.docFlags && set(docs.docFlags.map(status))),
      ...optional("deprecated_since", docs.deprecatedSince),
      ...optional("replaced_by", docs.replacedBy),
      ...optional("history", docs.history && set(docs.history)),
      ...optional("arguments", docs.arguments?.map(describeArgument)),
      ...optional("subcommands", row.subcommands && map(row.subcommands.map(describeId))),
    ]),
  ];
}

function describeId(id: number): Entry {
  return describe(COMMANDS[id] as CommandRow);
}

function describeArgument(argument: Argument): Reply {
  const flags = [
    ...(argument.optional === true ? ["optional"] : []),
    ...(argument.multiple === true ? ["multiple"] : []),
    ...(argument.multipleToken === true ? ["multiple_token"] : []),
  ];
  const display = argument.arguments === undefined ? (argument.display ?? argument.name) : undefined;
  return map([
    ["name", argument.name],
    ["type", argument.type],
    ...optional("display_text", display),
    ...optional("key_spec_index", argument.keySpecIndex),
    ...optional("token", argument.token),
    ...optional("since", argument.since),
    ...optional("deprecated_since", argument.deprecatedSince),
    ...optional("flags", flags.length > 0 ? set(flags.map(status)) : undefined),
    ...optional("arguments", argument.arguments?.map(describeArgument)),
  ]);
}

function optional(name: string, value: Reply | undefined): Entry[] {
  return value === undefined ? [] : [[name, value]];
}
