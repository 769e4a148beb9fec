/** PUBSUB CHANNELS, NUMSUB, NUMPAT, SHARDCHANNELS, SHARDNUMSUB. https://redis.io/commands/pubsub-channels */
import type { Reply } from "../../../bindings/reply-tree.ts";
import { Pattern } from "../../pubsub/pattern.ts";
import type { TopicKind } from "../../pubsub/pubsub.ts";
import type { CommandContext } from "../context.ts";

const CHANNELS_ARGC_MAX = 3;

export function pubsubChannels(context: CommandContext): void {
  channelsGeneric(context, "channel");
}

export function pubsubShardchannels(context: CommandContext): void {
  channelsGeneric(context, "shard");
}

export function pubsubNumsub(context: CommandContext): void {
  numsubGeneric(context, "channel");
}

export function pubsubShardnumsub(context: CommandContext): void {
  numsubGeneric(context, "shard");
}

export function pubsubNumpat(context: CommandContext): void {
  context.reply(context.server.pubsub.count("pattern"));
}

function channelsGeneric(context: CommandContext, kind: TopicKind): void {
  if (context.argc > CHANNELS_ARGC_MAX) {
    const subcommand = context.text(1);
    return context.error(
      `ERR unknown subcommand or wrong number of arguments for '${subcommand}'. Try PUBSUB HELP.`,
    );
  }
  const names = [...context.server.pubsub.names(kind)];
  if (context.argc < CHANNELS_ARGC_MAX) return context.reply(names);
  const pattern = new Pattern(context.text(2));
  context.reply(names.filter((name) => pattern.matches(name)));
}

function numsubGeneric(context: CommandContext, kind: TopicKind): void {
  const reply: Reply[] = [];
  for (const name of context.texts(2)) reply.push(name, context.server.pubsub.subscriberCount(kind, name));
  context.reply(reply);
}
