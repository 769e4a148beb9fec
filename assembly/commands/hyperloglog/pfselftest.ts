/**
 * PFSELFTEST: counts elements that differ in a sparse and in a dense value; both must agree all the way, and be about right.
 */
import { alloc, free } from "../../memory/allocator.ts";
import { errorOutOfMemory } from "../../resp/errors.ts";
import { replyError, replyOk } from "../../resp/reply.ts";
import { Root, root } from "../../root.ts";
import {
  HLL_CHANGED,
  HLL_DENSE_SIZE,
  HLL_REGISTERS,
  HLL_UNCHANGED,
  hllAdd,
  hllCount,
  hllCreateSparse,
  hllSparseToDense,
} from "../../structures/hyperloglog.ts";

const ELEMENTS: u32 = 100000;
/** Sparse values are tried up to this many bytes: hll-sparse-max-bytes' default. */
const SPARSE_ROOM: u32 = 3000;
/** Counts further off than this many standard errors are wrong. */
const ERRORS_MAX: f64 = 6;

export function pfselftest(): void {
  const sparse = alloc(SPARSE_ROOM + HLL_DENSE_SIZE);
  if (!sparse) return errorOutOfMemory();
  const dense = sparse + SPARSE_ROOM;
  const failedAt = countElements(sparse, dense);
  free(sparse);
  if (!failedAt) return replyOk();
  replyError("TESTFAILED counts are wrong, or differ between encodings");
}

/** @returns after how many elements something was wrong; 0 = never */
function countElements(sparse: usize, dense: usize): u32 {
  let sparseLen = hllCreateSparse(sparse);
  hllSparseToDense(sparse, sparseLen, dense);
  let checkAt: u32 = 1;
  let sparseFull = false;
  for (let i: u32 = 1; i <= ELEMENTS; i++) {
    root.scratchI64 = i;
    const element = changetype<usize>(root) + offsetof<Root>("scratchI64");
    if (!sparseFull) {
      const outcome = hllAdd(sparse, sparseLen, SPARSE_ROOM, element, 8, SPARSE_ROOM);
      if (outcome == HLL_CHANGED) sparseLen = root.outLen;
      else if (outcome != HLL_UNCHANGED) sparseFull = true;
    }
    if (hllAdd(dense, HLL_DENSE_SIZE, HLL_DENSE_SIZE, element, 8, 0) > HLL_CHANGED) return i;
    if (i != checkAt) continue;
    if (!hllCount(dense, HLL_DENSE_SIZE)) return i;
    const count = root.outU64;
    if (!sparseFull && (!hllCount(sparse, sparseLen) || root.outU64 != count)) return i;
    const off = abs(<f64>count - <f64>i);
    if (off > ceil((ERRORS_MAX * 1.04 * <f64>i) / sqrt<f64>(<f64>HLL_REGISTERS))) return i;
    checkAt = i < 10 ? i + 1 : checkAt << 1;
  }
  return 0;
}
