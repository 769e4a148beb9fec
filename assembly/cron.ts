/**
 * cron: background work in bounded slices: active expiry, resizing of tables, freeing large values, eviction.
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
import { dictIsResizing, dictResizeStep } from "./structures/dict.ts";

/** @param units  work to do at most     @returns whether there is more to do now */
export function cronStep(units: u32): bool {
  if (root.usedMemory > root.peakMemory) root.peakMemory = root.usedMemory;
  let more = lazyfreeStep(units);
  if (evictStep(units)) more = true;
  if (activeExpireStep(units)) more = true;
  if (activeFieldExpireStep(units)) more = true;
  if (resizeStep(units >> 3)) more = true;
  if (root.snapshot && snapshotDiscardStep(units)) more = true;
  return more;
}

/** Adds or takes away so many buckets of whatever database has not the right number. */
function resizeStep(buckets: u32): bool {
  for (let n: u32 = 0; n < root.databaseCount; n++) {
    const db = changetype<Database>(databaseAt(root.resizeDb));
    if (dictIsResizing(db.dict)) return dictResizeStep(db.dict, buckets);
    if (dictIsResizing(db.expires)) return dictResizeStep(db.expires, buckets);
    root.resizeDb = (root.resizeDb + 1) % root.databaseCount;
  }
  return false;
}
