/**
 * string: how RDB writes a string, both ways: plain, as an integer, or compressed. Keys, values, members and whole
 * packed structures (listpacks, intsets) are written so.
 *
 *   length, bytes                                 plain
 *   11000000 + 1, 11000001 + 2, 11000010 + 4      an integer, little-endian: "123" in two bytes
 *   11000011, length now, length then, bytes      LZF, where it saves at least four bytes of more than twenty
 */
import { copyBytes } from "../memory/bytes.ts";
import { formatI64, INTEGER_LENGTH_MAX, parseI64 } from "../resp/numbers/integer.ts";
import { root } from "../root.ts";
import { SETTING_RDB_COMPRESSION, setting } from "../settings.ts";
import { alloc, free } from "../memory/allocator.ts";
import { RDB_ENC_INT16, RDB_ENC_INT32, RDB_ENC_INT8, RDB_ENC_LZF } from "./ids.ts";
import { rdbReadLength, rdbReadLengthOrSpecial, rdbWriteLength } from "./length.ts";
import { lzfCompress, lzfDecompress } from "./lzf.ts";
import {
  RDB_CORRUPT,
  RDB_OUT_OF_MEMORY,
  RDB_SHORT,
  RdbReader,
  rdbFail,
  rdbLeft,
  rdbReaderBlock,
  rdbReadRaw,
} from "./reader.ts";
import { rdbUnwrite, rdbWriteByte, rdbWriteRaw, rdbWriteRoom } from "./writer.ts";

/** Longest text of an integer that fits in 32 bits. */
const INTEGER_TEXT_MAX: u32 = 11;
/** Strings up to this long are not tried to compress. */
const COMPRESS_ABOVE: u32 = 20;
/** LZF cannot make more than 256 bytes of one, so a claim beyond that is a lie. */
const LZF_RATIO_MAX: u64 = 256;

/** Writes bytes as a string, in whatever form is smallest. */
export function rdbWriteString(w: usize, ptr: usize, len: u32): void {
  if (len <= INTEGER_TEXT_MAX && parseI64(ptr, len) && writeSmallInteger(w, root.outI64)) return;
  if (len > COMPRESS_ABOVE && setting(SETTING_RDB_COMPRESSION) != 0 && writeCompressed(w, ptr, len)) return;
  rdbWriteLength(w, len);
  rdbWriteRaw(w, ptr, len);
}

/** Writes the text of an integer as a string. */
export function rdbWriteInteger(w: usize, value: i64): void {
  if (writeSmallInteger(w, value)) return;
  // More than 32 bits: 11 … 20 characters, so the length is one byte. Written in place, the rest given back.
  const at = rdbWriteRoom(w, 1 + INTEGER_LENGTH_MAX);
  if (!at) return;
  const len = formatI64(value, at + 1);
  store<u8>(at, <u8>len);
  rdbUnwrite(w, INTEGER_LENGTH_MAX - len);
}

/** A number of up to 32 bits in 2, 3 or 5 bytes; false = it is larger, and nothing is written. */
function writeSmallInteger(w: usize, value: i64): bool {
  if (value == <i64>(<i8>value)) {
    const at = rdbWriteRoom(w, 2);
    if (at) store<u16>(at, <u16>(0xc0 | RDB_ENC_INT8 | ((<u32>(<u8>value)) << 8)));
  } else if (value == <i64>(<i16>value)) {
    const at = rdbWriteRoom(w, 3);
    if (at) {
      store<u8>(at, 0xc0 | (<u8>RDB_ENC_INT16));
      store<u16>(at, <u16>value, 1);
    }
  } else if (value == <i64>(<i32>value)) {
    const at = rdbWriteRoom(w, 5);
    if (at) {
      store<u8>(at, 0xc0 | (<u8>RDB_ENC_INT32));
      store<u32>(at, <u32>value, 1);
    }
  } else {
    return false;
  }
  return true;
}

/** false = it does not get small enough, or there is no memory to try. */
function writeCompressed(w: usize, ptr: usize, len: u32): bool {
  const room = alloc(len);
  if (!room) return false;
  const size = lzfCompress(ptr, len, room, len - 4);
  if (size) rdbWriteLzf(w, room, size, len);
  free(room);
  return size != 0;
}

/** Writes what is LZF-compressed already: `size` bytes that stand for `len`. */
export function rdbWriteLzf(w: usize, ptr: usize, size: u32, len: u32): void {
  rdbWriteByte(w, 0xc0 | RDB_ENC_LZF);
  rdbWriteLength(w, size);
  rdbWriteLength(w, len);
  rdbWriteRaw(w, ptr, size);
}

/**
 * Reads a string: the reader's stringPtr and stringLen say where it is, in the input or in the reader's own block,
 * until the next string is read. @returns false = the reader's status says why
 */
export function rdbReadString(r: usize): bool {
  const reader = changetype<RdbReader>(r);
  const len = rdbReadLengthOrSpecial(r);
  if (reader.status) return false;
  if (reader.special) return readSpecial(r, reader.special - 1);
  if (len > rdbLeft(r)) return rdbFail(r, RDB_SHORT) != 0;
  reader.stringLen = <u32>len;
  reader.stringPtr = rdbReadRaw(r, <u32>len);
  return true;
}

function readSpecial(r: usize, encoding: u32): bool {
  if (encoding == RDB_ENC_LZF) return readCompressed(r);
  if (encoding > RDB_ENC_INT32) return rdbFail(r, RDB_CORRUPT) != 0;
  const at = rdbReadRaw(r, 1 << encoding);
  if (!at) return false;
  const value: i64 =
    encoding == RDB_ENC_INT8
      ? <i64>load<i8>(at)
      : encoding == RDB_ENC_INT16
        ? <i64>load<i16>(at)
        : <i64>load<i32>(at);
  const reader = changetype<RdbReader>(r);
  const block = rdbReaderBlock(r, INTEGER_LENGTH_MAX);
  if (!block) return false;
  reader.stringPtr = block;
  reader.stringLen = formatI64(value, block);
  return true;
}

function readCompressed(r: usize): bool {
  const size = rdbReadLength(r);
  const len = rdbReadLength(r);
  if (changetype<RdbReader>(r).status) return false;
  if (size > rdbLeft(r)) return rdbFail(r, RDB_SHORT) != 0;
  if (len == 0 || len > size * LZF_RATIO_MAX) return rdbFail(r, RDB_CORRUPT) != 0;
  const at = rdbReadRaw(r, <u32>size);
  const block = rdbReaderBlock(r, <u32>len);
  if (!block) return false;
  if (!lzfDecompress(at, <u32>size, block, <u32>len)) return rdbFail(r, RDB_CORRUPT) != 0;
  const reader = changetype<RdbReader>(r);
  reader.stringPtr = block;
  reader.stringLen = <u32>len;
  return true;
}

/** A copy of the last string in a block of exactly its length, for values that keep it; 0 = out of memory. */
export function rdbKeepString(r: usize): usize {
  const reader = changetype<RdbReader>(r);
  const block = alloc(reader.stringLen);
  if (!block) return rdbFail(r, RDB_OUT_OF_MEMORY);
  copyBytes(block, reader.stringPtr, reader.stringLen);
  return block;
}
