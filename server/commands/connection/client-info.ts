/** CLIENT INFO. https://redis.io/commands/client-info */
import { verbatim } from "../../../bindings/reply-tree.ts";
import { clientLine } from "../../client-list.ts";
import type { CommandContext } from "../context.ts";

export function clientInfo(context: CommandContext): void {
  context.reply(verbatim("txt", `${clientLine(context.server, context.client, Date.now())}\n`));
}
