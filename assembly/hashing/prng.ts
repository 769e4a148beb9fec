/**
 * prng: the only randomness inside the engine: xoroshiro128+ over two words of the root block, seeded by
 * the host at boot. Same seed, same inputs, same bytes. Source: Blackman and Vigna, prng.di.unimi.it.
 */
import { root } from "../root.ts";

/** Next of a sequence for spreading a seed over several words (splitmix64). */
function splitMix(state: u64): u64 {
  let z = state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

/** Sets the hash key and the generator from one seed. */
export function seedRandom(seed: u64): void {
  root.seed0 = splitMix(seed + 0x9e3779b97f4a7c15);
  root.seed1 = splitMix(seed + 0x3c6ef372fe94f82a);
  root.rng0 = splitMix(seed + 0xdaa66d2c7ddf743f);
  root.rng1 = splitMix(seed + 0x78dde6e5fd29f054) | 1;
}

/** 64 random bits. */
export function randomU64(): u64 {
  const s0 = root.rng0;
  let s1 = root.rng1;
  const result = s0 + s1;
  s1 ^= s0;
  root.rng0 = rotl(s0, 24) ^ s1 ^ (s1 << 16);
  root.rng1 = rotl(s1, 37);
  return result;
}

/** 32 random bits. */
export function randomU32(): u32 {
  return <u32>(randomU64() >> 32);
}

/** A number from 0 to n − 1, each as likely (the bias is below n / 2^32). */
export function randomBelow(n: u32): u32 {
  return <u32>((<u64>randomU32() * n) >> 32);
}
