/**
 * memory-test: `kvasm --test-memory MEGABYTES`: writes patterns to memory and reads them back, in passes: the address of
 * each word, random words, all ones and zeros in turn, a checkerboard. What comes back otherwise is broken hardware.
 */
import { totalmem } from "node:os";

const MEGABYTE = 1024 * 1024;
const WORD_BYTES = 4;
const PASSES = 3;
/** Blocks are as large as one buffer may surely be. */
const BLOCK_WORDS = (256 * MEGABYTE) / WORD_BYTES;
/** Xorshift: a period long enough, and repeatable for the reading. */
const SEED = 0x9e3779b9;

/** @param word  what stands at an index, made from it and from the word before */
interface Pattern {
  readonly name: string;
  word(index: number, before: number): number;
}

const PATTERNS: readonly Pattern[] = [
  { name: "addressing", word: (index) => index >>> 0 },
  { name: "random", word: (_, before) => xorshift(before) },
  { name: "solid", word: (index) => (index % 2 === 0 ? 0xffffffff : 0) },
  { name: "checkerboard", word: (index) => (index % 2 === 0 ? 0xaaaaaaaa : 0x55555555) },
];

/**
 * @param print     a line that stays     @param progress  one that the next may replace
 * @returns         the exit code: 1 where memory is broken, or is not to be had
 */
export function testMemory(
  megabytes: number,
  print: (line: string) => void,
  progress: (line: string) => void,
): number {
  let blocks: Uint32Array[];
  try {
    // The system promises more than there is.
    if (megabytes * MEGABYTE > totalmem()) throw new RangeError("this machine has less");
    blocks = blocksOf((megabytes * MEGABYTE) / WORD_BYTES);
  } catch (problem) {
    if (!(problem instanceof RangeError)) throw problem;
    print(`Unable to allocate ${megabytes} megabytes: ${problem.message}`);
    return 1;
  }
  let errors = 0;
  for (let pass = 1; pass <= PASSES; pass++) {
    for (const pattern of PATTERNS) {
      blocks.forEach((block, i) => {
        const percent = Math.floor((100 * i) / blocks.length);
        progress(`Testing ${megabytes} megabytes: pass ${pass} of ${PASSES}, ${pattern.name}, ${percent}%`);
        errors += wrongWords(block, pattern, SEED + pass);
      });
    }
  }
  progress("");
  if (errors === 0) print("Your memory passed this test.");
  else print(`Your memory FAILED this test: ${errors} words came back changed. Do not trust this machine.`);
  return errors === 0 ? 0 : 1;
}

function blocksOf(words: number): Uint32Array[] {
  const blocks: Uint32Array[] = [];
  for (let left = words; left > 0; left -= BLOCK_WORDS)
    blocks.push(new Uint32Array(Math.min(left, BLOCK_WORDS)));
  return blocks;
}

function wrongWords(block: Uint32Array, pattern: Pattern, seed: number): number {
  let word = seed;
  for (let i = 0; i < block.length; i++) block[i] = word = pattern.word(i, word);
  let wrong = 0;
  word = seed;
  for (let i = 0; i < block.length; i++) if (block[i] !== (word = pattern.word(i, word))) wrong++;
  return wrong;
}

function xorshift(word: number): number {
  let x = word;
  x ^= x << 13;
  x ^= x >>> 17;
  x ^= x << 5;
  return x >>> 0;
}
