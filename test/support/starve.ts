/** starve: takes all memory of an engine's heap that is left, down to the smallest block. */
import type { VerifyEngine } from "./verify-engine.ts";

/** Sizes from pages down: one of each of the allocator's classes at least, the smallest last. */
const SIZES = [
  ...[4 << 20, 1 << 20, 1 << 18, 131_072, 65_536, 32_768],
  ...Array.from({ length: 104 }, (_, i) => sizeOfClass(104 - i)),
];

/** As the allocator numbers them (assembly/memory/allocator.ts). */
function sizeOfClass(number: number): number {
  return number <= 16 ? number * 4 : (9 + ((number - 17) & 7)) << (((number - 17) >> 3) + 3);
}

/** @returns gives it all back */
export function starve(engine: VerifyEngine): () => void {
  const blocks: number[] = [];
  for (const size of SIZES) {
    for (let block = engine.call("testAlloc", size); block; block = engine.call("testAlloc", size)) {
      blocks.push(block);
    }
  }
  return () => {
    for (const block of blocks) engine.free(block);
  };
}
