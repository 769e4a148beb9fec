/** EVAL, EVALSHA and their read-only forms. */
import type { CommandContext } from "../context.ts";

export function evalScript(context: CommandContext): void {
  context.server.scripting.eval(context, false);
}

export function evalRo(context: CommandContext): void {
  context.server.scripting.eval(context, true);
}

export function evalsha(context: CommandContext): void {
  context.server.scripting.evalSha(context, false);
}

export function evalshaRo(context: CommandContext): void {
  context.server.scripting.evalSha(context, true);
}
