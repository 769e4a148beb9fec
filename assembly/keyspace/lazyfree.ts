/**
 * lazyfree: giving large values back in slices, so that no DEL, UNLINK, expiry or FLUSHALL stops the others.
 *
 * What has more than FREE_EFFORT_MAX blocks is put in a queue that cron works off. A whole database is a job too.
 *
 * Job (24 bytes): 0 next · 4 kind (JOB_VALUE, JOB_KEYS, JOB_INDEX) · 8 value, or dict of entries · 12 type |
 * encoding << 8 · 16 progress (the type's own; dict: next bucket) · 20 zero
 */
import { FREE_EFFORT_MAX } from "../limits.ts";
import { alloc, free } from "../memory/allocator.ts";
import { root } from "../root.ts";
import {
  dictBuckets,
  dictCount,
  dictDrainBucket,
  dictDropBucket,
  dictFree,
  dictHasChildren,
  dictWarmBucket,
} from "../structures/dict.ts";
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
const JOB_INDEX: u32 = 3;

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

/**
 * Frees a dict of keys with their values. @param lazy  in slices, by cron; at once where there is no memory for the job
 */
export function releaseKeys(keys: usize, lazy: bool): void {
  const count = dictCount(keys);
  if (lazy && count > FREE_EFFORT_MAX && enqueue(JOB_KEYS, keys, 0)) {
    root.lazyCount += count;
    return;
  }
  const buckets = dictBuckets(keys);
  for (let i: u32 = 0; i < buckets; i++) freeBucket(keys, i);
  dictFree(keys);
}

/** Frees a dict whose entries are somebody else's. @param lazy  as for releaseKeys */
export function releaseIndex(dict: usize, lazy: bool): void {
  if (!lazy || dictCount(dict) <= FREE_EFFORT_MAX || !enqueue(JOB_INDEX, dict, 0)) dictFree(dict);
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
    left =
      job.kind == JOB_VALUE
        ? valueStep(job, left)
        : job.kind == JOB_KEYS
          ? keysStep(job, left)
          : indexStep(job, left);
  }
  return root.lazyHead != 0;
}

// Each step does its part of a job and returns what is left of the budget; 0 = the job goes on with the next.

function valueStep(job: Job, budget: i32): i32 {
  const progress = changetype<usize>(job) + offsetof<Job>("progress");
  if (!valueFreeSlice(job.form & 255, job.form >> 8, job.value, progress, budget)) return 0;
  root.lazyCount--;
  root.lazyFreed++;
  finish(job);
  // How many blocks the last slice had is the type's secret: as many as a value that is worth the queue.
  return budget - <i32>FREE_EFFORT_MAX;
}

function keysStep(job: Job, budget: i32): i32 {
  const buckets = dictBuckets(job.value);
  while (job.progress < buckets) {
    const n = freeBucket(job.value, job.progress++);
    root.lazyCount -= n;
    root.lazyFreed += n;
    budget -= <i32>n + 1;
    if (budget <= 0) return 0;
  }
  dictFree(job.value);
  finish(job);
  return budget - 1;
}

function indexStep(job: Job, budget: i32): i32 {
  const buckets = dictBuckets(job.value);
  while (job.progress < buckets && dictHasChildren(job.value)) {
    if (--budget < 0) return 0;
    dictDropBucket(job.value, job.progress++);
  }
  dictFree(job.value);
  finish(job);
  return budget - 1;
}

function finish(job: Job): void {
  root.lazyHead = job.next;
  if (!job.next) root.lazyTail = 0;
  free(changetype<usize>(job));
}

/** Frees the entries of one bucket; returns how many they were. */
function freeBucket(keys: usize, index: u32): u32 {
  let n: u32 = 0;
  root.scratch0 = dictWarmBucket(keys, index); // stored, so that the loads are made
  for (let entry = dictDrainBucket(keys, index); entry; entry = dictDrainBucket(keys, index)) {
    releaseEntry(entry);
    n++;
  }
  return n;
}
