/**
 * random: the generator of math.random and math.randomseed: rand48 with Redis' constants, so that a seed gives the same
 * numbers on every server. The sequence goes on from script to script.
 *
 * x' = a·x + c mod 2^48, kept as three words of 16 bits; a number is the upper 31 bits.
 */

const A = [0xe66d, 0xdeec, 0x5] as const;
const C = 0xb;
const INT32_MAX = 0x7fffffff;
const WORD = 0x10000;

export class Random {
  #x0 = 0x330e;
  #x1 = 0xabcd;
  #x2 = 0x1234;

  /** @param seed  its lower 32 bits count */
  seed(seed: number): void {
    const bits = seed | 0;
    this.#x0 = 0x330e;
    this.#x1 = bits & 0xffff;
    this.#x2 = bits >>> 16;
  }

  /** From 0 up to but not including 1. */
  next(): number {
    const low = A[0] * this.#x0 + C;
    const middle = Math.floor(low / WORD) + A[0] * this.#x1 + A[1] * this.#x0;
    const high = Math.floor(middle / WORD) + A[0] * this.#x2 + A[1] * this.#x1 + A[2] * this.#x0;
    this.#x0 = low % WORD;
    this.#x1 = middle % WORD;
    this.#x2 = high % WORD;
    const bits = this.#x2 * 0x8000 + (this.#x1 >>> 1);
    return (bits % INT32_MAX) / INT32_MAX;
  }
}
