/** GETSET key value. https://redis.io/commands/getset */
import { lookupReadTyped, lookupWrite, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { propagateBegin, propagateBytes, propagateText, propagating } from "../../propagate/stream.ts";
import { argLen, argPtr } from "../../resp/args.ts";
import { NO_EXPIRY } from "../../types/entry.ts";
import { TYPE_STRING } from "../../types/ids.ts";
import { replyString } from "./get.ts";
import { setArg } from "./set.ts";

export function getset(): void {
  const old = lookupReadTyped(1, TYPE_STRING);
  if (old == WRONG_TYPE) return;
  replyString(old);
  if (!setArg(lookupWrite(1), 2, NO_EXPIRY) || !propagating()) return;
  propagateBegin(3);
  propagateText("SET");
  propagateBytes(argPtr(1), argLen(1));
  propagateBytes(argPtr(2), argLen(2));
}
