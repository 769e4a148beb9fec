/** MONITOR: every command as it comes, until RESET or the end. https://redis.io/commands/monitor */
import { ClientFlag } from "../../../bindings/abi.ts";
import { hasClientFlag } from "../../../bindings/records.ts";
import { OK } from "../../../bindings/reply-tree.ts";
import type { CommandContext } from "../context.ts";

export function monitor(context: CommandContext): void {
  const { server, client } = context;
  if (hasClientFlag(server.engine, client.record, ClientFlag.EXECUTING)) {
    return context.error("ERR MONITOR isn't allowed for DENY BLOCKING client");
  }
  if (server.monitors.add(client)) context.reply(OK);
}
