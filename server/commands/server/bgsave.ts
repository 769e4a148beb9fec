/** BGSAVE [SCHEDULE]: begins to write the RDB file in the background. https://redis.io/commands/bgsave */
import { status } from "../../../bindings/reply-tree.ts";
import { type CommandContext, SYNTAX_ERROR } from "../context.ts";

export function bgsave(context: CommandContext): void {
  const { persistence } = context.server;
  const { rdb } = persistence;
  if (context.argc > 2 || (context.argc === 2 && context.lower(1) !== "schedule")) {
    return context.error(SYNTAX_ERROR);
  }
  if (rdb.isRunning) return context.error("ERR Background save already in progress");
  if (!persistence.holdFolder() || !rdb.saveInBackground()) return context.error("ERR");
  context.reply(status("Background saving started"));
}
