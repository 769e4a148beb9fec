/**
 * SUBSCRIBE, PSUBSCRIBE, SSUBSCRIBE and their opposites: one answer for each name, in the form of a message, even where
 * CLIENT REPLY has silenced replies. https://redis.io/commands/subscribe
 */
import { ClientFlag } from "../../../bindings/abi.ts";
import { hasClientFlag } from "../../../bindings/records.ts";
import { push } from "../../../bindings/reply-tree.ts";
import { CLIENT_DENY_BLOCKING } from "../../client.ts";
import type { TopicKind } from "../../pubsub/pubsub.ts";
import type { CommandContext } from "../context.ts";

export function subscribe(context: CommandContext): void {
  subscribeGeneric(context, "channel");
}

export function psubscribe(context: CommandContext): void {
  subscribeGeneric(context, "pattern");
}

export function ssubscribe(context: CommandContext): void {
  const { server, client } = context;
  // Elsewhere EXEC is let through, for clients that have always done so.
  if (hasClientFlag(server.engine, client.record, ClientFlag.EXECUTING)) return refuse(context);
  subscribeGeneric(context, "shard");
}

export function unsubscribe(context: CommandContext): void {
  unsubscribeGeneric(context, "channel");
}

export function punsubscribe(context: CommandContext): void {
  unsubscribeGeneric(context, "pattern");
}

export function sunsubscribe(context: CommandContext): void {
  unsubscribeGeneric(context, "shard");
}

function subscribeGeneric(context: CommandContext, kind: TopicKind): void {
  const { server, client } = context;
  if (client.has(CLIENT_DENY_BLOCKING)) return refuse(context);
  const verb = context.command.name;
  for (let i = 1; i < context.argc; i++) {
    const name = context.text(i);
    server.pubsub.subscribe(client, kind, name);
    context.reply(push([verb, name, subscriptionCount(context, kind)]));
  }
  server.engine.keepReply();
}

function unsubscribeGeneric(context: CommandContext, kind: TopicKind): void {
  const { server, client } = context;
  const verb = context.command.name;
  const names = context.argc > 1 ? context.texts(1) : [...(client.subscriptions?.[kind] ?? [])];
  for (const name of names) {
    server.pubsub.unsubscribe(client, kind, name);
    context.reply(push([verb, name, subscriptionCount(context, kind)]));
  }
  if (names.length === 0) context.reply(push([verb, null, subscriptionCount(context, kind)]));
  server.engine.keepReply();
}

/** Shard channels are counted by themselves, channels and patterns together. */
function subscriptionCount({ client }: CommandContext, kind: TopicKind): number {
  const { subscriptions } = client;
  if (!subscriptions) return 0;
  return kind === "shard"
    ? subscriptions.shard.size
    : subscriptions.channel.size + subscriptions.pattern.size;
}

/** Who must get one reply for each command cannot be sent messages. */
function refuse(context: CommandContext): void {
  context.error(`ERR ${context.command.name.toUpperCase()} isn't allowed for a DENY BLOCKING client`);
}
