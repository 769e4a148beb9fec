/**
 * length: how RDB writes a length or count, both ways.
 *
 *   00LLLLLL                     6 bits
 *   01LLLLLL LLLLLLLL            14 bits, the high ones first
 *   10000000 + 4 bytes           32 bits, big-endian
 *   10000001 + 8 bytes           64 bits, big-endian
 *   11EEEEEE                     no length: a string in special encoding E (rdb/ids.ts, rdb/string.ts)
 */
import { RDB_CORRUPT, RdbReader, rdbFail, rdbReadByte, rdbReadRaw, rdbReadU64Big } from "./reader.ts";
import { rdbWriteRoom } from "./writer.ts";

const BITS_32: u8 = 0x80;
const BITS_64: u8 = 0x81;

/** Writes a length: 1, 2, 5 or 9 bytes. */
export function rdbWriteLength(w: usize, n: u64): void {
  let at: usize;
  if (n < 64) {
    at = rdbWriteRoom(w, 1);
    if (at) store<u8>(at, <u8>n);
  } else if (n < 16384) {
    at = rdbWriteRoom(w, 2);
    if (at) store<u16>(at, bswap<u16>((<u16>n) | 0x4000));
  } else if (n <= u32.MAX_VALUE) {
    at = rdbWriteRoom(w, 5);
    if (!at) return;
    store<u8>(at, BITS_32);
    store<u32>(at, bswap<u32>(<u32>n), 1);
  } else {
    at = rdbWriteRoom(w, 9);
    if (!at) return;
    store<u8>(at, BITS_64);
    store<u64>(at, bswap<u64>(n), 1);
  }
}

/** Reads a length. Where it is none, the reader's `special` says which encoding follows, and 0 comes back. */
export function rdbReadLengthOrSpecial(r: usize): u64 {
  const reader = changetype<RdbReader>(r);
  reader.special = 0;
  const first = rdbReadByte(r);
  const kind = first >> 6;
  if (kind == 0) return first;
  if (kind == 1) return ((first & 63) << 8) | rdbReadByte(r);
  if (kind == 3) {
    reader.special = (first & 63) + 1;
    return 0;
  }
  if (<u8>first == BITS_32) {
    const at = rdbReadRaw(r, 4);
    return at ? bswap<u32>(load<u32>(at)) : 0;
  }
  if (<u8>first == BITS_64) return rdbReadU64Big(r);
  return rdbFail(r, RDB_CORRUPT);
}

/** Reads a length that must be one: a number of any 64 bits, which the caller does not believe yet. */
export function rdbReadLength(r: usize): u64 {
  const n = rdbReadLengthOrSpecial(r);
  return changetype<RdbReader>(r).special ? rdbFail(r, RDB_CORRUPT) : n;
}
