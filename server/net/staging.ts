/**
 * staging: where reply bytes lie while the kernel takes them.
 *
 * A reply cannot be written straight from linear memory: when the kernel takes only a part, the runtime keeps a pointer
 * to the rest, and the next command would overwrite it. So a reply is copied to a buffer that stays. Nearly always the
 * kernel takes it all and the place is free again at once; else the place is kept and the next reply goes behind it.
 *
 *   ┌──────────────┬───────────┬─────────────────────────────┐
 *   │ kept, kernel │ kept      │ next reply starts at `used` │
 *   └──────────────┴───────────┴─────────────────────────────┘
 *
 * Always true
 *   1. Bytes below `used` belong to writes that have not ended; `keepers` counts those writes.
 *   2. A buffer without keepers starts again at 0. One that is full is left to its keepers and replaced.
 */

/** Holds the largest batch of replies that the engine hands over at once. */
const BUFFER_SIZE = 512 * 1024;

/** With less than this left, a new buffer serves better than many views at odd places. */
const ROOM_MIN = 64 * 1024;

/** Replies up to this size get a view that is made once for each size: most servers answer in few sizes. */
const CACHED_VIEW_MAX = 1024;

/** A loop beats a view and a block copy up to about here. */
const LOOP_COPY_MAX = 48;

class Buffered {
  readonly bytes = Buffer.allocUnsafeSlow(BUFFER_SIZE);
  readonly views: (Buffer | undefined)[] = [];
  used = 0;
  keepers = 0;
}

/** The place of one reply; `keep` it when its bytes must stay. */
export class Staging {
  #current = new Buffered();
  #staged = 0;

  /** Copies bytes to a stable place. The view is valid until the next `stage`, unless it is kept. */
  stage(source: Uint8Array, start: number, end: number): Buffer {
    const size = end - start;
    this.#staged = size;
    const buffer = this.#current;
    if (size > BUFFER_SIZE - buffer.used) {
      this.#staged = 0;
      return Buffer.from(source.subarray(start, end));
    }
    const { bytes, used } = buffer;
    if (size <= LOOP_COPY_MAX) for (let i = 0; i < size; i++) bytes[used + i] = source[start + i]!;
    else bytes.set(source.subarray(start, end), used);
    if (used === 0 && size <= CACHED_VIEW_MAX) return (buffer.views[size] ??= bytes.subarray(0, size));
    return bytes.subarray(used, used + size);
  }

  /** The bytes of the last `stage` must stay until the returned function is called. */
  keep(): () => void {
    const buffer = this.#current;
    if (this.#staged === 0) return nothing;
    buffer.used += this.#staged;
    buffer.keepers++;
    if (BUFFER_SIZE - buffer.used < ROOM_MIN) this.#current = new Buffered();
    return () => {
      if (--buffer.keepers === 0) buffer.used = 0;
    };
  }
}

function nothing(): void {}
