/**
 * pattern-index: which of many patterns match a channel, without trying each. Patterns are kept by the literal text that
 * they begin with; only those whose prefix the channel begins with are tried.
 *
 *   "news." ─► { news.*, news.?? }      "" ─► { *, [ab]c }
 *
 * O(different lengths of prefixes + patterns whose prefix fits) for a channel, however many patterns there are.
 */
import type { Pattern } from "./pattern.ts";
import { PrefixMap } from "./prefix-map.ts";

/** What is kept in the index. */
export interface Indexed {
  readonly pattern: Pattern;
}

export class PatternIndex<Entry extends Indexed> {
  readonly #byPrefix = new PrefixMap<Set<Entry>>();

  add(entry: Entry): void {
    const { prefix } = entry.pattern;
    const entries = this.#byPrefix.get(prefix);
    if (entries) entries.add(entry);
    else this.#byPrefix.add(prefix, new Set([entry]));
  }

  remove(entry: Entry): void {
    const { prefix } = entry.pattern;
    const entries = this.#byPrefix.get(prefix);
    if (entries?.delete(entry) && entries.size === 0) this.#byPrefix.delete(prefix);
  }

  /** The entries that match, those with a shorter prefix first, then as they were added. */
  matches(text: string): Entry[] {
    const found: Entry[] = [];
    for (const entries of this.#byPrefix.matching(text)) {
      for (const entry of entries) if (entry.pattern.matches(text)) found.push(entry);
    }
    return found;
  }
}
