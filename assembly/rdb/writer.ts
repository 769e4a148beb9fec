/**
 * writer: where saved values go: a growable buffer of RDB bytes. One for each user (a DUMP, a snapshot);
 * save functions get its address and call rdbWrite….
 *
 * RdbWriter (20 bytes)
 *   offset  size  field     meaning
 *        0     4  ptr       the bytes, 0 = none yet
 *        4     4  used
 *        8     4  capacity
 *       12     4  failed    1 = out of memory: what was written since is lost, and the user must say so
 *       16     4  version   RDB version to write for (rdb/ids.ts), for types that older servers know in other forms
 *
 * A save function need not look at `failed`: writing on does nothing more, and the user looks once at the end.
 */
import { allocZeroed, free, realloc, usableSize } from "../memory/allocator.ts";
import { copyBytes } from "../memory/bytes.ts";
import { RDB_VERSION } from "./ids.ts";

@unmanaged
export class RdbWriter {
  ptr: usize;
  used: u32;
  capacity: u32;
  failed: u32;
  version: u32;
}
if (offsetof<RdbWriter>() != 20) ERROR("RdbWriter is not 20 bytes: mend its table");

/** A new, empty writer; 0 = out of memory. */
export function rdbWriterCreate(): usize {
  const w = changetype<RdbWriter>(allocZeroed(offsetof<RdbWriter>()));
  if (changetype<usize>(w)) w.version = RDB_VERSION;
  return changetype<usize>(w);
}

/** Frees a writer with what was written. */
export function rdbWriterFree(at: usize): void {
  const w = changetype<RdbWriter>(at);
  if (w.ptr) free(w.ptr);
  free(at);
}

/** RDB version to write for. */
// @ts-ignore: decorator
@inline
export function rdbWriterVersion(at: usize): u32 {
  return changetype<RdbWriter>(at).version;
}

/** Gives up: somebody could not allocate what saving takes. */
export function rdbWriteFailed(at: usize): void {
  changetype<RdbWriter>(at).failed = 1;
}

/**
 * Room for `n` bytes, which count as written: the caller fills them before it writes on.
 * @returns their address; 0 = out of memory
 */
export function rdbWriteRoom(at: usize, n: u32): usize {
  const w = changetype<RdbWriter>(at);
  const used = w.used;
  if (w.failed || (n > w.capacity - used && !grow(w, n))) return 0;
  w.used = used + n;
  return w.ptr + used;
}

function grow(w: RdbWriter, n: u32): bool {
  const least = <u64>w.used + n;
  // Doubled while small; a huge value does not take twice its size.
  const wanted = max<u64>(least, <u64>w.capacity + min<u32>(w.capacity, 0x4000000) + 64);
  let grown: usize = least > 0xffff0000 ? 0 : realloc(w.ptr, <usize>min<u64>(wanted, 0xffff0000));
  if (!grown && least <= 0xffff0000) grown = realloc(w.ptr, <usize>least);
  if (!grown) {
    w.failed = 1;
    return false;
  }
  w.ptr = grown;
  w.capacity = <u32>usableSize(grown);
  return true;
}

/** Takes the last `n` bytes back. */
export function rdbUnwrite(at: usize, n: u32): void {
  changetype<RdbWriter>(at).used -= n;
}

export function rdbWriteByte(w: usize, value: u32): void {
  const at = rdbWriteRoom(w, 1);
  if (at) store<u8>(at, <u8>value);
}

/** Little-endian, as it lies in memory. */
export function rdbWriteU16(w: usize, value: u32): void {
  const at = rdbWriteRoom(w, 2);
  if (at) store<u16>(at, <u16>value);
}

export function rdbWriteU32(w: usize, value: u32): void {
  const at = rdbWriteRoom(w, 4);
  if (at) store<u32>(at, value);
}

/** Little-endian: times in milliseconds. */
export function rdbWriteU64(w: usize, value: u64): void {
  const at = rdbWriteRoom(w, 8);
  if (at) store<u64>(at, value);
}

/** Big-endian: stream IDs. */
export function rdbWriteU64Big(w: usize, value: u64): void {
  const at = rdbWriteRoom(w, 8);
  if (at) store<u64>(at, bswap<u64>(value));
}

/** A score. */
export function rdbWriteDouble(w: usize, value: f64): void {
  const at = rdbWriteRoom(w, 8);
  if (at) store<f64>(at, value);
}

/** Bytes as they are, without a length. */
export function rdbWriteRaw(w: usize, ptr: usize, len: u32): void {
  const at = rdbWriteRoom(w, len);
  if (at) copyBytes(at, ptr, len);
}
