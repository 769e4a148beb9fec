/**
 * expire: the active cycle: reclaims keys whose time is up though nobody asks for them, in bounded slices.
 *
 * Each database's expiry dict is walked with a scan cursor; a database is left when few of the keys seen were due, so
 * the work follows the waste. Source: the description of active expiry at redis.io/commands/expire.
 */
import { hashBytes } from "../hashing/siphash.ts";
import { vectorClear, vectorGet } from "../memory/vector.ts";
import { root } from "../root.ts";
import { SETTING_ACTIVE_EXPIRE, settingInteger } from "../settings.ts";
import { dictCount, dictScan } from "../structures/dict.ts";
import { entryKey, entryKeyLen } from "../types/entry.ts";
import { Database, databaseAt } from "./keyspace.ts";
import { expireEntry } from "./lookup.ts";

/** A database is left when less than one in this many of the keys seen was due. */
const STALE_ONE_IN: u32 = 10;

/**
 * Looks at about `budget` keys that have an expiry, from where the last call stopped.
 * @returns whether the last database seen still had many that were due
 */
export function activeExpireStep(budget: u32): bool {
  if (!settingInteger(SETTING_ACTIVE_EXPIRE)) return false;
  let left = <i32>budget;
  for (let n: u32 = 0; n < root.databaseCount && left > 0; n++) {
    const db = changetype<Database>(databaseAt(root.expireDb));
    if (dictCount(db.expires)) {
      let seen: u32 = 0;
      let due: u32 = 0;
      do {
        vectorClear();
        db.expireCursor = dictScan(db.expires, db.expireCursor);
        const count = root.vectorCount;
        for (let i: u32 = 0; i < count; i++) {
          const entry = vectorGet(i);
          if (load<i64>(entry, 8) <= root.nowMs) {
            due++;
            expireEntry(changetype<usize>(db), hashBytes(entryKey(entry), entryKeyLen(entry)), entry);
          } else {
            const ttl = <f64>(load<i64>(entry, 8) - root.nowMs);
            db.avgTtlMs = db.avgTtlMs == 0 ? ttl : db.avgTtlMs * 0.98 + ttl * 0.02;
          }
        }
        seen += count + 1;
        left -= <i32>count + 1;
      } while (left > 0 && db.expireCursor != 0);
      if (due * STALE_ONE_IN > seen) return true;
    }
    root.expireDb = (root.expireDb + 1) % root.databaseCount;
  }
  return false;
}
