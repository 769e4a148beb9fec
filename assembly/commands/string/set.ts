/** SET key value [NX | XX] [GET] [EX s | PX ms | EXAT s | PXAT ms | KEEPTTL]. https://redis.io/commands/set */
import { argHash, argLen, argPtr, argTake } from "../../resp/args.ts";
import { errorOutOfMemory } from "../../resp/errors.ts";
import { replyOk } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { NOTIFY_STRING } from "../../keyspace/events.ts";
import { findArg, keyTouched, notifyArg } from "../../keyspace/lookup.ts";
import { free } from "../../memory/allocator.ts";
import { NO_EXPIRY } from "../../types/entry.ts";
import { stringSet } from "../../types/string.ts";

export function set(): void {
  const entry = findArg(1);
  const taken = argTake(2);
  if (!stringSet(argHash(1), argPtr(1), argLen(1), entry, argPtr(2), argLen(2), taken, NO_EXPIRY)) {
    if (taken) free(taken);
    return errorOutOfMemory();
  }
  root.dirty++;
  keyTouched(1);
  notifyArg(NOTIFY_STRING, "set", 1);
  replyOk();
}
