/** CLIENT SETINFO LIB-NAME name | LIB-VER version. https://redis.io/commands/client-setinfo */
import { OK } from "../../../bindings/reply-tree.ts";
import { isPlainName } from "../../client.ts";
import type { CommandContext } from "../context.ts";

export function clientSetinfo(context: CommandContext): void {
  const option = context.lower(2);
  const value = context.text(3);
  if (option !== "lib-name" && option !== "lib-ver") {
    return context.error(`ERR Unrecognized option '${context.text(2)}'`);
  }
  if (!isPlainName(value)) {
    return context.error(`ERR ${context.text(2)} cannot contain spaces, newlines or special characters.`);
  }
  if (option === "lib-name") context.client.libraryName = value;
  else context.client.libraryVersion = value;
  context.reply(OK);
}
