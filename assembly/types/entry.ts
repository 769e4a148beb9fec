/**
 * entry: the block that holds a key of a database with everything about it that is small.
 *
 * Header, expiry, key and a short value share one block: a 16-byte key with a 16-byte value takes 40 bytes
 * and one cache miss.
 *
 *   offset  size  field      meaning
 *        0     1  keyOffset  8, + 8 with an expiry, + 4 with a long key
 *        1     1  keyLen     255 = long, the length is a u32 at keyOffset − 4
 *        2     2  form       bits 0–10 length of an inline string value; the rest FORM_* flags
 *        4     4  meta       bits 0–3 type, 4–7 encoding (types/ids.ts), 8–31 LRU clock or LFU counter
 *        8     8  expiry     only with one: ms since 1970
 *        …     4  keyLen     only with a long key
 *        …     n  key
 *        …        value      inline string: its bytes · ENC_INT: i64 · FORM_EXTERNAL string: u32 address,
 *                            u32 length · other types: u32 address of the structure
 *
 * An entry moves when its value outgrows the block or an expiry is set or taken away: whoever changes it
 * uses the address that the function returns (and the keyspace has put it in its dicts).
 */
import { root } from "../root.ts";
import { alloc } from "../memory/allocator.ts";
import { copyBytes } from "../memory/bytes.ts";
import { entryKey, entryKeyLen, SHORT_KEY_MAX } from "./entry-key.ts";
import { ENC_INT, TYPE_STRING } from "./ids.ts";

// asc resolves `.ts` in imports only.
export { entryKey, entryKeyLen } from "./entry-key";

// @ts-ignore: decorator
@inline
const HEADER: u32 = 8;
// @ts-ignore: decorator
@inline
export const FORM_LENGTH: u32 = 0x7ff;
/** The string is in a block of its own. */
// @ts-ignore: decorator
@inline
export const FORM_EXTERNAL: u32 = 0x1000;
/** The hash is in the index of those whose fields expire (keyspace/field-expire.ts). */
// @ts-ignore: decorator
@inline
export const FORM_FIELDS_EXPIRE: u32 = 0x2000;
/** The entry is not, or no more, to be saved by the snapshot that runs, if it is as root.snapshotEpoch (keyspace/snapshot.ts). */
// @ts-ignore: decorator
@inline
export const FORM_EPOCH: u32 = 0x8000;
/** Longest string value that shares the entry's block. */
// @ts-ignore: decorator
@inline
export const INLINE_VALUE_MAX: u32 = 1024;
/** What entryExpireAt says of an entry without expiry. */
// @ts-ignore: decorator
@inline
export const NO_EXPIRY: i64 = -1;

if (INLINE_VALUE_MAX > FORM_LENGTH) ERROR("An inline value's length does not fit its bits");

// @ts-ignore: decorator
@inline
export function entryType(entry: usize): u32 {
  return load<u32>(entry, 4) & 15;
}

// @ts-ignore: decorator
@inline
export function entryEncoding(entry: usize): u32 {
  return (load<u32>(entry, 4) >> 4) & 15;
}

// @ts-ignore: decorator
@inline
export function entrySetEncoding(entry: usize, encoding: u32): void {
  store<u32>(entry, (load<u32>(entry, 4) & ~0xf0) | (encoding << 4), 4);
}

/** LRU clock or LFU counter, 24 bits. */
// @ts-ignore: decorator
@inline
export function entryLru(entry: usize): u32 {
  return load<u32>(entry, 4) >> 8;
}

// @ts-ignore: decorator
@inline
export function entrySetLru(entry: usize, lru: u32): void {
  store<u32>(entry, (load<u32>(entry, 4) & 0xff) | (lru << 8), 4);
}

// @ts-ignore: decorator
@inline
export function entryForm(entry: usize): u32 {
  return load<u16>(entry, 2);
}

/** Whether the entry is in its database's index of hashes whose fields expire. */
// @ts-ignore: decorator
@inline
export function entryFieldsExpire(entry: usize): bool {
  return (entryForm(entry) & FORM_FIELDS_EXPIRE) != 0;
}

// @ts-ignore: decorator
@inline
export function entrySetFieldsExpire(entry: usize, expire: bool): void {
  const form = entryForm(entry);
  store<u16>(entry, <u16>(expire ? form | FORM_FIELDS_EXPIRE : form & ~FORM_FIELDS_EXPIRE), 2);
}

// @ts-ignore: decorator
@inline
export function entryEpoch(entry: usize): u32 {
  return entryForm(entry) & FORM_EPOCH;
}

// @ts-ignore: decorator
@inline
export function entrySetEpoch(entry: usize, epoch: u32): void {
  store<u16>(entry, <u16>((entryForm(entry) & ~FORM_EPOCH) | epoch), 2);
}

// @ts-ignore: decorator
@inline
export function entryHasExpiry(entry: usize): bool {
  return load<u8>(entry) >= 16;
}

/** When the key expires, ms since 1970; NO_EXPIRY. */
// @ts-ignore: decorator
@inline
export function entryExpireAt(entry: usize): i64 {
  return entryHasExpiry(entry) ? load<i64>(entry, 8) : NO_EXPIRY;
}

/** Address of the value's field, behind the key. */
// @ts-ignore: decorator
@inline
export function entryValueField(entry: usize): usize {
  return entryKey(entry) + entryKeyLen(entry);
}

/** Address of the structure of a list, set, hash, sorted set or stream. */
// @ts-ignore: decorator
@inline
export function entryValue(entry: usize): usize {
  return load<u32>(entryValueField(entry));
}

/** Sets the address of the structure (after it moved, or was converted). */
// @ts-ignore: decorator
@inline
export function entrySetValue(entry: usize, value: usize): void {
  store<u32>(entryValueField(entry), <u32>value);
}

/** Bytes that the value's field takes in the block. */
export function entryValueFieldSize(entry: usize): u32 {
  if (entryType(entry) != TYPE_STRING) return 4;
  if (entryEncoding(entry) == ENC_INT) return 8;
  const form = entryForm(entry);
  return form & FORM_EXTERNAL ? 8 : form & FORM_LENGTH;
}

/** Bytes of header and key of an entry for such a key. */
// @ts-ignore: decorator
@inline
export function entryHeadSize(keyLen: u32, hasExpiry: bool): u32 {
  return HEADER + (hasExpiry ? 8 : 0) + (keyLen > SHORT_KEY_MAX ? 4 : 0) + keyLen;
}

/**
 * A new entry with room for `valueSize` bytes of value field, which the caller fills.
 * @param expireAt  ms since 1970 or NO_EXPIRY     @param form  FORM_* and inline length
 * @returns 0 = out of memory
 */
export function entryCreate(
  key: usize,
  keyLen: u32,
  expireAt: i64,
  type: u32,
  encoding: u32,
  form: u32,
  valueSize: u32,
): usize {
  const long = keyLen > SHORT_KEY_MAX;
  const offset = HEADER + (expireAt != NO_EXPIRY ? 8 : 0) + (long ? 4 : 0);
  // What comes after the first instant of a snapshot is not in it.
  const epoch = (form & ~FORM_EPOCH) | root.snapshotEpoch;
  const entry = alloc(offset + keyLen + valueSize);
  if (!entry) return 0;
  store<u32>(entry, offset | ((long ? 255 : keyLen) << 8) | (epoch << 16));
  store<u32>(entry, type | (encoding << 4) | (root.lruClock << 8), 4);
  if (expireAt != NO_EXPIRY) store<i64>(entry, expireAt, 8);
  if (long) store<u32>(entry + offset - 4, keyLen);
  copyBytes(entry + offset, key, keyLen);
  return entry;
}
