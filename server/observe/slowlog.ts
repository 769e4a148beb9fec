/**
 * slowlog: the last commands that took longer than `slowlog-log-slower-than`, newest first. Arguments are cut, so that
 * an entry has a bound.
 */
import { SLOWLOG_ARGUMENT_BYTES_MAX, SLOWLOG_ARGUMENTS_MAX } from "../limits.ts";

export interface SlowlogEntry {
  readonly id: number;
  readonly timeSeconds: number;
  readonly micros: number;
  /** Byte strings, cut. */
  readonly args: readonly string[];
  readonly clientAddress: string;
  readonly clientName: string;
}

export class Slowlog {
  #entries: SlowlogEntry[] = [];
  #nextId = 0;
  #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get length(): number {
    return this.#entries.length;
  }

  setCapacity(capacity: number): void {
    this.#capacity = capacity;
    this.#trim();
  }

  add(entry: Omit<SlowlogEntry, "id">): void {
    this.#entries.unshift({ ...entry, id: this.#nextId++ });
    this.#trim();
  }

  /** The newest `count`; all when it is negative. */
  latest(count: number): readonly SlowlogEntry[] {
    return count < 0 ? this.#entries : this.#entries.slice(0, count);
  }

  clear(): void {
    this.#entries = [];
  }

  #trim(): void {
    if (this.#entries.length > this.#capacity) this.#entries.length = this.#capacity;
  }
}

/**
 * The arguments that an entry keeps.
 * @param argc    how many there are     @param argument  reads one as a byte string, or its head at least
 * @param length  how many bytes it has; that of the byte string where it is not given
 */
export function cutArguments(
  argc: number,
  argument: (index: number) => string,
  length = (index: number): number => argument(index).length,
): string[] {
  const kept = argc > SLOWLOG_ARGUMENTS_MAX ? SLOWLOG_ARGUMENTS_MAX - 1 : argc;
  const args: string[] = [];
  for (let i = 0; i < kept; i++) {
    const text = argument(i);
    const surplus = length(i) - SLOWLOG_ARGUMENT_BYTES_MAX;
    args.push(surplus > 0 ? `${text.slice(0, SLOWLOG_ARGUMENT_BYTES_MAX)}... (${surplus} more bytes)` : text);
  }
  if (kept < argc) args.push(`... (${argc - kept} more arguments)`);
  return args;
}
