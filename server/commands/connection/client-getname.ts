/** CLIENT GETNAME. https://redis.io/commands/client-getname */
import type { CommandContext } from "../context.ts";

export function clientGetname(context: CommandContext): void {
  const { name } = context.client;
  context.reply(name === "" ? null : name);
}
