/** RESET: the connection as if it were new. https://redis.io/commands/reset */
import { ClientFlag } from "../../../bindings/abi.ts";
import { setClientDb, setClientFlag, setClientResp } from "../../../bindings/records.ts";
import { status } from "../../../bindings/reply-tree.ts";
import type { CommandContext } from "../context.ts";

const RESET_REPLY = status("RESET");
const FORGOTTEN =
  ClientFlag.REPLY_OFF | ClientFlag.REPLY_SKIP | ClientFlag.REPLY_SKIP_NEXT | ClientFlag.NO_TOUCH;

export function reset(context: CommandContext): void {
  const { server, client } = context;
  const { engine } = server;
  engine.exports.clientReset(client.record);
  server.pubsub.forget(client);
  server.tracking.disable(client);
  setClientDb(engine, client.record, 0);
  setClientResp(engine, client.record, 2);
  setClientFlag(engine, client.record, FORGOTTEN, false);
  client.name = "";
  server.monitors.remove(client);
  client.flags = 0;
  server.access.begin(client);
  context.reply(RESET_REPLY);
}
