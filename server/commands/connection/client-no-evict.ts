/** CLIENT NO-EVICT on|off. https://redis.io/commands/client-no-evict */
import { OK } from "../../../bindings/reply-tree.ts";
import { CLIENT_NO_EVICT } from "../../client.ts";
import { type CommandContext, SYNTAX_ERROR } from "../context.ts";

export function clientNoEvict(context: CommandContext): void {
  const on = parseOnOff(context.lower(2));
  if (on === null) return context.error(SYNTAX_ERROR);
  context.client.setFlag(CLIENT_NO_EVICT, on);
  context.reply(OK);
}

export function parseOnOff(word: string): boolean | null {
  return word === "on" ? true : word === "off" ? false : null;
}
