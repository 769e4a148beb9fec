/** OBJECT ENCODING | FREQ | IDLETIME | REFCOUNT key. https://redis.io/commands/object */
import { lookupInspect } from "../../keyspace/lookup.ts";
import { lfuDecayed, lruIdleSeconds } from "../../keyspace/lru.ts";
import { replyBulkText, replyError, replyInteger, replyNull } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { SETTING_MAXMEMORY, SETTING_MAXMEMORY_POLICY, setting } from "../../settings.ts";
import { entryEncoding, entryType, entryValueField } from "../../types/entry.ts";
import { ENC_INT, TYPE_STRING } from "../../types/ids.ts";
import { encodingName } from "../../types/value.ts";

/** Integers below this are one shared object each in Redis, with this reference count. */
const SHARED_INTEGERS: u64 = 10000;
const SHARED_REFCOUNT: i64 = 2147483647;

export function objectEncoding(): void {
  const entry = lookupInspect(2);
  if (!entry) return replyNull();
  replyBulkText(encodingName(entryEncoding(entry)));
}

export function objectFreq(): void {
  const entry = lookupInspect(2);
  if (!entry) return replyNull();
  if (!root.lfu) {
    return replyError(
      "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.",
    );
  }
  replyInteger(lfuDecayed(entry));
}

export function objectIdletime(): void {
  const entry = lookupInspect(2);
  if (!entry) return replyNull();
  if (root.lfu) {
    return replyError(
      "ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.",
    );
  }
  replyInteger(lruIdleSeconds(entry));
}

/** Nothing is shared here; the answer is what Redis would say. */
export function objectRefcount(): void {
  const entry = lookupInspect(2);
  if (!entry) return replyNull();
  replyInteger(isSharedInRedis(entry) ? SHARED_REFCOUNT : 1);
}

/** Small integers, unless an LRU or LFU policy wants access times of its own for each key. */
function isSharedInRedis(entry: usize): bool {
  if (entryType(entry) != TYPE_STRING || entryEncoding(entry) != ENC_INT) return false;
  if (load<u64>(entryValueField(entry)) >= SHARED_INTEGERS) return false;
  const policy = <u32>setting(SETTING_MAXMEMORY_POLICY);
  const accessTimes = policy == 0 || policy == 1 || policy == 4 || policy == 5;
  return setting(SETTING_MAXMEMORY) == 0 || !accessTimes;
}
