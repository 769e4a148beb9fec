/** ROLE. https://redis.io/commands/role */
import type { CommandContext } from "../context.ts";

export function role(context: CommandContext): void {
  context.reply(["master", 0, []]);
}
