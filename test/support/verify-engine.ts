/**
 * verify-engine: the verify build of the engine (build/kvasm.verify.wasm, assembly/testing.ts among its
 * exports) for unit and fuzz tests of structures: numbers and addresses in, numbers out, bytes in memory.
 *
 * KVASM_VERIFY_WASM names another file than the one `npm test` builds.
 */
import { readFileSync } from "node:fs";

/** What an export may return; a test knows which, and casts. */
type Exported = (...args: (number | bigint)[]) => number | bigint;

const file = process.env["KVASM_VERIFY_WASM"] ?? new URL("../../build/kvasm.verify.wasm", import.meta.url);
let compiled: WebAssembly.Module | undefined;

export class VerifyEngine {
  readonly exports: Record<string, Exported>;
  readonly #memory: WebAssembly.Memory;

  /** A fresh instance with an empty heap of at most `pagesMax` pages of 64 KiB. */
  constructor(pagesMax = 16384, seed = 1) {
    compiled ??= new WebAssembly.Module(readFileSync(file));
    const instance = new WebAssembly.Instance(compiled, {
      env: {
        clock: () => performance.now() * 1000,
        abort: (message: number, source: number, line: number, column: number) => {
          throw new Error(`${this.#literal(message)} (${this.#literal(source)}:${line}:${column})`);
        },
      },
    });
    this.exports = instance.exports as unknown as Record<string, Exported>;
    this.#memory = instance.exports["memory"] as WebAssembly.Memory;
    this.call("testHeapInit", pagesMax, BigInt(seed));
  }

  /** Calls an export that returns an integer of up to 32 bits or a double; addresses come out unsigned. */
  call(name: string, ...args: (number | bigint)[]): number {
    const result = this.big(name, ...args) as unknown;
    return typeof result === "number" && Number.isInteger(result) && result < 0
      ? result >>> 0
      : Number(result);
  }

  /** Calls an export whose result is wanted as it is: a negative number, 64 bits, a double. */
  big(name: string, ...args: (number | bigint)[]): number | bigint {
    const entry = this.exports[name];
    if (entry === undefined) throw new Error(`the verify build has no export ${name}`);
    return entry(...args);
  }

  /** The bytes at an address, valid until memory grows. */
  bytes(ptr: number, length: number): Buffer {
    return Buffer.from(this.#memory.buffer, ptr, length);
  }

  /** The bytes at an address as a binary string of its own. */
  text(ptr: number, length: number): string {
    return this.bytes(ptr, length).toString("latin1");
  }

  /** Puts bytes at an address; strings are binary. Returns how many. */
  write(ptr: number, data: string | Uint8Array): number {
    const bytes = typeof data === "string" ? Buffer.from(data, "latin1") : data;
    this.bytes(ptr, bytes.length).set(bytes);
    return bytes.length;
  }

  alloc(size: number): number {
    const ptr = this.call("testAlloc", size);
    if (ptr === 0) throw new Error(`no ${size} bytes left`);
    return ptr;
  }

  free(ptr: number): void {
    this.call("testFree", ptr);
  }

  usedMemory(): number {
    return Number(this.big("testUsedMemory"));
  }

  /** A string literal of the module: UTF-16, its length in bytes in front. */
  #literal(ptr: number): string {
    if (ptr === 0) return "?";
    const length = new DataView(this.#memory.buffer).getUint32(ptr - 4, true);
    return this.bytes(ptr, length).toString("utf16le");
  }
}
