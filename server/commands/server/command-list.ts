/**
 * COMMAND LIST: names of commands and subcommands, all or those that a filter lets through.
 *
 * https://redis.io/docs/latest/commands/command-list/
 */
import { COMMANDS, type CommandRow } from "../../../bindings/command-table.ts";
import { error, type Reply } from "../../../bindings/reply-tree.ts";
import { globMatch } from "../../glob.ts";
import { SYNTAX_ERROR, type CommandContext } from "../context.ts";

type Filter = (row: CommandRow) => boolean;

/** Each command followed by its subcommands. */
const LISTED = COMMANDS.filter((row) => row.container === undefined).flatMap((row) => [
  row,
  ...(row.subcommands ?? []).map((id) => COMMANDS[id] as CommandRow),
]);

/** COMMAND LIST [FILTERBY MODULE name | ACLCAT category | PATTERN glob] */
export function commandList(context: CommandContext): void {
  context.reply(listReply(context.texts(2)));
}

/** @param args  nothing, or FILTERBY with its two arguments */
export function listReply(args: readonly string[]): Reply {
  const filter = parseFilter(args);
  if (filter === undefined) return error(SYNTAX_ERROR);
  return LISTED.filter(filter).map((row) => row.name);
}

function parseFilter(args: readonly string[]): Filter | undefined {
  if (args.length === 0) return () => true;
  const [keyword = "", kind = "", value = ""] = args;
  if (args.length !== 3 || keyword.toUpperCase() !== "FILTERBY") return undefined;
  switch (kind.toUpperCase()) {
    case "MODULE":
      return (row) => row.module === value;
    case "ACLCAT":
      return (row) => row.aclCategories.includes(value.toLowerCase());
    case "PATTERN":
      return (row) => globMatch(value, row.name, true);
    default:
      return undefined;
  }
}
