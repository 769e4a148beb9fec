/**
 * crc16: CRC-16/XMODEM (polynomial 0x1021, start 0, no reflection), which names the slot of a key in a
 * cluster: https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/
 *
 * No table: four bytes at a time, t = state·x^16 + bytes, the next state is t·x^16 modulo the polynomial
 * P = x^16 + x^12 + x^5 + 1. With q the quotient that is q·(x^12 + x^5 + 1) cut to 16 bits, and q is t with
 * its own overflow fed back: q = t ^ (q >> 4) ^ (q >> 11) ^ (q >> 16). Solved for q, that is a sum of right
 * shifts of t: the powers of s below 32 in 1 / (1 + s^4 + s^11 + s^16), which are
 * 0, 4, 8, 11, 12, 19, 20, 22, 26, 27, 28.
 */

/** Slots of a cluster. */
// @ts-ignore: decorator
@inline
export const SLOT_COUNT: u32 = 16384;

/** CRC of `len` bytes. O(n) */
export function crc16(ptr: usize, len: usize): u32 {
  let crc: u32 = 0;
  const end = ptr + len;
  for (; ptr + 4 <= end; ptr += 4) {
    const t = (crc << 16) ^ bswap<u32>(load<u32>(ptr));
    const by4 = t ^ (t >> 4);
    const by8 = t ^ (t >> 8);
    const q = by4 ^ (by4 >> 8) ^ (by8 >> 11) ^ (by8 >> 20) ^ (by4 >> 22) ^ (t >> 27);
    crc = (q ^ (q << 5) ^ (q << 12)) & 0xffff;
  }
  for (; ptr < end; ptr++) {
    let t = (crc >> 8) ^ load<u8>(ptr);
    t ^= t >> 4;
    crc = ((crc << 8) ^ t ^ (t << 5) ^ (t << 12)) & 0xffff;
  }
  return crc;
}

/** Slot of a key: of the part between the first "{" and the next "}" where that is not empty, else of all. O(n) */
export function keySlot(ptr: usize, len: usize): u32 {
  const end = ptr + len;
  const open = findByte(ptr, end, 0x7b) + 1;
  if (open < end) {
    const close = findByte(open, end, 0x7d);
    if (close != end && close != open) {
      ptr = open;
      len = close - open;
    }
  }
  return crc16(ptr, len) & (SLOT_COUNT - 1);
}

/** Address of the first byte `c` before `end`, or `end`. Eight at a time: the lowest zero byte of x is marked exactly. */
function findByte(ptr: usize, end: usize, c: u64): usize {
  const pattern = c * 0x0101010101010101;
  for (; ptr + 8 <= end; ptr += 8) {
    const x = load<u64>(ptr) ^ pattern;
    const zeros = (x - 0x0101010101010101) & ~x & 0x8080808080808080;
    if (zeros) return ptr + ((<usize>ctz(zeros)) >> 3);
  }
  while (ptr < end && load<u8>(ptr) != c) ptr++;
  return ptr;
}
