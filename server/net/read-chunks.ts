/** read-chunks: the first n bytes of the read buffer as a view, made once for each n that is common. */

/** Requests of one or a few commands are below this. */
const CACHED_SIZES = 1024;

export class ReadChunks {
  readonly #buffer: Uint8Array;
  readonly #views: Uint8Array[] = [];

  constructor(buffer: Uint8Array) {
    this.#buffer = buffer;
    for (let size = 0; size < CACHED_SIZES; size++) this.#views.push(buffer.subarray(0, size));
  }

  of(size: number): Uint8Array {
    return size < CACHED_SIZES ? this.#views[size]! : this.#buffer.subarray(0, size);
  }
}
