/** PUBLISH channel message, SPUBLISH shardchannel message. https://redis.io/commands/publish */
import type { CommandContext } from "../context.ts";

export function publish(context: CommandContext): void {
  context.reply(context.server.pubsub.publish(context.text(1), context.view(2)));
}

export function spublish(context: CommandContext): void {
  context.reply(context.server.pubsub.publishShard(context.text(1), context.view(2)));
}
