/**
 * live-field: what the hash commands share: one field, unless its time is up. A field that is met after its time is
 * deleted on the way, with HDEL to AOF and replicas and "hexpired" to those who watch.
 */
import { expireField, fieldsExpired } from "../../keyspace/field-expire.ts";
import { argHash, argLen, argPtr } from "../../resp/args.ts";
import { replyBulk } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { hashFind, hashIsExpired, HashRef, hashValue } from "../../types/hash.ts";

/** What liveField returns where the hash went with its last field. */
// @ts-ignore: decorator
@inline
export const HASH_GONE: usize = 1;

/**
 * Position of the field of argument `i` in the hash of argument 1, which `ref` was opened on.
 * @returns 0 = there is no such field; HASH_GONE = nor is there an entry any more
 */
// @ts-ignore: decorator
@inline
export function liveField(entry: usize, ref: HashRef, i: u32): usize {
  const at = hashFind(ref, argPtr(i), argLen(i));
  return at && hashIsExpired(ref, at) ? dropField(entry, ref, at) : at;
}

function dropField(entry: usize, ref: HashRef, at: usize): usize {
  expireField(argPtr(1), argLen(1), ref, at);
  return fieldsExpired(entry, ref, argHash(1), argPtr(1), argLen(1)) ? 0 : HASH_GONE;
}

/** The value of the field at a position as a bulk string. */
export function replyValue(ref: HashRef, at: usize): void {
  hashValue(ref, at);
  replyBulk(root.outPtr, root.outLen);
}
