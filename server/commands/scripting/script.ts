/** SCRIPT: the cache of scripts, and the end of one that runs too long. */
import { OK } from "../../../bindings/reply-tree.ts";
import type { CommandContext } from "../context.ts";

export function scriptLoad(context: CommandContext): void {
  const loaded = context.server.scripting.load(context.bytes(2));
  if ("error" in loaded) context.error(loaded.error);
  else context.reply(loaded.sha);
}

export function scriptExists(context: CommandContext): void {
  context.reply(context.texts(2).map((sha) => (context.server.scripting.has(sha) ? 1 : 0)));
}

export function scriptFlush(context: CommandContext): void {
  const mode = context.argc === 3 ? context.lower(2) : "sync";
  if (context.argc > 3 || (mode !== "sync" && mode !== "async")) {
    return context.error("ERR SCRIPT FLUSH only support SYNC|ASYNC option");
  }
  context.server.scripting.flush();
  context.reply(OK);
}

export function scriptKill(context: CommandContext): void {
  const problem = context.server.scripting.kill(false);
  if (problem === null) context.reply(OK);
  else context.error(problem);
}

/** There is no debugger: NO is granted, the rest refused. */
export function scriptDebug(context: CommandContext): void {
  const mode = context.lower(2);
  if (mode === "no") return context.reply(OK);
  if (mode !== "yes" && mode !== "sync") return context.error("ERR Use SCRIPT DEBUG YES/SYNC/NO");
  context.error("ERR the Lua debugger is not supported");
}
