/** CONFIG GET parameter …: names or patterns. https://redis.io/commands/config-get */
import { map } from "../../../bindings/reply-tree.ts";
import type { CommandContext } from "../context.ts";

export function configGet(context: CommandContext): void {
  context.reply(map(context.server.config.get(context.texts(2))));
}
