/** HMGET key field [field …]. https://redis.io/commands/hmget */
import { expireField, fieldsExpired } from "../../keyspace/field-expire.ts";
import { hashBytes } from "../../hashing/siphash.ts";
import { lookupReadTyped, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { warmHash, WARM_KEYS } from "../../keyspace/warm.ts";
import { KEY_HASHES } from "../../memory/map.ts";
import { argHash, argLen, argPtr } from "../../resp/args.ts";
import { replyArray, replyNull } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { dictWarm } from "../../structures/dict.ts";
import { hashFindHashed, hashIsExpired, hashOpen, hashRef, HashRef } from "../../types/hash.ts";
import { ENC_HT, TYPE_HASH } from "../../types/ids.ts";
import { replyValue } from "./live-field.ts";

export function hmget(): void {
  const entry = lookupReadTyped(1, TYPE_HASH);
  if (entry == WRONG_TYPE) return;
  replyArray(root.argc - 2);
  if (!entry) return replyNulls(root.argc - 2);
  const ref = hashRef(0);
  hashOpen(ref, entry);
  const expired = replyValues(ref, 2);
  if (expired) fieldsExpired(entry, ref, argHash(1), argPtr(1), argLen(1));
}

export function replyNulls(count: u32): void {
  for (; count; count--) replyNull();
}

/**
 * The values of the fields from argument `first` on, null where there is none. Those whose time is up are deleted:
 * fieldsExpired must follow if there were some. @returns how many
 */
function replyValues(ref: HashRef, first: u32): u32 {
  let expired: u32 = 0;
  for (let i = first; i < root.argc; i += WARM_KEYS) {
    const count = min(root.argc - i, WARM_KEYS);
    if (ref.encoding == ENC_HT) warmFields(ref, i, count);
    for (let n: u32 = 0; n < count; n++) {
      const at = hashFindHashed(ref, warmHash(n), argPtr(i + n), argLen(i + n));
      if (at && !hashIsExpired(ref, at)) {
        replyValue(ref, at);
        continue;
      }
      if (at) {
        expireField(argPtr(1), argLen(1), ref, at);
        expired++;
      }
      replyNull();
    }
  }
  return expired;
}

/** Hashes `count` fields and touches what will be read of the table, so that the cache misses overlap. */
function warmFields(ref: HashRef, first: u32, count: u32): void {
  for (let n: u32 = 0; n < count; n++) {
    store<u64>(KEY_HASHES + (n << 3), hashBytes(argPtr(first + n), argLen(first + n)));
  }
  if (count > 1) root.scratch0 = dictWarm(ref.value, KEY_HASHES, count);
}
