/** ACL WHOAMI. https://redis.io/commands/acl-whoami */
import type { CommandContext } from "../context.ts";

export function aclWhoami(context: CommandContext): void {
  context.reply(context.client.userName);
}
