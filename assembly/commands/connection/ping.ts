/** PING [message]. https://redis.io/commands/ping */
import { Client, CLIENT_SUBSCRIBED } from "../../client.ts";
import { argLen, argPtr } from "../../resp/args.ts";
import { errorArityOf } from "../../resp/errors.ts";
import { replyArray, replyBulk, replyBulkText, replyPong } from "../../resp/reply.ts";
import { root } from "../../root.ts";

export function ping(): void {
  if (root.argc > 2) return errorArityOf("ping");
  if (root.resp == 2 && changetype<Client>(root.client).flags & CLIENT_SUBSCRIBED) return pong();
  if (root.argc == 2) return replyBulk(argPtr(1), argLen(1));
  replyPong();
}

/** To a subscriber of RESP2 everything comes in the form of a message. */
function pong(): void {
  replyArray(2);
  replyBulkText("pong");
  if (root.argc == 2) replyBulk(argPtr(1), argLen(1));
  else replyBulkText("");
}
