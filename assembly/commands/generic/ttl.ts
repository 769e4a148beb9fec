/** TTL, PTTL, EXPIRETIME, PEXPIRETIME key: −2 = no such key, −1 = no expiry. https://redis.io/commands/ttl */
import { lookupPeek } from "../../keyspace/lookup.ts";
import { replyInteger } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { entryExpireAt, entryHasExpiry } from "../../types/entry.ts";

export function ttl(): void {
  reply(root.nowMs, true);
}

export function pttl(): void {
  reply(root.nowMs, false);
}

export function expiretime(): void {
  reply(0, true);
}

export function pexpiretime(): void {
  reply(0, false);
}

/** @param base  ms since 1970 that the answer counts from */
function reply(base: i64, seconds: bool): void {
  const entry = lookupPeek(1);
  if (!entry) return replyInteger(-2);
  if (!entryHasExpiry(entry)) return replyInteger(-1);
  const left = max<i64>(entryExpireAt(entry) - base, 0);
  // Rounded; unsigned, since for a time at the end of 63 bits the sum has 64.
  replyInteger(seconds ? <i64>(<u64>(left + 500) / 1000) : left);
}
