/** CONFIG RESETSTAT. https://redis.io/commands/config-resetstat */
import { OK } from "../../../bindings/reply-tree.ts";
import type { CommandContext } from "../context.ts";

export function configResetstat(context: CommandContext): void {
  context.server.resetStatistics();
  context.reply(OK);
}
