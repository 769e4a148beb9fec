/**
 * xxhash: XXH64 of a page of memory, the checksum of memory images: four lanes of 64 bits that do not wait for each other,
 * so that it keeps up with a copy.
 * Source: the xxHash specification, "XXH64 algorithm", for a length that is a multiple of 32.
 */

// @ts-ignore: decorator
@inline
const PRIME1: u64 = 0x9e3779b185ebca87;
// @ts-ignore: decorator
@inline
const PRIME2: u64 = 0xc2b2ae3d27d4eb4f;
// @ts-ignore: decorator
@inline
const PRIME3: u64 = 0x165667b19e3779f9;
// @ts-ignore: decorator
@inline
const PRIME4: u64 = 0x85ebca77c2b2ae63;

// @ts-ignore: decorator
@inline
function round(lane: u64, word: u64): u64 {
  return rotl<u64>(lane + word * PRIME2, 31) * PRIME1;
}

// @ts-ignore: decorator
@inline
function merge(hash: u64, lane: u64): u64 {
  return (hash ^ round(0, lane)) * PRIME1 + PRIME4;
}

/** The hash of `len` bytes, a multiple of 32. Reads nothing else and writes nothing. O(len) */
export function xxHash64(ptr: usize, len: usize, seed: u64): u64 {
  let a = seed + PRIME1 + PRIME2;
  let b = seed + PRIME2;
  let c = seed;
  let d = seed - PRIME1;
  const end = ptr + len;
  for (; ptr < end; ptr += 32) {
    a = round(a, load<u64>(ptr));
    b = round(b, load<u64>(ptr, 8));
    c = round(c, load<u64>(ptr, 16));
    d = round(d, load<u64>(ptr, 24));
  }
  let hash = rotl<u64>(a, 1) + rotl<u64>(b, 7) + rotl<u64>(c, 12) + rotl<u64>(d, 18);
  hash = merge(merge(merge(merge(hash, a), b), c), d) + <u64>len;
  hash = (hash ^ (hash >> 33)) * PRIME2;
  hash = (hash ^ (hash >> 29)) * PRIME3;
  return hash ^ (hash >> 32);
}
