/**
 * arena: memory that is given back all at once: for what a command makes many small pieces of and forgets when it ends.
 *
 * Arena (12 bytes): 0 newest block · 4 next free byte in it · 8 its end
 * Block: 0 the block before it · 4 … bytes handed out
 */
import { alloc, free, usableSize } from "./allocator.ts";
import { copyBytes } from "./bytes.ts";

@unmanaged
class Arena {
  block: usize;
  next: usize;
  end: usize;
}

/** Bytes of a block; what is larger gets a block of its own size. */
const BLOCK_SIZE: usize = 32768;
const BLOCK_HEADER: usize = 4;

/** An empty arena; 0 = out of memory. */
export function arenaCreate(): usize {
  const arena = changetype<Arena>(alloc(offsetof<Arena>()));
  if (!changetype<usize>(arena)) return 0;
  arena.block = 0;
  arena.next = 0;
  arena.end = 0;
  return changetype<usize>(arena);
}

/** Frees everything. O(blocks) */
export function arenaFree(at: usize): void {
  let block = changetype<Arena>(at).block;
  while (block) {
    const before = <usize>load<u32>(block);
    free(block);
    block = before;
  }
  free(at);
}

/** `size` bytes, 4-byte aligned; 0 = out of memory. O(1) */
export function arenaAlloc(at: usize, size: usize): usize {
  const place = arenaRoom(at, size);
  if (place) changetype<Arena>(at).next = place + ((size + 3) & ~3);
  return place;
}

/** As arenaAlloc, for a moment only: the next piece is taken from the same place. */
export function arenaRoom(at: usize, size: usize): usize {
  const arena = changetype<Arena>(at);
  const needed = (size + 3) & ~3;
  if (needed < size || (arena.end - arena.next < needed && !addBlock(arena, needed))) return 0;
  return arena.next;
}

/** A copy of bytes; 0 = out of memory. O(len) */
export function arenaCopy(at: usize, ptr: usize, len: usize): usize {
  const place = arenaAlloc(at, max<usize>(len, 1));
  if (place) copyBytes(place, ptr, len);
  return place;
}

function addBlock(arena: Arena, needed: usize): bool {
  const size = max(BLOCK_SIZE, needed + BLOCK_HEADER);
  const block = size < needed ? 0 : alloc(size);
  if (!block) return false;
  store<u32>(block, arena.block);
  arena.block = block;
  arena.next = block + BLOCK_HEADER;
  arena.end = block + (usableSize(block) & ~3);
  return true;
}
