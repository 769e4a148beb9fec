/** ZRANDMEMBER key [count [WITHSCORES]]. https://redis.io/commands/zrandmember */
import { randomBelow } from "../../hashing/prng.ts";
import { lookupReadTyped, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { vectorClear, vectorGet, vectorPush, vectorSet } from "../../memory/vector.ts";
import { argInteger, argIs } from "../../resp/args.ts";
import { errorNotInteger, errorOutOfMemory, errorSyntax } from "../../resp/errors.ts";
import { replyArray, replyBulk, replyError, replyNull } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { entryEncoding, entryValue } from "../../types/entry.ts";
import { TYPE_ZSET } from "../../types/ids.ts";
import { setAdd, setCreateEmpty, setFree, setRef } from "../../types/set.ts";
import { zsetCount, zsetFirst, zsetMemberAt, zsetNext, zsetRandom } from "../../types/zset.ts";
import { replyMemberAt } from "./zrange.ts";

export function zrandmember(): void {
  if (root.argc > 2) return randomMembers();
  const entry = lookupReadTyped(1, TYPE_ZSET);
  if (entry == WRONG_TYPE) return;
  if (!entry) return replyNull();
  zsetMemberAt(zsetRandom(entryValue(entry), entryEncoding(entry)), entryEncoding(entry));
  replyBulk(root.outPtr, root.outLen);
}

/** With a count: positive = so many different members, negative = so many picks that may repeat. */
function randomMembers(): void {
  if (!argInteger(2)) return errorNotInteger();
  const count = root.outI64;
  if (count == i64.MIN_VALUE) {
    return replyError(
      "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807",
    );
  }
  const withScores = root.argc == 4 && argIs(3, "WITHSCORES");
  if (root.argc > 4 || (root.argc == 4 && !withScores)) return errorSyntax();
  if (withScores && (count < -(i64.MAX_VALUE / 2) || count > i64.MAX_VALUE / 2)) {
    return replyError("ERR value is out of range");
  }
  const entry = lookupReadTyped(1, TYPE_ZSET);
  if (entry == WRONG_TYPE) return;
  if (!entry || !count) return replyArray(0);
  const value = entryValue(entry);
  const encoding = entryEncoding(entry);
  const flat = withScores && root.resp == 2;
  if (count < 0) {
    replyArray(flat ? -2 * count : -count);
    for (let i = count; i < 0 && !root.replyFailed; i++) {
      replyMemberAt(zsetRandom(value, encoding), encoding, withScores);
    }
    return;
  }
  const size = zsetCount(value, encoding);
  const n = <u32>min(count, <i64>size);
  if (<i64>n * 3 < <i64>size) {
    if (!collectPicks(value, encoding, n)) return errorOutOfMemory();
  } else if (!collectSample(value, encoding, n, size)) {
    return errorOutOfMemory();
  }
  replyArray(flat ? 2 * n : n);
  for (let i: u32 = 0; i < n; i++) replyMemberAt(vectorGet(i), encoding, withScores);
}

/** `n` different positions into the vector, far fewer than there are: picks until enough differ. O(n) expected */
function collectPicks(value: usize, encoding: u32, n: u32): bool {
  vectorClear();
  const picked = setRef(1);
  if (!setCreateEmpty(picked)) return false;
  let outcome: i32 = 0;
  while (outcome >= 0 && root.vectorCount < n) {
    const at = zsetRandom(value, encoding);
    zsetMemberAt(at, encoding);
    outcome = setAdd(picked, root.outPtr, root.outLen);
    if (outcome == 1 && !vectorPush(<u32>at)) outcome = -1;
  }
  setFree(picked.value, picked.encoding);
  return outcome >= 0;
}

/** `n` of all `size` positions into the vector, each selection as likely: a partial shuffle. O(size) */
function collectSample(value: usize, encoding: u32, n: u32, size: u32): bool {
  vectorClear();
  for (let at = zsetFirst(value, encoding); at; at = zsetNext(at, encoding))
    if (!vectorPush(<u32>at)) return false;
  for (let i: u32 = 0; i < n && n < size; i++) {
    const pick = i + randomBelow(size - i);
    const at = vectorGet(pick);
    vectorSet(pick, vectorGet(i));
    vectorSet(i, at);
  }
  return true;
}
