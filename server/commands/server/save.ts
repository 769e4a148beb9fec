/** SAVE: writes the RDB file while everybody waits. https://redis.io/commands/save */
import { OK } from "../../../bindings/reply-tree.ts";
import type { CommandContext } from "../context.ts";

export function save(context: CommandContext): void {
  const { persistence } = context.server;
  if (persistence.rdb.isRunning) return context.error("ERR Background save already in progress");
  if (persistence.aof.isRewriting) persistence.stopSnapshots();
  if (persistence.saveNow()) context.reply(OK);
  else context.error("ERR");
}
