/** HGET key field, HEXISTS, HSTRLEN. https://redis.io/commands/hget */
import { lookupReadTyped, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { replyInteger, replyNull } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { hashOpen, hashRef, HashRef, hashValue } from "../../types/hash.ts";
import { TYPE_HASH } from "../../types/ids.ts";
import { HASH_GONE, liveField, replyValue } from "./live-field.ts";

export function hget(): void {
  const ref = hashRef(0);
  const at = readField(ref);
  if (at == WRONG_TYPE) return;
  if (at) replyValue(ref, at);
  else replyNull();
}

export function hexists(): void {
  const at = readField(hashRef(0));
  if (at != WRONG_TYPE) replyInteger(at ? 1 : 0);
}

export function hstrlen(): void {
  const ref = hashRef(0);
  const at = readField(ref);
  if (at == WRONG_TYPE) return;
  root.outLen = 0;
  if (at) hashValue(ref, at);
  replyInteger(root.outLen);
}

/** Position of the field of argument 2; 0 = there is none; WRONG_TYPE = and the error is replied. */
// @ts-ignore: decorator
@inline
function readField(ref: HashRef): usize {
  const entry = lookupReadTyped(1, TYPE_HASH);
  if (!entry || entry == WRONG_TYPE) return entry;
  hashOpen(ref, entry);
  const at = liveField(entry, ref, 2);
  return at == HASH_GONE ? 0 : at;
}
