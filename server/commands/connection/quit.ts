/** QUIT: closes the connection, replies first. https://redis.io/commands/quit */
import { OK } from "../../../bindings/reply-tree.ts";
import { CLIENT_CLOSE_AFTER_REPLY } from "../../client.ts";
import type { CommandContext } from "../context.ts";

export function quit(context: CommandContext): void {
  context.client.setFlag(CLIENT_CLOSE_AFTER_REPLY, true);
  context.reply(OK);
}
