/** byte-writer: collects the bytes of a value that a library packs. Kept from call to call. */
import type { LuaState } from "../lua/state.ts";

const INITIAL = 1024;
const KEPT = 65536;
const SHORT = 32;

export class ByteWriter {
  bytes = new Uint8Array(INITIAL);
  size = 0;

  clear(): void {
    this.size = 0;
    if (this.bytes.length > KEPT) this.bytes = new Uint8Array(INITIAL);
  }

  /** Room for `extra` bytes more. */
  reserve(extra: number): void {
    const needed = this.size + extra;
    if (needed <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.bytes.length));
    grown.set(this.bytes.subarray(0, this.size));
    this.bytes = grown;
  }

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.size++] = value;
  }

  /** A byte string. */
  text(text: string): void {
    this.reserve(text.length);
    for (let i = 0; i < text.length; i++) this.bytes[this.size++] = text.charCodeAt(i);
  }

  copy(source: Uint8Array, at: number, length: number): void {
    this.reserve(length);
    if (length > SHORT) this.bytes.set(source.subarray(at, at + length), this.size);
    else for (let i = 0; i < length; i++) this.bytes[this.size + i] = source[at + i]!;
    this.size += length;
  }

  /** An unsigned integer, big-endian. */
  big(value: number, width: number): void {
    this.reserve(width);
    for (let i = width - 1; i >= 0; i--) {
      this.bytes[this.size + i] = value % 256;
      value = Math.floor(value / 256);
    }
    this.size += width;
  }

  /** Pushes what has been written as a Lua string. */
  push(lua: LuaState, L: number): void {
    lua.pushBytes(L, this.bytes, 0, this.size);
  }
}
