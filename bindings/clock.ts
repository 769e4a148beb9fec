/**
 * clock: the time a store goes by. It follows its source until it is frozen or set; expiry, times of access and stream
 * IDs follow it.
 */
export class Clock {
  readonly #source: () => number;
  /** What is added to the source while the clock runs. */
  #offsetMs = 0;
  /** The time it stands at; undefined while it runs. */
  #frozenMs: number | undefined;
  readonly #moved: () => void;

  /** @param source  ms since 1970     @param moved  called when the clock has been put to another time */
  constructor(source: () => number = Date.now, moved: () => void = () => undefined) {
    this.#source = source;
    this.#moved = moved;
  }

  /** The store's time, ms since 1970. */
  readonly now = (): number => this.#frozenMs ?? this.#source() + this.#offsetMs;

  get frozen(): boolean {
    return this.#frozenMs !== undefined;
  }

  /** Stops the clock where it is, or at a time. @param nowMs  ms since 1970 @throws RangeError */
  freeze(nowMs: number = this.now()): void {
    this.#frozenMs = checkTime(nowMs);
    this.#moved();
  }

  /** Lets it run on from where it stands. */
  unfreeze(): void {
    if (this.#frozenMs === undefined) return;
    this.#offsetMs = this.#frozenMs - this.#source();
    this.#frozenMs = undefined;
  }

  /** Puts it to a time, back as well; it stays frozen, or runs on. @param nowMs  ms since 1970 @throws RangeError */
  set(nowMs: number): void {
    checkTime(nowMs);
    if (this.#frozenMs === undefined) this.#offsetMs = nowMs - this.#source();
    else this.#frozenMs = nowMs;
    this.#moved();
  }

  /** Puts it forward. @throws RangeError for what is no time to come */
  advance(ms: number): void {
    if (!(ms >= 0)) throw new RangeError("A clock advances by a number of ms that is not negative");
    this.set(this.now() + ms);
  }

  /** Another clock that shows the same and goes its own way. */
  copy(moved?: () => void): Clock {
    const copy = new Clock(this.#source, moved);
    copy.#offsetMs = this.#offsetMs;
    copy.#frozenMs = this.#frozenMs;
    return copy;
  }
}

/** Beyond it, a time has no Date. */
const TIME_MAX = 8.64e15;

function checkTime(nowMs: number): number {
  if (!(nowMs >= 0 && nowMs <= TIME_MAX)) throw new RangeError("A time is a number of ms since 1970");
  return nowMs;
}
