/** MODULE: modules are native code, so none can be loaded. https://redis.io/commands/module-list */
import type { CommandContext } from "../context.ts";

export function moduleList(context: CommandContext): void {
  context.reply([]);
}

/** LOAD and LOADEX, as far as `enable-module-command` lets one come. */
export function moduleLoad(context: CommandContext): void {
  if (isAllowed(context)) context.error("ERR Error loading the extension. Please check the server logs.");
}

export function moduleUnload(context: CommandContext): void {
  if (isAllowed(context)) context.error("ERR Error unloading module: no such module with that name");
}

/** @returns false = the error has been replied */
function isAllowed(context: CommandContext): boolean {
  const allowed = context.server.config.text("enable-module-command");
  if (allowed === "yes" || (allowed === "local" && context.client.isLocal)) return true;
  context.error(
    'ERR MODULE command not allowed. If the enable-module-command option is set to "local", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server.',
  );
  return false;
}
