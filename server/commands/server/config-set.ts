/** CONFIG SET parameter value …: all or nothing. https://redis.io/commands/config-set */
import { OK } from "../../../bindings/reply-tree.ts";
import type { CommandContext } from "../context.ts";

export function configSet(context: CommandContext): void {
  const problem = context.server.config.set(context.texts(2), context.client.isLocal);
  if (problem !== null) context.error(problem);
  else context.reply(OK);
}
