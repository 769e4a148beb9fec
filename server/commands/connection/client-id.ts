/** CLIENT ID. https://redis.io/commands/client-id */
import type { CommandContext } from "../context.ts";

export function clientId(context: CommandContext): void {
  context.reply(context.client.id);
}
