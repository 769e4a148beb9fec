/** GETDEL key. https://redis.io/commands/getdel */
import { NOTIFY_GENERIC } from "../../keyspace/events.ts";
import { deleteKey, keyTouched, lookupReadTyped, notifyArg, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { propagateBegin, propagateBytes, propagateText, propagating } from "../../propagate/stream.ts";
import { argLen, argPtr } from "../../resp/args.ts";
import { root } from "../../root.ts";
import { TYPE_STRING } from "../../types/ids.ts";
import { replyString } from "./get.ts";

export function getdel(): void {
  const entry = lookupReadTyped(1, TYPE_STRING);
  if (entry == WRONG_TYPE) return;
  replyString(entry);
  if (entry) deleteAsDel(entry);
}

/** Deletes the key of argument 1 as DEL would, and propagates it as DEL. */
export function deleteAsDel(entry: usize): void {
  deleteKey(1, entry);
  root.dirty++;
  keyTouched(1);
  notifyArg(NOTIFY_GENERIC, "del", 1);
  if (!propagating()) return;
  propagateBegin(2);
  propagateText("DEL");
  propagateBytes(argPtr(1), argLen(1));
}
