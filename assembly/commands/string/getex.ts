/** GETEX key [EX s | PX ms | EXAT s | PXAT ms | PERSIST]. https://redis.io/commands/getex */
import { NOTIFY_GENERIC } from "../../keyspace/events.ts";
import {
  keyTouched,
  lookupReadTyped,
  notifyArg,
  setExpiry,
  WRONG_TYPE,
  timeIsUp,
} from "../../keyspace/lookup.ts";
import {
  propagateBegin,
  propagateBytes,
  propagateInteger,
  propagateText,
  propagating,
} from "../../propagate/stream.ts";
import { argHash, argLen, argPtr } from "../../resp/args.ts";
import { errorOutOfMemory, errorSyntax } from "../../resp/errors.ts";
import { replyDiscard, replyNull } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { entryHasExpiry, NO_EXPIRY } from "../../types/entry.ts";
import { TYPE_STRING } from "../../types/ids.ts";
import { replyString } from "./get.ts";
import { deleteAsDel } from "./getdel.ts";
import {
  OPTION_EXAT,
  OPTION_PERSIST,
  OPTION_PXAT,
  OPTION_TIME,
  parseExpireAt,
  parseSetOptions,
} from "./set-options.ts";

export function getex(): void {
  if (!parseSetOptions(2, OPTION_PERSIST | OPTION_TIME)) return errorSyntax();
  const options = root.scratch0;
  const time = root.scratch1;
  const entry = lookupReadTyped(1, TYPE_STRING);
  if (entry == WRONG_TYPE) return;
  if (!entry) return replyNull();
  let expireAt = NO_EXPIRY;
  if (options & OPTION_TIME) {
    if (!parseExpireAt(time, options & OPTION_TIME, "getex")) return;
    expireAt = root.outI64;
  }
  replyString(entry);
  if (options & (OPTION_EXAT | OPTION_PXAT) && timeIsUp(expireAt)) return deleteAsDel(entry);
  if (options & OPTION_TIME) return changeExpiry(entry, expireAt, "expire");
  if (options & OPTION_PERSIST && entryHasExpiry(entry)) changeExpiry(entry, NO_EXPIRY, "persist");
}

function changeExpiry(entry: usize, expireAt: i64, event: string): void {
  if (!setExpiry(argHash(1), entry, expireAt)) {
    replyDiscard();
    return errorOutOfMemory();
  }
  root.dirty++;
  keyTouched(1);
  notifyArg(NOTIFY_GENERIC, event, 1);
  if (propagating()) propagateExpiry(expireAt);
}

function propagateExpiry(expireAt: i64): void {
  const persist = expireAt == NO_EXPIRY;
  propagateBegin(persist ? 2 : 3);
  propagateText(persist ? "PERSIST" : "PEXPIREAT");
  propagateBytes(argPtr(1), argLen(1));
  if (!persist) propagateInteger(expireAt);
}
