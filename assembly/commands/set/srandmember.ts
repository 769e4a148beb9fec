/** SRANDMEMBER key [count]. https://redis.io/commands/srandmember */
import { randomBelow } from "../../hashing/prng.ts";
import { lookupReadTyped, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { vectorClear, vectorGet, vectorPush, vectorSet } from "../../memory/vector.ts";
import { argInteger } from "../../resp/args.ts";
import { errorNotInteger, errorOutOfMemory, errorSyntax } from "../../resp/errors.ts";
import { replyArray, replyBulk, replyBulkInteger, replyError, replyNull } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { entryKey, entryKeyLen } from "../../types/entry-key.ts";
import { entryEncoding, entryValue } from "../../types/entry.ts";
import { ENC_HT, ENC_INTSET, TYPE_SET } from "../../types/ids.ts";
import { listpackGet, listpackNext, listpackAt, listpackFirst } from "../../structures/listpack.ts";
import { intsetGet } from "../../structures/intset.ts";
import { dictBuckets, dictCollectBucket } from "../../structures/dict.ts";
import { setAdd, setCount, setCreateEmpty, setFree, setRandom, setRef } from "../../types/set.ts";
import { replyMembers } from "./smembers.ts";

export function srandmember(): void {
  if (root.argc > 3) return errorSyntax();
  if (root.argc == 3) return randomMembers();
  const entry = lookupReadTyped(1, TYPE_SET);
  if (entry == WRONG_TYPE) return;
  if (!entry) return replyNull();
  setRandom(entryValue(entry), entryEncoding(entry));
  replyBulk(root.outPtr, root.outLen);
}

/** With a count: positive = so many different members, negative = so many picks that may repeat. */
function randomMembers(): void {
  if (!argInteger(2)) return errorNotInteger();
  if (root.outI64 == i64.MIN_VALUE) {
    return replyError(
      "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807",
    );
  }
  const count = root.outI64;
  const entry = lookupReadTyped(1, TYPE_SET);
  if (entry == WRONG_TYPE) return;
  if (!entry || !count) return replyArray(0);
  const value = entryValue(entry);
  const encoding = entryEncoding(entry);
  if (count < 0) {
    replyArray(-count);
    for (let i = count; i < 0 && !root.replyFailed; i++) {
      setRandom(value, encoding);
      replyBulk(root.outPtr, root.outLen);
    }
    return;
  }
  const size = setCount(value, encoding);
  if (count >= <i64>size) {
    replyArray(size);
    return replyMembers(value, encoding);
  }
  if (count * 3 < <i64>size) replyPicks(value, encoding, <u32>count);
  else replySample(value, encoding, <u32>count, size);
}

/** `count` different members, far fewer than there are: picks until enough differ. O(count) expected */
function replyPicks(value: usize, encoding: u32, count: u32): void {
  const picked = setRef(1);
  if (!setCreateEmpty(picked)) return errorOutOfMemory();
  let n: u32 = 0;
  while (n < count) {
    setRandom(value, encoding);
    const outcome = setAdd(picked, root.outPtr, root.outLen);
    if (outcome < 0) {
      setFree(picked.value, picked.encoding);
      return errorOutOfMemory();
    }
    n += outcome;
  }
  replyArray(count);
  replyMembers(picked.value, picked.encoding);
  setFree(picked.value, picked.encoding);
}

/** `count` different members of `size`, each selection as likely: a partial shuffle of all of them. O(size) */
function replySample(value: usize, encoding: u32, count: u32, size: u32): void {
  if (!collectMembers(value, encoding, size)) return errorOutOfMemory();
  replyArray(count);
  for (let i: u32 = 0; i < count; i++) {
    const pick = i + randomBelow(size - i);
    const member = vectorGet(pick);
    vectorSet(pick, vectorGet(i));
    if (encoding == ENC_HT) {
      replyBulk(entryKey(member), entryKeyLen(member));
    } else if (encoding == ENC_INTSET) {
      replyBulkInteger(intsetGet(value, member));
    } else if (listpackGet(member)) {
      replyBulk(root.outPtr, root.outLen);
    } else {
      replyBulkInteger(root.outI64);
    }
  }
}

/** Members into the vector: addresses of blocks or elements, or an intset's indexes. @returns false = out of memory */
function collectMembers(value: usize, encoding: u32, size: u32): bool {
  vectorClear();
  if (encoding == ENC_HT) {
    const buckets = dictBuckets(value);
    for (let i: u32 = 0; i < buckets; i++) if (!dictCollectBucket(value, i)) return false;
    return true;
  }
  if (encoding == ENC_INTSET) {
    for (let i: u32 = 0; i < size; i++) if (!vectorPush(i)) return false;
    return true;
  }
  for (let at = listpackAt(listpackFirst(value)); at; at = listpackAt(listpackNext(at))) {
    if (!vectorPush(<u32>at)) return false;
  }
  return true;
}
