/**
 * pattern-index: which of many patterns match a channel, without trying each. Patterns are kept by the literal text that
 * they begin with; only those whose prefix the channel begins with are tried.
 *
 *   #byPrefix   "news." ─► { news.*, news.?? }      "" ─► { *, [ab]c }
 *   #lengths    0, 5                                lengths of the prefixes there are, rising
 *
 * O(different lengths + patterns whose prefix fits) for a channel, however many patterns there are.
 */
import type { Pattern } from "./pattern.ts";

/** What is kept in the index. */
export interface Indexed {
  readonly pattern: Pattern;
}

export class PatternIndex<Entry extends Indexed> {
  readonly #byPrefix = new Map<string, Set<Entry>>();
  readonly #lengths: number[] = [];
  /** How many prefixes there are of each length. */
  readonly #lengthCounts = new Map<number, number>();

  add(entry: Entry): void {
    const { prefix } = entry.pattern;
    const entries = this.#byPrefix.get(prefix);
    if (entries) {
      entries.add(entry);
      return;
    }
    this.#byPrefix.set(prefix, new Set([entry]));
    const { length } = prefix;
    const count = this.#lengthCounts.get(length) ?? 0;
    this.#lengthCounts.set(length, count + 1);
    if (count > 0) return;
    const at = this.#lengths.findIndex((other) => other > length);
    this.#lengths.splice(at < 0 ? this.#lengths.length : at, 0, length);
  }

  remove(entry: Entry): void {
    const { prefix } = entry.pattern;
    const entries = this.#byPrefix.get(prefix);
    if (!entries?.delete(entry) || entries.size > 0) return;
    this.#byPrefix.delete(prefix);
    const { length } = prefix;
    const count = this.#lengthCounts.get(length)! - 1;
    if (count > 0) {
      this.#lengthCounts.set(length, count);
      return;
    }
    this.#lengthCounts.delete(length);
    this.#lengths.splice(this.#lengths.indexOf(length), 1);
  }

  /** The entries that match, those with a shorter prefix first, then as they were added. */
  matches(text: string): Entry[] {
    const found: Entry[] = [];
    for (const length of this.#lengths) {
      if (length > text.length) break;
      const entries = this.#byPrefix.get(text.slice(0, length));
      if (!entries) continue;
      for (const entry of entries) if (entry.pattern.matches(text)) found.push(entry);
    }
    return found;
  }
}
