/** CLIENT UNBLOCK id [TIMEOUT | ERROR]. https://redis.io/commands/client-unblock */
import { type CommandContext, NOT_AN_INTEGER } from "../context.ts";

const ARGC_MAX = 4;

export function clientUnblock(context: CommandContext): void {
  const { server } = context;
  if (context.argc > ARGC_MAX) {
    return context.error(
      "ERR unknown subcommand or wrong number of arguments for 'UNBLOCK'. Try CLIENT HELP.",
    );
  }
  const reason = context.argc === ARGC_MAX ? context.lower(ARGC_MAX - 1) : "timeout";
  if (reason !== "timeout" && reason !== "error") {
    return context.error("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
  }
  const id = context.integer(2);
  if (id === null) return context.error(NOT_AN_INTEGER);
  const target = server.clients.get(id);
  context.reply(target !== undefined && server.blocking.unblock(target, reason === "error") ? 1 : 0);
}
