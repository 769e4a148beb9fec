/**
 * crc64: the CRC-64 "Jones" that ends RDB files and DUMP payloads (polynomial 0xad93d23594c935a9, reflected,
 * start 0, no final inversion).
 *
 * Eight bytes a step with eight tables of 256 × u64 ("slicing by 8", Kounavis and Berry 2005): table k holds
 * the CRC of each byte followed by k zero bytes. The 16 KiB are made at first use and hang off the root
 * block; where there is no memory for them, the bits are shifted one by one: slow, but right.
 */
import { alloc, free } from "../memory/allocator.ts";
import { root } from "../root.ts";

/** The polynomial with its bits in reverse order. */
// @ts-ignore: decorator
@inline
const POLYNOMIAL: u64 = 0x95ac9329ac4bc9b5;
// @ts-ignore: decorator
@inline
const TABLE_BYTES: usize = 2048;

/** CRC of `len` bytes, continued from `crc` (0 at the start). O(n) */
export function crc64(crc: u64, ptr: usize, len: usize): u64 {
  if (!root.crc64Table && !makeTables()) return crcBitwise(crc, ptr, len);
  const tables = root.crc64Table;
  const end = ptr + len;
  for (; ptr + 8 <= end; ptr += 8) {
    crc ^= load<u64>(ptr);
    const low = <u32>crc;
    const high = <u32>(crc >> 32);
    crc =
      load<u64>(tables + ((low & 255) << 3), 7 * TABLE_BYTES) ^
      load<u64>(tables + (((low >> 8) & 255) << 3), 6 * TABLE_BYTES) ^
      load<u64>(tables + (((low >> 16) & 255) << 3), 5 * TABLE_BYTES) ^
      load<u64>(tables + ((low >> 24) << 3), 4 * TABLE_BYTES) ^
      load<u64>(tables + ((high & 255) << 3), 3 * TABLE_BYTES) ^
      load<u64>(tables + (((high >> 8) & 255) << 3), 2 * TABLE_BYTES) ^
      load<u64>(tables + (((high >> 16) & 255) << 3), TABLE_BYTES) ^
      load<u64>(tables + ((high >> 24) << 3));
  }
  for (; ptr < end; ptr++) {
    crc = (crc >> 8) ^ load<u64>(tables + (((<u32>(crc & 255)) ^ load<u8>(ptr)) << 3));
  }
  return crc;
}

/** Gives the tables back; the next use makes them again. */
export function crc64Release(): void {
  if (root.crc64Table) free(root.crc64Table);
  root.crc64Table = 0;
}

function makeTables(): bool {
  const tables = alloc(8 * TABLE_BYTES);
  if (!tables) return false;
  for (let i: u32 = 0; i < 256; i++) store<u64>(tables + (i << 3), crcOfByte(i));
  for (let i: u32 = 256; i < 2048; i++) {
    const shorter = load<u64>(tables + ((i - 256) << 3));
    store<u64>(tables + (i << 3), (shorter >> 8) ^ load<u64>(tables + ((<u32>(shorter & 255)) << 3)));
  }
  root.crc64Table = tables;
  return true;
}

function crcOfByte(crc: u64): u64 {
  for (let bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (POLYNOMIAL & (0 - (crc & 1)));
  return crc;
}

function crcBitwise(crc: u64, ptr: usize, len: usize): u64 {
  for (let i: usize = 0; i < len; i++) crc = (crc >> 8) ^ crcOfByte((crc & 255) ^ load<u8>(ptr + i));
  return crc;
}
