/** PERSIST key. https://redis.io/commands/persist */
import { NOTIFY_GENERIC } from "../../keyspace/events.ts";
import { keyTouched, lookupWrite, notifyArg, setExpiry } from "../../keyspace/lookup.ts";
import { argHash } from "../../resp/args.ts";
import { errorOutOfMemory } from "../../resp/errors.ts";
import { replyInteger } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { entryHasExpiry, NO_EXPIRY } from "../../types/entry.ts";

export function persist(): void {
  const entry = lookupWrite(1);
  if (!entry || !entryHasExpiry(entry)) return replyInteger(0);
  if (!setExpiry(argHash(1), entry, NO_EXPIRY)) return errorOutOfMemory();
  keyTouched(1);
  notifyArg(NOTIFY_GENERIC, "persist", 1);
  root.dirty++;
  replyInteger(1);
}
