/**
 * ziplist: what servers before Redis 7 wrote in place of a listpack, for lists, hashes and sorted sets: read only, and at
 * once made a listpack.
 *
 * Layout
 *   offset  size  field    meaning
 *        0     4  bytes    size of all of it
 *        4     4  tail     offset of the last entry
 *        8     2  count    entries; 65535 = more than the field can say
 *       10     …  entries
 *  bytes−1     1  end      0xFF
 *
 * Entry: length of the entry before (1 byte, or 0xFE and 4 bytes), then encoding and data:
 *   00xxxxxx            string of x < 64 bytes          0xC0  integer of 16 bits      0xFE  integer of 8 bits
 *   01xxxxxx + 1        string, 14 bits, high first     0xD0  of 32 bits              0xF1 … 0xFD  0 … 12
 *   10______ + 4        string, 32 bits, high first     0xE0  of 64 bits · 0xF0  of 24 bits
 *
 * Salvatore Sanfilippo's and Pieter Noordhuis' format (Redis 2.2, BSD; src/ziplist.c).
 */
import { listpackAppend, listpackAppendInteger, listpackFree, listpackNew } from "../structures/listpack.ts";
import { root } from "../root.ts";
import { RDB_CORRUPT, RDB_OUT_OF_MEMORY, RdbReader, rdbFail } from "./reader.ts";
import { rdbReadString } from "./string.ts";

const HEADER: u32 = 10;
const END: u32 = 0xff;
const COUNT_UNKNOWN: u32 = 65535;
/** Marks a previous length of 5 bytes. */
const LONG_PREVIOUS: u32 = 0xfe;

/**
 * Reads a string that holds a ziplist; every byte of it is checked.
 * @returns a listpack with the same elements, the caller's, perhaps empty; 0 = the reader's status says why.  O(bytes)
 */
export function rdbReadZiplist(r: usize): usize {
  if (!rdbReadString(r)) return 0;
  const zl = changetype<RdbReader>(r).stringPtr;
  const size = changetype<RdbReader>(r).stringLen;
  if (size < HEADER + 1 || load<u32>(zl) != size || load<u8>(zl + size - 1) != END)
    return rdbFail(r, RDB_CORRUPT);
  let lp = listpackNew(size);
  if (!lp) return rdbFail(r, RDB_OUT_OF_MEMORY);
  const end = zl + size - 1;
  let p = zl + HEADER;
  let previous: u32 = 0;
  let last: usize = p;
  let count: u32 = 0;
  while (p < end) {
    const entrySize = readEntry(p, <u32>(end - p), previous);
    if (!entrySize) return refuse(r, lp);
    const grown = root.outPtr
      ? listpackAppend(lp, root.outPtr, root.outLen)
      : listpackAppendInteger(lp, root.outI64);
    if (!grown) {
      listpackFree(lp);
      return rdbFail(r, RDB_OUT_OF_MEMORY);
    }
    lp = grown;
    last = p;
    previous = entrySize;
    p += entrySize;
    count++;
  }
  const stated: u32 = load<u16>(zl, 8);
  if ((stated != COUNT_UNKNOWN && stated != count) || load<u32>(zl, 4) != <u32>(last - zl))
    return refuse(r, lp);
  return lp;
}

function refuse(r: usize, lp: usize): usize {
  listpackFree(lp);
  return rdbFail(r, RDB_CORRUPT);
}

/**
 * Reads the entry at `p`, which must lie in the next `available` bytes and follow one of `previous` bytes.
 * @returns its size, 0 = it is broken; a string is in root.outPtr / outLen, an integer in root.outI64 (outPtr is 0 then)
 */
function readEntry(p: usize, available: u32, previous: u32): u32 {
  const long = load<u8>(p) == LONG_PREVIOUS;
  let head: u32 = long ? 5 : 1;
  if (available <= head) return 0;
  if ((long ? load<u32>(p, 1) : <u32>load<u8>(p)) != previous) return 0;
  const code: u32 = load<u8>(p + head);
  if (code >= 0xc0) return readInteger(p, head, available, code);
  const lengthBytes: u32 = code < 0x40 ? 1 : code < 0x80 ? 2 : 5;
  if (available < head + lengthBytes) return 0;
  const at = p + head;
  const len =
    code < 0x40 ? code : code < 0x80 ? ((code & 63) << 8) | load<u8>(at, 1) : bswap<u32>(load<u32>(at, 1));
  head += lengthBytes;
  if (len > available - head) return 0;
  root.outPtr = p + head;
  root.outLen = len;
  return head + len;
}

function readInteger(p: usize, head: u32, available: u32, code: u32): u32 {
  const at = p + head + 1;
  const width: u32 =
    code == 0xc0 ? 2 : code == 0xd0 ? 4 : code == 0xe0 ? 8 : code == 0xf0 ? 3 : code == 0xfe ? 1 : 0;
  if (!width && (code < 0xf1 || code > 0xfd)) return 0;
  if (available < head + 1 + width) return 0;
  root.outPtr = 0;
  if (width == 2) root.outI64 = load<i16>(at);
  else if (width == 4) root.outI64 = load<i32>(at);
  else if (width == 8) root.outI64 = load<i64>(at);
  else if (width == 3) root.outI64 = load<i32>(at - 1) >> 8;
  else if (width == 1) root.outI64 = load<i8>(at);
  else root.outI64 = <i64>(code & 15) - 1;
  return head + 1 + width;
}
