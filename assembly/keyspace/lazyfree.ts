/**
 * lazyfree: giving large values back in slices, so that no DEL, UNLINK, expiry or FLUSHALL stops the others.
 *
 * What has more than FREE_EFFORT_MAX blocks is put in a queue that cron works off. A whole database is a job too.
 *
 * Job (24 bytes): 0 next · 4 kind (JOB_VALUE, JOB_KEYS, JOB_INDEX, JOB_TREE) · 8 value, dict or tree · 12 type |
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
  dictReset,
  dictWarmBucket,
} from "../structures/dict.ts";
import { idTreeFree, idTreeFreeSlice } from "../structures/id-tree.ts";
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
/** An id-tree of such entries. */
// @ts-ignore: decorator
@inline
const JOB_TREE: u32 = 4;

@unmanaged
class Job {
  next: usize;
  kind: u32;
  value: usize;
  form: u32;
  progress: u32;
  zero: u32;
}

/**
 * Frees an entry that is in no database any more, and its value: at once if small, else in slices.
 * @returns about how many blocks it gave back now
 */
export function releaseEntry(entry: usize): u32 {
  let work: u32 = 1;
  if (valueIsOutside(entry)) work += releaseValue(entryType(entry), entryEncoding(entry), entryValue(entry));
  free(entry);
  return work;
}

/** Frees a value that is in no entry any more. @returns about how many blocks it gave back now */
export function releaseValue(type: u32, encoding: u32, value: usize): u32 {
  const effort = valueFreeEffort(type, encoding, value);
  if (effort > FREE_EFFORT_MAX && enqueue(JOB_VALUE, value, type | (encoding << 8))) {
    root.lazyCount++;
    return 1;
  }
  valueFree(type, encoding, value);
  return effort;
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
  drainKeys(keys);
  dictFree(keys);
}

/** Empties a dict of keys in its place, freeing them with their values: needs no memory. */
export function drainKeys(keys: usize): void {
  const buckets = dictBuckets(keys);
  for (let i: u32 = 0; i < buckets; i++) freeBucket(keys, i, false);
  dictReset(keys);
}

/** Empties a dict whose entries are somebody else's in its place. */
export function drainIndex(dict: usize): void {
  const buckets = dictBuckets(dict);
  for (let i: u32 = 0; i < buckets; i++) dictDropBucket(dict, i);
  dictReset(dict);
}

/** Frees a dict whose entries are somebody else's. @param lazy  as for releaseKeys */
export function releaseIndex(dict: usize, lazy: bool): void {
  if (!lazy || dictCount(dict) <= FREE_EFFORT_MAX || !enqueue(JOB_INDEX, dict, 0)) dictFree(dict);
}

/** Frees an id-tree whose values are somebody else's (hashes by field expiry). @param lazy  as for releaseKeys */
export function releaseTree(tree: usize, lazy: bool): void {
  if (!lazy || !enqueue(JOB_TREE, tree, 0)) idTreeFree(tree);
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
  while (root.lazyHead && left > 0) left = jobStep(changetype<Job>(root.lazyHead), left);
  return root.lazyHead != 0;
}

// Each step does its part of a job and returns what is left of the budget; 0 = the job goes on with the next.

function jobStep(job: Job, budget: i32): i32 {
  if (job.kind == JOB_VALUE) return valueStep(job, budget);
  if (job.kind == JOB_KEYS) return keysStep(job, budget);
  return job.kind == JOB_INDEX ? indexStep(job, budget) : treeStep(job, budget);
}

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
    budget -= <i32>freeBucket(job.value, job.progress++, true) + 1;
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

function treeStep(job: Job, budget: i32): i32 {
  if (idTreeFreeSlice(job.value, budget)) return 0;
  finish(job);
  return budget - 1;
}

function finish(job: Job): void {
  root.lazyHead = job.next;
  if (!job.next) root.lazyTail = 0;
  free(changetype<usize>(job));
}

/** Frees the entries of one bucket, which the queue has counted or not; returns the work it was. */
function freeBucket(keys: usize, index: u32, counted: bool): u32 {
  let work: u32 = 0;
  root.scratch0 = dictWarmBucket(keys, index); // stored, so that the loads are made
  for (let entry = dictDrainBucket(keys, index); entry; entry = dictDrainBucket(keys, index)) {
    work += releaseEntry(entry);
    if (counted) {
      root.lazyCount--;
      root.lazyFreed++;
    }
  }
  return work;
}
