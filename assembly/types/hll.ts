/**
 * hll: HyperLogLogs as values of keys: strings (types/string.ts) whose bytes are structures/hyperloglog.ts. Gives those
 * bytes the room that they ask for, and turns sparse ones into dense ones.
 *
 * A function that changes one returns the entry, which may have moved; 0 = out of memory. How it went is in root.scratch1:
 * HLL_UNCHANGED, HLL_CHANGED or HLL_CORRUPT.
 */
import { alloc, free } from "../memory/allocator.ts";
import { root } from "../root.ts";
import { SETTING_HLL_SPARSE_MAX_BYTES, setting } from "../settings.ts";
import {
  HLL_CHANGED,
  HLL_CORRUPT,
  HLL_DENSE_SIZE,
  HLL_EMPTY_SIZE,
  HLL_GROW,
  HLL_GROWTH_MAX,
  HLL_PROMOTE,
  HLL_UNCHANGED,
  hllAdd,
  hllCreateSparse,
  hllDenseFromRegisters,
  hllInvalidate,
  hllIsDense,
  hllIsValid,
  hllSparseFromRegisters,
  hllSparseToDense,
} from "../structures/hyperloglog.ts";
import { entryEncoding, entryExpireAt, entryKey, entryKeyLen, INLINE_VALUE_MAX } from "./entry.ts";
import { ENC_INT, ENC_RAW } from "./ids.ts";
import {
  stringCapacity,
  stringGrow,
  stringRead,
  stringReserve,
  stringSetBytes,
  stringSetLength,
  stringSetZeros,
} from "./string.ts";

if (HLL_DENSE_SIZE <= INLINE_VALUE_MAX) ERROR("A dense value must have a block of its own: see promote");

/** Whether a string is a HyperLogLog by its head and length; its bytes are in root.outPtr and outLen. O(1) */
export function hllEntryIsValid(entry: usize): bool {
  stringRead(entry);
  return entryEncoding(entry) != ENC_INT && hllIsValid(root.outPtr, root.outLen);
}

/** Whether a valid one is dense. O(1) */
export function hllEntryIsDense(entry: usize): bool {
  stringRead(entry);
  return hllIsDense(root.outPtr);
}

/** An empty one under a key that is not there; its count is out of date, as after every change. O(1) */
export function hllEntryCreate(hash: u64, key: usize, keyLen: u32): usize {
  const entry = stringSetZeros(hash, key, keyLen, HLL_EMPTY_SIZE);
  if (!entry) return 0;
  hllCreateSparse(root.outPtr);
  hllInvalidate(root.outPtr);
  return entry;
}

/** Makes a valid one changeable in place; the encoding is raw from then on. O(1) */
export function hllEntryOpen(hash: u64, entry: usize): usize {
  return stringGrow(hash, entry, 0);
}

/** Adds an element to an opened one. O(length) while sparse, O(1) when dense */
export function hllEntryAdd(hash: u64, entry: usize, element: usize, elementLen: u32): usize {
  const sparseMax = sparseBytesMax();
  while (true) {
    stringRead(entry);
    const outcome = hllAdd(root.outPtr, root.outLen, stringCapacity(entry), element, elementLen, sparseMax);
    if (outcome == HLL_CHANGED) stringSetLength(entry, root.outLen);
    root.scratch1 = outcome;
    if (outcome != HLL_GROW && outcome != HLL_PROMOTE) return entry;
    entry = makeRoom(hash, entry, outcome);
    if (!entry || root.scratch1 == HLL_CORRUPT) return entry;
  }
}

/** Raises the registers of an opened one to raw ones. O(length + registers) */
export function hllEntryRaise(hash: u64, entry: usize, registers: usize): usize {
  const sparseMax = sparseBytesMax();
  let start: u32 = 0;
  while (true) {
    stringRead(entry);
    if (hllIsDense(root.outPtr)) {
      hllDenseFromRegisters(root.outPtr, registers);
      root.scratch1 = HLL_CHANGED;
      return entry;
    }
    const capacity = stringCapacity(entry);
    const outcome = hllSparseFromRegisters(root.outPtr, root.outLen, capacity, registers, start, sparseMax);
    stringSetLength(entry, root.outLen);
    root.scratch1 = outcome;
    if (outcome != HLL_GROW && outcome != HLL_PROMOTE) return entry;
    start = root.scratch0;
    entry = makeRoom(hash, entry, outcome);
    if (!entry || root.scratch1 == HLL_CORRUPT) return entry;
  }
}

/** Makes an opened one dense if it is sparse. O(registers) */
export function hllEntryToDense(hash: u64, entry: usize): usize {
  root.scratch1 = HLL_UNCHANGED;
  return hllEntryIsDense(entry) ? entry : promote(hash, entry);
}

function sparseBytesMax(): u32 {
  return <u32>setting(SETTING_HLL_SPARSE_MAX_BYTES);
}

/** What HLL_GROW or HLL_PROMOTE ask for. */
function makeRoom(hash: u64, entry: usize, outcome: u32): usize {
  return outcome == HLL_GROW ? stringReserve(hash, entry, HLL_GROWTH_MAX) : promote(hash, entry);
}

function promote(hash: u64, entry: usize): usize {
  const dense = alloc(HLL_DENSE_SIZE);
  if (!dense) return 0;
  stringRead(entry);
  if (!hllSparseToDense(root.outPtr, root.outLen, dense)) {
    free(dense);
    root.scratch1 = HLL_CORRUPT;
    return entry;
  }
  const expireAt = entryExpireAt(entry);
  const key = entryKey(entry);
  const placed = stringSetBytes(
    hash,
    key,
    entryKeyLen(entry),
    entry,
    dense,
    HLL_DENSE_SIZE,
    dense,
    ENC_RAW,
    expireAt,
  );
  if (!placed) free(dense);
  root.scratch1 = HLL_CHANGED;
  return placed;
}
