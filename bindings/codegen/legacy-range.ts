/**
 * legacy-range: first key, last key and step as COMMAND INFO has reported them since before key specs.
 *
 * One spec is reported as it is. Several are joined while each begins right behind the one before it and steps by one;
 * what a triple cannot say (keywords, counts, gaps) is left out, and clients ask COMMAND GETKEYS.
 */
import type { KeySpec } from "../command-table.ts";

export interface LegacyRange {
  readonly firstKey: number;
  readonly lastKey: number;
  readonly keyStep: number;
}

const NONE: LegacyRange = { firstKey: 0, lastKey: 0, keyStep: 0 };

export function legacyRange(specs: readonly KeySpec[]): LegacyRange {
  const ranges = specs.flatMap(rangeOf);
  const [only] = ranges;
  if (only === undefined) return NONE;
  if (specs.length === 1) return only;

  let joined: LegacyRange | undefined;
  for (const range of ranges) {
    if (range.keyStep !== 1) continue;
    if (joined === undefined) joined = range;
    else if (joined.lastKey === range.firstKey - 1) joined = { ...joined, lastKey: range.lastKey };
  }
  return joined ?? NONE;
}

function rangeOf(spec: KeySpec): LegacyRange[] {
  const { beginSearch, findKeys } = spec;
  if (beginSearch === "unknown" || findKeys === "unknown") return [];
  if (!("index" in beginSearch) || !("lastKey" in findKeys)) return [];
  const lastKey = findKeys.lastKey < 0 ? findKeys.lastKey : beginSearch.index + findKeys.lastKey;
  return [{ firstKey: beginSearch.index, lastKey, keyStep: findKeys.keyStep }];
}
