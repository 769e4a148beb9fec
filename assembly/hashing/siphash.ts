/**
 * siphash: SipHash-1-2 with the instance's random key, so that nobody can choose keys that collide.
 *
 * One compression and two finalization rounds, as Redis uses for its tables: the strength that a hash
 * table needs at half the price of 2-4. Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF".
 */
import { root } from "../root.ts";

/** 64-bit hash of `len` bytes. Reads nothing beyond them. O(n). */
export function hashBytes(ptr: usize, len: usize): u64 {
  const k0 = root.seed0;
  const k1 = root.seed1;
  let v0: u64 = k0 ^ 0x736f6d6570736575;
  let v1: u64 = k1 ^ 0x646f72616e646f6d;
  let v2: u64 = k0 ^ 0x6c7967656e657261;
  let v3: u64 = k1 ^ 0x7465646279746573;
  let last: u64 = (<u64>len) << 56;
  const end = ptr + (len & ~7);
  for (; ptr < end; ptr += 8) {
    const m = load<u64>(ptr);
    v3 ^= m;
    v0 += v1;
    v1 = rotl(v1, 13) ^ v0;
    v0 = rotl(v0, 32);
    v2 += v3;
    v3 = rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = rotl(v1, 17) ^ v2;
    v2 = rotl(v2, 32);
    v0 ^= m;
  }
  last |= tailBytes(ptr, len & 7);
  v3 ^= last;
  v0 += v1;
  v1 = rotl(v1, 13) ^ v0;
  v0 = rotl(v0, 32);
  v2 += v3;
  v3 = rotl(v3, 16) ^ v2;
  v0 += v3;
  v3 = rotl(v3, 21) ^ v0;
  v2 += v1;
  v1 = rotl(v1, 17) ^ v2;
  v2 = rotl(v2, 32);
  v0 ^= last;
  v2 ^= 0xff;
  for (let i = 0; i < 2; i++) {
    v0 += v1;
    v1 = rotl(v1, 13) ^ v0;
    v0 = rotl(v0, 32);
    v2 += v3;
    v3 = rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = rotl(v1, 17) ^ v2;
    v2 = rotl(v2, 32);
  }
  return v0 ^ v1 ^ v2 ^ v3;
}

/** The last 0 … 7 bytes as a little-endian number. */
// @ts-ignore: decorator
@inline
function tailBytes(ptr: usize, n: usize): u64 {
  if (n >= 4) {
    return (<u64>load<u32>(ptr)) | ((<u64>load<u32>(ptr + n - 4)) << ((n - 4) << 3));
  }
  if (n == 0) return 0;
  return (
    (<u64>load<u8>(ptr)) |
    ((<u64>load<u8>(ptr + (n >> 1))) << ((n >> 1) << 3)) |
    ((<u64>load<u8>(ptr + n - 1)) << ((n - 1) << 3))
  );
}
