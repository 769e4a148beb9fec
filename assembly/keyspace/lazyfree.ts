/**
 * lazyfree: giving large values back in slices, so that no DEL, UNLINK, expiry or FLUSHALL stops the others.
 *
 * What has more than FREE_EFFORT_MAX blocks is put in a queue that cron works off. A whole database is a job too.
 *
 * Job (24 bytes): 0 next · 4 kind (JOB_VALUE, JOB_KEYS, JOB_DICT) · 8 value, or dict of entries · 12 type |
 * encoding << 8 · 16 progress (the type's own; dict: next bucket) · 20 zero
 */
import { FREE_EFFORT_MAX } from "../limits.ts";
import { alloc, free } from "../memory/allocator.ts";
import { vectorClear, vectorGet } from "../memory/vector.ts";
import { root } from "../root.ts";
import { dictBuckets, dictCollectBucket, dictCount, dictFree } from "../structures/dict.ts";
import { entryEncoding, entryType, entryValue } from "../types/entry.ts";
import { valueFree, valueFreeEffort, valueFreeSlice, valueIsOutside } from "../types/value.ts";

// @ts-ignore: decorator
@inline
const JOB_VALUE: u32 = 1;
/** A dict whose entries are keys of a database, values and all. */
// @ts-ignore: decorator
@inline
const JOB_KEYS: u32 = 2;
/** A dict whose entries belong to somebody else (the expiry dict of a flushed database). */
// @ts-ignore: decorator
@inline
const JOB_DICT: u32 = 3;

@unmanaged
class Job {
  next: usize;
  kind: u32;
  value: usize;
  form: u32;
  progress: u32;
  zero: u32;
}

/** Frees an entry that is in no database any more, and its value: at once if small, else in slices. */
export function releaseEntry(entry: usize): void {
  if (valueIsOutside(entry)) releaseValue(entryType(entry), entryEncoding(entry), entryValue(entry));
  free(entry);
}

/** Frees a value that is in no entry any more. */
export function releaseValue(type: u32, encoding: u32, value: usize): void {
  const effort = valueFreeEffort(type, encoding, value);
  if (effort > FREE_EFFORT_MAX && enqueue(JOB_VALUE, value, type | (encoding << 8))) {
    root.lazyCount++;
    return;
  }
  valueFree(type, encoding, value);
}

/** Frees a dict of keys and the dict of those that expire. @param lazy  in slices, by cron */
export function releaseKeys(keys: usize, expires: usize, lazy: bool): void {
  const count = dictCount(keys);
  if (lazy && count > FREE_EFFORT_MAX && enqueue(JOB_DICT, expires, 0)) {
    if (enqueue(JOB_KEYS, keys, 0)) {
      root.lazyCount += count;
      return;
    }
  } else {
    dictFree(expires);
  }
  const buckets = dictBuckets(keys);
  for (let i: u32 = 0; i < buckets; i++) freeBucket(keys, i, false);
  dictFree(keys);
}

function enqueue(kind: u32, value: usize, form: u32): bool {
  const job = changetype<Job>(alloc(offsetof<Job>()));
  if (!changetype<usize>(job)) return false;
  job.next = 0;
  job.kind = kind;
  job.value = value;
  job.form = form;
  job.progress = 0;
  job.zero = 0;
  if (root.lazyTail) changetype<Job>(root.lazyTail).next = changetype<usize>(job);
  else root.lazyHead = changetype<usize>(job);
  root.lazyTail = changetype<usize>(job);
  return true;
}

/** Does about `budget` blocks of the queue's work. @returns whether there is more */
export function lazyfreeStep(budget: u32): bool {
  let left = <i32>budget;
  while (root.lazyHead && left > 0) {
    const job = changetype<Job>(root.lazyHead);
    if (job.kind == JOB_VALUE) {
      const progress = changetype<usize>(job) + offsetof<Job>("progress");
      if (!valueFreeSlice(job.form & 255, job.form >> 8, job.value, progress, left)) return true;
      root.lazyCount--;
      root.lazyFreed++;
      left -= FREE_EFFORT_MAX;
      finish(job);
    } else if (job.kind == JOB_DICT) {
      dictFree(job.value);
      left -= FREE_EFFORT_MAX;
      finish(job);
    } else {
      const buckets = dictBuckets(job.value);
      while (left > 0 && job.progress < buckets) left -= <i32>freeBucket(job.value, job.progress++, true) + 1;
      if (job.progress < buckets) return true;
      dictFree(job.value);
      finish(job);
    }
  }
  return root.lazyHead != 0;
}

function finish(job: Job): void {
  root.lazyHead = job.next;
  if (!job.next) root.lazyTail = 0;
  free(changetype<usize>(job));
}

/** Frees the entries of one bucket; returns how many they were. */
function freeBucket(keys: usize, index: u32, queued: bool): u32 {
  vectorClear();
  dictCollectBucket(keys, index);
  const n = root.vectorCount;
  for (let i: u32 = 0; i < n; i++) releaseEntry(vectorGet(i));
  if (queued) {
    root.lazyCount -= n;
    root.lazyFreed += n;
  }
  return n;
}
