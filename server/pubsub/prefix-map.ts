/**
 * prefix-map: values by a prefix, and which of the prefixes a text begins with, without trying each.
 *
 *   #values    "news." ─► value     "" ─► value
 *   #lengths   0, 5                 lengths of the prefixes there are, rising
 *
 * O(different lengths) for a text, however many prefixes there are.
 */
export class PrefixMap<Value> {
  readonly #values = new Map<string, Value>();
  readonly #lengths: number[] = [];
  /** How many prefixes there are of each length. */
  readonly #lengthCounts = new Map<number, number>();

  get size(): number {
    return this.#values.size;
  }

  get(prefix: string): Value | undefined {
    return this.#values.get(prefix);
  }

  /** The prefixes, as they were added. */
  entries(): IterableIterator<[string, Value]> {
    return this.#values.entries();
  }

  /** Adds a prefix that is not there. */
  add(prefix: string, value: Value): void {
    this.#values.set(prefix, value);
    const { length } = prefix;
    const count = this.#lengthCounts.get(length) ?? 0;
    this.#lengthCounts.set(length, count + 1);
    if (count > 0) return;
    const at = this.#lengths.findIndex((other) => other > length);
    this.#lengths.splice(at < 0 ? this.#lengths.length : at, 0, length);
  }

  delete(prefix: string): void {
    if (!this.#values.delete(prefix)) return;
    const { length } = prefix;
    const count = this.#lengthCounts.get(length)! - 1;
    this.#lengthCounts.set(length, count);
    if (count === 0) this.#lengths.splice(this.#lengths.indexOf(length), 1);
  }

  /** The values of the prefixes that a text begins with, the shortest first. */
  *matching(text: string): Generator<Value> {
    for (const length of this.#lengths) {
      if (length > text.length) return;
      const value = this.#values.get(text.slice(0, length));
      if (value !== undefined) yield value;
    }
  }
}
