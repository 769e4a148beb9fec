/** ECHO message. https://redis.io/commands/echo */
import { argLen, argPtr } from "../../resp/args.ts";
import { replyBulk } from "../../resp/reply.ts";

export function echo(): void {
  replyBulk(argPtr(1), argLen(1));
}
