/**
 * hash-triples: small hashes some of whose fields expire (encoding listpackex): a listpack of triples field, value,
 * expiry. Expiry is ms since 1970, 0 = none.
 *
 * Always true: triples are in order of expiry, those without at the end. Among equal times the latest comes first, and
 * without one the latest is last, as in Redis, whose DUMP payloads show it.
 */
import { DEBUG } from "../config.ts";
import { alloc, free } from "../memory/allocator.ts";
import { copyBytes } from "../memory/bytes.ts";
import { SCRATCH, SCRATCH_SIZE } from "../memory/map.ts";
import {
  LISTPACK_END,
  LISTPACK_HEADER,
  listpackAddCount,
  listpackAppendInteger,
  listpackAppendPair,
  listpackAt,
  listpackBytes,
  listpackCount,
  listpackCut,
  listpackElementSize,
  listpackElementSizeMax,
  listpackFind,
  listpackFirst,
  listpackGet,
  listpackInteger,
  listpackIntegerSize,
  listpackNew,
  listpackPutInteger,
  listpackReplace,
  listpackReserve,
  listpackShift,
} from "../structures/listpack.ts";

/** No time at which a field expires is later, ms since 1970: 48 bits, as in Redis (whose commands take 46). */
// @ts-ignore: decorator
@inline
export const FIELD_EXPIRY_MAX: i64 = (1 << 48) - 2;

/** The element behind `p`, which may be the end. */
// @ts-ignore: decorator
@inline
function after(p: usize): usize {
  return p + listpackElementSize(p);
}

/** The triple behind the one at `p`; it may be the end. */
// @ts-ignore: decorator
@inline
function nextTriple(p: usize): usize {
  return after(after(after(p)));
}

/** The field's triple (address of its name); 0 = there is none. O(n) */
// @ts-ignore: decorator
@inline
export function triplesFind(lp: usize, name: usize, len: u32): usize {
  return listpackFind(lp, listpackFirst(lp), name, len, 2);
}

/** When the field of the triple at `p` expires; 0 = never. */
export function tripleExpireAt(p: usize): i64 {
  return readExpiry(after(after(p)));
}

/** Of the element that is an expiry. */
// @ts-ignore: decorator
@inline
function readExpiry(p: usize): i64 {
  const isString = listpackGet(p);
  if (DEBUG) assert(!isString); // an expiry is an integer
  return listpackInteger();
}

/** When the next field expires; 0 = none does. O(1) */
export function triplesNextExpiry(lp: usize): i64 {
  const first = listpackFirst(lp);
  return first ? tripleExpireAt(first) : 0;
}

/** Adds a field without expiry that is not there. @returns the listpack; 0 = out of memory */
export function triplesAppend(lp: usize, name: usize, nameLen: u32, value: usize, valueLen: u32): usize {
  lp = listpackReserve(lp, listpackElementSizeMax(nameLen) + listpackElementSizeMax(valueLen) + 2);
  if (!lp) return 0;
  return listpackAppendInteger(listpackAppendPair(lp, name, nameLen, value, valueLen), 0);
}

/** Gives the field of the triple at `p` another value. @returns the listpack; 0 = out of memory, nothing changed */
// @ts-ignore: decorator
@inline
export function tripleSetValue(lp: usize, p: usize, value: usize, len: u32): usize {
  return listpackReplace(lp, after(p), value, len);
}

/**
 * Gives the field of the triple at `p` another expiry, or none (0): the triple goes to its place in the order.
 * @returns the listpack; 0 = out of memory, nothing changed. O(bytes)
 */
export function tripleSetExpiry(lp: usize, p: usize, expireAt: i64): usize {
  const oldExpiry = after(after(p));
  const pairSize = <u32>(oldExpiry - p);
  const oldSize = pairSize + listpackElementSize(oldExpiry);
  const newSize = pairSize + listpackIntegerSize(expireAt);
  const temporary = newSize > <u32>SCRATCH_SIZE ? alloc(newSize) : SCRATCH;
  if (!temporary) return 0;
  const offset = p - lp;
  const roomy = newSize > oldSize ? listpackReserve(lp, newSize - oldSize) : lp;
  if (roomy) {
    p = roomy + offset;
    copyBytes(temporary, p, pairSize);
    listpackPutInteger(temporary + pairSize, expireAt);
    listpackShift(roomy, p, oldSize, 0);
    const place = placeOf(roomy, expireAt);
    listpackShift(roomy, place, 0, newSize);
    copyBytes(place, temporary, newSize);
  }
  if (temporary != SCRATCH) free(temporary);
  return roomy;
}

/** Where a triple of this expiry belongs: in front of the first that does not expire earlier. */
function placeOf(lp: usize, expireAt: i64): usize {
  if (!expireAt) return lp + listpackBytes(lp) - 1;
  let p = lp + LISTPACK_HEADER;
  while (load<u8>(p) != LISTPACK_END) {
    const at = tripleExpireAt(p);
    if (!at || at >= expireAt) break;
    p = nextTriple(p);
  }
  return p;
}

/** Takes the triple at `p` out. @returns the listpack, which may have moved; never fails */
// @ts-ignore: decorator
@inline
export function triplesDelete(lp: usize, p: usize): usize {
  return listpackCut(lp, p, nextTriple(p), 3);
}

/** How many fields have an expiry. O(n) */
export function triplesExpiring(lp: usize): u32 {
  let n: u32 = 0;
  for (let p = listpackFirst(lp); p && tripleExpireAt(p); p = listpackAt(nextTriple(p))) n++;
  return n;
}

/** A new listpack of the fields of one of pairs, none of which expires. @returns 0 = out of memory. O(n) */
export function triplesFromPairs(pairs: usize): usize {
  const count = listpackCount(pairs) >> 1;
  const bytes = listpackBytes(pairs) + count * listpackIntegerSize(0);
  const lp = listpackNew(bytes);
  if (!lp) return 0;
  let from = pairs + LISTPACK_HEADER;
  let to = lp + LISTPACK_HEADER;
  while (load<u8>(from) != LISTPACK_END) {
    const size = <u32>(after(after(from)) - from);
    copyBytes(to, from, size);
    to = listpackPutInteger(to + size, 0);
    from += size;
  }
  store<u8>(to, LISTPACK_END);
  store<u32>(lp, bytes);
  listpackAddCount(lp, count * 3);
  return lp;
}

// --- checks ---

/** Whether a listpack is one of triples in order: for bytes from a peer, which may be anything. O(n) */
export function triplesAreSound(lp: usize): bool {
  let last: i64 = 0;
  let first = true;
  for (let p = listpackFirst(lp); p; p = listpackAt(nextTriple(p))) {
    const value = listpackAt(after(p));
    const expiry = value ? listpackAt(after(value)) : 0;
    if (!expiry || listpackGet(expiry)) return false;
    const at = listpackInteger();
    if (<u64>at > <u64>FIELD_EXPIRY_MAX) return false;
    if (!first && at != 0 && (last == 0 || at < last)) return false;
    last = at;
    first = false;
  }
  return true;
}
