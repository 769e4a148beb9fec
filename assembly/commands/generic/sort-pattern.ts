/**
 * sort-pattern: patterns of SORT's BY and GET: the name of a key with `*` in the place of the element, perhaps with
 * `->field` of a hash behind it; `#` is the element itself.
 *
 * Pattern (24 bytes): 0 its text · 4 length · 8 bytes in front of `*` · 12 bytes between `*` and `->` · 16 bytes of the
 * field's name, 0 = the key holds a string · 20 PATTERN_*
 */
import { hashBytes } from "../../hashing/siphash.ts";
import { lookupReadKey } from "../../keyspace/lookup.ts";
import { arenaRoom } from "../../memory/arena.ts";
import { copyBytes } from "../../memory/bytes.ts";
import { root } from "../../root.ts";
import { entryEncoding, entryType, entryValueField } from "../../types/entry.ts";
import { hashFind, hashIsExpired, hashOpen, hashRef, hashValue } from "../../types/hash.ts";
import { ENC_INT, TYPE_HASH, TYPE_STRING } from "../../types/ids.ts";
import { stringRead } from "../../types/string.ts";

@unmanaged
export class Pattern {
  ptr: usize;
  len: u32;
  before: u32;
  behind: u32;
  field: u32;
  kind: u32;
}

// @ts-ignore: decorator
@inline
export const PATTERN_SIZE: usize = offsetof<Pattern>();

/** No `*`: names no key. */
// @ts-ignore: decorator
@inline
export const PATTERN_CONSTANT: u32 = 0;
// @ts-ignore: decorator
@inline
export const PATTERN_KEY: u32 = 1;
/** `#` */
// @ts-ignore: decorator
@inline
export const PATTERN_ELEMENT: u32 = 2;

// What patternRead answers.
/** There is no such key or field, or it is of another type. */
// @ts-ignore: decorator
@inline
export const VALUE_NONE: u32 = 0;
/** In root.outPtr and root.outLen, until the next look-up. */
// @ts-ignore: decorator
@inline
export const VALUE_STRING: u32 = 1;
/** In root.outI64. */
// @ts-ignore: decorator
@inline
export const VALUE_INTEGER: u32 = 2;
// @ts-ignore: decorator
@inline
export const VALUE_NO_MEMORY: u32 = 3;

/** Takes a pattern apart. O(len) */
export function patternParse(at: usize, ptr: usize, len: u32): void {
  const p = changetype<Pattern>(at);
  p.ptr = ptr;
  p.len = len;
  p.before = 0;
  p.behind = 0;
  p.field = 0;
  p.kind = PATTERN_CONSTANT;
  if (len == 1 && load<u8>(ptr) == 0x23) {
    p.kind = PATTERN_ELEMENT;
    return;
  }
  let star: u32 = 0;
  while (star < len && load<u8>(ptr + star) != 0x2a) star++;
  if (star == len) return;
  p.kind = PATTERN_KEY;
  p.before = star;
  p.behind = len - star - 1;
  for (let i = star + 1; i + 2 < len; i++) {
    if (load<u16>(ptr + i) != 0x3e2d) continue; // "->"
    p.behind = i - star - 1;
    p.field = len - i - 2;
    return;
  }
}

/** Looks up what a PATTERN_KEY names for an element. @param arena  for the key's name     @returns VALUE_* */
export function patternRead(at: usize, arena: usize, element: usize, len: u32): u32 {
  const p = changetype<Pattern>(at);
  const keyLen = p.before + len + p.behind;
  const key = arenaRoom(arena, keyLen + 1);
  if (!key) return VALUE_NO_MEMORY;
  copyBytes(key, p.ptr, p.before);
  copyBytes(key + p.before, element, len);
  copyBytes(key + p.before + len, p.ptr + p.before + 1, p.behind);
  const entry = lookupReadKey(hashBytes(key, keyLen), key, keyLen);
  if (!entry) return VALUE_NONE;
  if (p.field) return readField(p, entry);
  if (entryType(entry) != TYPE_STRING) return VALUE_NONE;
  if (entryEncoding(entry) == ENC_INT) {
    root.outI64 = load<i64>(entryValueField(entry));
    return VALUE_INTEGER;
  }
  stringRead(entry);
  return VALUE_STRING;
}

function readField(p: Pattern, entry: usize): u32 {
  if (entryType(entry) != TYPE_HASH) return VALUE_NONE;
  const hash = hashRef(0);
  hashOpen(hash, entry);
  const at = hashFind(hash, p.ptr + p.len - p.field, p.field);
  if (!at || hashIsExpired(hash, at)) return VALUE_NONE;
  hashValue(hash, at);
  return VALUE_STRING;
}
