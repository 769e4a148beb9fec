/** BGREWRITEAOF: begins to write a new base of the append-only file. https://redis.io/commands/bgrewriteaof */
import { status } from "../../../bindings/reply-tree.ts";
import type { CommandContext } from "../context.ts";

export function bgrewriteaof(context: CommandContext): void {
  const { persistence } = context.server;
  const { aof } = persistence;
  if (aof.isRewriting) {
    return context.error("ERR Background append only file rewriting already in progress");
  }
  if (persistence.isSnapshotting || context.isExecuting) {
    aof.rewriteScheduled = true;
    aof.rewriteFailures = 0;
    return context.reply(status("Background append only file rewriting scheduled"));
  }
  if (persistence.holdFolder() && aof.rewriteInBackground()) {
    return context.reply(status("Background append only file rewriting started"));
  }
  context.error(
    "ERR Can't execute an AOF background rewriting. Please check the server logs for more information.",
  );
}
