/** MULTI. https://redis.io/commands/multi */
import { Client, CLIENT_MULTI } from "../../client.ts";
import { replyError, replyOk } from "../../resp/reply.ts";
import { root } from "../../root.ts";

export function multi(): void {
  const client = changetype<Client>(root.client);
  if (client.flags & CLIENT_MULTI) return replyError("ERR MULTI calls can not be nested");
  client.flags |= CLIENT_MULTI;
  replyOk();
}
