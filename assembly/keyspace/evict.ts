/**
 * evict: what happens when memory is at its limit: maxmemory, or what is left below the instance's last page. Keys go
 * as `maxmemory-policy` says until memory is below the limit again.
 *
 * LRU, LFU and TTL policies look at `maxmemory-samples` random keys at a time and remember the best candidates in a
 * pool, so that one eviction after the other comes close to the exact order at a fraction of its price: Redis' own
 * approximation (redis.io/docs/latest/develop/reference/eviction). Random policies need no pool.
 *
 * Pool (root.evictionPool, made at first use; candidates from the worst to the best)
 *   offset  size  field   meaning
 *        0     4  count   candidates in it
 *        4     4  policy  they were chosen by
 *        8  24·n          0 score u64, higher = goes sooner · 8 hash u64 of the key · 16 entry · 20 database
 *
 * A candidate may be gone or have moved when its turn comes: it counts only if its address still stands in the
 * bucket that its hash names.
 */
import { hashBytes } from "../hashing/siphash.ts";
import { FREE_EFFORT_MAX } from "../limits.ts";
import { alloc, free } from "../memory/allocator.ts";
import { vectorClear, vectorGet, vectorWarm } from "../memory/vector.ts";
import { root } from "../root.ts";
import {
  SETTING_MAXMEMORY,
  SETTING_MAXMEMORY_EVICTION_TENACITY,
  SETTING_MAXMEMORY_POLICY,
  SETTING_MAXMEMORY_SAMPLES,
  setting,
  settingInteger,
} from "../settings.ts";
import { dictCount, dictHolds, dictRandom, dictSample } from "../structures/dict.ts";
import { entryExpireAt, entryKey, entryKeyLen } from "../types/entry.ts";
import { NOTIFY_EVICTED } from "./events.ts";
import { Database, databaseAt } from "./keyspace.ts";
import { lazyfreeStep } from "./lazyfree.ts";
import { dropEntry } from "./lookup.ts";
import { lfuDecayed, lruIdleSeconds } from "./lru.ts";

/** Pages kept back from the instance's maximum, so that replies and the query buffers still find room: 16 MiB. */
const RESERVED_PAGES: u32 = 256;

// maxmemory-policy, as settings.ts numbers it (0 is volatile-lru).
const VOLATILE_LFU: u32 = 1;
const VOLATILE_RANDOM: u32 = 2;
const VOLATILE_TTL: u32 = 3;
const ALLKEYS_LRU: u32 = 4;
const ALLKEYS_LFU: u32 = 5;
const ALLKEYS_RANDOM: u32 = 6;
const NO_EVICTION: u32 = 7;

/** Candidates that are remembered. */
const POOL_MAX: u32 = 16;
const POOL_HEADER: usize = 8;
const CANDIDATE_SIZE: usize = 24;

@unmanaged
class Candidate {
  score: u64;
  hash: u64;
  entry: usize;
  db: usize;
}
if (offsetof<Candidate>() != CANDIDATE_SIZE) ERROR("Candidate is not 24 bytes: mend its table");

/** Work of one eviction, beside the keys sampled: deleting takes about as long as looking at so many keys. */
const EVICTION_WORK: i32 = 4;

/** Sets root.memoryLimit after maxmemory has changed. */
export function memoryLimitUpdate(): void {
  const most = <f64>((<u64>max(<i32>root.pagesMax - <i32>RESERVED_PAGES, 32)) << 16);
  const wanted = setting(SETTING_MAXMEMORY);
  root.memoryLimit = <u64>(wanted > 0 && wanted < most ? wanted : most);
}

/**
 * Called with usedMemory above the limit: whether a command that needs memory may run, after evicting what may go. A
 * command waits only for so much work as `maxmemory-eviction-tenacity` allows, then runs all the same; what is left is
 * done before the next ones and by cron.
 */
export function memoryAllows(): bool {
  return evict(tenacityWork()) || root.usedMemory <= root.memoryLimit;
}

/** Evicts, where memory is above its limit. @returns whether there is more to do now */
export function evictStep(budget: u32): bool {
  return root.usedMemory > root.memoryLimit && evict(<i32>budget) && root.usedMemory > root.memoryLimit;
}

/** Redis' time limit for one command in microseconds, taken as units of work; 100 = as long as it takes. */
function tenacityWork(): i32 {
  const tenacity = <i32>settingInteger(SETTING_MAXMEMORY_EVICTION_TENACITY);
  if (tenacity >= 100) return i32.MAX_VALUE;
  if (tenacity <= 10) return max(tenacity * 50, 16);
  let work: f64 = 500;
  for (let i = 10; i < tenacity; i++) work *= 1.15;
  return <i32>work;
}

/** Frees memory until it is below the limit or the budget is used up. @returns false = there is nothing left to evict */
function evict(budget: i32): bool {
  const policy = <u32>settingInteger(SETTING_MAXMEMORY_POLICY);
  while (root.usedMemory > root.memoryLimit) {
    // Memory that waits to be freed is used, unless the policy is at work on it.
    if (budget <= 0) return policy != NO_EVICTION;
    if (root.lazyHead) {
      // What was deleted before must be counted before more goes.
      lazyfreeStep(FREE_EFFORT_MAX);
      budget -= <i32>FREE_EFFORT_MAX;
    } else {
      if (policy == NO_EVICTION || !evictOne(policy)) return false;
      budget -= EVICTION_WORK + <i32>settingInteger(SETTING_MAXMEMORY_SAMPLES);
    }
  }
  return true;
}

function evictOne(policy: u32): bool {
  return policy == VOLATILE_RANDOM || policy == ALLKEYS_RANDOM ? evictRandom(policy) : evictBest(policy);
}

/** The dict that holds what the policy may evict of a database. */
function evictableDict(db: Database, policy: u32): usize {
  return policy >= ALLKEYS_LRU ? db.dict : db.expires;
}

/** A random key of the databases in turn. @returns false = there is none */
function evictRandom(policy: u32): bool {
  for (let n: u32 = 0; n < root.databaseCount; n++) {
    const db = databaseAt(root.evictDb);
    root.evictDb = (root.evictDb + 1) % root.databaseCount;
    const entry = dictRandom(evictableDict(changetype<Database>(db), policy));
    if (!entry) continue;
    evictEntry(db, hashBytes(entryKey(entry), entryKeyLen(entry)), entry);
    return true;
  }
  return false;
}

/** The best candidate. @returns false = there is none, or no memory for the pool */
function evictBest(policy: u32): bool {
  const pool = poolFor(policy);
  if (!pool) return evictRandom(policy >= ALLKEYS_LRU ? ALLKEYS_RANDOM : VOLATILE_RANDOM);
  while (true) {
    let keys: u32 = 0;
    for (let i: u32 = 0; i < root.databaseCount; i++) {
      const db = databaseAt(i);
      const dict = evictableDict(changetype<Database>(db), policy);
      const count = dictCount(dict);
      if (!count) continue;
      keys += count;
      sample(pool, policy, db, dict);
    }
    if (!keys) return false;
    for (let n = load<u32>(pool); n; n--) {
      const candidate = candidateAt(pool, n - 1);
      store<u32>(pool, n - 1);
      const db = candidate.db;
      if (!dictHolds(evictableDict(changetype<Database>(db), policy), candidate.hash, candidate.entry))
        continue;
      // It was used since: somebody else goes first, and it may be sampled again.
      if (score(policy, candidate.entry) < candidate.score) continue;
      evictEntry(db, hashBytes(entryKey(candidate.entry), entryKeyLen(candidate.entry)), candidate.entry);
      return true;
    }
  }
}

function evictEntry(db: usize, hash: u64, entry: usize): void {
  root.statEvictedKeys++;
  dropEntry(db, hash, entry, NOTIFY_EVICTED, "evicted");
}

// --- the pool ---

/** The pool, empty if its candidates were chosen by another policy; 0 = out of memory. */
function poolFor(policy: u32): usize {
  if (!root.evictionPool) {
    root.evictionPool = alloc(POOL_HEADER + CANDIDATE_SIZE * POOL_MAX);
    if (!root.evictionPool) return 0;
    store<u32>(root.evictionPool, 0);
    store<u32>(root.evictionPool, policy, 4);
  }
  if (load<u32>(root.evictionPool, 4) != policy) {
    store<u32>(root.evictionPool, 0);
    store<u32>(root.evictionPool, policy, 4);
  }
  return root.evictionPool;
}

/** Forgets the candidates: databases were swapped, or the pool's memory is wanted. */
export function evictionPoolRelease(): void {
  if (root.evictionPool) free(root.evictionPool);
  root.evictionPool = 0;
}

// @ts-ignore: decorator
@inline
function candidateAt(pool: usize, index: u32): Candidate {
  return changetype<Candidate>(pool + POOL_HEADER + <usize>index * CANDIDATE_SIZE);
}

/** Looks at some random keys, whole buckets of them, and keeps those that should go sooner than the pool's. */
function sample(pool: usize, policy: u32, db: usize, dict: usize): void {
  vectorClear();
  dictSample(dict, <u32>settingInteger(SETTING_MAXMEMORY_SAMPLES));
  vectorWarm();
  const n = root.vectorCount;
  for (let i: u32 = 0; i < n; i++) {
    const entry = vectorGet(i);
    offer(pool, score(policy, entry), entry, db);
  }
}

/** How soon an entry should go: seconds unused, rarely used, or near its end. */
function score(policy: u32, entry: usize): u64 {
  if (policy == VOLATILE_TTL) return u64.MAX_VALUE - <u64>entryExpireAt(entry);
  if (policy == VOLATILE_LFU || policy == ALLKEYS_LFU) return 255 - lfuDecayed(entry);
  return lruIdleSeconds(entry);
}

/** Puts a candidate at its place, unless the pool is full of better ones or has it already. */
function offer(pool: usize, value: u64, entry: usize, db: usize): void {
  const count = load<u32>(pool);
  let place: u32 = 0;
  while (place < count && candidateAt(pool, place).score < value) place++;
  if (place == 0 && count == POOL_MAX) return;
  for (let i: u32 = 0; i < count; i++) {
    if (candidateAt(pool, i).entry == entry) return;
  }
  if (count == POOL_MAX) {
    // The worst makes room.
    place--;
    moveCandidates(pool, 1, 0, place);
  } else {
    moveCandidates(pool, place, place + 1, count - place);
    store<u32>(pool, count + 1);
  }
  const candidate = candidateAt(pool, place);
  candidate.score = value;
  candidate.hash = hashBytes(entryKey(entry), entryKeyLen(entry));
  candidate.entry = entry;
  candidate.db = db;
}

function moveCandidates(pool: usize, from: u32, to: u32, count: u32): void {
  memory.copy(
    changetype<usize>(candidateAt(pool, to)),
    changetype<usize>(candidateAt(pool, from)),
    <usize>count * CANDIDATE_SIZE,
  );
}
