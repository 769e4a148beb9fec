/** SHUTDOWN [NOSAVE|SAVE] [NOW] [FORCE] [ABORT]: no reply, the connection closes. https://redis.io/commands/shutdown */
import { type CommandContext, SYNTAX_ERROR } from "../context.ts";

const OPTIONS = new Set(["nosave", "save", "now", "force", "abort"]);

export function shutdown(context: CommandContext): void {
  const options = new Set(context.texts(1).map((option) => option.toLowerCase()));
  const known = [...options].every((option) => OPTIONS.has(option));
  const conflict =
    (options.has("save") && options.has("nosave")) || (options.has("abort") && options.size > 1);
  if (!known || conflict) return context.error(SYNTAX_ERROR);
  // A shutdown here takes one turn of the event loop, so none is ever found in progress.
  if (options.has("abort")) return context.error("ERR No shutdown in progress.");
  const { busyError } = context.server.scripting;
  if (busyError !== null && !options.has("nosave")) return context.error(busyError);
  const save = options.has("save") ? true : options.has("nosave") ? false : null;
  if (context.server.shutDown("User requested shutdown...", { save, force: options.has("force") })) return;
  context.error("ERR Errors trying to SHUTDOWN. Check logs.");
}
