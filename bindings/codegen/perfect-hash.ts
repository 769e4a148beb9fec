/**
 * perfect-hash: finds the multiplier with which no two command names share a place in the engine's index.
 *
 * A name is at most 24 bytes. Its hash takes three numbers that need no loop to get:
 *
 *   head  its first 8 bytes, folded (& 0xDF each), zero beyond the name
 *   tail  its last 8 bytes, folded; 0 for names of at most 8 bytes
 *   salt  0 for a top-level command, a number of its own for each container's subcommands
 *
 *   place = ((head ^ rotateLeft(tail, 29)) + salt) * multiplier >> (64 - bits)
 *
 * Folding makes letters upper-case, and a few other bytes equal to each other: the place is only a candidate. The row
 * holds words and masks with which the engine then compares exactly (see nameWords).
 *
 * One multiplication is enough because the table has more than ten times as many places as names: with 265 names and
 * 4096 places one multiplier in five thousand is perfect, and most others fail within a hundred names.
 */

const U64 = (1n << 64n) - 1n;
const FOLD_BYTE = 0xdf;
const TAIL_ROTATION = 29n;

/** Keeps the search deterministic. Odd multiples of the golden ratio of 2^64 spread well. */
const FIRST_MULTIPLIER = 0x9e3779b97f4a7c15n;
const ATTEMPTS_MAX = 1_000_000;

export interface Key {
  readonly name: string;
  readonly salt: bigint;
}

export interface PerfectHash {
  readonly multiplier: bigint;
  readonly bits: number;
  /** For each place the position of its key among the keys, or -1. */
  readonly places: readonly number[];
}

/** Three 8-byte words of a name and the masks under which a candidate must equal them. */
export interface NameWords {
  readonly words: readonly [head: bigint, tail: bigint, middle: bigint];
  readonly masks: readonly [head: bigint, tail: bigint, middle: bigint];
}

/**
 * The exact comparison: head is bytes 0 to 8; tail the last 8 of a name longer than 8; middle bytes 8 to 16 of one
 * longer than 16. A letter's mask drops the case bit, any other byte's mask is whole, a byte beyond the name has none.
 */
export function nameWords(name: string): NameWords {
  const length = name.length;
  const starts = [0, length > 8 ? length - 8 : undefined, length > 16 ? 8 : undefined];
  const masks = starts.map((start) =>
    start === undefined ? 0n : word(name, start, (code) => (isLetter(code) ? FOLD_BYTE : 0xff)),
  );
  const words = starts.map((start, i) =>
    start === undefined ? 0n : word(name, start, (code) => code) & (masks[i] as bigint),
  );
  return { words: words as never, masks: masks as never };
}

export function searchPerfectHash(keys: readonly Key[], bits: number): PerfectHash {
  const mixed = keys.map(mix);
  const shift = BigInt(64 - bits);
  const lastUse = new Int32Array(1 << bits);
  let multiplier = FIRST_MULTIPLIER;
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    multiplier = (multiplier * 0x5851f42d4c957f2dn + 0x14057b7ef767814fn) & U64;
    const odd = multiplier | 1n;
    if (isPerfect(mixed, odd, shift, lastUse, attempt)) {
      const places = new Array<number>(1 << bits).fill(-1);
      mixed.forEach((value, i) => (places[place(value, odd, shift)] = i));
      return { multiplier: odd, bits, places };
    }
  }
  throw new Error(`no perfect hash for ${keys.length} names in ${1 << bits} places: give it a bit more`);
}

function isPerfect(
  mixed: readonly bigint[],
  multiplier: bigint,
  shift: bigint,
  lastUse: Int32Array,
  attempt: number,
): boolean {
  for (const value of mixed) {
    const at = place(value, multiplier, shift);
    if (lastUse[at] === attempt) return false;
    lastUse[at] = attempt;
  }
  return true;
}

function place(mixed: bigint, multiplier: bigint, shift: bigint): number {
  return Number(((mixed * multiplier) & U64) >> shift);
}

function mix({ name, salt }: Key): bigint {
  const head = word(name, 0, (code) => code & FOLD_BYTE);
  const tail = name.length > 8 ? word(name, name.length - 8, (code) => code & FOLD_BYTE) : 0n;
  const rotated = ((tail << TAIL_ROTATION) | (tail >> (64n - TAIL_ROTATION))) & U64;
  return ((head ^ rotated) + salt) & U64;
}

/** Eight bytes of `name` from `start`, little endian, each through `map`; zero beyond the name. */
function word(name: string, start: number, map: (code: number) => number): bigint {
  let value = 0n;
  for (let i = 7; i >= 0; i--) {
    value = (value << 8n) | BigInt(start + i < name.length ? map(name.charCodeAt(start + i)) : 0);
  }
  return value;
}

function isLetter(code: number): boolean {
  const upper = code & FOLD_BYTE;
  return upper >= 0x41 && upper <= 0x5a;
}
