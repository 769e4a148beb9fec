/**
 * dict: hash table of cache-line buckets. Holds every keyspace, big hashes, sets and sorted sets.
 *
 * Why buckets: a lookup reads one line of tags and one entry; a chained table reads a line per node. The
 * table holds 4-byte addresses of blocks that carry their own key (types/entry-key.ts).
 *
 * Bucket (64 bytes, 64-byte aligned)
 *   offset  size  field     meaning
 *        0     2  presence  bit i: position i is taken; bit 15: the last position is a child bucket
 *        2    12  tags      top hash byte of each position, compared with one SIMD instruction
 *       14     2  -         zero
 *       16    48  entries   12 × u32, address of an entry; undefined where presence says free
 *
 * Growth and shrinking are incremental and never pause: the new table is not even cleared beforehand. A
 * key is in exactly one of the two tables, and its hash says in which: with `s` the hash cut to the smaller
 * table's size, it is in the new table if s < rehashIndex, else in the old. A step moves the bucket (or the
 * group of buckets) that s = rehashIndex stands for and makes the new table's buckets for it. So a lookup
 * reads one table even while rehashing.
 *
 * SCAN cursors count in reverse binary (Pieter Noordhuis' algorithm in Redis): an element that is in the
 * dict from the first call to the last is returned, whatever resizing happens in between.
 *
 * Always true (dictValidate checks it)
 *   1. count is the number of entries in both tables.  2. Each entry is in the bucket chain its hash names,
 *   under its tag.  3. While nothing pauses the dict, a child bucket is never empty (but
 *   where entries were removed while two iterators were open).
 *
 * Owns its buckets, not its entries: the caller frees what dictRemove returns.
 */
import { DEBUG } from "../config.ts";
import { randomBelow } from "../hashing/prng.ts";
import { hashBytes } from "../hashing/siphash.ts";
import { alloc, free, usableSize } from "../memory/allocator.ts";
import { equalKeys } from "../memory/bytes.ts";
import { vectorPush } from "../memory/vector.ts";
import { root } from "../root.ts";
import { entryKey, entryKeyLen } from "../types/entry-key.ts";

// @ts-ignore: decorator
@inline
const BUCKET_SIZE: usize = 64;
// @ts-ignore: decorator
@inline
const POSITIONS: u32 = 12;
// @ts-ignore: decorator
@inline
const ENTRIES: usize = 16;
// @ts-ignore: decorator
@inline
const LAST_ENTRY: usize = 60;
// @ts-ignore: decorator
@inline
const CHILD: u32 = 0x8000;
// @ts-ignore: decorator
@inline
const ALL_POSITIONS: u32 = 0xfff;
// @ts-ignore: decorator
@inline
const PARENT_POSITIONS: u32 = 0x7ff;
/** Grow when there are more entries than this per bucket: 10 of 12, so 83 % before and 42 % after. */
// @ts-ignore: decorator
@inline
const GROW_PER_BUCKET: u32 = 10;
/** Shrink when there are fewer entries than buckets: 8 %. */
// @ts-ignore: decorator
@inline
const SHRINK_PER_BUCKET: u32 = 1;
// @ts-ignore: decorator
@inline
const SHRINK_BITS_MAX: u32 = 3;
// @ts-ignore: decorator
@inline
const EXPONENT_MAX: u32 = 25;
/** A fair random pick accepts position j of a chain with the same chance in every chain up to this long. */
// @ts-ignore: decorator
@inline
const FAIR_CHAIN: u32 = 24;
// @ts-ignore: decorator
@inline
const NOT_REHASHING: u32 = 0xffffffff;

if (ENTRIES + POSITIONS * 4 != BUCKET_SIZE) ERROR("Bucket is not one cache line: mend its table");

@unmanaged
export class Dict {
  /** Buckets of the table in use; while rehashing, of the old one. */
  table0: usize;
  /** New table while rehashing, else 0. */
  table1: usize;
  exponent0: u32;
  exponent1: u32;
  /** Entries in both tables. */
  count: u32;
  /** Next small-table bucket to move; NOT_REHASHING when there is one table. */
  rehashIndex: u32;
  /** Iterators at work: no rehashing, no compaction of chains. */
  paused: u32;
  /** Child buckets in use. */
  children: u32;
}

/** A new, empty dict of one bucket. @returns its address; 0 = out of memory. O(1) */
export function dictCreate(): usize {
  const d = changetype<Dict>(alloc(offsetof<Dict>()));
  if (!changetype<usize>(d)) return 0;
  const table = alloc(BUCKET_SIZE);
  if (!table) {
    free(changetype<usize>(d));
    return 0;
  }
  store<u32>(table, 0);
  d.table0 = table;
  d.table1 = 0;
  d.exponent0 = 0;
  d.exponent1 = 0;
  d.count = 0;
  d.rehashIndex = NOT_REHASHING;
  d.paused = 0;
  d.children = 0;
  return changetype<usize>(d);
}

/** Frees tables and dict, not the entries. O(1) where no chain has a child, else O(buckets). */
export function dictFree(dict: usize): void {
  const d = changetype<Dict>(dict);
  if (d.children) {
    const buckets = dictBuckets(dict);
    for (let i: u32 = 0; i < buckets; i++) chainFreeChildren(bucketAt(d, i));
  }
  free(d.table0);
  if (d.table1) free(d.table1);
  free(dict);
}

/** Number of entries. O(1) */
// @ts-ignore: decorator
@inline
export function dictCount(dict: usize): u32 {
  return changetype<Dict>(dict).count;
}

// @ts-ignore: decorator
@inline
export function dictIsRehashing(dict: usize): bool {
  return changetype<Dict>(dict).rehashIndex != NOT_REHASHING;
}

/** Whether dictFree has children to look for. O(1) */
// @ts-ignore: decorator
@inline
export function dictHasChildren(dict: usize): bool {
  return changetype<Dict>(dict).children != 0;
}

/** Bytes of the tables, without the entries. O(1) */
export function dictMemory(dict: usize): usize {
  const d = changetype<Dict>(dict);
  let bytes = usableSize(dict) + usableSize(d.table0) + <usize>d.children * BUCKET_SIZE;
  if (d.table1) bytes += usableSize(d.table1);
  return bytes;
}

/** Address of the first bucket that a hash belongs to. O(1) */
// @ts-ignore: decorator
@inline
export function dictBucket(dict: usize, hash: u64): usize {
  const d = changetype<Dict>(dict);
  if (d.rehashIndex == NOT_REHASHING) {
    return d.table0 + (((<usize>hash) & ((1 << d.exponent0) - 1)) << 6);
  }
  return rehashingBucket(d, hash);
}

function rehashingBucket(d: Dict, hash: u64): usize {
  const small = (<u32>hash) & ((1 << min(d.exponent0, d.exponent1)) - 1);
  return small < d.rehashIndex
    ? d.table1 + (((<usize>hash) & ((1 << d.exponent1) - 1)) << 6)
    : d.table0 + (((<usize>hash) & ((1 << d.exponent0) - 1)) << 6);
}

/** Positions of `bucket` that hold an entry with this tag, as bits. */
// @ts-ignore: decorator
@inline
export function bucketMatch(bucket: usize, tag: u8): u32 {
  const presence = <u32>load<u16>(bucket);
  const same = i8x16.bitmask(i8x16.eq(v128.load(bucket), i8x16.splat(<i8>tag)));
  return ((<u32>same) >> 2) & presence & (presence & CHILD ? PARENT_POSITIONS : ALL_POSITIONS);
}

/**
 * Where the entry of a key stands.
 * @returns address of the word that holds the entry's address; 0 = no such key. Valid until the next insert,
 *          remove or rehash step of this dict.  O(1)
 */
export function dictFindCell(dict: usize, hash: u64, key: usize, len: usize): usize {
  let bucket = dictBucket(dict, hash);
  const tag = <u8>(hash >> 56);
  while (true) {
    let match = bucketMatch(bucket, tag);
    while (match) {
      const cell = bucket + ENTRIES + ((<usize>ctz(match)) << 2);
      const entry = <usize>load<u32>(cell);
      if (entryKeyLen(entry) == len && equalKeys(entryKey(entry), key, len)) return cell;
      match &= match - 1;
    }
    if (!((<u32>load<u16>(bucket)) & CHILD)) return 0;
    bucket = load<u32>(bucket + LAST_ENTRY);
  }
}

/** The entry of a key; 0 = no such key. O(1) */
// @ts-ignore: decorator
@inline
export function dictFind(dict: usize, hash: u64, key: usize, len: usize): usize {
  const cell = dictFindCell(dict, hash, key, len);
  return cell ? load<u32>(cell) : 0;
}

/**
 * Touches the buckets and the likely entries of `n` hashes (u64 at `hashes`), so that the lookups that follow find them in
 * the cache: loads that do not wait for each other. The sum only keeps the compiler from leaving them out. O(n)
 */
export function dictWarm(dict: usize, hashes: usize, n: u32): u32 {
  let sum: u32 = 0;
  for (let i: u32 = 0; i < n; i++) sum += load<u16>(dictBucket(dict, load<u64>(hashes + (i << 3))));
  for (let i: u32 = 0; i < n; i++) {
    const hash = load<u64>(hashes + (i << 3));
    const bucket = dictBucket(dict, hash);
    const match = bucketMatch(bucket, <u8>(hash >> 56));
    if (match) sum += load<u8>(<usize>load<u32>(bucket + ENTRIES + ((<usize>ctz(match)) << 2)));
  }
  return sum;
}

/** Whether this very entry stands under this hash. O(1) */
export function dictHolds(dict: usize, hash: u64, entry: usize): bool {
  let bucket = dictBucket(dict, hash);
  const tag = <u8>(hash >> 56);
  while (true) {
    for (let match = bucketMatch(bucket, tag); match; match &= match - 1) {
      if (load<u32>(bucket + ENTRIES + ((<usize>ctz(match)) << 2)) == entry) return true;
    }
    if (!((<u32>load<u16>(bucket)) & CHILD)) return false;
    bucket = load<u32>(bucket + LAST_ENTRY);
  }
}

/** Adds an entry whose key must not be there. @returns false = out of memory, nothing changed. O(1) */
export function dictInsert(dict: usize, hash: u64, entry: usize): bool {
  const d = changetype<Dict>(dict);
  if (d.rehashIndex != NOT_REHASHING) dictRehashStep(dict, 1);
  else if (d.count >= GROW_PER_BUCKET << d.exponent0) resize(d, d.exponent0 + 1);
  if (!chainInsert(d, dictBucket(dict, hash), <u8>(hash >> 56), entry)) return false;
  d.count++;
  return true;
}

/** Puts another block of the same key in the place of `oldEntry`, which must be there. O(1) */
export function dictReplace(dict: usize, hash: u64, oldEntry: usize, newEntry: usize): void {
  let bucket = dictBucket(dict, hash);
  const tag = <u8>(hash >> 56);
  while (true) {
    let match = bucketMatch(bucket, tag);
    while (match) {
      const cell = bucket + ENTRIES + ((<usize>ctz(match)) << 2);
      if (load<u32>(cell) == oldEntry) {
        store<u32>(cell, newEntry);
        return;
      }
      match &= match - 1;
    }
    assert(((<u32>load<u16>(bucket)) & CHILD) != 0, "dictReplace: the entry is not in the dict");
    bucket = load<u32>(bucket + LAST_ENTRY);
  }
}

/** Takes the entry of a key out. @returns the entry, the caller's now; 0 = no such key.  O(1) */
export function dictRemove(dict: usize, hash: u64, key: usize, len: usize): usize {
  const cell = dictFindCell(dict, hash, key, len);
  if (!cell) return 0;
  const entry = <usize>load<u32>(cell);
  removeCell(dict, hash, cell);
  return entry;
}

/** Takes out the very entry `entry`, which must be there. O(1) */
export function dictRemoveEntry(dict: usize, hash: u64, entry: usize): void {
  let bucket = dictBucket(dict, hash);
  const tag = <u8>(hash >> 56);
  while (true) {
    let match = bucketMatch(bucket, tag);
    while (match) {
      const cell = bucket + ENTRIES + ((<usize>ctz(match)) << 2);
      if (load<u32>(cell) == entry) return removeCell(dict, hash, cell);
      match &= match - 1;
    }
    assert(((<u32>load<u16>(bucket)) & CHILD) != 0, "dictRemoveEntry: the entry is not in the dict");
    bucket = load<u32>(bucket + LAST_ENTRY);
  }
}

/** Empties a cell that dictFindCell returned for this hash. O(1) */
function removeCell(dict: usize, hash: u64, cell: usize): void {
  clearCell(changetype<Dict>(dict), cell, dictBucket(dict, hash));
}

/** Empties a cell of the chain that begins at `first`. O(1) */
function clearCell(d: Dict, cell: usize, first: usize): void {
  const bucket = cell & ~(BUCKET_SIZE - 1);
  const position = (<u32>(cell - bucket - ENTRIES)) >> 2;
  store<u16>(bucket, <u16>((<u32>load<u16>(bucket)) & ~(1 << position)));
  d.count--;
  if (d.paused) return;
  if ((<u32>load<u16>(first)) & CHILD) chainCompact(d, first);
  if (d.rehashIndex != NOT_REHASHING) dictRehashStep(changetype<usize>(d), 1);
  else if (d.exponent0 > 0 && d.count < SHRINK_PER_BUCKET << d.exponent0) shrinkToFit(d);
}

// --- chains: a bucket and its children ---

/** Adds an entry to the chain that begins at `bucket`; false = out of memory. */
function chainInsert(d: Dict, bucket: usize, tag: u8, entry: usize): bool {
  while (true) {
    const presence = <u32>load<u16>(bucket);
    const room = ~presence & (presence & CHILD ? PARENT_POSITIONS : ALL_POSITIONS);
    if (room) {
      const position = ctz(room);
      store<u16>(bucket, <u16>(presence | (1 << position)));
      store<u8>(bucket + 2 + position, tag);
      store<u32>(bucket + ENTRIES + ((<usize>position) << 2), entry);
      return true;
    }
    if (!(presence & CHILD)) return chainExtend(d, bucket, tag, entry);
    bucket = load<u32>(bucket + LAST_ENTRY);
  }
}

/** Gives a full bucket a child: its last entry moves there, the new entry beside it. */
function chainExtend(d: Dict, bucket: usize, tag: u8, entry: usize): bool {
  const child = alloc(BUCKET_SIZE);
  if (!child) return false;
  store<u16>(child, 3);
  store<u8>(child, load<u8>(bucket, 13), 2);
  store<u8>(child, tag, 3);
  store<u32>(child, load<u32>(bucket, LAST_ENTRY), ENTRIES);
  store<u32>(child, entry, ENTRIES + 4);
  store<u32>(bucket, child, LAST_ENTRY);
  store<u16>(bucket, <u16>(((<u32>load<u16>(bucket)) & PARENT_POSITIONS) | CHILD));
  d.children++;
  return true;
}

/** Fills holes of a chain from its last bucket and frees children that are empty. */
function chainCompact(d: Dict, first: usize): void {
  let hole = first;
  while (true) {
    // the last bucket of the chain, and the one before it
    let before: usize = 0;
    let last = first;
    while ((<u32>load<u16>(last)) & CHILD) {
      before = last;
      last = load<u32>(last + LAST_ENTRY);
    }
    if (!before) return;
    const lastPresence = <u32>load<u16>(last);
    if (!lastPresence) {
      free(last);
      d.children--;
      store<u16>(before, <u16>((<u32>load<u16>(before)) & PARENT_POSITIONS));
      continue;
    }
    while (hole != last && !(~(<u32>load<u16>(hole)) & PARENT_POSITIONS)) {
      hole = load<u32>(hole + LAST_ENTRY);
    }
    if (hole == last) return;
    const from = 31 - clz(lastPresence);
    const presence = <u32>load<u16>(hole);
    const to = ctz(~presence & PARENT_POSITIONS);
    store<u8>(hole + 2 + to, load<u8>(last + 2 + from));
    store<u32>(hole + ENTRIES + ((<usize>to) << 2), load<u32>(last + ENTRIES + ((<usize>from) << 2)));
    store<u16>(hole, <u16>(presence | (1 << to)));
    store<u16>(last, <u16>(lastPresence & ~(1 << from)));
  }
}

/** Frees the children of a bucket and says how many they were; the bucket still names the first. */
function chainFreeChildren(bucket: usize): u32 {
  let n: u32 = 0;
  let child: usize = (<u32>load<u16>(bucket)) & CHILD ? load<u32>(bucket + LAST_ENTRY) : 0;
  while (child) {
    const next: usize = (<u32>load<u16>(child)) & CHILD ? load<u32>(child + LAST_ENTRY) : 0;
    free(child);
    child = next;
    n++;
  }
  return n;
}

function chainCount(bucket: usize): u32 {
  let n: u32 = 0;
  while (true) {
    const presence = <u32>load<u16>(bucket);
    if (!(presence & CHILD)) return n + popcnt(presence);
    n += popcnt(presence & PARENT_POSITIONS);
    bucket = load<u32>(bucket + LAST_ENTRY);
  }
}

/** Where entry number `index` of a chain stands, 0 ≤ index < chainCount. */
function chainCell(bucket: usize, index: u32): usize {
  while (true) {
    const presence = <u32>load<u16>(bucket);
    let bits = presence & (presence & CHILD ? PARENT_POSITIONS : ALL_POSITIONS);
    const n = popcnt(bits);
    if (index < n) {
      while (index--) bits &= bits - 1;
      return bucket + ENTRIES + ((<usize>ctz(bits)) << 2);
    }
    index -= n;
    bucket = load<u32>(bucket + LAST_ENTRY);
  }
}

/** Appends the entries of a chain to the root's vector; false = out of memory. */
function chainCollect(bucket: usize): bool {
  while (true) {
    const presence = <u32>load<u16>(bucket);
    let bits = presence & (presence & CHILD ? PARENT_POSITIONS : ALL_POSITIONS);
    while (bits) {
      if (!vectorPush(load<u32>(bucket + ENTRIES + ((<usize>ctz(bits)) << 2)))) return false;
      bits &= bits - 1;
    }
    if (!(presence & CHILD)) return true;
    bucket = load<u32>(bucket + LAST_ENTRY);
  }
}

// --- resizing ---

/** Buckets that hold entries now: of one table, or while rehashing the rest of the old and what the new has. */
export function dictBuckets(dict: usize): u32 {
  const d = changetype<Dict>(dict);
  if (d.rehashIndex == NOT_REHASHING) return 1 << d.exponent0;
  const small = min(d.exponent0, d.exponent1);
  const left = (1 << small) - d.rehashIndex;
  return (left << (d.exponent0 - small)) + (d.rehashIndex << (d.exponent1 - small));
}

/** Bucket number `index` of those that dictBuckets counts. */
function bucketAt(d: Dict, index: u32): usize {
  if (d.rehashIndex == NOT_REHASHING) return d.table0 + ((<usize>index) << 6);
  const small = min(d.exponent0, d.exponent1);
  const moved = d.rehashIndex << (d.exponent1 - small);
  if (index < moved) {
    // group r of the new table: bucket (index mod rehashIndex) + k · 2^small
    const k = index / d.rehashIndex;
    return d.table1 + ((<usize>(index - k * d.rehashIndex + (k << small))) << 6);
  }
  index -= moved;
  const left = (1 << small) - d.rehashIndex;
  const k = index / left;
  return d.table0 + ((<usize>(d.rehashIndex + (index - k * left) + (k << small))) << 6);
}

/** Begins to move to a table of 2^exponent buckets; does nothing where there is no memory for it. */
function resize(d: Dict, exponent: u32): void {
  if (d.paused || exponent > EXPONENT_MAX || exponent == d.exponent0) return;
  const table = alloc(BUCKET_SIZE << exponent);
  if (!table) return;
  d.table1 = table;
  d.exponent1 = exponent;
  d.rehashIndex = 0;
}

/** Shrinks by a factor of eight at most: a step moves as many buckets as become one. */
function shrinkToFit(d: Dict): void {
  const least = d.exponent0 > SHRINK_BITS_MAX ? d.exponent0 - SHRINK_BITS_MAX : 0;
  resize(d, max(exponentFor(d.count), least));
}

/** Smallest exponent whose table is at most two thirds full with n entries. */
function exponentFor(n: u32): u32 {
  let e: u32 = 0;
  while (e < EXPONENT_MAX && n > 8 << e) e++;
  return e;
}

/**
 * Makes room for `n` entries at once. @returns false = no memory for it (the dict still works and grows as it
 * must). O(n) where the dict is empty, else the move goes on in steps.
 */
export function dictExpand(dict: usize, n: u32): bool {
  const d = changetype<Dict>(dict);
  const exponent = exponentFor(n);
  if (d.rehashIndex != NOT_REHASHING || exponent <= d.exponent0) return true;
  if (d.count == 0 && !d.children && !d.paused) {
    const table = alloc(BUCKET_SIZE << exponent);
    if (!table) return false;
    for (let i: usize = 0; i < (<usize>1) << exponent; i++) store<u32>(table + (i << 6), 0);
    free(d.table0);
    d.table0 = table;
    d.exponent0 = exponent;
    return true;
  }
  resize(d, exponent);
  return d.rehashIndex != NOT_REHASHING;
}

/**
 * Moves up to `steps` bucket groups to the new table.
 * @returns whether there is more to move. O(entries in the buckets)
 */
export function dictRehashStep(dict: usize, steps: u32): bool {
  const d = changetype<Dict>(dict);
  if (d.rehashIndex == NOT_REHASHING) return false;
  if (d.paused) return true;
  const small: u32 = 1 << min(d.exponent0, d.exponent1);
  while (steps--) {
    if (!moveGroup(d, d.rehashIndex, small)) return true;
    if (++d.rehashIndex == small) {
      free(d.table0);
      d.table0 = d.table1;
      d.exponent0 = d.exponent1;
      d.table1 = 0;
      d.rehashIndex = NOT_REHASHING;
      if (d.exponent0 > 0 && d.count < SHRINK_PER_BUCKET << d.exponent0) shrinkToFit(d);
      else if (d.count >= GROW_PER_BUCKET << d.exponent0) resize(d, d.exponent0 + 1);
      return d.rehashIndex != NOT_REHASHING;
    }
  }
  return true;
}

/** Moves about `buckets` buckets of the old table, whatever the size of a group. @returns whether there is more to move */
export function dictRehashBuckets(dict: usize, buckets: u32): bool {
  const d = changetype<Dict>(dict);
  const bits = d.exponent0 > d.exponent1 ? d.exponent0 - d.exponent1 : 0;
  return dictRehashStep(dict, max(buckets >> bits, 1));
}

/** Moves the entries whose small-table bucket is `index`; false = out of memory, nothing changed. */
function moveGroup(d: Dict, index: u32, small: u32): bool {
  const oldBuckets: u32 = 1 << d.exponent0;
  const newBuckets: u32 = 1 << d.exponent1;
  for (let i = index; i < newBuckets; i += small) store<u32>(d.table1 + ((<usize>i) << 6), 0);
  const childrenBefore = d.children;
  for (let i = index; i < oldBuckets; i += small) {
    if (!moveChain(d, d.table0 + ((<usize>i) << 6), newBuckets - 1)) {
      for (let j = index; j < newBuckets; j += small) chainFreeChildren(d.table1 + ((<usize>j) << 6));
      d.children = childrenBefore;
      return false;
    }
  }
  for (let i = index; i < oldBuckets; i += small) {
    d.children -= chainFreeChildren(d.table0 + ((<usize>i) << 6));
  }
  return true;
}

function moveChain(d: Dict, bucket: usize, mask: u32): bool {
  while (true) {
    const presence = <u32>load<u16>(bucket);
    let bits = presence & (presence & CHILD ? PARENT_POSITIONS : ALL_POSITIONS);
    // The entries are far apart: touch them all before the first is hashed, so that the misses overlap.
    let touched: u32 = 0;
    for (let b = bits; b; b &= b - 1) {
      touched += load<u8>(<usize>load<u32>(bucket + ENTRIES + ((<usize>ctz(b)) << 2)));
    }
    while (bits) {
      const entry = <usize>load<u32>(bucket + ENTRIES + ((<usize>ctz(bits)) << 2));
      const hash = hashBytes(entryKey(entry), entryKeyLen(entry));
      const target = d.table1 + ((<usize>((<u32>hash) & mask)) << 6);
      if (!chainInsert(d, target, <u8>(hash >> 56), entry)) return false;
      bits &= bits - 1;
    }
    if (touched == 0xffffffff || !(presence & CHILD)) return true;
    bucket = load<u32>(bucket + LAST_ENTRY);
  }
}

// --- walking ---

/** Where a random entry stands, each as likely (chains up to FAIR_CHAIN long); its chain's first bucket is in root.scratch0. */
function randomCell(d: Dict): usize {
  const buckets = dictBuckets(changetype<usize>(d));
  while (true) {
    const bucket = bucketAt(d, randomBelow(buckets));
    const n = chainCount(bucket);
    if (!n) continue;
    const pick = randomBelow(max(n, FAIR_CHAIN));
    if (pick >= n) continue;
    root.scratch0 = <u32>bucket;
    return chainCell(bucket, pick);
  }
}

/** A random entry, each as likely; 0 = the dict is empty. O(1) expected */
export function dictRandom(dict: usize): usize {
  return dictCount(dict) ? load<u32>(randomCell(changetype<Dict>(dict))) : 0;
}

/** Takes a random entry out, each as likely. @returns the entry, the caller's now; 0 = the dict is empty. O(1) expected */
export function dictRemoveRandom(dict: usize): usize {
  if (!dictCount(dict)) return 0;
  const d = changetype<Dict>(dict);
  const cell = randomCell(d);
  const entry = <usize>load<u32>(cell);
  clearCell(d, cell, root.scratch0);
  return entry;
}

/**
 * Appends to the vector about `wanted` entries from neighbouring buckets of a random place: quicker than
 * dictRandom and less fair, for eviction and expiry samples. O(wanted) expected
 */
export function dictSample(dict: usize, wanted: u32): void {
  const d = changetype<Dict>(dict);
  const buckets = dictBuckets(dict);
  let at = randomBelow(buckets);
  let taken: u32 = 0;
  for (let tries = wanted * 4 + 4; tries && taken < wanted; tries--) {
    const bucket = bucketAt(d, at);
    taken += chainCount(bucket);
    if (!chainCollect(bucket)) return;
    if (++at == buckets) at = 0;
  }
}

function reverseBits(v: u32): u32 {
  v = ((v >> 1) & 0x55555555) | ((v & 0x55555555) << 1);
  v = ((v >> 2) & 0x33333333) | ((v & 0x33333333) << 2);
  v = ((v >> 4) & 0x0f0f0f0f) | ((v & 0x0f0f0f0f) << 4);
  return bswap<u32>(v);
}

/**
 * One step of a scan: appends the entries of the bucket(s) that the cursor stands for to the vector.
 * @param cursor  0 to begin
 * @returns the next cursor; 0 = done.  An entry that stays in the dict is returned at least once, others
 *          perhaps, some twice where the dict is resized meanwhile.  O(1) a step
 */
export function dictScan(dict: usize, cursor: u64): u64 {
  const d = changetype<Dict>(dict);
  if (!d.count) return 0;
  let v = <u32>cursor;
  if (d.rehashIndex == NOT_REHASHING) {
    const mask: u32 = (1 << d.exponent0) - 1;
    chainCollect(d.table0 + ((<usize>(v & mask)) << 6));
    return nextCursor(v, mask);
  }
  const small: u32 = (1 << min(d.exponent0, d.exponent1)) - 1;
  const s = v & small;
  const inNew = s < d.rehashIndex;
  const table = inNew ? d.table1 : d.table0;
  const mask: u32 = (1 << (inNew ? d.exponent1 : d.exponent0)) - 1;
  // All buckets of the table in question that the small bucket expands to, from the cursor on.
  do {
    chainCollect(table + ((<usize>(v & mask)) << 6));
    v = <u32>nextCursor(v, mask);
  } while (v & (mask ^ small));
  return v;
}

// @ts-ignore: decorator
@inline
function nextCursor(v: u32, mask: u32): u64 {
  return reverseBits(reverseBits(v | ~mask) + 1);
}

/**
 * Iterator over all entries (28 bytes at `it`, the caller's). While one is open nothing rehashes, and the
 * entry just returned may be removed. Each dictIterOpen wants its dictIterClose.
 *   0 dict · 4 next bucket number · 8 current bucket (0 = none) · 12 positions left · 16 buckets · 20 entries of the dict
 *   when the current chain was entered · 24 dict that the entries are wanted for (dictIterNarrow), 0 = all are
 */
// @ts-ignore: decorator
@inline
export const DICT_ITERATOR_SIZE: usize = 28;

export function dictIterOpen(it: usize, dict: usize): void {
  store<u32>(it, dict, 0);
  store<u32>(it, 0, 4);
  store<u32>(it, 0, 8);
  store<u32>(it, 0, 12);
  store<u32>(it, dictBuckets(dict), 16);
  store<u32>(it, dictCount(dict), 20);
  store<u32>(it, 0, 24);
  changetype<Dict>(dict).paused++;
}

/**
 * Leaves out most entries whose keys another dict does not have: equal keys have equal hashes, so where the tables are
 * about as large, equal tags in the same bucket. It costs a look at that bucket, and none at the entries. For an
 * iterator that was just opened; while the other dict rehashes, or is much larger, nothing is left out.
 */
export function dictIterNarrow(it: usize, other: usize): void {
  const own = changetype<Dict>(<usize>load<u32>(it));
  const d = changetype<Dict>(other);
  const comparable = own.rehashIndex == NOT_REHASHING && d.rehashIndex == NOT_REHASHING;
  if (comparable && d.exponent0 <= own.exponent0 + NARROW_BITS) store<u32>(it, other, 24);
}
/** A bucket is compared with at most as many as these bits tell apart. */
// @ts-ignore: decorator
@inline
const NARROW_BITS: u32 = 2;

/** Those of the positions `bits` of a bucket whose tags occur in the buckets of another dict that may have their keys. */
function narrowed(bits: u32, bucket: usize, index: u32, exponent: u32, other: Dict): u32 {
  const end: u32 = 1 << other.exponent0;
  const step: u32 = 1 << exponent;
  let kept: u32 = 0;
  for (let left = bits; left; left &= left - 1) {
    const position = ctz(left);
    const tag = load<u8>(bucket + position, 2);
    for (let i = index & (end - 1); i < end; i += step) {
      if (!chainHasTag(other.table0 + ((<usize>i) << 6), tag)) continue;
      kept |= 1 << position;
      break;
    }
  }
  return kept;
}

function chainHasTag(bucket: usize, tag: u8): bool {
  while (!bucketMatch(bucket, tag)) {
    if (!((<u32>load<u16>(bucket)) & CHILD)) return false;
    bucket = load<u32>(bucket + LAST_ENTRY);
  }
  return true;
}

/** The next entry; 0 = no more. O(1) amortized */
export function dictIterNext(it: usize): usize {
  let bucket = <usize>load<u32>(it, 8);
  let bits = load<u32>(it, 12);
  while (true) {
    if (bits) {
      store<u32>(it, bits & (bits - 1), 12);
      return load<u32>(bucket + ENTRIES + ((<usize>ctz(bits)) << 2));
    }
    if (bucket && (<u32>load<u16>(bucket)) & CHILD) {
      bucket = load<u32>(bucket + LAST_ENTRY);
    } else {
      const next = load<u32>(it, 4);
      leaveChain(it);
      if (next == load<u32>(it, 16)) {
        store<u32>(it, 0, 8);
        store<u32>(it, 0, 12);
        return 0;
      }
      store<u32>(it, next + 1, 4);
      bucket = bucketAt(changetype<Dict>(<usize>load<u32>(it)), next);
    }
    const presence = <u32>load<u16>(bucket);
    bits = presence & (presence & CHILD ? PARENT_POSITIONS : ALL_POSITIONS);
    const other = <usize>load<u32>(it, 24);
    if (other) {
      const own = changetype<Dict>(<usize>load<u32>(it));
      bits = narrowed(bits, bucket, load<u32>(it, 4) - 1, own.exponent0, changetype<Dict>(other));
    }
    store<u32>(it, bucket, 8);
  }
}

/** Holes that removals have left in the chain that the iterator comes from are filled; not while another is open. */
function leaveChain(it: usize): void {
  const d = changetype<Dict>(<usize>load<u32>(it));
  const chain = load<u32>(it, 4);
  if (!chain || d.count == load<u32>(it, 20)) return;
  store<u32>(it, d.count, 20);
  if (d.paused == 1) chainCompact(d, bucketAt(d, chain - 1));
}

/** Closes an iterator: the dict may rehash again. */
export function dictIterClose(it: usize): void {
  const d = changetype<Dict>(<usize>load<u32>(it));
  if (DEBUG) assert(d.paused > 0); // closed once
  leaveChain(it);
  d.paused--;
  if (
    !d.paused &&
    d.rehashIndex == NOT_REHASHING &&
    d.exponent0 > 0 &&
    d.count < SHRINK_PER_BUCKET << d.exponent0
  ) {
    shrinkToFit(d);
  }
}

/**
 * Appends the entries of bucket number `index` (below dictBuckets) to the vector: to free a dict in slices,
 * bucket by bucket, before dictFree. O(1) expected
 */
export function dictCollectBucket(dict: usize, index: u32): bool {
  return chainCollect(bucketAt(changetype<Dict>(dict), index));
}

/**
 * Frees the entries of bucket number `index` (below dictBuckets), which must be mere blocks: to free a dict in slices,
 * bucket by bucket, before dictFree; nothing else may be done with it after. @returns how many. O(1) expected
 */
export function dictFreeBucket(dict: usize, index: u32): u32 {
  const first = bucketAt(changetype<Dict>(dict), index);
  let bucket = first;
  let n: u32 = 0;
  while (true) {
    const presence = <u32>load<u16>(bucket);
    let bits = presence & (presence & CHILD ? PARENT_POSITIONS : ALL_POSITIONS);
    n += popcnt(bits);
    for (; bits; bits &= bits - 1) free(load<u32>(bucket + ENTRIES + ((<usize>ctz(bits)) << 2)));
    if (!(presence & CHILD)) break;
    bucket = load<u32>(bucket + LAST_ENTRY);
  }
  changetype<Dict>(dict).children -= chainFreeChildren(first);
  store<u16>(first, 0);
  return n;
}

/**
 * Takes any one entry out of bucket number `index` of a dict that is being given up; its children go as they are
 * found empty. Nothing but this, dictDropBucket and dictFree may be done with the dict from here on, and dictFree only
 * after every bucket was seen: then it is O(1). @returns 0 = the bucket is empty. O(1) expected
 */
export function dictDrainBucket(dict: usize, index: u32): usize {
  const bucket = bucketAt(changetype<Dict>(dict), index);
  while (true) {
    const presence = <u32>load<u16>(bucket);
    if (!(presence & CHILD)) {
      if (!presence) return 0;
      store<u16>(bucket, <u16>(presence & (presence - 1)));
      return load<u32>(bucket + ENTRIES + ((<usize>ctz(presence)) << 2));
    }
    // The first child's entries first: it is linked out when it has none left.
    const child = <usize>load<u32>(bucket + LAST_ENTRY);
    const bits = <u32>load<u16>(child);
    const taken = bits & (bits & CHILD ? PARENT_POSITIONS : ALL_POSITIONS);
    if (taken) {
      store<u16>(child, <u16>(bits & ~(taken & (0 - taken))));
      return load<u32>(child + ENTRIES + ((<usize>ctz(taken)) << 2));
    }
    if (bits & CHILD) store<u32>(bucket + LAST_ENTRY, load<u32>(child + LAST_ENTRY));
    else store<u16>(bucket, <u16>(presence & PARENT_POSITIONS));
    changetype<Dict>(dict).children--;
    free(child);
  }
}

/** As dictDrainBucket, of entries that belong to somebody else: only the bucket's children are freed. O(children) */
export function dictDropBucket(dict: usize, index: u32): void {
  const bucket = bucketAt(changetype<Dict>(dict), index);
  const presence = <u32>load<u16>(bucket);
  if (!(presence & CHILD)) return;
  changetype<Dict>(dict).children -= chainFreeChildren(bucket);
  store<u16>(bucket, <u16>(presence & PARENT_POSITIONS));
}

/**
 * Makes a dict of which every bucket was drained or dropped an empty one again. Needs no memory, so that emptying works
 * where there is none: a large table stays until it is shrunk. O(buckets)
 */
export function dictReset(dict: usize): void {
  const d = changetype<Dict>(dict);
  if (d.rehashIndex != NOT_REHASHING) {
    const keepNew = d.exponent1 < d.exponent0;
    free(keepNew ? d.table0 : d.table1);
    if (keepNew) {
      d.table0 = d.table1;
      d.exponent0 = d.exponent1;
    }
    d.table1 = 0;
    d.rehashIndex = NOT_REHASHING;
  }
  const size = BUCKET_SIZE << d.exponent0;
  for (let at: usize = 0; at < size; at += BUCKET_SIZE) store<u32>(d.table0 + at, 0);
  d.count = 0;
}

/** Touches the entries of bucket number `index`: loads that do not wait for each other, before work on each. */
export function dictWarmBucket(dict: usize, index: u32): u32 {
  const bucket = bucketAt(changetype<Dict>(dict), index);
  const presence = <u32>load<u16>(bucket);
  let sum: u32 = 0;
  for (let bits = presence & (presence & CHILD ? PARENT_POSITIONS : ALL_POSITIONS); bits; bits &= bits - 1) {
    sum += load<u8>(<usize>load<u32>(bucket + ENTRIES + ((<usize>ctz(bits)) << 2)));
  }
  return sum;
}

// --- statistics ---

/**
 * What dictStats says of a table: 0 buckets in use · 4 entries · 8 buckets that are not empty · 12 longest chain, in
 * entries · 16 how many chains have 0, 1, … entries, 64 × u32; the last stands for all that have more.
 */
// @ts-ignore: decorator
@inline
export const DICT_STATS_SIZE: usize = 16 + 64 * 4;
// @ts-ignore: decorator
@inline
export const DICT_STATS_LENGTHS: u32 = 64;

/**
 * How the chains of one table are filled.
 * @param table  0, or 1 = the one that entries are being moved to     @param out  DICT_STATS_SIZE bytes
 * @returns false = there is no such table.  O(buckets)
 */
export function dictStats(dict: usize, table: u32, out: usize): bool {
  const d = changetype<Dict>(dict);
  const rehashing = d.rehashIndex != NOT_REHASHING;
  if (table && !rehashing) return false;
  memory.fill(out, 0, DICT_STATS_SIZE);
  // Table 1's buckets stand first in the numbering of bucketAt.
  const all = dictBuckets(dict);
  const moved: u32 = rehashing ? d.rehashIndex << (d.exponent1 - min(d.exponent0, d.exponent1)) : 0;
  const from: u32 = table ? 0 : moved;
  const to = table ? moved : all;
  store<u32>(out, to - from);
  for (let i = from; i < to; i++) {
    const n = chainCount(bucketAt(d, i));
    store<u32>(out, load<u32>(out, 4) + n, 4);
    if (n) store<u32>(out, load<u32>(out, 8) + 1, 8);
    store<u32>(out, max(load<u32>(out, 12), n), 12);
    const slot = out + 16 + ((<usize>min(n, DICT_STATS_LENGTHS - 1)) << 2);
    store<u32>(slot, load<u32>(slot) + 1);
  }
  return true;
}

// --- checks ---

/** Whether every invariant holds; traps with the reason where not. O(n) */
export function dictValidate(dict: usize): bool {
  const d = changetype<Dict>(dict);
  const buckets = dictBuckets(dict);
  let entries: u32 = 0;
  let children: u32 = 0;
  for (let i: u32 = 0; i < buckets; i++) {
    const first = bucketAt(d, i);
    let bucket = first;
    while (true) {
      const presence = <u32>load<u16>(bucket);
      let bits = presence & (presence & CHILD ? PARENT_POSITIONS : ALL_POSITIONS);
      entries += popcnt(bits);
      while (bits) {
        const at = ctz(bits);
        const entry = <usize>load<u32>(bucket + ENTRIES + ((<usize>at) << 2));
        const hash = hashBytes(entryKey(entry), entryKeyLen(entry));
        assert(dictBucket(dict, hash) == first, "an entry is in another bucket than its hash says");
        assert(load<u8>(bucket + 2 + at) == <u8>(hash >> 56), "a tag is not the hash's");
        bits &= bits - 1;
      }
      if (!(presence & CHILD)) {
        assert(bucket == first || presence != 0 || d.paused != 0, "a child bucket is empty");
        break;
      }
      bucket = load<u32>(bucket + LAST_ENTRY);
      children++;
    }
  }
  assert(entries == d.count, "count is not the number of entries");
  assert(children == d.children, "children is not the number of child buckets");
  return true;
}
