/** INFO [section …]. https://redis.io/commands/info */
import { verbatim } from "../../../bindings/reply-tree.ts";
import { infoText } from "../../observe/info.ts";
import type { CommandContext } from "../context.ts";

export function info(context: CommandContext): void {
  context.reply(verbatim("txt", infoText(context.server, context.texts(1))));
}
