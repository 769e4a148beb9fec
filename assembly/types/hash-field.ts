/**
 * hash-field: the block of a field in a hash of encoding hashtable. Name, value and expiry share it, so a field of 12
 * bytes with a value of 12 takes 28 bytes and its share of a bucket.
 *
 *   offset  size  field      meaning
 *        0     1  keyOffset  4, + 8 with room for an expiry, + 4 with a long name
 *        1     1  keyLen     length of the name; 255 = long
 *        2     2  form       bits 0–10 length of an inline value; EXTERNAL, TIMED
 *        4     8  expiry     only if TIMED: ms since 1970, 0 = the field does not expire
 *        …     4  length     only of a long name
 *        …     n  name
 *        …        value      its bytes; if EXTERNAL: u32 address of a block, u32 length
 *
 * A block owns the block of its external value. It never changes size: what does not fit goes to a new one.
 */
import { alloc, free, realloc, usableSize } from "../memory/allocator.ts";
import { copyBytes } from "../memory/bytes.ts";
import { root } from "../root.ts";
import { entryKey, entryKeyLen, SHORT_KEY_MAX } from "./entry-key.ts";

// @ts-ignore: decorator
@inline
const HEADER: u32 = 4;
// @ts-ignore: decorator
@inline
const INLINE_LENGTH: u32 = 0x7ff;
// @ts-ignore: decorator
@inline
const EXTERNAL: u32 = 0x1000;
// @ts-ignore: decorator
@inline
const TIMED: u32 = 0x2000;
/** Longest value that shares the field's block. */
// @ts-ignore: decorator
@inline
const INLINE_MAX: u32 = 1024;

if (INLINE_MAX > INLINE_LENGTH) ERROR("An inline value's length does not fit its bits");

// @ts-ignore: decorator
@inline
function formOf(block: usize): u32 {
  return load<u16>(block, 2);
}

/** Address of the value's bytes, or of address and length. */
// @ts-ignore: decorator
@inline
function valueField(block: usize): usize {
  return entryKey(block) + entryKeyLen(block);
}

/** A new block. @param expireAt  ms since 1970, 0 = none     @returns 0 = out of memory */
export function fieldCreate(name: usize, nameLen: u32, value: usize, valueLen: u32, expireAt: i64): usize {
  const timed = expireAt != 0;
  const long = nameLen > SHORT_KEY_MAX;
  const external = valueLen > INLINE_MAX;
  const keyOffset = HEADER + (timed ? 8 : 0) + (long ? 4 : 0);
  const block = alloc(keyOffset + nameLen + (external ? 8 : valueLen));
  if (!block) return 0;
  const form = (external ? EXTERNAL : valueLen) | (timed ? TIMED : 0);
  store<u32>(block, keyOffset | ((long ? 255 : nameLen) << 8) | (form << 16));
  if (timed) store<i64>(block, expireAt, 4);
  if (long) store<u32>(block + keyOffset - 4, nameLen);
  copyBytes(block + keyOffset, name, nameLen);
  const field = block + keyOffset + nameLen;
  if (!external) {
    copyBytes(field, value, valueLen);
    return block;
  }
  const body = alloc(valueLen);
  if (!body) {
    free(block);
    return 0;
  }
  memory.copy(body, value, valueLen);
  store<u32>(field, body);
  store<u32>(field, valueLen, 4);
  return block;
}

/** Frees a block with its value. */
// @ts-ignore: decorator
@inline
export function fieldFree(block: usize): void {
  if (formOf(block) & EXTERNAL) free(load<u32>(valueField(block)));
  free(block);
}

/** The value: root.outPtr and root.outLen. */
// @ts-ignore: decorator
@inline
export function fieldValue(block: usize): void {
  const form = formOf(block);
  const at = valueField(block);
  if (form & EXTERNAL) {
    root.outPtr = load<u32>(at);
    root.outLen = load<u32>(at, 4);
  } else {
    root.outPtr = at;
    root.outLen = form & INLINE_LENGTH;
  }
}

/** When the field expires, ms since 1970; 0 = never. */
// @ts-ignore: decorator
@inline
export function fieldExpireAt(block: usize): i64 {
  return formOf(block) & TIMED ? load<i64>(block, 4) : 0;
}

/** Whether the block has room for an expiry. */
// @ts-ignore: decorator
@inline
export function fieldIsTimed(block: usize): bool {
  return (formOf(block) & TIMED) != 0;
}

/** Sets the expiry of a block that has room for one; 0 = none. */
// @ts-ignore: decorator
@inline
export function fieldStoreExpiry(block: usize, expireAt: i64): void {
  store<i64>(block, expireAt, 4);
}

/** Overwrites the value where the block stays a good fit. @returns false = it does not, or no memory; nothing changed */
export function fieldOverwrite(block: usize, value: usize, len: u32): bool {
  const form = formOf(block);
  const at = valueField(block);
  if (form & EXTERNAL) {
    if (len <= INLINE_MAX) return false;
    const body = realloc(load<u32>(at), len);
    if (!body) return false;
    memory.copy(body, value, len);
    store<u32>(at, body);
    store<u32>(at, len, 4);
    return true;
  }
  const room = <u32>usableSize(block);
  const needed = <u32>(at - block) + len;
  // Up to a quarter and a little may be idle; more is given back by moving.
  if (len > INLINE_MAX || needed > room || room - needed > (room >> 2) + 8) return false;
  copyBytes(at, value, len);
  store<u16>(block, <u16>((form & ~INLINE_LENGTH) | len), 2);
  return true;
}

/** Bytes of the block and of an external value. */
export function fieldMemory(block: usize): usize {
  const bytes = usableSize(block);
  return formOf(block) & EXTERNAL ? bytes + usableSize(load<u32>(valueField(block))) : bytes;
}
