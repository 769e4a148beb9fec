/** SLOWLOG GET, LEN, RESET. https://redis.io/commands/slowlog-get */
import { OK } from "../../../bindings/reply-tree.ts";
import type { CommandContext } from "../context.ts";

const DEFAULT_COUNT = 10;

export function slowlogGet(context: CommandContext): void {
  if (context.argc > 3) {
    return context.error(
      `ERR unknown subcommand or wrong number of arguments for '${context.text(1)}'. Try SLOWLOG HELP.`,
    );
  }
  const count = context.argc > 2 ? context.integer(2) : DEFAULT_COUNT;
  if (count === null || count < -1) return context.error("ERR count should be greater than or equal to -1");
  context.reply(
    context.server.slowlog
      .latest(count)
      .map((entry) => [
        entry.id,
        entry.timeSeconds,
        entry.micros,
        entry.args,
        entry.clientAddress,
        entry.clientName,
      ]),
  );
}

export function slowlogLen(context: CommandContext): void {
  context.reply(context.server.slowlog.length);
}

export function slowlogReset(context: CommandContext): void {
  context.server.slowlog.clear();
  context.reply(OK);
}
