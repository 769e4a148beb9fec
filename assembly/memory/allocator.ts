/**
 * allocator: size classes in spans of pages, large blocks in runs of pages, no header in front of a block.
 *
 * Why spans: a block costs nothing but its size class, `free` needs no size, and whatever lies in a page
 * has one size, so an empty span can serve any class next (each class keeps one, until memory is at its
 * end). Classes are 2 bytes apart up to 64 and at most 12.5 % beyond, so the waste inside a block is small
 * where Redis' jemalloc starts at 8 and 16 apart. A block of 4·n bytes begins at an address of that kind.
 *
 * Size classes (number c from 1)
 *   1 … 31    2·(c + 1)                    4, 6, … 64
 *   32 … 119  (9 + k) << (g + 3)           k = (c − 32) & 7, g = (c − 32) >> 3: 72, 80, … 131072
 *
 * A span is 1, 4 or 16 pages of 64 KiB (blocks up to 8 KiB, 32 KiB, 128 KiB). Larger blocks are runs of pages.
 *
 * Page record (32 bytes; in leaves of 1,024 records, which PAGE_LEAVES lists, out of the spans' way so that
 * records of different spans do not share cache sets)
 *   offset  size  field     meaning
 *        0     1  kind      0 reserved, 1 head of a span, 2 later page of a span, 3 head of a large block,
 *                           4 first or last page of a free run
 *        1     1  class     size class of a span
 *        2     2  -         zero
 *        4     4  size      span: block size in bytes · large, free: pages · later page: record of the head
 *        8     4  used      span: blocks in use · last page of a free run: record of its first page
 *       12     4  capacity  span: blocks
 *       16     4  free      span: first block of the free list (linked through the blocks' first word), 0 = none
 *       20     4  bump      span: address of the first block never used
 *       24     4  next      list of spans with room in this class, or of free runs in this bin
 *       28     4  prev
 *
 * Always true (heapValidate checks it)
 *   1. A span is in its class' list exactly if used < capacity.  2. No two free runs are neighbours.
 *   3. usedMemory is the sum of block sizes (large: pages · 64 KiB) in use.
 *
 * Nothing here traps for want of memory: alloc and realloc answer 0.
 */
import { DEBUG } from "../config.ts";
import { root } from "../root.ts";
import { PAGE_LEAVES, PARTIAL_SPANS, RUN_BINS } from "./map.ts";

// @ts-ignore: decorator
@inline
const PAGE_BITS: u32 = 16;
// @ts-ignore: decorator
@inline
const PAGE_SIZE: u32 = 1 << PAGE_BITS;
// @ts-ignore: decorator
@inline
const CLASS_COUNT: u32 = 120;
/** The first class that is more than 2 bytes larger than the one before. */
// @ts-ignore: decorator
@inline
const FIRST_WIDE: u32 = 32;
/** Largest block that lives in a span. */
// @ts-ignore: decorator
@inline
export const SPAN_BLOCK_MAX: usize = 131072;
// @ts-ignore: decorator
@inline
const LEAF_RECORDS: u32 = 1024;
// @ts-ignore: decorator
@inline
const RECORD_SIZE: u32 = 32;
// @ts-ignore: decorator
@inline
const BIN_COUNT: u32 = 17;
/** Spans of a class that are looked at for an empty one when memory is at its end. */
// @ts-ignore: decorator
@inline
const SPANS_LOOKED_AT: u32 = 64;

if (PARTIAL_SPANS + CLASS_COUNT * 4 > PAGE_LEAVES) ERROR("The list of partial spans outgrew its place");
if (LEAF_RECORDS * RECORD_SIZE * 2 != PAGE_SIZE) ERROR("Two leaves must fill a page");

const KIND_SPAN: u8 = 1;
const KIND_SPAN_REST: u8 = 2;
const KIND_LARGE: u8 = 3;
const KIND_FREE: u8 = 4;

@unmanaged
class PageRecord {
  kind: u8;
  class: u8;
  zero: u16;
  size: u32;
  used: u32;
  capacity: u32;
  free: usize;
  bump: usize;
  next: usize;
  prev: usize;
}
if (offsetof<PageRecord>() != RECORD_SIZE) ERROR("PageRecord is not 32 bytes: mend its table");

/** Makes the heap: from the end of static data to the end of memory, growing to `pagesMax` pages. */
export function heapInit(pagesMax: u32): void {
  root.pagesMax = pagesMax;
  const first = <u32>((__heap_base + PAGE_SIZE - 1) >> PAGE_BITS);
  const have = <u32>memory.size();
  root.pagesUsed = first;
  if (have > first) addPages(first, have);
}

/** Size class for `size` bytes, 1 … SPAN_BLOCK_MAX. */
// @ts-ignore: decorator
@inline
function classOf(size: u32): u32 {
  if (size <= 64) return max((size + 1) >> 1, 2) - 1;
  const last = size - 1;
  const e = 31 - clz(last);
  return FIRST_WIDE + ((e - 6) << 3) + ((last >> (e - 3)) & 7);
}

// @ts-ignore: decorator
@inline
function classSize(c: u32): u32 {
  if (c < FIRST_WIDE) return (c + 1) << 1;
  return (9 + ((c - FIRST_WIDE) & 7)) << (((c - FIRST_WIDE) >> 3) + 3);
}

// @ts-ignore: decorator
@inline
function spanPages(size: u32): u32 {
  return size <= 8192 ? 1 : size <= 32768 ? 4 : 16;
}

// @ts-ignore: decorator
@inline
function recordOfPage(page: u32): PageRecord {
  return changetype<PageRecord>(
    <usize>load<u32>(PAGE_LEAVES + ((page >> 10) << 2)) + (page & (LEAF_RECORDS - 1)) * RECORD_SIZE,
  );
}

// @ts-ignore: decorator
@inline
function recordOf(ptr: usize): PageRecord {
  return recordOfPage(<u32>(ptr >> PAGE_BITS));
}

/** Record of the span or large block that `ptr` lies in. */
// @ts-ignore: decorator
@inline
function headOf(ptr: usize): PageRecord {
  const record = recordOf(ptr);
  return record.kind == KIND_SPAN_REST ? changetype<PageRecord>(record.size) : record;
}

/**
 * A block of at least `size` bytes; its content is undefined. Blocks of a power-of-two class are aligned
 * to their size up to 64.
 * @returns its address; 0 = out of memory.  O(1)
 */
export function alloc(size: usize): usize {
  if (size > SPAN_BLOCK_MAX) return allocLarge(size);
  const c = classOf(<u32>size);
  const list = PARTIAL_SPANS + (c << 2);
  let span = changetype<PageRecord>(load<u32>(list));
  if (!changetype<usize>(span)) {
    span = changetype<PageRecord>(spanCreate(c));
    if (!changetype<usize>(span)) return 0;
  }
  let block = span.free;
  if (block) {
    span.free = load<u32>(block);
  } else {
    block = span.bump;
    span.bump = block + span.size;
  }
  if (++span.used == span.capacity) listRemove(list, span);
  root.usedMemory += span.size;
  if (DEBUG) memory.fill(block, 0xd0, span.size);
  return block;
}

/** As alloc, at an address that is a multiple of 4: what the host reads as words. 0 = out of memory. O(1) */
export function allocWords(size: usize): usize {
  return alloc((size + 3) & ~3);
}

/** As alloc, with every byte zero. O(n). */
export function allocZeroed(size: usize): usize {
  const block = alloc(size);
  if (block) memory.fill(block, 0, size);
  return block;
}

/** Gives a block back. `ptr` is what alloc or realloc returned, and not freed since. O(1). */
export function free(ptr: usize): void {
  const record = headOf(ptr);
  if (record.kind == KIND_LARGE) return freeLarge(ptr, record);
  assert(record.kind == KIND_SPAN, "free: not a block of this heap");
  if (DEBUG) {
    assert(record.used > 0, "free: the span is empty");
    assert((ptr - spanStart(record)) % record.size == 0, "free: not the start of a block");
    assert(ptr < record.bump, "free: never allocated");
    memory.fill(ptr, 0xdf, record.size);
  }
  store<u32>(ptr, record.free);
  record.free = ptr;
  root.usedMemory -= record.size;
  const list = PARTIAL_SPANS + ((<usize>record.class) << 2);
  if (record.used-- == record.capacity) listAdd(list, record);
  else if (record.used == 0 && (record.next | record.prev) != 0) spanRelease(record, list);
}

/**
 * A block of at least `size` bytes that begins with what `ptr` held; `ptr` is gone unless it is returned.
 * @returns 0 = out of memory, and `ptr` is as it was. realloc(0, n) is alloc(n).  O(n) where it moves
 */
export function realloc(ptr: usize, size: usize): usize {
  if (!ptr) return alloc(size);
  const old = usableSize(ptr);
  if (size <= old) {
    // Keep a block that is not much too large: moving costs more than the waste.
    if (old > SPAN_BLOCK_MAX) {
      if (size > SPAN_BLOCK_MAX) return shrinkLarge(ptr, size);
    } else if (size > old - (old >> 3) || classOf(<u32>size) == recordClass(ptr)) return ptr;
  } else if (old > SPAN_BLOCK_MAX && growLarge(ptr, size)) {
    return ptr;
  }
  const block = alloc(size);
  if (!block) return size <= old ? ptr : 0;
  memory.copy(block, ptr, min(old, size));
  free(ptr);
  return block;
}

/** Bytes that the block at `ptr` can hold. O(1). */
// @ts-ignore: decorator
@inline
export function usableSize(ptr: usize): usize {
  const record = headOf(ptr);
  return record.kind == KIND_LARGE ? record.size << PAGE_BITS : record.size;
}

/** Bytes that a block of `size` would occupy. O(1). */
export function allocationSize(size: usize): usize {
  return size > SPAN_BLOCK_MAX ? (size + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1) : classSize(classOf(<u32>size));
}

// @ts-ignore: decorator
@inline
function recordClass(ptr: usize): u32 {
  return headOf(ptr).class;
}

// --- spans ---

/** Address of the first block of a span. Only for spans of one page this could be had from any block. */
function spanStart(span: PageRecord): usize {
  return pageOf(span) << PAGE_BITS;
}

/** Page number of a record: the leaf that holds it is found by its address. O(leaves). */
function pageOf(record: PageRecord): u32 {
  const at = changetype<usize>(record);
  for (let i: u32 = 0; i < 64; i++) {
    const leaf = <usize>load<u32>(PAGE_LEAVES + (i << 2));
    if (leaf && at - leaf < LEAF_RECORDS * RECORD_SIZE) {
      return (i << 10) + <u32>(at - leaf) / RECORD_SIZE;
    }
  }
  assert(false, "a page record outside every leaf");
  return 0;
}

function spanCreate(c: u32): usize {
  const size = classSize(c);
  const pages = spanPages(size);
  const page = runTake(pages);
  if (!page) return 0;
  const span = recordOfPage(page);
  span.kind = KIND_SPAN;
  span.class = <u8>c;
  span.size = size;
  span.used = 0;
  span.capacity = (pages << PAGE_BITS) / size;
  span.free = 0;
  span.bump = page << PAGE_BITS;
  for (let i: u32 = 1; i < pages; i++) {
    const rest = recordOfPage(page + i);
    rest.kind = KIND_SPAN_REST;
    rest.size = <u32>changetype<usize>(span);
  }
  listAdd(PARTIAL_SPANS + (c << 2), span);
  return changetype<usize>(span);
}

function spanRelease(span: PageRecord, list: usize): void {
  listRemove(list, span);
  runGive(pageOf(span), spanPages(span.size));
}

// @ts-ignore: decorator
@inline
function listAdd(list: usize, record: PageRecord): void {
  const head = load<u32>(list);
  record.next = head;
  record.prev = 0;
  if (head) changetype<PageRecord>(head).prev = changetype<usize>(record);
  store<u32>(list, changetype<usize>(record));
}

// @ts-ignore: decorator
@inline
function listRemove(list: usize, record: PageRecord): void {
  if (record.prev) changetype<PageRecord>(record.prev).next = record.next;
  else store<u32>(list, record.next);
  if (record.next) changetype<PageRecord>(record.next).prev = record.prev;
  record.next = 0;
  record.prev = 0;
}

// --- large blocks ---

function allocLarge(size: usize): usize {
  if (size > 0xffff0000) return 0;
  const pages = <u32>((size + PAGE_SIZE - 1) >> PAGE_BITS);
  const page = runTake(pages);
  if (!page) return 0;
  const record = recordOfPage(page);
  record.kind = KIND_LARGE;
  record.size = pages;
  root.usedMemory += (<u64>pages) << PAGE_BITS;
  return (<usize>page) << PAGE_BITS;
}

function freeLarge(ptr: usize, record: PageRecord): void {
  assert((ptr & (PAGE_SIZE - 1)) == 0, "free: not the start of a large block");
  const pages = record.size;
  root.usedMemory -= (<u64>pages) << PAGE_BITS;
  runGive(<u32>(ptr >> PAGE_BITS), pages);
}

/** Gives the pages beyond `size` back. */
function shrinkLarge(ptr: usize, size: usize): usize {
  const record = recordOf(ptr);
  const pages = <u32>((size + PAGE_SIZE - 1) >> PAGE_BITS);
  const extra = record.size - pages;
  if (extra) {
    record.size = pages;
    root.usedMemory -= (<u64>extra) << PAGE_BITS;
    runGive(<u32>(ptr >> PAGE_BITS) + pages, extra);
  }
  return ptr;
}

/** Takes the pages behind a large block, where they are free or the heap ends there and can grow. */
function growLarge(ptr: usize, size: usize): bool {
  if (size > 0xffff0000) return false;
  const record = recordOf(ptr);
  const pages = <u32>((size + PAGE_SIZE - 1) >> PAGE_BITS);
  const need = pages - record.size;
  const next = <u32>(ptr >> PAGE_BITS) + record.size;
  const have = freeRunAt(next);
  if (have < need) {
    if (next + have < root.pagesUsed || !heapGrow(need - have) || freeRunAt(next) < need) return false;
  }
  runCut(next, need);
  record.size = pages;
  root.usedMemory += (<u64>need) << PAGE_BITS;
  return true;
}

/** Pages of the free run that begins at `page`, which lies behind a block; 0 = there is none. */
function freeRunAt(page: u32): u32 {
  if (page >= root.pagesUsed) return 0;
  const record = recordOfPage(page);
  return record.kind == KIND_FREE ? record.size : 0;
}

// --- runs of free pages ---

// @ts-ignore: decorator
@inline
function binOf(pages: u32): usize {
  return RUN_BINS + ((31 - clz(pages)) << 2);
}

/** A run of `pages` free pages, taken out of the free ones or from new memory; 0 = none. */
function runTake(pages: u32): u32 {
  let page = runFind(pages);
  if (!page) {
    if (!heapGrow(pages) && !releaseEmptySpans()) return 0;
    page = runFind(pages);
    if (!page) return 0;
  }
  runCut(page, pages);
  return page;
}

/**
 * Memory is at its end: makes the empty spans free that classes keep for their next block.
 * @returns whether there were any
 */
function releaseEmptySpans(): bool {
  let any = false;
  for (let c: u32 = 1; c < CLASS_COUNT; c++) {
    const list = PARTIAL_SPANS + ((<usize>c) << 2);
    let span = changetype<PageRecord>(<usize>load<u32>(list));
    for (let n: u32 = 0; n < SPANS_LOOKED_AT && changetype<usize>(span); n++) {
      const next = span.next;
      if (!span.used) {
        spanRelease(span, list);
        any = true;
      }
      span = changetype<PageRecord>(next);
    }
  }
  return any;
}

function runFind(pages: u32): u32 {
  let bin: u32 = 31 - clz(pages);
  // In the run's own bin some are too short: look at a few. In higher bins every run fits.
  let record = changetype<PageRecord>(load<u32>(RUN_BINS + (bin << 2)));
  for (let tries = 0; changetype<usize>(record) && tries < 32; tries++) {
    if (record.size >= pages) return pageOf(record);
    record = changetype<PageRecord>(record.next);
  }
  while (++bin < BIN_COUNT) {
    record = changetype<PageRecord>(load<u32>(RUN_BINS + (bin << 2)));
    if (changetype<usize>(record)) return pageOf(record);
  }
  return 0;
}

/** Takes the first `pages` of the free run that begins at `page`; the rest stays free. */
function runCut(page: u32, pages: u32): void {
  const record = recordOfPage(page);
  const have = record.size;
  listRemove(binOf(have), record);
  recordOfPage(page + have - 1).kind = 0;
  record.kind = 0;
  root.freePages -= have;
  if (have > pages) runAdd(page + pages, have - pages);
}

/** Makes a run of pages free and joins it with free neighbours. */
function runGive(page: u32, pages: u32): void {
  for (let i: u32 = 0; i < pages; i++) recordOfPage(page + i).kind = 0;
  const before = recordOfPage(page - 1);
  if (before.kind == KIND_FREE) {
    const head = changetype<PageRecord>(before.used);
    const have = head.size;
    listRemove(binOf(have), head);
    head.kind = 0;
    before.kind = 0;
    root.freePages -= have;
    page -= have;
    pages += have;
  }
  const after = page + pages;
  if (after < root.pagesUsed) {
    const next = recordOfPage(after);
    if (next.kind == KIND_FREE) {
      const have = next.size;
      listRemove(binOf(have), next);
      recordOfPage(after + have - 1).kind = 0;
      next.kind = 0;
      root.freePages -= have;
      pages += have;
    }
  }
  runAdd(page, pages);
}

function runAdd(page: u32, pages: u32): void {
  const head = recordOfPage(page);
  const last = recordOfPage(page + pages - 1);
  head.kind = KIND_FREE;
  head.size = pages;
  last.kind = KIND_FREE;
  last.used = <u32>changetype<usize>(head);
  listAdd(binOf(pages), head);
  root.freePages += pages;
}

// --- growth ---

/**
 * Asks for memory so that a run of `pages` can be had: half more than there is, at most 256 MiB at a time. What is not
 * touched costs nothing, but for V8 each growth beyond 64 MiB is a reason to collect garbage: a pause of some milliseconds.
 */
function heapGrow(pages: u32): bool {
  const have = <u32>memory.size();
  const step = min(max(have >> 1, 4), 4096);
  // One page per 128 MiB goes to the page records.
  const wanted = max(pages, step) + ((pages + 1023) >> 10) + 1;
  const limit = root.pagesMax;
  if (have >= limit) return false;
  let grow = min(wanted, limit - have);
  if (memory.grow(grow) == -1) {
    grow = min(pages + ((pages + 1023) >> 10) + 1, limit - have);
    if (memory.grow(grow) == -1) return false;
  }
  addPages(have, have + grow);
  return true;
}

/** Adds the pages from..to (fresh, zero) to the heap; those that begin a new leaf pay for it from the front. */
function addPages(from: u32, to: u32): void {
  let page = from;
  for (let i = from >> 10; i <= (to - 1) >> 10; i++) {
    const at = PAGE_LEAVES + (i << 2);
    if (load<u32>(at)) continue;
    if (!root.leafSpare) {
      root.leafSpare = (<usize>page) << PAGE_BITS;
      page++;
    }
    store<u32>(at, <u32>root.leafSpare);
    const second = root.leafSpare + LEAF_RECORDS * RECORD_SIZE;
    root.leafSpare = (second & (PAGE_SIZE - 1)) == 0 ? 0 : second;
  }
  root.pagesUsed = to;
  if (page < to) runGive(page, to - page);
}

// --- checks ---

/** Walks every page record and list; traps with the reason where something does not add up. O(pages + blocks free). */
export function heapValidate(): bool {
  let used: u64 = 0;
  let freePages: u32 = 0;
  let page = <u32>((__heap_base + PAGE_SIZE - 1) >> PAGE_BITS);
  let lastFree = false;
  while (page < root.pagesUsed) {
    const record = recordOfPage(page);
    let pages: u32 = 1;
    let isFree = false;
    if (record.kind == KIND_SPAN) {
      used += <u64>record.used * record.size;
      pages = spanPages(record.size);
      let n = <u32>(record.bump - (page << PAGE_BITS)) / record.size - record.used;
      for (let b = record.free; b; b = load<u32>(b)) {
        assert(n > 0, "a free list is longer than the blocks that are free");
        n--;
      }
      assert(n == 0, "a free block is lost");
      assert(record.used < record.capacity || (record.next | record.prev) == 0, "a full span is in a list");
    } else if (record.kind == KIND_LARGE) {
      pages = record.size;
      used += (<u64>pages) << PAGE_BITS;
    } else if (record.kind == KIND_FREE) {
      pages = record.size;
      freePages += pages;
      isFree = true;
      assert(!lastFree, "two free runs are neighbours");
      assert(
        recordOfPage(page + pages - 1).used == <u32>changetype<usize>(record),
        "a free run's end is lost",
      );
    }
    lastFree = isFree;
    page += pages;
  }
  assert(used == root.usedMemory, "usedMemory is not the sum of the blocks");
  assert(freePages == root.freePages, "freePages is not the sum of the free runs");
  return true;
}
