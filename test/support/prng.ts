/**
 * prng: seeded randomness for tests. The same seed gives the same sequence on every machine, so that a
 * failure is reproduced by its seed. (xoshiro128**, Blackman and Vigna; seeded by splitmix32.)
 */

export class Prng {
  readonly seed: number;
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  constructor(seed: number) {
    this.seed = seed;
    let state = seed >>> 0;
    const split = () => {
      state = (state + 0x9e3779b9) >>> 0;
      let z = state;
      z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
      z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
      return (z ^ (z >>> 16)) >>> 0;
    };
    this.#a = split();
    this.#b = split();
    this.#c = split();
    this.#d = split();
  }

  /** A seed for runs that do not name one: KVASM_SEED, or the clock. */
  static seed(): number {
    const given = process.env["KVASM_SEED"];
    return given === undefined ? Date.now() >>> 0 : Number(given);
  }

  u32(): number {
    const times5 = Math.imul(this.#b, 5);
    const result = Math.imul((times5 << 7) | (times5 >>> 25), 9) >>> 0;
    const t = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= t;
    this.#d = (this.#d << 11) | (this.#d >>> 21);
    return result;
  }

  /** 0 <= x < 1. */
  float(): number {
    return this.u32() / 2 ** 32;
  }

  /** An integer, 0 <= x < bound. */
  below(bound: number): number {
    return Math.floor(this.float() * bound);
  }

  /** An integer, low <= x <= high. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  chance(probability: number): boolean {
    return this.float() < probability;
  }

  pick<T>(from: readonly T[]): T {
    if (from.length === 0) throw new Error("nothing to pick from");
    return from[this.below(from.length)] as T;
  }

  /** Picks by weight; a weight of 0 is never picked. */
  weighted<T extends { weight?: number | undefined }>(from: readonly T[]): T {
    const total = from.reduce((sum, choice) => sum + (choice.weight ?? 1), 0);
    let at = this.float() * total;
    for (const choice of from) {
      at -= choice.weight ?? 1;
      if (at < 0) return choice;
    }
    return from[from.length - 1] as T;
  }

  /** A sample without repetition, in random order. */
  sample<T>(from: readonly T[], count: number): T[] {
    return this.shuffled(from).slice(0, count);
  }

  shuffled<T>(from: readonly T[]): T[] {
    const all = [...from];
    for (let i = all.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [all[i], all[j]] = [all[j] as T, all[i] as T];
    }
    return all;
  }

  /** A binary string of random bytes. */
  bytes(length: number): string {
    let text = "";
    for (let i = 0; i < length; i++) text += String.fromCharCode(this.below(256));
    return text;
  }

  /** `count` results of `make`, count between low and high. */
  list<T>(low: number, high: number, make: () => T): T[] {
    return Array.from({ length: this.between(low, high) }, make);
  }
}
