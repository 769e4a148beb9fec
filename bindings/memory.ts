/**
 * memory: the only place that makes views on linear memory. Memory may grow in any call, which detaches the old views,
 * so everybody reads them from here, after the call.
 */
export class LinearMemory {
  readonly #memory: WebAssembly.Memory;
  #buffer: ArrayBufferLike;
  #bytes: Uint8Array;
  #words: Uint32Array;
  #doubles: Float64Array;

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
    this.#buffer = memory.buffer;
    this.#bytes = new Uint8Array(this.#buffer);
    this.#words = new Uint32Array(this.#buffer);
    this.#doubles = new Float64Array(this.#buffer);
  }

  /**
   * Makes the views anew if memory has grown: after every call into the engine. Growth leaves a view on the old buffer
   * with no length, which costs a load to see; to ask the memory for its buffer costs 30 ns.
   */
  refresh(): void {
    if (this.#bytes.length === 0) {
      this.#buffer = this.#memory.buffer;
      this.#bytes = new Uint8Array(this.#buffer);
      this.#words = new Uint32Array(this.#buffer);
      this.#doubles = new Float64Array(this.#buffer);
    }
  }

  get buffer(): ArrayBufferLike {
    return this.#buffer;
  }

  /** Bytes of linear memory; the index is the address. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Unsigned 32-bit words; the index is the address / 4. */
  get words(): Uint32Array {
    return this.#words;
  }

  /** The word at a 4-byte aligned address. */
  u32(address: number): number {
    return this.#words[address >>> 2]!;
  }

  setU32(address: number, value: number): void {
    this.#words[address >>> 2] = value;
  }

  /** The 64-bit counter at a 4-byte aligned address, as a number: exact to 2^53. */
  u64(address: number): number {
    return this.#words[address >>> 2]! + this.#words[(address >>> 2) + 1]! * 4294967296;
  }

  /** The double at an 8-byte aligned address. */
  f64(address: number): number {
    return this.#doubles[address >>> 3]!;
  }

  setF64(address: number, value: number): void {
    this.#doubles[address >>> 3] = value;
  }
}
