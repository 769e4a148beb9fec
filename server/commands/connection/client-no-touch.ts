/** CLIENT NO-TOUCH on|off: whether reading a key refreshes its LRU and LFU. https://redis.io/commands/client-no-touch */
import { ClientFlag } from "../../../bindings/abi.ts";
import { setClientFlag } from "../../../bindings/records.ts";
import { OK } from "../../../bindings/reply-tree.ts";
import { CLIENT_NO_TOUCH } from "../../client.ts";
import { type CommandContext, SYNTAX_ERROR } from "../context.ts";
import { parseOnOff } from "./client-no-evict.ts";

export function clientNoTouch(context: CommandContext): void {
  const on = parseOnOff(context.lower(2));
  if (on === null) return context.error(SYNTAX_ERROR);
  context.client.setFlag(CLIENT_NO_TOUCH, on);
  setClientFlag(context.server.engine, context.client.record, ClientFlag.NO_TOUCH, on);
  context.reply(OK);
}
