/**
 * string: values of type string in whatever form: integer, inline in the entry, or in a block of their own.
 *
 * Form is where the bytes are, encoding is what OBJECT ENCODING says (as Redis: int, embstr up to 44 bytes when set
 * whole, raw when longer or changed in place); the two do not depend on each other.
 */
import { DEBUG } from "../config.ts";
import { fieldIndexForget } from "../keyspace/field-expire.ts";
import { dbReplace } from "../keyspace/keyspace.ts";
import { releaseEntry, releaseValue } from "../keyspace/lazyfree.ts";
import { addEntry, groupsGone } from "../keyspace/lookup.ts";
import { alloc, allocationSize, free, realloc, usableSize } from "../memory/allocator.ts";
import { copyBytes } from "../memory/bytes.ts";
import { DIGITS } from "../memory/map.ts";
import { formatI64, INTEGER_LENGTH_MAX, parseI64 } from "../resp/numbers/integer.ts";
import { root } from "../root.ts";
import {
  entryCreate,
  entryEncoding,
  entryForm,
  entryHasExpiry,
  entryHeadSize,
  entryKey,
  entryKeyLen,
  entryLru,
  entrySetEncoding,
  entrySetLru,
  entryType,
  entryValueField,
  FORM_EPOCH,
  FORM_EXTERNAL,
  FORM_LENGTH,
  INLINE_VALUE_MAX,
  NO_EXPIRY,
  entryExpireAt,
} from "./entry.ts";
import { ENC_EMBSTR, ENC_INT, ENC_RAW, TYPE_STREAM, TYPE_STRING } from "./ids.ts";
import { valueIsOutside } from "./value.ts";

/** Longest string that is "embstr" when set whole (Redis: OBJ_ENCODING_EMBSTR_SIZE_LIMIT). */
// @ts-ignore: decorator
@inline
const EMBSTR_MAX: u32 = 44;
/** Bytes of an integer in the entry. */
// @ts-ignore: decorator
@inline
const INTEGER_SIZE: u32 = 8;
/** Growth beyond this many bytes is linear (Redis: SDS_MAX_PREALLOC). */
// @ts-ignore: decorator
@inline
const PREALLOCATE_MAX: u32 = 1048576;

/**
 * The bytes of a string value: address in root.outPtr, length in root.outLen. An integer is printed to a scratch place
 * that the next stringRead uses again. Valid until the value changes. O(1)
 */
export function stringRead(entry: usize): void {
  const field = entryValueField(entry);
  if (entryEncoding(entry) == ENC_INT) {
    root.outLen = formatI64(load<i64>(field), DIGITS);
    root.outPtr = DIGITS;
    return;
  }
  const form = entryForm(entry);
  if (form & FORM_EXTERNAL) {
    root.outPtr = load<u32>(field);
    root.outLen = load<u32>(field, 4);
  } else {
    root.outPtr = field;
    root.outLen = form & FORM_LENGTH;
  }
}

/** Length of a string value in bytes. O(1) */
export function stringLength(entry: usize): u32 {
  if (entryEncoding(entry) == ENC_INT) {
    stringRead(entry);
    return root.outLen;
  }
  const form = entryForm(entry);
  return form & FORM_EXTERNAL ? load<u32>(entryValueField(entry), 4) : form & FORM_LENGTH;
}

/**
 * Sets a key of the current database to a string, whatever it held; text that is a canonical integer is kept as one.
 * @param entry     what findKey says of the key: 0 = it is new
 * @param taken     block of exactly the value, longer than INLINE_VALUE_MAX, that this may keep (argTake); 0 = copy from
 *                  `value`
 * @param expireAt  ms since 1970; NO_EXPIRY
 * @returns the entry; 0 = out of memory, nothing changed, and `taken` is still the caller's.  O(len)
 */
export function stringSet(
  hash: u64,
  key: usize,
  keyLen: u32,
  entry: usize,
  value: usize,
  len: u32,
  taken: usize,
  expireAt: i64,
): usize {
  if (len <= INTEGER_LENGTH_MAX && parseI64(value, len)) {
    return stringSetInteger(hash, key, keyLen, entry, root.outI64, expireAt);
  }
  return stringSetBytes(hash, key, keyLen, entry, value, len, taken, stringEncodingFor(len), expireAt);
}

/** As stringSet, but digits stay bytes, and the caller says the encoding: ENC_EMBSTR or ENC_RAW. */
export function stringSetBytes(
  hash: u64,
  key: usize,
  keyLen: u32,
  entry: usize,
  value: usize,
  len: u32,
  taken: usize,
  encoding: u32,
  expireAt: i64,
): usize {
  if (DEBUG) assert(!taken || len > INLINE_VALUE_MAX); // it would be leaked
  if (entry && len <= INLINE_VALUE_MAX && fitsInPlace(entry, len, expireAt)) {
    changeInPlace(entry, encoding, len, expireAt);
    copyBytes(entryValueField(entry), value, len);
    return entry;
  }
  const fresh = createBytes(key, keyLen, len, taken, encoding, expireAt);
  if (!fresh) return 0;
  if (!taken) copyBytes(root.outPtr, value, len);
  return put(hash, entry, fresh, taken);
}

/** Sets a key to an integer, whatever it held. As stringSet. O(1) */
export function stringSetInteger(
  hash: u64,
  key: usize,
  keyLen: u32,
  entry: usize,
  value: i64,
  expireAt: i64,
): usize {
  if (entry && fitsInPlace(entry, INTEGER_SIZE, expireAt)) {
    changeInPlace(entry, ENC_INT, 0, expireAt);
    store<i64>(entryValueField(entry), value);
    return entry;
  }
  const fresh = createInteger(key, keyLen, value, expireAt);
  return fresh ? put(hash, entry, fresh, 0) : 0;
}

/**
 * Sets a key that is not there to `len` zero bytes, to be changed in place: raw, as Redis' SETRANGE and SETBIT make it.
 * @returns the entry, with the bytes' address in root.outPtr; 0 = out of memory, nothing changed.  O(len)
 */
export function stringSetZeros(hash: u64, key: usize, keyLen: u32, len: u32): usize {
  const fresh = createBytes(key, keyLen, len, 0, ENC_RAW, NO_EXPIRY);
  if (!fresh) return 0;
  const bytes = root.outPtr;
  memory.fill(bytes, 0, len);
  const entry = put(hash, 0, fresh, 0);
  root.outPtr = bytes;
  root.outLen = len;
  return entry;
}

/** What OBJECT ENCODING says of a string that was set whole and is no integer. */
// @ts-ignore: decorator
@inline
export function stringEncodingFor(len: u32): u32 {
  return len <= EMBSTR_MAX ? ENC_EMBSTR : ENC_RAW;
}

/** An entry with a string value that is in no database yet (RESTORE, RDB files); 0 = out of memory. O(len) */
export function stringCreate(key: usize, keyLen: u32, value: usize, len: u32, expireAt: i64): usize {
  if (len <= INTEGER_LENGTH_MAX && parseI64(value, len))
    return createInteger(key, keyLen, root.outI64, expireAt);
  const entry = createBytes(key, keyLen, len, 0, stringEncodingFor(len), expireAt);
  if (entry) copyBytes(root.outPtr, value, len);
  return entry;
}

function createInteger(key: usize, keyLen: u32, value: i64, expireAt: i64): usize {
  const entry = entryCreate(key, keyLen, expireAt, TYPE_STRING, ENC_INT, 0, INTEGER_SIZE);
  if (entry) store<i64>(entryValueField(entry), value);
  return entry;
}

/**
 * An entry with `len` bytes for the caller to fill at root.outPtr.
 * @param block  the bytes, filled already, where they are in a block of their own; 0 = inline, or a new block if long
 */
function createBytes(key: usize, keyLen: u32, len: u32, block: usize, encoding: u32, expireAt: i64): usize {
  if (!block && len <= INLINE_VALUE_MAX) {
    const entry = entryCreate(key, keyLen, expireAt, TYPE_STRING, encoding, len, len);
    if (entry) root.outPtr = entryValueField(entry);
    return entry;
  }
  const bytes = block ? block : alloc(len);
  if (!bytes) return 0;
  const entry = entryCreate(key, keyLen, expireAt, TYPE_STRING, encoding, FORM_EXTERNAL, 8);
  if (!entry) {
    if (!block) free(bytes);
    return 0;
  }
  setExternal(entry, bytes, len);
  root.outPtr = bytes;
  return entry;
}

// @ts-ignore: decorator
@inline
function setExternal(entry: usize, block: usize, len: u32): void {
  const field = entryValueField(entry);
  store<u32>(field, <u32>block);
  store<u32>(field, len, 4);
}

/** Whether a value field of `size` bytes fits the entry's block without wasting an eighth of it. */
// @ts-ignore: decorator
@inline
function fitsInPlace(entry: usize, size: u32, expireAt: i64): bool {
  if (entryHasExpiry(entry) != (expireAt != NO_EXPIRY)) return false;
  if (inlineSize(entry) == size) return true; // the common case, seen in the entry alone
  return usableSize(entry) == allocationSize(<usize>load<u8>(entry) + entryKeyLen(entry) + size);
}

/** Bytes of the value field of a string in the entry's own block; other values: no such size. */
// @ts-ignore: decorator
@inline
function inlineSize(entry: usize): u32 {
  const typeAndEncoding = load<u32>(entry, 4) & 0xff;
  if (typeAndEncoding == (TYPE_STRING | (ENC_INT << 4))) return INTEGER_SIZE;
  // Another type or an external form is larger than any length.
  return ((<u32>load<u16>(entry, 2)) & (FORM_LENGTH | FORM_EXTERNAL)) | ((typeAndEncoding & 0x7f) << 16);
}
if (TYPE_STRING != 0 || ENC_RAW != 0 || ENC_EMBSTR != 8)
  ERROR("inlineSize knows strings by a zero in those 7 bits");

/** The entry's value becomes an inline string of `len` bytes (or an integer), which the caller writes; the old one goes. */
// @ts-ignore: decorator
@inline
function changeInPlace(entry: usize, encoding: u32, len: u32, expireAt: i64): void {
  if (valueIsOutside(entry)) releaseOutside(entry);
  const form = entryForm(entry) & ~(FORM_LENGTH | FORM_EXTERNAL);
  store<u16>(entry, <u16>(form | len), 2);
  store<u32>(entry, (load<u32>(entry, 4) & ~0xff) | TYPE_STRING | (encoding << 4), 4);
  if (expireAt != NO_EXPIRY) store<i64>(entry, expireAt, 8);
}

function releaseOutside(entry: usize): void {
  const type = entryType(entry);
  fieldIndexForget(root.db, entry);
  releaseValue(type, entryEncoding(entry), load<u32>(entryValueField(entry)));
  if (type == TYPE_STREAM) groupsGone(entryKey(entry), entryKeyLen(entry));
}

/**
 * Puts a fresh entry in the place of `entry` (freed, value and all), or adds it where there was none. Without memory for
 * it `fresh` is freed, but for the block `taken`.
 */
function put(hash: u64, entry: usize, fresh: usize, taken: usize): usize {
  if (!entry) {
    if (addEntry(hash, fresh)) return fresh;
  } else if (dbReplace(root.db, hash, entry, fresh)) {
    inheritAccess(fresh, entry);
    const wasStream = entryType(entry) == TYPE_STREAM;
    releaseEntry(entry);
    if (wasStream) groupsGone(entryKey(fresh), entryKeyLen(fresh));
    return fresh;
  }
  if (!taken && entryForm(fresh) & FORM_EXTERNAL) free(load<u32>(entryValueField(fresh)));
  free(fresh);
  return 0;
}

/** Access time or frequency, and the snapshot's mark, belong to the key and outlive its block. */
// @ts-ignore: decorator
@inline
function inheritAccess(fresh: usize, entry: usize): void {
  entrySetLru(fresh, entryLru(entry));
  store<u16>(fresh, <u16>(entryForm(fresh) | (entryForm(entry) & FORM_EPOCH)), 2);
}

/**
 * Makes a string value changeable in place: raw, with at least `len` bytes, of which those beyond the old length are zero
 * (APPEND, SETRANGE, SETBIT, BITFIELD, PFADD). Never shortens.
 *
 *   in place          the entry's block (or the value's own) has room
 *   a larger entry    the value stays inline; what has grown before gets half as much again
 *   a block           the value outgrows INLINE_VALUE_MAX; from then on it doubles up to 1 MiB, as Redis' sds
 *
 * @returns the entry, which may have moved, with the bytes' address in root.outPtr and length in root.outLen; 0 = out of
 *          memory, nothing changed.  Amortized O(growth); O(old length) where the form changes
 */
export function stringGrow(hash: u64, entry: usize, len: u32): usize {
  if (entryForm(entry) & FORM_EXTERNAL) return growOutside(entry, len);
  stringRead(entry);
  const old = root.outLen;
  const source = root.outPtr;
  const size = max(len, old);
  const isInteger = entryEncoding(entry) == ENC_INT;
  if (size > INLINE_VALUE_MAX) return growToOutside(hash, entry, source, old, size);
  if (
    !isInteger &&
    (size == old ||
      <usize>entryHeadSize(entryKeyLen(entry), entryHasExpiry(entry)) + size <= usableSize(entry))
  ) {
    memory.fill(source + old, 0, size - old);
    store<u16>(entry, <u16>((entryForm(entry) & ~FORM_LENGTH) | size), 2);
    entrySetEncoding(entry, ENC_RAW);
    root.outLen = size;
    return entry;
  }
  const grewBefore = !isInteger && entryEncoding(entry) == ENC_RAW;
  const fresh = createLike(entry, size, grewBefore ? size + (size >> 1) : size);
  if (!fresh) return 0;
  const field = entryValueField(fresh);
  copyBytes(field, source, old);
  memory.fill(field + old, 0, size - old);
  return replaceBlock(hash, entry, fresh, field, size);
}

/** Bytes that a raw string can hold where it is. O(1) */
export function stringCapacity(entry: usize): u32 {
  if (entryForm(entry) & FORM_EXTERNAL) return <u32>usableSize(load<u32>(entryValueField(entry)));
  const head = entryHeadSize(entryKeyLen(entry), entryHasExpiry(entry));
  return min(<u32>usableSize(entry) - head, INLINE_VALUE_MAX);
}

/** As stringGrow, but only makes room: `extra` bytes behind the string. */
export function stringReserve(hash: u64, entry: usize, extra: u32): usize {
  const len = stringLength(entry);
  const placed = stringGrow(hash, entry, len + extra);
  if (placed) stringSetLength(placed, len);
  return placed;
}

/** A raw string of at least `len` bytes of capacity becomes `len` bytes long. */
export function stringSetLength(entry: usize, len: u32): void {
  if (DEBUG) assert(len <= stringCapacity(entry)); // else it runs into its neighbour
  if (entryForm(entry) & FORM_EXTERNAL) store<u32>(entryValueField(entry), len, 4);
  else store<u16>(entry, <u16>((entryForm(entry) & ~FORM_LENGTH) | len), 2);
  root.outLen = len;
}

function growOutside(entry: usize, len: u32): usize {
  const field = entryValueField(entry);
  const old = load<u32>(field, 4);
  let block = <usize>load<u32>(field);
  if (len > old) {
    if (<usize>len > usableSize(block)) {
      block = growBlock(block, len);
      if (!block) return 0;
      store<u32>(field, <u32>block);
    }
    memory.fill(block + old, 0, len - old);
    store<u32>(field, len, 4);
  }
  entrySetEncoding(entry, ENC_RAW);
  root.outPtr = block;
  root.outLen = max(len, old);
  return entry;
}

function growBlock(block: usize, len: u32): usize {
  const room = len < PREALLOCATE_MAX ? len << 1 : len + PREALLOCATE_MAX;
  const grown = realloc(block, room);
  return grown ? grown : realloc(block, len);
}

function growToOutside(hash: u64, entry: usize, source: usize, old: u32, size: u32): usize {
  const block = alloc(size);
  if (!block) return 0;
  const fresh = createLike(entry, FORM_EXTERNAL, 8);
  if (!fresh) {
    free(block);
    return 0;
  }
  copyBytes(block, source, old);
  memory.fill(block + old, 0, size - old);
  setExternal(fresh, block, size);
  const placed = replaceBlock(hash, entry, fresh, block, size);
  if (!placed) free(block);
  return placed;
}

/** A raw string entry with the key, expiry and access time of `entry`, in no database yet. */
function createLike(entry: usize, form: u32, valueSize: u32): usize {
  const expireAt = entryExpireAt(entry);
  const fresh = entryCreate(
    entryKey(entry),
    entryKeyLen(entry),
    expireAt,
    TYPE_STRING,
    ENC_RAW,
    form,
    valueSize,
  );
  if (fresh) inheritAccess(fresh, entry);
  return fresh;
}

/** `fresh` takes the place of `entry`, whose value (inline, or an integer) it has copied. */
function replaceBlock(hash: u64, entry: usize, fresh: usize, bytes: usize, len: u32): usize {
  if (!dbReplace(root.db, hash, entry, fresh)) {
    free(fresh);
    return 0;
  }
  free(entry);
  root.outPtr = bytes;
  root.outLen = len;
  return fresh;
}
