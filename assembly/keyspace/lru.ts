/**
 * lru: access times and frequencies in the 24 bits that an entry has for them, as Redis keeps them.
 *
 * LRU: seconds, modulo 2^24 (194 days). LFU: 16 bits minutes of the last decay, 8 bits logarithmic counter
 * (Morris) that begins at 5. Which of the two depends on maxmemory-policy (root.lfu).
 */
import { randomU32 } from "../hashing/prng.ts";
import { root } from "../root.ts";
import { SETTING_LFU_DECAY_TIME, SETTING_LFU_LOG_FACTOR, settingInteger } from "../settings.ts";
import { entryLru, entrySetLru } from "../types/entry.ts";

// @ts-ignore: decorator
@inline
const LFU_INITIAL: u32 = 5;

/** Sets root.lruClock from root.nowMs: what a new entry gets. */
export function lruClockUpdate(): void {
  root.lruClock = root.lfu
    ? (((<u32>(root.nowMs / 60000)) & 0xffff) << 8) | LFU_INITIAL
    : (<u32>(root.nowMs / 1000)) & 0xffffff;
}

/** Notes an access. */
// @ts-ignore: decorator
@inline
export function entryAccessed(entry: usize): void {
  if (root.lfu) lfuAccessed(entry);
  else entrySetLru(entry, root.lruClock);
}

function lfuAccessed(entry: usize): void {
  const counter = lfuIncrement(lfuDecayed(entry));
  entrySetLru(entry, (root.lruClock & 0xffff00) | counter);
}

/** The counter after the decay that is due, without writing it back (OBJECT FREQ, eviction). */
export function lfuDecayed(entry: usize): u32 {
  const lru = entryLru(entry);
  const counter = lru & 255;
  const decayMinutes = <u32>settingInteger(SETTING_LFU_DECAY_TIME);
  if (!decayMinutes) return counter;
  const elapsed = ((root.lruClock >> 8) - (lru >> 8)) & 0xffff;
  const periods = elapsed / decayMinutes;
  return periods > counter ? 0 : counter - periods;
}

/** Counts one more access with a probability that falls with the count. */
function lfuIncrement(counter: u32): u32 {
  if (counter == 255) return 255;
  const base: f64 = counter > LFU_INITIAL ? counter - LFU_INITIAL : 0;
  const chance: f64 = 1.0 / (base * <f64>settingInteger(SETTING_LFU_LOG_FACTOR) + 1.0);
  return <f64>randomU32() / 4294967296.0 < chance ? counter + 1 : counter;
}

/** Seconds since the last access, under an LRU policy. */
export function lruIdleSeconds(entry: usize): u32 {
  return (root.lruClock - entryLru(entry)) & 0xffffff;
}

/**
 * What RESTORE's IDLETIME or FREQ means for an entry: that of the policy in force counts, else it was used just now.
 * @param idleSeconds, freq  −1 = not given
 */
export function lruRestored(idleSeconds: i64, freq: i64): u32 {
  if (root.lfu) return freq < 0 ? root.lruClock : (root.lruClock & 0xffff00) | (<u32>freq);
  // The clock goes round; so does a time that is further back than it has got.
  return idleSeconds < 0 ? root.lruClock : (<u32>(<i64>root.lruClock - idleSeconds)) & 0xffffff;
}
