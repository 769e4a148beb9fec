/**
 * engine: one instance of the engine: a module, its memory, and what the host does with both. Knows no sockets and no
 * Node: the same file runs in a browser.
 */
import { ABI_VERSION, type EngineExports, Root, type Status } from "./abi.ts";
import { KvasmError } from "./errors.ts";
import { LinearMemory } from "./memory.ts";

/** A whole linear memory, for an engine that goes on where another was. */
export interface MemoryContent {
  /** Bytes of it: whole pages. */
  readonly size: number;
  /**
   * Lays it into a memory of that size; pages of zeros may be left as they are.
   * @param hashPage  the engine's checksum of a page that has been laid, continued from another     @throws KvasmError
   */
  lay(memory: Uint8Array, hashPage: (page: number, seed: number) => number): void;
}

export interface EngineOptions {
  /** 64 random bits that hashing and random commands start from; the same seed and inputs give the same bytes. */
  seed?: bigint;
  /** Number of databases, 16 by default. */
  databases?: number;
  /** Bytes that the instance's memory may grow to: 4 GiB by default and at most. */
  memoryMax?: number;
  /** Clock in ms since 1970; Date.now by default. */
  now?: () => number;
}

/** Bytes of a page of linear memory. */
export const PAGE = 65536;
const PAGES_MAX = 65536;

/** Compiled once, instantiated for each engine. */
export type EngineModule = WebAssembly.Module;

function randomSeed(): bigint {
  const words = crypto.getRandomValues(new Uint32Array(2));
  return (BigInt(words[0]!) << 32n) | BigInt(words[1]!);
}

/** Microseconds of a monotonic clock. */
function clock(): number {
  return performance.now() * 1000;
}

export class Engine {
  readonly exports: EngineExports;
  readonly memory: LinearMemory;
  /** Address of the root block. */
  readonly root: number;
  /** Address and size of the area that chunks are laid in. */
  readonly #inputPtr: number;
  readonly #inputSize: number;
  /** Bytes that one call of `execute` may be given. */
  readonly chunkSize = 65536;
  readonly now: () => number;
  readonly module: EngineModule;

  /**
   * Instantiates a compiled module, synchronously.
   * @param content  the memory to go on with; an empty store without     @throws KvasmError ABI_MISMATCH, OUT_OF_MEMORY
   */
  constructor(module: EngineModule, options: EngineOptions = {}, content?: MemoryContent) {
    this.module = module;
    const instance = new WebAssembly.Instance(module, {
      env: {
        abort: (message: number, file: number, line: number, column: number): never =>
          this.#abort(message, file, line, column),
        clock,
      },
    });
    this.exports = instance.exports as unknown as EngineExports;
    this.memory = new LinearMemory(this.exports.memory);
    this.now = options.now ?? Date.now;
    if (content) this.#lay(content);
    else this.#boot(options);
    this.memory.refresh();
    this.root = this.exports.rootAddress();
    if (this.word(Root.abiVersion) !== ABI_VERSION) {
      throw new KvasmError(
        "ABI_MISMATCH",
        `The engine's ABI is version ${this.word(Root.abiVersion)}, not ${ABI_VERSION}`,
      );
    }
    this.#inputPtr = this.word(Root.inputPtr);
    this.#inputSize = this.word(Root.inputSize);
  }

  #boot({ seed, databases = 16, memoryMax = PAGES_MAX * PAGE }: EngineOptions): void {
    const bits = BigInt.asUintN(64, seed ?? randomSeed());
    const pages = Math.min(PAGES_MAX, Math.ceil(memoryMax / PAGE));
    const [low, high] = [Number(bits & 0xffffffffn), Number(bits >> 32n)];
    if (!this.exports.boot(low, high, databases, pages, this.now())) {
      throw new KvasmError("OUT_OF_MEMORY", `No memory for ${databases} databases`);
    }
  }

  #lay(content: MemoryContent): void {
    const { memory } = this.exports;
    try {
      memory.grow((content.size - memory.buffer.byteLength) / PAGE);
    } catch (cause) {
      throw new KvasmError("OUT_OF_MEMORY", `No memory for a copy of ${content.size} bytes`, { cause });
    }
    this.memory.refresh();
    content.lay(this.memory.bytes, (page, seed) => this.exports.pageHash(page, seed) >>> 0);
  }

  /** Numbers of the pages that are not all zeros. O(size of the memory), some 50 µs for each MiB of zeros */
  usedPages(): number[] {
    const pages: number[] = [];
    const count = this.memory.bytes.length / PAGE;
    for (let page = 0; page < count; page++) if (this.exports.pageUsed(page)) pages.push(page);
    return pages;
  }

  /** A word of the root block (abi.Root). */
  word(offset: number): number {
    return this.memory.u32(this.root + offset);
  }

  /** A 64-bit counter of the root block. */
  counter(offset: number): number {
    return this.memory.u64(this.root + offset);
  }

  /**
   * Executes a chunk of at most `chunkSize` bytes for a client; replies collect in the reply buffer.
   * @returns why it stopped
   */
  execute(client: number, chunk: Uint8Array): Status {
    const offset = this.#inputSize - this.chunkSize;
    this.layInput(chunk, offset);
    return this.executeInput(client, offset, chunk.length, this.now());
  }

  /** Lays a chunk down in the input area, of which `execute` uses the last `chunkSize` bytes. */
  layInput(chunk: Uint8Array, offset: number): void {
    this.memory.bytes.set(chunk, this.#inputPtr + offset);
  }

  /** Executes what has been laid down. @returns why it stopped */
  executeInput(client: number, offset: number, size: number, nowMs: number): Status {
    const status = this.exports.execute(client, this.#inputPtr + offset, size, nowMs);
    this.memory.refresh();
    return status;
  }

  /** What has been laid down, as a view. */
  input(offset: number, size: number): Uint8Array {
    return this.memory.bytes.subarray(this.#inputPtr + offset, this.#inputPtr + offset + size);
  }

  resume(client: number): Status {
    const status = this.exports.resume(client);
    this.memory.refresh();
    return status;
  }

  proceed(client: number): Status {
    const status = this.exports.proceed(client);
    this.memory.refresh();
    return status;
  }

  suspend(client: number): void {
    this.exports.suspend(client);
    this.memory.refresh();
  }

  /**
   * Runs one command that is split already.
   * @param flags  abi.CallFlag     @throws KvasmError OUT_OF_MEMORY
   */
  call(client: number, argv: readonly Uint8Array[], flags = 0): Status {
    const status = this.exports.call(client, this.layCall(argv), argv.length, flags, this.now());
    this.memory.refresh();
    return status;
  }

  /** Lays a command's arguments down for a call. @returns the table's address     @throws KvasmError OUT_OF_MEMORY */
  layCall(argv: readonly Uint8Array[]): number {
    const table = argv.length * 8;
    let size = table;
    for (const argument of argv) size += argument.length;
    const base = this.exports.reserveCall(size);
    this.memory.refresh();
    if (!base) throw new KvasmError("OUT_OF_MEMORY", `No memory for a command of ${size} bytes`);
    const { bytes, words } = this.memory;
    let at = base + table;
    for (let i = 0; i < argv.length; i++) {
      const argument = argv[i]!;
      words[(base >>> 2) + 2 * i] = at;
      words[(base >>> 2) + 2 * i + 1] = argument.length;
      bytes.set(argument, at);
      at += argument.length;
    }
    return base;
  }

  /**
   * As suspend, and the command that has stopped at the gate will be the first to run.
   * @throws KvasmError OUT_OF_MEMORY
   */
  rewind(client: number): void {
    const kept = this.exports.rewind(client);
    this.memory.refresh();
    if (!kept) throw new KvasmError("OUT_OF_MEMORY", "No memory to keep a command for later");
  }

  /** Bytes of the replies that wait. */
  get replyLength(): number {
    return this.word(Root.replyPos) - this.word(Root.replyStart);
  }

  /** Takes back the replies behind the first `length` bytes: they were for somebody else, who has them. */
  truncateReply(length: number): void {
    this.memory.setU32(this.root + Root.replyPos, this.word(Root.replyStart) + length);
  }

  /** The first `length` bytes of the replies have reached whom they were for. */
  dropReply(length: number): void {
    const start = this.word(Root.replyStart);
    const end = this.word(Root.replyPos);
    if (start + length === end) return this.exports.clearReply();
    if (length === 0) return;
    this.memory.bytes.copyWithin(start, start + length, end);
    this.memory.setU32(this.root + Root.replyPos, end - length);
    this.memory.setU32(this.root + Root.replyMark, this.word(Root.replyMark) - length);
  }

  /** What has been replied so far stays, whatever becomes of the command's reply (CLIENT REPLY OFF). */
  keepReply(): void {
    this.memory.setU32(this.root + Root.replyMark, this.replyLength);
  }

  /** A client blocks on a key. @throws KvasmError OUT_OF_MEMORY */
  blockKey(db: number, key: Uint8Array): void {
    const blocked = this.exports.blockKey(db, this.#layKey(key), key.length);
    this.memory.refresh();
    if (!blocked) throw new KvasmError("OUT_OF_MEMORY", "No memory to note a key that a client waits for");
  }

  /** That client blocks on it no more. */
  unblockKey(db: number, key: Uint8Array): void {
    this.exports.unblockKey(db, this.#layKey(key), key.length);
  }

  /** Number of the type of a key's value; -1 = there is no such key. */
  keyType(db: number, key: Uint8Array): number {
    return this.exports.keyType(db, this.#layKey(key), key.length);
  }

  /** A key's bytes in the area for calls. @throws KvasmError OUT_OF_MEMORY */
  #layKey(key: Uint8Array): number {
    const at = this.exports.reserveCall(key.length);
    this.memory.refresh();
    if (!at) throw new KvasmError("OUT_OF_MEMORY", `No memory for a key of ${key.length} bytes`);
    this.memory.bytes.set(key, at);
    return at;
  }

  /** The replies that wait, as a view that the next call into the engine may make stale. */
  get reply(): Uint8Array {
    return this.memory.bytes.subarray(this.word(Root.replyStart), this.word(Root.replyPos));
  }

  /** Appends bytes to the replies (of a host command). @throws KvasmError OUT_OF_MEMORY */
  appendReply(bytes: Uint8Array): void {
    if (!this.exports.reserveReply(bytes.length)) {
      throw new KvasmError("OUT_OF_MEMORY", `No memory for a reply of ${bytes.length} bytes`);
    }
    this.memory.refresh();
    const at = this.word(Root.replyPos);
    this.memory.bytes.set(bytes, at);
    this.memory.setU32(this.root + Root.replyPos, at + bytes.length);
  }

  /** Argument `index` of the command that the host must run: a view, stale after the next call into the engine. */
  argument(index: number): Uint8Array {
    const pair = this.word(Root.argv) + index * 8;
    const at = this.memory.u32(pair);
    return this.memory.bytes.subarray(at, at + this.memory.u32(pair + 4));
  }

  #abort(message: number, file: number, line: number, column: number): never {
    const where = `${this.#text(file)}:${line}:${column}`;
    throw new KvasmError("ENGINE_BUG", `Assertion failed in the engine: ${this.#text(message)} (${where})`);
  }

  /** A UTF-16 string of the module's static data; its size in bytes stands before it. */
  #text(address: number): string {
    if (!address) return "";
    const buffer = this.exports.memory.buffer;
    const size = new Uint32Array(buffer, address - 4, 1)[0]!;
    return String.fromCharCode(...new Uint16Array(buffer, address, size >>> 1));
  }
}
