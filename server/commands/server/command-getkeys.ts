/**
 * COMMAND GETKEYS and COMMAND GETKEYSANDFLAGS: which arguments of a whole command are keys.
 *
 * https://redis.io/docs/latest/commands/command-getkeys/
 */
import { argumentsOf, commandKeys, hasKeys, type KeyReference } from "../../../bindings/command-keys.ts";
import { hasFlag, resolveCommand } from "../../../bindings/command-table.ts";
import { error, set, status, type Reply } from "../../../bindings/reply-tree.ts";
import type { CommandContext } from "../context.ts";

/** COMMAND GETKEYS command [argument …] */
export function commandGetkeys(context: CommandContext): void {
  context.reply(keysReply(context.texts(2)));
}

/** COMMAND GETKEYSANDFLAGS command [argument …] */
export function commandGetkeysandflags(context: CommandContext): void {
  context.reply(keysAndFlagsReply(context.texts(2)));
}

/** @param argv  a whole command, its name first */
export function keysReply(argv: readonly string[]): Reply {
  return answer(argv, (key) => key);
}

/** @param argv  a whole command, its name first */
export function keysAndFlagsReply(argv: readonly string[]): Reply {
  return answer(argv, (key, { flags }) => [key, set(flags.map(status))]);
}

function answer(argv: readonly string[], describe: (key: string, reference: KeyReference) => Reply): Reply {
  const row = resolveCommand(argv[0] ?? "", argv[1]);
  if (row === undefined) return error("ERR Invalid command specified");
  if (!hasKeys(row)) return error("ERR The command has no key arguments");
  if (!arityFits(row.arity, argv.length)) {
    return error("ERR Invalid number of arguments specified for command");
  }
  const keys = commandKeys(row, argumentsOf(argv));
  if (keys.length === 0 && !hasFlag(row, "no_mandatory_keys")) {
    return error("ERR Invalid arguments specified for command");
  }
  return keys.map((reference) => describe(argv[reference.position] as string, reference));
}

function arityFits(arity: number, count: number): boolean {
  return arity >= 0 ? count === arity : count >= -arity;
}
