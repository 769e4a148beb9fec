/**
 * string: values of type string in whatever form: integer, inline in the entry, or in a block of their own.
 *
 * Form is where the bytes are, encoding is what OBJECT ENCODING says (as Redis: int, embstr up to 44 bytes when set
 * whole, raw when longer or changed in place); the two do not depend on each other.
 */
import { dbReplace } from "../keyspace/keyspace.ts";
import { addEntry } from "../keyspace/lookup.ts";
import { releaseEntry, releaseValue } from "../keyspace/lazyfree.ts";
import { alloc, allocationSize, free, realloc, usableSize } from "../memory/allocator.ts";
import { copyBytes } from "../memory/bytes.ts";
import { formatI64, parseI64 } from "../resp/numbers/integer.ts";
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
  FORM_EXTERNAL,
  FORM_LENGTH,
  INLINE_VALUE_MAX,
  NO_EXPIRY,
  entryExpireAt,
} from "./entry.ts";
import { ENC_EMBSTR, ENC_INT, ENC_RAW, TYPE_STRING } from "./ids.ts";
import { valueIsOutside } from "./value.ts";

/** Longest string that is "embstr" when set whole (Redis: OBJ_ENCODING_EMBSTR_SIZE_LIMIT). */
// @ts-ignore: decorator
@inline
const EMBSTR_MAX: u32 = 44;
/** Room for an integer's digits at the end of the root's out-value scratch: used by stringRead. */
// @ts-ignore: decorator
@inline
const DIGITS: usize = 10240;
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
 * Sets a key of the current database to a string, whatever it held.
 * @param entry     what findKey says of the key: 0 = it is new
 * @param taken     block of exactly the value that this may keep (argTake), 0 = copy from `value`
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
  if (len <= 20 && parseI64(value, len)) return setInteger(hash, key, keyLen, entry, root.outI64, expireAt);
  const encoding = len <= EMBSTR_MAX ? ENC_EMBSTR : ENC_RAW;
  if (len > INLINE_VALUE_MAX) return setExternal(hash, key, keyLen, entry, value, len, taken, expireAt);
  if (entry && fitsInPlace(entry, len, expireAt)) {
    const field = entryValueField(entry);
    if (valueIsOutside(entry)) releaseValue(entryType(entry), entryEncoding(entry), load<u32>(field));
    // from type, encoding and form to inline string in one store each
    store<u32>(entry, (load<u32>(entry, 4) & ~0xff) | TYPE_STRING | (encoding << 4), 4);
    store<u16>(entry, <u16>((entryForm(entry) & ~(FORM_LENGTH | FORM_EXTERNAL)) | len), 2);
    if (expireAt != NO_EXPIRY) store<i64>(entry, expireAt, 8);
    copyBytes(field, value, len);
    return entry;
  }
  const fresh = entryCreate(key, keyLen, expireAt, TYPE_STRING, encoding, len, len);
  if (!fresh) return 0;
  copyBytes(entryValueField(fresh), value, len);
  return put(hash, entry, fresh);
}

/** Sets a key to an integer, whatever it held. As stringSet. O(1) */
export function setInteger(
  hash: u64,
  key: usize,
  keyLen: u32,
  entry: usize,
  value: i64,
  expireAt: i64,
): usize {
  if (entry && fitsInPlace(entry, 8, expireAt)) {
    const field = entryValueField(entry);
    if (valueIsOutside(entry)) releaseValue(entryType(entry), entryEncoding(entry), load<u32>(field));
    store<u32>(entry, (load<u32>(entry, 4) & ~0xff) | TYPE_STRING | (ENC_INT << 4), 4);
    store<u16>(entry, <u16>(entryForm(entry) & ~(FORM_LENGTH | FORM_EXTERNAL)), 2);
    if (expireAt != NO_EXPIRY) store<i64>(entry, expireAt, 8);
    store<i64>(field, value);
    return entry;
  }
  const fresh = entryCreate(key, keyLen, expireAt, TYPE_STRING, ENC_INT, 0, 8);
  if (!fresh) return 0;
  store<i64>(entryValueField(fresh), value);
  return put(hash, entry, fresh);
}

function setExternal(
  hash: u64,
  key: usize,
  keyLen: u32,
  entry: usize,
  value: usize,
  len: u32,
  taken: usize,
  expireAt: i64,
): usize {
  let block = taken;
  if (!block) {
    block = alloc(len);
    if (!block) return 0;
    memory.copy(block, value, len);
  }
  const fresh = entryCreate(key, keyLen, expireAt, TYPE_STRING, ENC_RAW, FORM_EXTERNAL, 8);
  if (!fresh) {
    if (!taken) free(block);
    return 0;
  }
  const field = entryValueField(fresh);
  store<u32>(field, <u32>block);
  store<u32>(field, len, 4);
  const placed = put(hash, entry, fresh);
  if (!placed && !taken) free(block);
  return placed;
}

/** An entry with a string value that is in no database yet (RESTORE, RDB files); 0 = out of memory. O(len) */
export function stringCreate(key: usize, keyLen: u32, value: usize, len: u32, expireAt: i64): usize {
  let entry: usize;
  if (len <= 20 && parseI64(value, len)) {
    entry = entryCreate(key, keyLen, expireAt, TYPE_STRING, ENC_INT, 0, 8);
    if (entry) store<i64>(entryValueField(entry), root.outI64);
    return entry;
  }
  if (len <= INLINE_VALUE_MAX) {
    const encoding = len <= EMBSTR_MAX ? ENC_EMBSTR : ENC_RAW;
    entry = entryCreate(key, keyLen, expireAt, TYPE_STRING, encoding, len, len);
    if (entry) copyBytes(entryValueField(entry), value, len);
    return entry;
  }
  const block = alloc(len);
  if (!block) return 0;
  memory.copy(block, value, len);
  entry = entryCreate(key, keyLen, expireAt, TYPE_STRING, ENC_RAW, FORM_EXTERNAL, 8);
  if (!entry) {
    free(block);
    return 0;
  }
  store<u32>(entryValueField(entry), <u32>block);
  store<u32>(entryValueField(entry), len, 4);
  return entry;
}

/** Whether a value field of `size` bytes fits the entry's block without wasting an eighth of it. */
// @ts-ignore: decorator
@inline
function fitsInPlace(entry: usize, size: u32, expireAt: i64): bool {
  if (entryHasExpiry(entry) != (expireAt != NO_EXPIRY)) return false;
  return usableSize(entry) == allocationSize(<usize>load<u8>(entry) + entryKeyLen(entry) + size);
}

/** Puts a fresh entry in the place of `entry` (freed, value and all), or adds it where there was none. */
function put(hash: u64, entry: usize, fresh: usize): usize {
  if (!entry) {
    if (addEntry(hash, fresh)) return fresh;
  } else if (dbReplace(root.db, hash, entry, fresh)) {
    releaseEntry(entry);
    return fresh;
  }
  free(fresh);
  return 0;
}

/**
 * Makes a string value changeable in place: external and raw, with `len` bytes of which those beyond the old length
 * are zero (APPEND, SETRANGE, SETBIT, BITFIELD). Growth is amortized as Redis' sds: doubled up to 1 MiB.
 * @returns the entry, which may have moved, with the bytes' address in root.outPtr; 0 = out of memory, nothing changed
 *          O(old length) where the form changes, else amortized O(growth)
 */
export function stringGrow(hash: u64, entry: usize, len: u32): usize {
  stringRead(entry);
  const old = root.outLen;
  if (entryForm(entry) & FORM_EXTERNAL) {
    const field = entryValueField(entry);
    let block = <usize>load<u32>(field);
    if (len > <u32>usableSize(block)) {
      block = growBlock(block, len);
      if (!block) return 0;
      store<u32>(field, <u32>block);
    }
    if (len > old) {
      memory.fill(block + old, 0, len - old);
      store<u32>(field, len, 4);
    }
    entrySetEncoding(entry, ENC_RAW);
    root.outPtr = block;
    root.outLen = max(len, old);
    return entry;
  }
  const size = max(len, old);
  const source = root.outPtr;
  const inlineSize = entryHeadSize(entryKeyLen(entry), entryHasExpiry(entry)) + size;
  const external = size > INLINE_VALUE_MAX || len > old;
  if (!external && entryEncoding(entry) != ENC_INT && <usize>inlineSize <= usableSize(entry)) {
    entrySetEncoding(entry, ENC_RAW);
    root.outPtr = entryValueField(entry);
    root.outLen = size;
    return entry;
  }
  const block = alloc(size);
  if (!block) return 0;
  memory.copy(block, source, old);
  if (size > old) memory.fill(block + old, 0, size - old);
  const fresh = entryCreate(
    entryKey(entry),
    entryKeyLen(entry),
    entryExpireAt(entry),
    TYPE_STRING,
    ENC_RAW,
    FORM_EXTERNAL,
    8,
  );
  if (!fresh) {
    free(block);
    return 0;
  }
  entrySetLru(fresh, entryLru(entry));
  const field = entryValueField(fresh);
  store<u32>(field, <u32>block);
  store<u32>(field, size, 4);
  if (!dbReplace(root.db, hash, entry, fresh)) {
    free(block);
    free(fresh);
    return 0;
  }
  free(entry);
  root.outPtr = block;
  root.outLen = size;
  return fresh;
}

function growBlock(block: usize, len: u32): usize {
  const room = len < PREALLOCATE_MAX ? len << 1 : len + PREALLOCATE_MAX;
  const grown = realloc(block, room);
  return grown ? grown : realloc(block, len);
}
