/** LASTSAVE: when the data was last on disk; at first, when the server started. https://redis.io/commands/lastsave */
import type { CommandContext } from "../context.ts";

export function lastsave(context: CommandContext): void {
  context.reply(context.server.persistence.rdb.lastSaveSeconds);
}
