/** PING [message]. https://redis.io/commands/ping */
import { argLen, argPtr } from "../../resp/args.ts";
import { errorArityOf } from "../../resp/errors.ts";
import { replyBulk, replyText } from "../../resp/reply.ts";
import { root } from "../../root.ts";

export function ping(): void {
  if (root.argc > 2) return errorArityOf("ping");
  if (root.argc == 2) return replyBulk(argPtr(1), argLen(1));
  replyText("+PONG");
}
