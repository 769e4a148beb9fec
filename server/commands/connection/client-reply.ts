/** CLIENT REPLY on|off|skip: the engine drops the replies, so that no batch is broken for it. https://redis.io/commands/client-reply */
import { ClientFlag } from "../../../bindings/abi.ts";
import { hasClientFlag, setClientFlag } from "../../../bindings/records.ts";
import { OK } from "../../../bindings/reply-tree.ts";
import { type CommandContext, SYNTAX_ERROR } from "../context.ts";

export function clientReply(context: CommandContext): void {
  const { engine } = context.server;
  const { record } = context.client;
  switch (context.lower(2)) {
    case "on":
      setClientFlag(
        engine,
        record,
        ClientFlag.REPLY_OFF | ClientFlag.REPLY_SKIP | ClientFlag.REPLY_SKIP_NEXT,
        false,
      );
      return context.reply(OK);
    case "off":
      return setClientFlag(engine, record, ClientFlag.REPLY_OFF, true);
    case "skip":
      if (hasClientFlag(engine, record, ClientFlag.REPLY_OFF)) return;
      return setClientFlag(engine, record, ClientFlag.REPLY_SKIP_NEXT, true);
    default:
      context.error(SYNTAX_ERROR);
  }
}
