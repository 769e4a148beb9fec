/**
 * sha1: SHA-1 (FIPS 180-4), for DEBUG DIGEST and script names. Not for security.
 *
 * Place of work (SHA1_WORK in memory/map.ts, 512 bytes)
 *   offset  size  what
 *        0   320  message schedule, 80 words
 *      320   128  the last one or two blocks, padded
 *      448    20  state
 */
import { SHA1_WORK } from "../memory/map.ts";

// @ts-ignore: decorator
@inline
export const SHA1_SIZE: u32 = 20;
// @ts-ignore: decorator
@inline
const TAIL: usize = SHA1_WORK + 320;
// @ts-ignore: decorator
@inline
const STATE: usize = SHA1_WORK + 448;
// @ts-ignore: decorator
@inline
const BLOCK: u32 = 64;

/** Hash of `len` bytes to the 20 bytes at `out`, which may lie among them. O(n) */
export function sha1(ptr: usize, len: u32, out: usize): void {
  store<u32>(STATE, 0x67452301);
  store<u32>(STATE, 0xefcdab89, 4);
  store<u32>(STATE, 0x98badcfe, 8);
  store<u32>(STATE, 0x10325476, 12);
  store<u32>(STATE, 0xc3d2e1f0, 16);
  const whole = len & ~(BLOCK - 1);
  for (let i: u32 = 0; i < whole; i += BLOCK) compress(ptr + i);
  // What is left, a one bit, zeros, and the length in bits.
  const rest = len - whole;
  const tailSize: u32 = rest < BLOCK - 8 ? BLOCK : 2 * BLOCK;
  memory.fill(TAIL, 0, tailSize);
  memory.copy(TAIL, ptr + whole, rest);
  store<u8>(TAIL + rest, 0x80);
  store<u64>(TAIL + tailSize - 8, bswap<u64>((<u64>len) << 3));
  compress(TAIL);
  if (tailSize > BLOCK) compress(TAIL + BLOCK);
  for (let i: usize = 0; i < SHA1_SIZE; i += 4) store<u32>(out + i, bswap<u32>(load<u32>(STATE + i)));
}

function compress(block: usize): void {
  for (let i: usize = 0; i < 64; i += 4) store<u32>(SHA1_WORK + i, bswap<u32>(load<u32>(block + i)));
  for (let i: usize = 64; i < 320; i += 4) {
    const at = SHA1_WORK + i;
    store<u32>(
      at,
      rotl(load<u32>(at - 12) ^ load<u32>(at - 32) ^ load<u32>(at - 56) ^ load<u32>(at - 64), 1),
    );
  }
  let a = load<u32>(STATE);
  let b = load<u32>(STATE, 4);
  let c = load<u32>(STATE, 8);
  let d = load<u32>(STATE, 12);
  let e = load<u32>(STATE, 16);
  for (let i: u32 = 0; i < 80; i++) {
    let f: u32;
    let k: u32;
    if (i < 20) {
      f = (b & c) | (~b & d);
      k = 0x5a827999;
    } else if (i < 40) {
      f = b ^ c ^ d;
      k = 0x6ed9eba1;
    } else if (i < 60) {
      f = (b & c) | (b & d) | (c & d);
      k = 0x8f1bbcdc;
    } else {
      f = b ^ c ^ d;
      k = 0xca62c1d6;
    }
    const next = rotl(a, 5) + f + e + k + load<u32>(SHA1_WORK + (i << 2));
    e = d;
    d = c;
    c = rotl(b, 30);
    b = a;
    a = next;
  }
  store<u32>(STATE, load<u32>(STATE) + a);
  store<u32>(STATE, load<u32>(STATE, 4) + b, 4);
  store<u32>(STATE, load<u32>(STATE, 8) + c, 8);
  store<u32>(STATE, load<u32>(STATE, 12) + d, 12);
  store<u32>(STATE, load<u32>(STATE, 16) + e, 16);
}
