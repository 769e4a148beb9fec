/** CLIENT PAUSE milliseconds [WRITE | ALL], CLIENT UNPAUSE. https://redis.io/commands/client-pause */
import { OK } from "../../../bindings/reply-tree.ts";
import type { CommandContext } from "../context.ts";

const ARGC_MAX = 4;

export function clientPause(context: CommandContext): void {
  if (context.argc > ARGC_MAX) {
    return context.error("ERR unknown subcommand or wrong number of arguments for 'PAUSE'. Try CLIENT HELP.");
  }
  const mode = context.argc === ARGC_MAX ? context.lower(ARGC_MAX - 1) : "all";
  if (mode !== "all" && mode !== "write") {
    return context.error("ERR CLIENT PAUSE mode must be WRITE or ALL");
  }
  const milliseconds = context.integer(2);
  if (milliseconds === null) return context.error("ERR timeout is not an integer or out of range");
  if (milliseconds < 0) return context.error("ERR timeout is negative");
  context.server.pause.begin(mode, Date.now() + milliseconds);
  context.reply(OK);
}

export function clientUnpause(context: CommandContext): void {
  context.server.pause.end();
  context.reply(OK);
}
