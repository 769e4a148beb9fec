/**
 * HELP of every command with subcommands, in Redis' form: how each subcommand is called and what it does.
 *
 * What it says comes from the rows of the command table, so a subcommand with a row is documented. DEBUG has no rows
 * for its subcommands and passes its own lines to `helpText`.
 */
import { COMMANDS, findCommand, type CommandRow } from "../../../bindings/command-table.ts";
import { argumentsSyntax } from "../../../bindings/command-syntax.ts";
import { allCommandDocs } from "../../../bindings/generated/command-docs.ts";
import { status, type Reply } from "../../../bindings/reply-tree.ts";
import type { CommandContext } from "../context.ts";

/** One subcommand: how it is called, without the container's name, and a sentence on it. */
export type HelpEntry = readonly [usage: string, summary: string];

/** `<container> HELP` for any container. */
export function help(context: CommandContext): void {
  context.reply(helpReply(context.text(0)));
}

/** @param container  in any case */
export function helpReply(container: string): Reply {
  const row = findCommand(container);
  if (row?.subcommands === undefined) throw new Error(`${container} has no subcommands`);
  const entries = row.subcommands
    .map((id) => COMMANDS[id] as CommandRow)
    .filter((subcommand) => subcommand.name !== `${row.name}|help`)
    .map((subcommand): HelpEntry => [usage(row, subcommand), summary(subcommand)]);
  const alone: HelpEntry[] = row.arity === -1 ? [["(no subcommand)", summary(row)]] : [];
  return helpText(row.name, [...alone, ...entries]);
}

/** Help in Redis' form: a first line, two lines an entry, and HELP itself at the end. */
export function helpText(container: string, entries: readonly HelpEntry[]): Reply {
  const first = `${container.toUpperCase()} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`;
  const all: readonly HelpEntry[] = [...entries, ["HELP", "Print this help."]];
  return [first, ...all.flatMap(([how, what]) => [how, `    ${what}`])].map(status);
}

function usage(container: CommandRow, subcommand: CommandRow): string {
  const name = subcommand.name.slice(container.name.length + 1).toUpperCase();
  const args = argumentsSyntax(allCommandDocs()[subcommand.id]?.arguments ?? []);
  return args === "" ? name : `${name} ${args}`;
}

function summary(row: CommandRow): string {
  return allCommandDocs()[row.id]?.summary ?? "";
}
