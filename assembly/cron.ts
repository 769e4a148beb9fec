/**
 * cron: background work in bounded slices: active expiry, incremental rehash, freeing large values, eviction.
 *
 * The engine has no clock of its own, so a slice is measured in units of work (about one block or bucket each); the
 * host calls again while there is more and its time is not used up.
 */
import { evictStep } from "./keyspace/evict.ts";
import { activeExpireStep } from "./keyspace/expire.ts";
import { activeFieldExpireStep } from "./keyspace/field-expire.ts";
import { Database, databaseAt } from "./keyspace/keyspace.ts";
import { lazyfreeStep } from "./keyspace/lazyfree.ts";
import { snapshotDiscardStep } from "./keyspace/snapshot.ts";
import { root } from "./root.ts";
import { dictIsRehashing, dictRehashBuckets } from "./structures/dict.ts";

/** @param units  work to do at most     @returns whether there is more to do now */
export function cronStep(units: u32): bool {
  if (root.usedMemory > root.peakMemory) root.peakMemory = root.usedMemory;
  let more = lazyfreeStep(units);
  if (evictStep(units)) more = true;
  if (activeExpireStep(units)) more = true;
  if (activeFieldExpireStep(units)) more = true;
  if (rehashStep(units >> 3)) more = true;
  if (root.snapshot && snapshotDiscardStep(units)) more = true;
  return more;
}

/** Moves about so many buckets of whatever database is being resized. */
function rehashStep(buckets: u32): bool {
  for (let n: u32 = 0; n < root.databaseCount; n++) {
    const db = changetype<Database>(databaseAt(root.rehashDb));
    if (dictIsRehashing(db.dict)) return dictRehashBuckets(db.dict, buckets);
    if (dictIsRehashing(db.expires)) return dictRehashBuckets(db.expires, buckets);
    root.rehashDb = (root.rehashDb + 1) % root.databaseCount;
  }
  return false;
}
