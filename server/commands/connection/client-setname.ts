/** CLIENT SETNAME connection-name; an empty name takes it away. https://redis.io/commands/client-setname */
import { OK } from "../../../bindings/reply-tree.ts";
import { isPlainName } from "../../client.ts";
import type { CommandContext } from "../context.ts";

export const NAME_ERROR = "ERR Client names cannot contain spaces, newlines or special characters.";

export function clientSetname(context: CommandContext): void {
  const name = context.text(2);
  if (!isPlainName(name)) return context.error(NAME_ERROR);
  context.client.name = name;
  context.reply(OK);
}
