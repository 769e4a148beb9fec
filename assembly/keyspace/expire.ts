/**
 * expire: the active cycle: reclaims keys whose time is up though nobody asks for them, in bounded slices.
 *
 * Each database's expiry dict is walked bucket by bucket, so every key is looked at in turn and none is forgotten. A
 * database is left when few of the keys of a round were due, so that the work follows the waste; all databases get
 * their share of a slice. `active-expire-effort` says how few is few enough. Source: the description of active expiry
 * at redis.io/commands/expire.
 *
 * Why not a scan cursor: it counts in reverse, so what is left of a table that is being emptied shares its low hash bits
 * and comes to lie in a few long chains when the table shrinks. Emptied in plain order, what is left spreads evenly. A
 * resize between two rounds may lead past some keys; the next walk meets them.
 */
import { hashBytes } from "../hashing/siphash.ts";
import { FREE_EFFORT_MAX } from "../limits.ts";
import { vectorClear, vectorGet, vectorWarm } from "../memory/vector.ts";
import { root } from "../root.ts";
import { SETTING_ACTIVE_EXPIRE, SETTING_ACTIVE_EXPIRE_EFFORT, settingInteger } from "../settings.ts";
import { dictBucket, dictBuckets, dictCollectBucket, dictCount } from "../structures/dict.ts";
import { entryEncoding, entryKey, entryKeyLen, entryType, entryValue } from "../types/entry.ts";
import { valueFreeEffort, valueIsOutside } from "../types/value.ts";
import { Database, databaseAt } from "./keyspace.ts";
import { entryIsExpired, expireEntry } from "./lookup.ts";

/** Keys looked at together, so that their cache misses overlap; a database is judged by one such round. */
const ROUND: u32 = 64;
/** Percent of a round that may be due for the database to be left alone, at the lowest effort (1 … 10). */
const STALE_PERCENT: u32 = 10;
/** Weight of a round in the average time to live that INFO shows. */
const AVERAGE_WEIGHT: f64 = 0.02;

/**
 * Looks at about `budget` keys that have an expiry, from where the last call stopped.
 * @returns whether some database still has many that are due
 */
export function activeExpireStep(budget: u32): bool {
  if (!settingInteger(SETTING_ACTIVE_EXPIRE)) return false;
  const volatiles = databasesWithExpiry();
  if (!volatiles) return false;
  const share = <i32>(budget / volatiles);
  let left = <i32>budget;
  let more = false;
  for (let n: u32 = 0; n < root.databaseCount && left > 0; n++) {
    const db = changetype<Database>(databaseAt(root.expireDb));
    root.expireDb = (root.expireDb + 1) % root.databaseCount;
    if (!dictCount(db.expires)) continue;
    let mine = min(share, left);
    left -= mine;
    do {
      mine -= <i32>expireRound(db);
      more = stale() && dictCount(db.expires) != 0 ? true : more;
    } while (mine > 0 && stale() && dictCount(db.expires));
    left += mine;
  }
  return more;
}

function databasesWithExpiry(): u32 {
  let n: u32 = 0;
  for (let i: u32 = 0; i < root.databaseCount; i++) {
    if (dictCount(changetype<Database>(databaseAt(i)).expires)) n++;
  }
  return n;
}

/** Whether more of the last round was due than is worth leaving. */
function stale(): bool {
  const tolerated = STALE_PERCENT + 1 - <u32>settingInteger(SETTING_ACTIVE_EXPIRE_EFFORT);
  return root.expireDue * 100 > root.expireSeen * tolerated;
}

/** Looks at the next keys of a database. @returns the work it was; root.expireSeen and expireDue say what came of it */
function expireRound(db: Database): u32 {
  vectorClear();
  const total = dictBuckets(db.expires);
  // Downwards: as the table shrinks meanwhile, its last buckets join some that are still to come.
  const from = db.expireBucket && db.expireBucket < total ? db.expireBucket : total;
  const end = from > ROUND ? from - ROUND : 0;
  let next = from;
  while (next > end && root.vectorCount < ROUND) dictCollectBucket(db.expires, --next);
  db.expireBucket = next;
  const buckets = from - next;
  vectorWarm();
  const count = root.vectorCount;
  root.expireSeen = count;
  root.expireDue = warmDue(db, count);
  if (root.expireDue < count) noteTtl(db, count);
  let work = count + buckets;
  for (let i: u32 = 0; i < count; i++) {
    const entry = vectorGet(i);
    if (!entryIsExpired(entry)) continue;
    if (valueIsOutside(entry)) {
      work += min(
        valueFreeEffort(entryType(entry), entryEncoding(entry), entryValue(entry)),
        FREE_EFFORT_MAX,
      );
    }
    expireEntry(changetype<usize>(db), hashBytes(entryKey(entry), entryKeyLen(entry)), entry);
  }
  return work;
}

/** Touches the buckets that the keys which are due stand in. @returns how many are due */
function warmDue(db: Database, count: u32): u32 {
  let due: u32 = 0;
  let sum: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const entry = vectorGet(i);
    if (!entryIsExpired(entry)) continue;
    due++;
    sum += load<u16>(dictBucket(db.dict, hashBytes(entryKey(entry), entryKeyLen(entry))));
  }
  root.scratch0 = sum; // so that the compiler cannot leave the loads out
  return due;
}

/** Carries the average time to live on with the keys of this round that are not due. */
function noteTtl(db: Database, count: u32): void {
  let sum: f64 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const entry = vectorGet(i);
    if (!entryIsExpired(entry)) sum += <f64>(load<i64>(entry, 8) - root.nowMs);
  }
  const average = sum / <f64>(count - root.expireDue);
  db.avgTtlMs = db.avgTtlMs == 0 ? average : db.avgTtlMs + (average - db.avgTtlMs) * AVERAGE_WEIGHT;
}
