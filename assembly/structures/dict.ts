/**
 * dict: hash table of cache-line buckets that grows and shrinks by one bucket at a time (linear hashing, Litwin 1980).
 * Holds every keyspace, big hashes, sets and sorted sets.
 *
 * Why buckets: a lookup reads one line of tags and one entry; a chained table reads a line per node. The
 * table holds 4-byte addresses of blocks that carry their own key (types/entry-key.ts).
 *
 * Why one at a time: the table is as full at any size as at any other, it never exists twice, and no operation pays for more
 * than a bucket or two. docs/decisions/linear-hashing.md has the figures.
 *
 * Bucket (64 bytes, 64-byte aligned)
 *   offset  size  field     meaning
 *        0     2  presence  bit i: position i is taken; bit 15: the last position is the address of a child
 *        2    12  tags      top hash byte of each position, compared with one SIMD instruction
 *       14     2  -         undefined
 *       16    48  entries   12 × u32, address of an entry; undefined where presence says free
 *
 * Child (32 bytes): what its bucket, or the child before it, has no room for
 *        0     2  presence  as above
 *        2     6  tags
 *        8    24  entries   6 × u32
 *
 * Which bucket: with n = 2^k + split buckets, 0 ≤ split < 2^k, a hash belongs to the one that its low k bits name; where that
 * one has been split (it is below `split`), to the one that k + 1 bits name. Growing splits bucket `split` into itself and
 * bucket n; shrinking joins the two again. A bucket that is still to be split has twice as many entries as one that has
 * been, which is what children are for.
 *
 * Buckets lie in segments of 128, which a directory lists; a small table is one segment that grows with it and is listed
 * in the dict itself. So no bucket but those of a small table ever moves.
 *
 * SCAN cursors count in reverse binary (Pieter Noordhuis' algorithm in Redis): an element that is in the
 * dict from the first call to the last is returned, whatever splits and joins there are in between.
 *
 * Always true (dictValidate checks it)
 *   1. count is the number of entries.  2. Each entry is in the bucket chain its hash names, under its tag.  3. Where a last
 *   position is a child, its presence bit is not set.  4. While nothing pauses the dict, a child is never empty (but where
 *   entries were removed while two iterators were open).
 *
 * Owns its buckets, not its entries: the caller frees what dictRemove returns.
 */
import { DEBUG } from "../config.ts";
import { randomBelow, randomU64 } from "../hashing/prng.ts";
import { hashBytes } from "../hashing/siphash.ts";
import { alloc, free, realloc, usableSize } from "../memory/allocator.ts";
import { equalKeys } from "../memory/bytes.ts";
import { DICT_WORK } from "../memory/map.ts";
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
const LAST_ENTRY: usize = ENTRIES + (<usize>POSITIONS - 1) * 4;
// @ts-ignore: decorator
@inline
const CHILD_SIZE: usize = 32;
// @ts-ignore: decorator
@inline
const CHILD_POSITIONS: u32 = 6;
// @ts-ignore: decorator
@inline
const CHILD_ENTRIES: usize = 8;
// @ts-ignore: decorator
@inline
const CHILD_LAST_ENTRY: usize = CHILD_ENTRIES + (<usize>CHILD_POSITIONS - 1) * 4;
/** Bit of presence: the last position is a child's address. */
// @ts-ignore: decorator
@inline
const CHILD: u32 = 0x8000;
/** Bits of presence that stand for positions. */
// @ts-ignore: decorator
@inline
const TAKEN: u32 = 0x7fff;
/** Grow when there are more entries than this per bucket, on average. */
// @ts-ignore: decorator
@inline
const GROW_PER_BUCKET: u32 = 9;
/** Shrink when there are fewer. */
// @ts-ignore: decorator
@inline
const SHRINK_PER_BUCKET: u32 = 4;
/** Buckets that an insertion or a removal adds or takes away at most: more than one, so as to make up for what was put off. */
// @ts-ignore: decorator
@inline
const RESIZE_STEPS: u32 = 2;
// @ts-ignore: decorator
@inline
const BUCKETS_MAX: u32 = 1 << 25;
// @ts-ignore: decorator
@inline
const SEGMENT_BITS: u32 = 7;
// @ts-ignore: decorator
@inline
const SEGMENT_BUCKETS: u32 = 1 << SEGMENT_BITS;
// @ts-ignore: decorator
@inline
const SEGMENT_SIZE: usize = BUCKET_SIZE << SEGMENT_BITS;
/** Segments that the first directory has room for. */
// @ts-ignore: decorator
@inline
const DIRECTORY_LEAST: usize = 4;
/** A random pick takes position j of a chain with the same chance in every chain up to this long, twice that where not split. */
// @ts-ignore: decorator
@inline
const FAIR_CHAIN: u32 = 20;
/** Random draws that are made ahead. */
// @ts-ignore: decorator
@inline
const DRAWS: u32 = 8;
/** A ring of them: the lower 32 bits say which bucket, the upper which position. */
// @ts-ignore: decorator
@inline
const DRAWN: usize = DICT_WORK;
/** How many were made in all, modulo 2^32; 0 = none yet. */
// @ts-ignore: decorator
@inline
const DRAWS_MADE: usize = DRAWN + ((<usize>DRAWS) << 3);
/** Where sums of what was touched go: stored, so that the compiler cannot leave the loads out. */
// @ts-ignore: decorator
@inline
const TOUCHED: usize = DRAWS_MADE + 4;

if (ENTRIES + POSITIONS * 4 != BUCKET_SIZE) ERROR("Bucket is not one cache line: mend its table");
if (CHILD_ENTRIES + CHILD_POSITIONS * 4 != CHILD_SIZE) ERROR("Child has another size: mend its table");
if (DRAWS & (DRAWS - 1)) ERROR("The draws are a ring whose size is a power of two");
if (SHRINK_PER_BUCKET * 2 > GROW_PER_BUCKET) ERROR("A dict would grow and shrink by turns");

@unmanaged
export class Dict {
  /** Directory: addresses of the segments; of `first` while there is one. */
  segments: usize;
  /** The first segment. */
  first: usize;
  /** 2^k − 1. */
  mask: u32;
  /** Buckets below this have been split: 2^k + split is the number of buckets. */
  split: u32;
  count: u32;
  /** The bucket count is right while shrinkAt ≤ count ≤ growAt. */
  growAt: u32;
  shrinkAt: u32;
  /** Buckets that there is memory for. */
  room: u32;
  /** Iterators at work: no splits, no joins, no compaction of chains. */
  paused: u32;
  /** Child blocks in use. */
  children: u32;
}

/**
 * A new, empty dict of one bucket. @param behind  bytes of its owner's behind it     @returns its address; 0 = out of memory. O(1)
 */
export function dictCreate(behind: usize = 0): usize {
  const d = changetype<Dict>(alloc(offsetof<Dict>() + behind));
  if (!changetype<usize>(d)) return 0;
  const bucket = alloc(BUCKET_SIZE);
  if (!bucket) {
    free(changetype<usize>(d));
    return 0;
  }
  store<u32>(bucket, 0);
  d.segments = changetype<usize>(d) + offsetof<Dict>("first");
  d.first = bucket;
  d.room = 1;
  d.count = 0;
  d.paused = 0;
  d.children = 0;
  setBuckets(d, 1);
  return changetype<usize>(d);
}

/** Frees buckets and dict, not the entries. O(segments) where no chain has a child, else O(buckets). */
export function dictFree(dict: usize): void {
  const d = changetype<Dict>(dict);
  if (d.children) {
    const buckets = dictBuckets(dict);
    for (let i: u32 = 0; i < buckets; i++) chainFreeChildren(bucketAt(d, i));
  }
  freeSegments(d);
  free(d.first);
  free(dict);
}

/** Number of entries. O(1) */
// @ts-ignore: decorator
@inline
export function dictCount(dict: usize): u32 {
  return changetype<Dict>(dict).count;
}

/** Number of buckets. O(1) */
// @ts-ignore: decorator
@inline
export function dictBuckets(dict: usize): u32 {
  return changetype<Dict>(dict).mask + 1 + changetype<Dict>(dict).split;
}

/** Whether it has more or fewer buckets than its count asks for: it was paused, or grew without memory for it. O(1) */
// @ts-ignore: decorator
@inline
export function dictIsResizing(dict: usize): bool {
  const d = changetype<Dict>(dict);
  return d.count > d.growAt || d.count < d.shrinkAt;
}

/** Whether dictFree has children to look for. O(1) */
// @ts-ignore: decorator
@inline
export function dictHasChildren(dict: usize): bool {
  return changetype<Dict>(dict).children != 0;
}

/** Bytes of the buckets, without the entries. O(1) */
export function dictMemory(dict: usize): usize {
  const d = changetype<Dict>(dict);
  const bytes = usableSize(dict) + <usize>d.room * BUCKET_SIZE + <usize>d.children * CHILD_SIZE;
  return hasDirectory(d) ? bytes + usableSize(d.segments) : bytes;
}

/** Bucket number `index`, below dictBuckets. */
// @ts-ignore: decorator
@inline
function bucketAt(d: Dict, index: u32): usize {
  const segment = <usize>load<u32>(d.segments + ((<usize>(index >> SEGMENT_BITS)) << 2));
  return segment + ((<usize>(index & (SEGMENT_BUCKETS - 1))) << 6);
}

/** Address of the bucket that a hash belongs to. O(1) */
// @ts-ignore: decorator
@inline
export function dictBucket(dict: usize, hash: u64): usize {
  const d = changetype<Dict>(dict);
  return bucketAt(d, bucketIndex(d, <u32>hash));
}

/** Its number. No branch: which it is is chance, and a wrong guess of the processor costs more than both. */
// @ts-ignore: decorator
@inline
function bucketIndex(d: Dict, hash: u32): u32 {
  const mask = d.mask;
  const narrow = hash & mask;
  // All ones where that one has been split.
  const wide = <u32>((<i32>(narrow - d.split)) >> 31);
  return narrow | (hash & (mask + 1) & wide);
}

/** Positions of a bucket or child that hold an entry with this tag, as bits. */
// @ts-ignore: decorator
@inline
export function bucketMatch(bucket: usize, tag: u8): u32 {
  const same = i8x16.bitmask(i8x16.eq(v128.load(bucket), i8x16.splat(<i8>tag)));
  return ((<u32>same) >> 2) & (<u32>load<u16>(bucket)) & TAKEN;
}

/** The block that a lookup of this tag reads after the bucket: the first likely entry, else the child; 0 = neither. */
// @ts-ignore: decorator
@inline
export function bucketNext(bucket: usize, tag: u8): usize {
  const match = bucketMatch(bucket, tag);
  // No branch: which it is is chance. Where it is neither, the word is not used.
  const next = load<u32>(cellAt(bucket + ENTRIES, select<u32>(ctz(match), POSITIONS - 1, match != 0)));
  return select<u32>(next, 0, (match | ((<u32>load<u16>(bucket)) & CHILD)) != 0);
}

/** The first entry whose tag is that of the hash: mostly the one that is meant, if it is there; 0 = none in the bucket itself. O(1) */
// @ts-ignore: decorator
@inline
export function dictLikely(dict: usize, hash: u64): usize {
  const bucket = dictBucket(dict, hash);
  const match = bucketMatch(bucket, <u8>(hash >> 56));
  return match ? load<u32>(bucket + ENTRIES + ((<usize>ctz(match)) << 2)) : 0;
}

/** The first child of a bucket; 0 = none. */
// @ts-ignore: decorator
@inline
function childOf(bucket: usize): usize {
  return (<u32>load<u16>(bucket)) & CHILD ? load<u32>(bucket, LAST_ENTRY) : 0;
}

/** The child behind a child; 0 = none. */
// @ts-ignore: decorator
@inline
function nextChild(child: usize): usize {
  return (<u32>load<u16>(child)) & CHILD ? load<u32>(child, CHILD_LAST_ENTRY) : 0;
}

/** Positions of a bucket or child that are taken, as bits. */
// @ts-ignore: decorator
@inline
function taken(block: usize): u32 {
  return (<u32>load<u16>(block)) & TAKEN;
}

/** Where position `i` of a block's `entries` stands. */
// @ts-ignore: decorator
@inline
function cellAt(entries: usize, i: u32): usize {
  return entries + ((<usize>i) << 2);
}

/**
 * Where the entry of a key stands.
 * @returns address of the word that holds the entry's address; 0 = no such key. Valid until the next insert,
 *          remove or resize step of this dict.  O(1)
 */
export function dictFindCell(dict: usize, hash: u64, key: usize, len: usize): usize {
  const bucket = dictBucket(dict, hash);
  const tag = <u8>(hash >> 56);
  for (let match = bucketMatch(bucket, tag); match; match &= match - 1) {
    const cell = cellAt(bucket + ENTRIES, ctz(match));
    if (hasKey(load<u32>(cell), key, len)) return cell;
  }
  const child = childOf(bucket);
  return child ? findInChildren(child, tag, key, len) : 0;
}

function findInChildren(child: usize, tag: u8, key: usize, len: usize): usize {
  for (; child; child = nextChild(child)) {
    for (let match = bucketMatch(child, tag); match; match &= match - 1) {
      const cell = cellAt(child + CHILD_ENTRIES, ctz(match));
      if (hasKey(load<u32>(cell), key, len)) return cell;
    }
  }
  return 0;
}

// @ts-ignore: decorator
@inline
function hasKey(entry: usize, key: usize, len: usize): bool {
  return entryKeyLen(entry) == len && equalKeys(entryKey(entry), key, len);
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
    const next = bucketNext(dictBucket(dict, hash), <u8>(hash >> 56));
    if (next) sum += load<u8>(next);
  }
  return sum;
}

/** Where an entry that stands under this hash is held; 0 = nowhere. O(1) */
function findEntryCell(dict: usize, hash: u64, entry: usize): usize {
  const bucket = dictBucket(dict, hash);
  const tag = <u8>(hash >> 56);
  for (let match = bucketMatch(bucket, tag); match; match &= match - 1) {
    const cell = cellAt(bucket + ENTRIES, ctz(match));
    if (load<u32>(cell) == entry) return cell;
  }
  for (let child = childOf(bucket); child; child = nextChild(child)) {
    for (let match = bucketMatch(child, tag); match; match &= match - 1) {
      const cell = cellAt(child + CHILD_ENTRIES, ctz(match));
      if (load<u32>(cell) == entry) return cell;
    }
  }
  return 0;
}

/** Whether this very entry stands under this hash. O(1) */
export function dictHolds(dict: usize, hash: u64, entry: usize): bool {
  return findEntryCell(dict, hash, entry) != 0;
}

/** Adds an entry whose key must not be there. @returns false = out of memory, nothing changed. O(1) */
export function dictInsert(dict: usize, hash: u64, entry: usize): bool {
  const d = changetype<Dict>(dict);
  if (d.count >= d.growAt) resize(d, RESIZE_STEPS);
  if (!chainInsert(d, dictBucket(dict, hash), <u8>(hash >> 56), entry)) return false;
  d.count++;
  return true;
}

/** Puts another block of the same key in the place of `oldEntry`, which must be there. O(1) */
export function dictReplace(dict: usize, hash: u64, oldEntry: usize, newEntry: usize): void {
  const cell = findEntryCell(dict, hash, oldEntry);
  assert(cell != 0, "dictReplace: the entry is not in the dict");
  store<u32>(cell, newEntry);
}

/** Takes the entry of a key out. @returns the entry, the caller's now; 0 = no such key.  O(1) */
export function dictRemove(dict: usize, hash: u64, key: usize, len: usize): usize {
  const cell = dictFindCell(dict, hash, key, len);
  if (!cell) return 0;
  const entry = <usize>load<u32>(cell);
  clearCell(changetype<Dict>(dict), cell, dictBucket(dict, hash));
  return entry;
}

/** Takes out the very entry `entry`, which must be there. O(1) */
export function dictRemoveEntry(dict: usize, hash: u64, entry: usize): void {
  const cell = findEntryCell(dict, hash, entry);
  assert(cell != 0, "dictRemoveEntry: the entry is not in the dict");
  clearCell(changetype<Dict>(dict), cell, dictBucket(dict, hash));
}

/** Empties a cell of the chain that begins at `bucket`. O(1) */
function clearCell(d: Dict, cell: usize, bucket: usize): void {
  let block = bucket;
  let entries = bucket + ENTRIES;
  if (cell - bucket >= BUCKET_SIZE) {
    for (block = childOf(bucket); cell - block >= CHILD_SIZE;) block = nextChild(block);
    entries = block + CHILD_ENTRIES;
  }
  store<u16>(block, <u16>((<u32>load<u16>(block)) & ~(1 << ((cell - entries) >> 2))));
  d.count--;
  if (d.paused) return;
  if ((<u32>load<u16>(bucket)) & CHILD) chainCompact(d, bucket);
  if (d.count < d.shrinkAt) resize(d, RESIZE_STEPS);
}

// --- chains: a bucket and its children ---

/** Adds an entry to the chain that begins at `bucket`; false = out of memory. */
function chainInsert(d: Dict, bucket: usize, tag: u8, entry: usize): bool {
  const presence = <u32>load<u16>(bucket);
  const room = freePositions(presence, POSITIONS);
  if (room) {
    putEntry(bucket, bucket + ENTRIES, presence, ctz(room), tag, entry);
    return true;
  }
  if (!(presence & CHILD)) return chainExtend(d, bucket, bucket + LAST_ENTRY, POSITIONS - 1, tag, entry);
  return childInsert(d, load<u32>(bucket, LAST_ENTRY), tag, entry);
}

function childInsert(d: Dict, child: usize, tag: u8, entry: usize): bool {
  while (true) {
    const presence = <u32>load<u16>(child);
    const room = freePositions(presence, CHILD_POSITIONS);
    if (room) {
      putEntry(child, child + CHILD_ENTRIES, presence, ctz(room), tag, entry);
      return true;
    }
    const last = child + CHILD_LAST_ENTRY;
    if (!(presence & CHILD)) return chainExtend(d, child, last, CHILD_POSITIONS - 1, tag, entry);
    child = load<u32>(last);
  }
}

/** Positions of a block of so many that can take an entry, as bits. */
// @ts-ignore: decorator
@inline
function freePositions(presence: u32, positions: u32): u32 {
  return ~presence & ((1 << (presence & CHILD ? positions - 1 : positions)) - 1);
}

// @ts-ignore: decorator
@inline
function putEntry(block: usize, entries: usize, presence: u32, i: u32, tag: u8, entry: usize): void {
  store<u16>(block, <u16>(presence | (1 << i)));
  store<u8>(block + i, tag, 2);
  store<u32>(cellAt(entries, i), entry);
}

/** Gives a full block a child: its last entry, number `i` at `last`, moves there, the new entry beside it. */
function chainExtend(d: Dict, block: usize, last: usize, i: u32, tag: u8, entry: usize): bool {
  const child = alloc(CHILD_SIZE);
  if (!child) return false;
  store<u16>(child, 3);
  store<u8>(child, load<u8>(block + i, 2), 2);
  store<u8>(child, tag, 3);
  store<u32>(child, load<u32>(last), CHILD_ENTRIES);
  store<u32>(child, entry, CHILD_ENTRIES + 4);
  store<u32>(last, child);
  store<u16>(block, <u16>(((<u32>load<u16>(block)) & ~(1 << i)) | CHILD));
  d.children++;
  return true;
}

/** Fills holes of a chain that has children from the last of them and frees those that are empty. */
function chainCompact(d: Dict, bucket: usize): void {
  while ((<u32>load<u16>(bucket)) & CHILD) {
    // The last child, and the block whose last position names it.
    let holder = bucket;
    let last = childOf(bucket);
    for (let next = nextChild(last); next; next = nextChild(next)) {
      holder = last;
      last = next;
    }
    const presence = taken(last);
    if (!(presence & (presence - 1))) {
      // One entry, which fits where the child's address stands, or none.
      const inBucket = holder == bucket;
      const i = inBucket ? POSITIONS - 1 : CHILD_POSITIONS - 1;
      const from = ctz(presence);
      const left = (<u32>load<u16>(holder)) & TAKEN;
      store<u16>(holder, <u16>left);
      if (presence) {
        const entry = <usize>load<u32>(cellAt(last + CHILD_ENTRIES, from));
        putEntry(
          holder,
          holder + (inBucket ? ENTRIES : CHILD_ENTRIES),
          left,
          i,
          load<u8>(last + from, 2),
          entry,
        );
      }
      free(last);
      d.children--;
      continue;
    }
    let block = bucket;
    let entries = bucket + ENTRIES;
    let room = freePositions(load<u16>(bucket), POSITIONS);
    while (!room) {
      block = block == bucket ? childOf(block) : nextChild(block);
      if (block == last) return;
      entries = block + CHILD_ENTRIES;
      room = freePositions(load<u16>(block), CHILD_POSITIONS);
    }
    const from = ctz(presence);
    const entry = <usize>load<u32>(cellAt(last + CHILD_ENTRIES, from));
    putEntry(block, entries, load<u16>(block), ctz(room), load<u8>(last + from, 2), entry);
    store<u16>(last, <u16>(presence & (presence - 1)));
  }
}

/** Frees the children of a bucket and says how many they were; the bucket still names the first. */
function chainFreeChildren(bucket: usize): u32 {
  let n: u32 = 0;
  for (let child = childOf(bucket); child; n++) {
    const next = nextChild(child);
    free(child);
    child = next;
  }
  return n;
}

function chainCount(bucket: usize): u32 {
  let n: u32 = popcnt(taken(bucket));
  for (let child = childOf(bucket); child; child = nextChild(child)) n += popcnt(taken(child));
  return n;
}

/** Where entry number `index` of a chain stands, 0 ≤ index < chainCount. */
function chainCell(bucket: usize, index: u32): usize {
  let block = bucket;
  let entries = bucket + ENTRIES;
  while (true) {
    let bits = taken(block);
    const n: u32 = popcnt(bits);
    if (index < n) {
      while (index--) bits &= bits - 1;
      return cellAt(entries, ctz(bits));
    }
    index -= n;
    block = block == bucket ? childOf(block) : nextChild(block);
    entries = block + CHILD_ENTRIES;
  }
}

/** Appends the entries of a chain to the root's vector; false = out of memory. */
function chainCollect(bucket: usize): bool {
  if (!collect(bucket, bucket + ENTRIES)) return false;
  for (let child = childOf(bucket); child; child = nextChild(child)) {
    if (!collect(child, child + CHILD_ENTRIES)) return false;
  }
  return true;
}

// @ts-ignore: decorator
@inline
function collect(block: usize, entries: usize): bool {
  for (let bits = taken(block); bits; bits &= bits - 1) {
    if (!vectorPush(load<u32>(cellAt(entries, ctz(bits))))) return false;
  }
  return true;
}

/** Touches the entries of a chain: loads that do not wait for each other. @returns a sum, which keeps the compiler from leaving them out */
function touchChain(bucket: usize): u32 {
  let sum = touch(bucket, bucket + ENTRIES);
  for (let child = childOf(bucket); child; child = nextChild(child))
    sum += touch(child, child + CHILD_ENTRIES);
  return sum;
}

// @ts-ignore: decorator
@inline
function touch(block: usize, entries: usize): u32 {
  let sum: u32 = 0;
  for (let bits = taken(block); bits; bits &= bits - 1) {
    sum += load<u8>(<usize>load<u32>(cellAt(entries, ctz(bits))));
  }
  return sum;
}

// --- resizing ---

/** The table has `n` buckets now. */
function setBuckets(d: Dict, n: u32): void {
  const top: u32 = 1 << (31 - clz(n));
  d.mask = top - 1;
  d.split = n - top;
  d.growAt = n * GROW_PER_BUCKET;
  d.shrinkAt = n == 1 ? 0 : n * SHRINK_PER_BUCKET;
}

/**
 * Makes room for `n` entries at once. @returns false = no memory for it (the dict still works and grows as it
 * must). O(n) where the dict is empty, else it does nothing: buckets with entries are split as more come.
 */
export function dictExpand(dict: usize, n: u32): bool {
  const d = changetype<Dict>(dict);
  if (d.count || d.children || d.paused) return true;
  const wanted = min(n / GROW_PER_BUCKET + 1, BUCKETS_MAX);
  if (wanted <= dictBuckets(dict)) return true;
  while (d.room < wanted) if (!makeRoom(d, wanted)) break;
  const buckets = min(d.room, wanted);
  for (let i: u32 = 0; i < buckets; i++) store<u32>(bucketAt(d, i), 0);
  setBuckets(d, buckets);
  return buckets == wanted;
}

/** Adds or takes away up to `steps` buckets. @returns whether there are more to add or take away. O(steps) */
export function dictResizeStep(dict: usize, steps: u32): bool {
  resize(changetype<Dict>(dict), steps);
  return dictIsResizing(dict);
}

function resize(d: Dict, steps: u32): void {
  if (d.paused) return;
  for (; steps; steps--) {
    const changed = d.count >= d.growAt ? addBucket(d) : d.count < d.shrinkAt && dropBucket(d);
    if (!changed) return;
  }
}

/** Splits the next bucket; false = out of memory, nothing changed. */
function addBucket(d: Dict): bool {
  const n = dictBuckets(changetype<usize>(d));
  if (n == BUCKETS_MAX || (n == d.room && !makeRoom(d, n + 1 + (n >> 3)))) return false;
  const added = bucketAt(d, n);
  store<u32>(added, 0);
  if (!splitChain(d, bucketAt(d, d.split), added, d.mask + 1)) return false;
  setBuckets(d, n + 1);
  return true;
}

/** Joins the last bucket with the one that it was split from; false = out of memory, nothing changed. */
function dropBucket(d: Dict): bool {
  const n = dictBuckets(changetype<usize>(d)) - 1;
  const bit: u32 = 1 << (31 - clz(n));
  if (!joinChain(d, bucketAt(d, n), bucketAt(d, n - bit), bit)) return false;
  setBuckets(d, n);
  giveRoom(d, n);
  return true;
}

/** Moves the entries of a chain whose hashes have `bit` to an empty one; false = out of memory, nothing changed. */
function splitChain(d: Dict, bucket: usize, to: usize, bit: u32): bool {
  // The entries are far apart: touch them all before the first is hashed, so that the misses overlap.
  store<u32>(TOUCHED, touchChain(bucket));
  let ok = moveEntries(d, bucket, bucket + ENTRIES, to, bit);
  for (let child = childOf(bucket); child && ok; child = nextChild(child)) {
    ok = moveEntries(d, child, child + CHILD_ENTRIES, to, bit);
  }
  if (!ok) {
    // Back to the holes that they have left.
    addChain(d, to, bucket);
    d.children -= chainFreeChildren(to);
    return false;
  }
  if ((<u32>load<u16>(bucket)) & CHILD) chainCompact(d, bucket);
  return true;
}

/** Moves the entries of a block whose hashes have `bit` to a chain; false = out of memory after some. */
function moveEntries(d: Dict, block: usize, entries: usize, to: usize, bit: u32): bool {
  const moving = withBit(block, entries, bit);
  let left = moving;
  for (; left; left &= left - 1) {
    const i: u32 = ctz(left);
    if (!chainInsert(d, to, load<u8>(block + i, 2), load<u32>(cellAt(entries, i)))) break;
  }
  store<u16>(block, <u16>((<u32>load<u16>(block)) & ~(moving & ~left)));
  return !left;
}

/** Positions of a block whose entries' hashes have `bit`. No branch for each: half of them would be guessed wrong. */
function withBit(block: usize, entries: usize, bit: u32): u32 {
  let found: u32 = 0;
  for (let bits = taken(block); bits; bits &= bits - 1) {
    const i: u32 = ctz(bits);
    const entry = <usize>load<u32>(cellAt(entries, i));
    const hash = <u32>hashBytes(entryKey(entry), entryKeyLen(entry));
    found |= (<u32>((hash & bit) != 0)) << i;
  }
  return found;
}

/** Moves the entries of a chain, whose hashes have `bit`, to one whose have not; false = out of memory, nothing changed. */
function joinChain(d: Dict, bucket: usize, to: usize, bit: u32): bool {
  if (addChain(d, bucket, to)) {
    d.children -= chainFreeChildren(bucket);
    return true;
  }
  dropEntries(to, to + ENTRIES, bit);
  for (let child = childOf(to); child; child = nextChild(child))
    dropEntries(child, child + CHILD_ENTRIES, bit);
  if ((<u32>load<u16>(to)) & CHILD) chainCompact(d, to);
  return false;
}

/** Adds the entries of a chain to another; false = out of memory after some. */
function addChain(d: Dict, from: usize, to: usize): bool {
  let ok = addEntries(d, from, from + ENTRIES, to);
  for (let child = childOf(from); child && ok; child = nextChild(child)) {
    ok = addEntries(d, child, child + CHILD_ENTRIES, to);
  }
  return ok;
}

function addEntries(d: Dict, block: usize, entries: usize, to: usize): bool {
  for (let bits = taken(block); bits; bits &= bits - 1) {
    const i: u32 = ctz(bits);
    if (!chainInsert(d, to, load<u8>(block + i, 2), load<u32>(cellAt(entries, i)))) return false;
  }
  return true;
}

/** Empties the positions of a block whose hashes have `bit`. */
function dropEntries(block: usize, entries: usize, bit: u32): void {
  store<u16>(block, <u16>((<u32>load<u16>(block)) & ~withBit(block, entries, bit)));
}

// --- segments ---

/** Whether there is more than one segment. */
// @ts-ignore: decorator
@inline
function hasDirectory(d: Dict): bool {
  return d.room > SEGMENT_BUCKETS;
}

/** Makes room for `wanted` buckets, or for as many of them as one segment holds; false = out of memory. */
function makeRoom(d: Dict, wanted: u32): bool {
  if (d.room >= SEGMENT_BUCKETS) return addSegment(d);
  const first = realloc(d.first, min(<usize>wanted * BUCKET_SIZE, SEGMENT_SIZE));
  if (!first) return false;
  d.first = first;
  d.room = min(<u32>(usableSize(first) / BUCKET_SIZE), SEGMENT_BUCKETS);
  return true;
}

function addSegment(d: Dict): bool {
  const segment = alloc(SEGMENT_SIZE);
  if (!segment) return false;
  const at = (<usize>(d.room >> SEGMENT_BITS)) << 2;
  const listed = hasDirectory(d);
  if (!listed || at == usableSize(d.segments)) {
    const directory = listed ? realloc(d.segments, at << 1) : alloc(DIRECTORY_LEAST << 2);
    if (!directory) {
      free(segment);
      return false;
    }
    if (!listed) store<u32>(directory, d.first);
    d.segments = directory;
  }
  store<u32>(d.segments + at, segment);
  d.room += SEGMENT_BUCKETS;
  return true;
}

/** Gives memory back that `buckets` buckets do not need: segments, or half of the only one. */
function giveRoom(d: Dict, buckets: u32): void {
  if (d.room > SEGMENT_BUCKETS) {
    if (d.room - buckets >= SEGMENT_BUCKETS) dropSegment(d);
  } else if (buckets <= d.room >> 1) {
    d.first = realloc(d.first, <usize>buckets * BUCKET_SIZE);
    d.room = min(<u32>(usableSize(d.first) / BUCKET_SIZE), SEGMENT_BUCKETS);
  }
}

function dropSegment(d: Dict): void {
  d.room -= SEGMENT_BUCKETS;
  const at = (<usize>(d.room >> SEGMENT_BITS)) << 2;
  free(load<u32>(d.segments + at));
  if (d.room == SEGMENT_BUCKETS) {
    free(d.segments);
    d.segments = changetype<usize>(d) + offsetof<Dict>("first");
  } else if (at << 2 <= usableSize(d.segments)) {
    d.segments = realloc(d.segments, at << 1);
  }
}

/** Frees all segments but the first. */
function freeSegments(d: Dict): void {
  while (d.room > SEGMENT_BUCKETS) dropSegment(d);
}

// --- walking ---

/**
 * Where a random entry stands, each as likely (chains up to FAIR_CHAIN long); its chain's bucket is in root.scratch0.
 *
 * A draw is a bucket and a position, which may be free: then the next counts. Draws are made ahead, and what they mean in this
 * dict is touched ahead, so that who pops member after member waits for few of them.
 */
function randomCell(d: Dict): usize {
  if (!load<u32>(DRAWS_MADE)) for (let i: u32 = 0; i < DRAWS; i++) draw(i);
  let touched: u32 = 0;
  while (true) {
    const made = load<u32>(DRAWS_MADE);
    const oldest = load<u64>(drawnAt(made));
    draw(made);
    touched += load<u16>(bucketAt(d, bucketIndex(d, load<u32>(drawnAt(made)))));
    touched += touchDrawn(d, load<u64>(drawnAt(made + DRAWS / 2)));
    const cell = drawnCell(d, oldest);
    if (!cell) continue;
    store<u32>(TOUCHED, touched);
    root.scratch0 = <u32>bucketAt(d, bucketIndex(d, <u32>oldest));
    return cell;
  }
}

/** Where draw number `i` is kept, or the one that many before or behind. */
// @ts-ignore: decorator
@inline
function drawnAt(i: u32): usize {
  return DRAWN + ((<usize>(i & (DRAWS - 1))) << 3);
}

/** Makes draw number `i`. */
function draw(i: u32): void {
  store<u64>(drawnAt(i), randomU64());
  store<u32>(DRAWS_MADE, i + 1);
}

/** How many positions the chain of a bucket is taken to have, most of them free. */
// @ts-ignore: decorator
@inline
function fairPositions(d: Dict, index: u32): u32 {
  // As a random hash would: a bucket that is not split comes up twice as often, so its positions half as often.
  return isSplit(d, index) ? FAIR_CHAIN : 2 * FAIR_CHAIN;
}

/** The cell that a draw means in this dict; 0 = that position is free. */
function drawnCell(d: Dict, drawn: u64): usize {
  const index = bucketIndex(d, <u32>drawn);
  const bucket = bucketAt(d, index);
  const positions = fairPositions(d, index);
  const position = <u32>(((drawn >> 32) * positions) >> 32);
  if (position < <u32>popcnt(taken(bucket))) return chainCell(bucket, position);
  if (!childOf(bucket)) return 0;
  const n = chainCount(bucket);
  const further = <u32>(((drawn >> 32) * max(n, positions)) >> 32);
  return further < n ? chainCell(bucket, further) : 0;
}

/** Touches the block that the cell of a draw holds, or the child that it is looked for in; its bucket was touched before. */
function touchDrawn(d: Dict, drawn: u64): u32 {
  const index = bucketIndex(d, <u32>drawn);
  const bucket = bucketAt(d, index);
  const position = <u32>(((drawn >> 32) * fairPositions(d, index)) >> 32);
  if (position < <u32>popcnt(taken(bucket))) return load<u8>(load<u32>(chainCell(bucket, position)));
  const child = childOf(bucket);
  return child ? load<u16>(child) : 0;
}

/** Whether bucket number `index` is one of the two that a bucket was split into. */
// @ts-ignore: decorator
@inline
function isSplit(d: Dict, index: u32): bool {
  return index < d.split || index > d.mask;
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
 *          perhaps, some twice where buckets are joined meanwhile.  O(1) a step
 */
export function dictScan(dict: usize, cursor: u64): u64 {
  const d = changetype<Dict>(dict);
  if (!d.count) return 0;
  let v = <u32>cursor;
  const mask = d.mask;
  if ((v & mask) >= d.split) {
    chainCollect(bucketAt(d, v & mask));
    return nextCursor(v, mask);
  }
  // Both of the buckets that this one was split into, from the cursor on.
  const wide = (mask << 1) | 1;
  do {
    chainCollect(bucketAt(d, v & wide));
    v = <u32>nextCursor(v, wide);
  } while (v & (wide ^ mask));
  return v;
}

// @ts-ignore: decorator
@inline
function nextCursor(v: u32, mask: u32): u64 {
  return reverseBits(reverseBits(v | ~mask) + 1);
}

/**
 * Iterator over all entries (28 bytes at `it`, the caller's). While one is open no bucket is split or joined, and the
 * entry just returned may be removed. Each dictIterOpen wants its dictIterClose.
 *   0 dict · 4 next bucket number · 8 entries of the current bucket or child · 12 positions left · 16 child that comes next,
 *   0 = none · 20 entries of the dict when the current chain was entered · 24 dict that the entries are wanted for
 *   (dictIterNarrow), 0 = all are
 */
// @ts-ignore: decorator
@inline
export const DICT_ITERATOR_SIZE: usize = 28;

export function dictIterOpen(it: usize, dict: usize): void {
  store<u32>(it, dict, 0);
  store<u32>(it, 0, 4);
  store<u32>(it, 0, 8);
  store<u32>(it, 0, 12);
  store<u32>(it, 0, 16);
  store<u32>(it, dictCount(dict), 20);
  store<u32>(it, 0, 24);
  changetype<Dict>(dict).paused++;
}

/**
 * Leaves out most entries whose keys another dict does not have: equal keys have equal hashes, so where the tables are
 * about as large, equal tags in the same bucket. It costs a look at that bucket, and none at the entries. For an
 * iterator that was just opened; while the other dict is much larger, nothing is left out.
 */
export function dictIterNarrow(it: usize, other: usize): void {
  const own = changetype<Dict>(<usize>load<u32>(it));
  if (changetype<Dict>(other).mask >> NARROW_BITS <= own.mask) store<u32>(it, other, 24);
}
/** A bucket is compared with at most about as many as these bits tell apart. */
// @ts-ignore: decorator
@inline
const NARROW_BITS: u32 = 2;

/** Those of the positions `bits` of a block of bucket `index` whose tags occur where another dict may have their keys. */
function narrowed(bits: u32, block: usize, own: Dict, index: u32, other: Dict): u32 {
  // The hash bits that all entries of the bucket have in common are its number; other buckets that share them may hold the keys.
  const known: u32 = isSplit(own, index) ? (own.mask << 1) | 1 : own.mask;
  const first = known > other.mask ? bucketIndex(other, index) : index;
  const end = dictBuckets(changetype<usize>(other));
  let kept: u32 = 0;
  for (let left = bits; left; left &= left - 1) {
    const position = ctz(left);
    const tag = load<u8>(block + position, 2);
    for (let i = first; i < end; i += known + 1) {
      if (!chainHasTag(bucketAt(other, i), tag)) continue;
      kept |= 1 << position;
      break;
    }
  }
  return kept;
}

function chainHasTag(bucket: usize, tag: u8): bool {
  if (bucketMatch(bucket, tag)) return true;
  for (let child = childOf(bucket); child; child = nextChild(child)) if (bucketMatch(child, tag)) return true;
  return false;
}

/** The next entry; 0 = no more. O(1) amortized */
export function dictIterNext(it: usize): usize {
  while (true) {
    const bits = load<u32>(it, 12);
    if (bits) {
      store<u32>(it, bits & (bits - 1), 12);
      return load<u32>(cellAt(load<u32>(it, 8), ctz(bits)));
    }
    const child = <usize>load<u32>(it, 16);
    if (child) {
      store<u32>(it, nextChild(child), 16);
      enterBlock(it, child, child + CHILD_ENTRIES);
      continue;
    }
    const d = changetype<Dict>(<usize>load<u32>(it));
    const next = load<u32>(it, 4);
    leaveChain(it);
    if (next == dictBuckets(changetype<usize>(d))) return 0;
    store<u32>(it, next + 1, 4);
    const bucket = bucketAt(d, next);
    store<u32>(it, childOf(bucket), 16);
    enterBlock(it, bucket, bucket + ENTRIES);
  }
}

// @ts-ignore: decorator
@inline
function enterBlock(it: usize, block: usize, entries: usize): void {
  const other = <usize>load<u32>(it, 24);
  let bits = taken(block);
  if (other) {
    const own = changetype<Dict>(<usize>load<u32>(it));
    bits = narrowed(bits, block, own, load<u32>(it, 4) - 1, changetype<Dict>(other));
  }
  store<u32>(it, entries, 8);
  store<u32>(it, bits, 12);
}

/** Holes that removals have left in the chain that the iterator comes from are filled; not while another is open. */
function leaveChain(it: usize): void {
  const d = changetype<Dict>(<usize>load<u32>(it));
  const chain = load<u32>(it, 4);
  if (!chain || d.count == load<u32>(it, 20)) return;
  store<u32>(it, d.count, 20);
  if (d.paused > 1) return;
  const bucket = bucketAt(d, chain - 1);
  if ((<u32>load<u16>(bucket)) & CHILD) chainCompact(d, bucket);
}

/** Closes an iterator: the dict may grow and shrink again. */
export function dictIterClose(it: usize): void {
  const d = changetype<Dict>(<usize>load<u32>(it));
  if (DEBUG) assert(d.paused > 0); // closed once
  store<u32>(it, 0, 16);
  leaveChain(it);
  d.paused--;
  resize(d, RESIZE_STEPS);
}

/**
 * Appends the entries of bucket number `index` (below dictBuckets) to the vector. @returns false = out of memory. O(1) expected
 */
export function dictCollectBucket(dict: usize, index: u32): bool {
  return chainCollect(bucketAt(changetype<Dict>(dict), index));
}

/**
 * Frees the entries of bucket number `index` (below dictBuckets), which must be mere blocks: to free a dict in slices,
 * bucket by bucket, before dictFree; nothing else may be done with it after. @returns how many. O(1) expected
 */
export function dictFreeBucket(dict: usize, index: u32): u32 {
  const bucket = bucketAt(changetype<Dict>(dict), index);
  let n = freeEntries(bucket, bucket + ENTRIES);
  for (let child = childOf(bucket); child; child = nextChild(child))
    n += freeEntries(child, child + CHILD_ENTRIES);
  changetype<Dict>(dict).children -= chainFreeChildren(bucket);
  store<u16>(bucket, 0);
  return n;
}

function freeEntries(block: usize, entries: usize): u32 {
  const bits = taken(block);
  for (let left = bits; left; left &= left - 1) free(load<u32>(cellAt(entries, ctz(left))));
  return popcnt(bits);
}

/**
 * Takes any one entry out of bucket number `index` of a dict that is being given up; its children go as they are
 * found empty. Nothing but this, dictDropBucket and dictFree may be done with the dict from here on, and dictFree only
 * after every bucket was seen: then no chain has a child. @returns 0 = the bucket is empty. O(1) expected
 */
export function dictDrainBucket(dict: usize, index: u32): usize {
  const bucket = bucketAt(changetype<Dict>(dict), index);
  // The first child's entries first: it is linked out when it has none left.
  for (let child = childOf(bucket); child; child = childOf(bucket)) {
    const entry = takeAny(child, child + CHILD_ENTRIES);
    if (entry) return entry;
    const next = nextChild(child);
    if (next) store<u32>(bucket, next, LAST_ENTRY);
    else store<u16>(bucket, <u16>taken(bucket));
    changetype<Dict>(dict).children--;
    free(child);
  }
  return takeAny(bucket, bucket + ENTRIES);
}

// @ts-ignore: decorator
@inline
function takeAny(block: usize, entries: usize): usize {
  const presence = <u32>load<u16>(block);
  const bits = presence & TAKEN;
  if (!bits) return 0;
  store<u16>(block, <u16>(presence & ~(bits & (0 - bits))));
  return load<u32>(cellAt(entries, ctz(bits)));
}

/** As dictDrainBucket, of entries that belong to somebody else: only the bucket's children are freed. O(children) */
export function dictDropBucket(dict: usize, index: u32): void {
  const bucket = bucketAt(changetype<Dict>(dict), index);
  changetype<Dict>(dict).children -= chainFreeChildren(bucket);
  store<u16>(bucket, <u16>taken(bucket));
}

/**
 * Makes a dict of which every bucket was drained or dropped an empty one again. Needs no memory, so that emptying works
 * where there is none. O(segments)
 */
export function dictReset(dict: usize): void {
  const d = changetype<Dict>(dict);
  freeSegments(d);
  giveRoom(d, 1);
  store<u32>(d.first, 0);
  d.count = 0;
  setBuckets(d, 1);
}

/** Touches the entries of bucket number `index`: loads that do not wait for each other, before work on each. */
export function dictWarmBucket(dict: usize, index: u32): u32 {
  const bucket = bucketAt(changetype<Dict>(dict), index);
  return touchChain(bucket);
}

// --- statistics ---

/**
 * What dictStats says: 0 buckets · 4 entries · 8 buckets that are not empty · 12 longest chain, in
 * entries · 16 how many chains have 0, 1, … entries, 64 × u32; the last stands for all that have more.
 */
// @ts-ignore: decorator
@inline
export const DICT_STATS_SIZE: usize = 16 + 64 * 4;
// @ts-ignore: decorator
@inline
export const DICT_STATS_LENGTHS: u32 = 64;

/** How the chains are filled. @param out  DICT_STATS_SIZE bytes     O(buckets) */
export function dictStats(dict: usize, out: usize): void {
  memory.fill(out, 0, DICT_STATS_SIZE);
  const buckets = dictBuckets(dict);
  store<u32>(out, buckets);
  store<u32>(out, dictCount(dict), 4);
  for (let i: u32 = 0; i < buckets; i++) {
    const n = chainCount(bucketAt(changetype<Dict>(dict), i));
    if (n) store<u32>(out, load<u32>(out, 8) + 1, 8);
    store<u32>(out, max(load<u32>(out, 12), n), 12);
    const slot = cellAt(out + 16, min(n, DICT_STATS_LENGTHS - 1));
    store<u32>(slot, load<u32>(slot) + 1);
  }
}

// --- checks ---

/** Whether every invariant holds; traps with the reason where not. O(n) */
export function dictValidate(dict: usize): bool {
  const d = changetype<Dict>(dict);
  const buckets = dictBuckets(dict);
  assert(d.split <= d.mask, "split is beyond its round");
  assert(buckets <= d.room, "there are buckets without memory");
  let entries: u32 = 0;
  let children: u32 = 0;
  for (let i: u32 = 0; i < buckets; i++) {
    const bucket = bucketAt(d, i);
    entries += validateBlock(dict, bucket, bucket, bucket + ENTRIES, POSITIONS);
    for (let child = childOf(bucket); child; child = nextChild(child)) {
      const n = validateBlock(dict, bucket, child, child + CHILD_ENTRIES, CHILD_POSITIONS);
      assert(n != 0 || d.paused != 0, "a child is empty");
      entries += n;
      children++;
    }
  }
  assert(entries == d.count, "count is not the number of entries");
  assert(children == d.children, "children is not the number of child blocks");
  return true;
}

/** Checks a block of the chain that begins at `bucket`. @returns how many entries it has */
function validateBlock(dict: usize, bucket: usize, block: usize, entries: usize, positions: u32): u32 {
  const presence = <u32>load<u16>(block);
  const held: u32 = presence & CHILD ? positions - 1 : positions;
  assert((presence & TAKEN) >> held == 0, "a position is taken that there is not");
  for (let bits = presence & TAKEN; bits; bits &= bits - 1) {
    const i: u32 = ctz(bits);
    const entry = <usize>load<u32>(cellAt(entries, i));
    const hash = hashBytes(entryKey(entry), entryKeyLen(entry));
    assert(dictBucket(dict, hash) == bucket, "an entry is in another bucket than its hash says");
    assert(load<u8>(block + i, 2) == <u8>(hash >> 56), "a tag is not the hash's");
  }
  return popcnt(presence & TAKEN);
}
