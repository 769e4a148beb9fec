/** DISCARD. https://redis.io/commands/discard */
import { Client, CLIENT_MULTI } from "../../client.ts";
import { replyError, replyOk } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { transactionDiscard } from "../../transaction.ts";

export function discard(): void {
  const client = changetype<Client>(root.client);
  if (!(client.flags & CLIENT_MULTI)) return replyError("ERR DISCARD without MULTI");
  transactionDiscard(client);
  replyOk();
}
