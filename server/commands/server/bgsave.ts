/** BGSAVE [SCHEDULE]: begins to write the RDB file in the background. https://redis.io/commands/bgsave */
import { status } from "../../../bindings/reply-tree.ts";
import { type CommandContext, SYNTAX_ERROR } from "../context.ts";

const BUSY =
  "ERR Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in order to schedule a BGSAVE whenever possible.";

export function bgsave(context: CommandContext): void {
  const { persistence } = context.server;
  const { rdb } = persistence;
  if (context.argc > 2 || (context.argc === 2 && context.lower(1) !== "schedule")) {
    return context.error(SYNTAX_ERROR);
  }
  if (rdb.isRunning) return context.error("ERR Background save already in progress");
  if (persistence.isSnapshotting || context.isExecuting) {
    if (context.argc === 1 && !context.isExecuting) return context.error(BUSY);
    rdb.scheduled = true;
    return context.reply(status("Background saving scheduled"));
  }
  if (!persistence.holdFolder() || !rdb.saveInBackground()) return context.error("ERR");
  context.reply(status("Background saving started"));
}
