/**
 * value: what every type must be able to do, by type and encoding number: be freed at once or in slices, be copied,
 * be weighed. The one place where types are told apart outside their own commands.
 */
import { ENC_INT, TYPE_STRING } from "./ids.ts";
import { free, usableSize } from "../memory/allocator.ts";
import { entryEncoding, entryForm, entryType, entryValue, FORM_EXTERNAL } from "./entry.ts";

/** Whether the value has blocks of its own, beside the entry's. */
// @ts-ignore: decorator
@inline
export function valueIsOutside(entry: usize): bool {
  return entryType(entry) != TYPE_STRING || (entryForm(entry) & FORM_EXTERNAL) != 0;
}

/** About how many blocks freeing the value gives back. O(1) */
export function valueFreeEffort(type: u32, encoding: u32, value: usize): u32 {
  return 1;
}

/** Frees a value with all its blocks. O(n) */
export function valueFree(type: u32, encoding: u32, value: usize): void {
  free(value);
}

/**
 * Frees part of a value: about `budget` blocks.
 * @param progress  address of a u32 that is 0 at first and the type's own after
 * @returns whether it is all gone
 */
export function valueFreeSlice(type: u32, encoding: u32, value: usize, progress: usize, budget: u32): bool {
  valueFree(type, encoding, value);
  return true;
}

/** Bytes of the value's own blocks, from at most `samples` elements (0 = all). O(samples) */
export function valueMemory(entry: usize, samples: u32): usize {
  return valueIsOutside(entry) ? usableSize(entryValue(entry)) : 0;
}

/** A copy of a value's structure. @returns 0 = out of memory. O(n) */
export function valueCopy(type: u32, encoding: u32, value: usize): usize {
  return 0;
}
