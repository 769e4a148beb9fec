/**
 * rdb-load: an RDB file into the engine, in slices between which clients are heard (and told that the dataset loads).
 * Its bytes are read straight into linear memory.
 */
import { LoaderField, LoadError, LoadItem, LoadOption, LoadStatus, Root } from "../../bindings/abi.ts";
import type { Engine } from "../../bindings/engine.ts";
import type { InputFile } from "./files.ts";
import { READ_BYTES } from "./limits.ts";

/** What the file says that is not data. */
export interface RdbItems {
  aux(name: string, value: string): void;
  /** @returns what is wrong with it, or null */
  library(code: Uint8Array): string | null;
  /** Looks at a key that has been loaded, and deletes it; the engine may be asked. Without it keys stay. */
  key?(db: number, key: Uint8Array): void;
}

export interface RdbLoadOptions {
  /** Keys whose time is up are loaded, too: an AOF follows that may be about them. */
  readonly keepExpired: boolean;
  readonly checksum: boolean;
  /** Keys that are there already are replaced. */
  readonly replace: boolean;
  /** Values are read and checked, and forgotten. */
  readonly onlyCheck?: boolean;
  /** Hears how many bytes of the file have been used. */
  progress?(bytes: number): void;
}

export interface RdbLoaded {
  readonly keys: number;
  readonly expired: number;
  readonly empty: number;
  /** Where the RDB data ends in the file. */
  readonly end: number;
  readonly version: number;
}

/** The file cannot be loaded; the message is for the log. */
export class RdbError extends Error {
  /** Where, in bytes from the start of the file. */
  readonly offset: number;
  readonly kind: number;

  constructor(message: string, offset: number, kind: number) {
    super(message);
    this.offset = offset;
    this.kind = kind;
  }
}

/** The shortest record of a key takes so many bytes. */
const KEY_BYTES_MIN = 3;
const KEYS_MAX = 0xffffffff;

export class RdbLoad {
  readonly #engine: Engine;
  readonly #file: InputFile;
  readonly #items: RdbItems;
  readonly #options: RdbLoadOptions;
  #loader = 0;
  #read = 0;
  #wanted = READ_BYTES;

  constructor(engine: Engine, file: InputFile, items: RdbItems, options: RdbLoadOptions) {
    this.#engine = engine;
    this.#file = file;
    this.#items = items;
    this.#options = options;
  }

  /** Loads it, a piece a step. @throws RdbError; what was loaded before stays */
  *steps(): Generator<void, RdbLoaded> {
    this.#begin();
    try {
      while (!this.#piece()) {
        this.#options.progress?.(this.#number(LoaderField.offset));
        yield;
      }
      return this.#result();
    } finally {
      this.#end();
    }
  }

  #begin(): void {
    const { keepExpired, checksum, replace, onlyCheck = false } = this.#options;
    const options =
      (keepExpired ? LoadOption.KEEP_EXPIRED : 0) |
      (checksum ? LoadOption.CHECK_CRC : 0) |
      (replace ? LoadOption.REPLACE : 0) |
      (onlyCheck ? LoadOption.ONLY_CHECK : 0) |
      (this.#items.key ? LoadOption.ONE_BY_ONE : 0);
    const keysMax = Math.min(KEYS_MAX, Math.ceil(this.#file.size / KEY_BYTES_MIN));
    this.#loader = this.#engine.exports.loadBegin(options, keysMax);
    this.#engine.memory.refresh();
    if (!this.#loader) throw new RdbError("Out of memory loading DB", 0, LoadError.MEMORY);
  }

  #end(): void {
    this.#engine.exports.loadEnd();
    this.#engine.memory.refresh();
  }

  /** Reads a piece and lets the engine use it. @returns whether that was the end */
  #piece(): boolean {
    let status = this.#feed(Math.min(this.#wanted, this.#file.size - this.#read));
    while (status === LoadStatus.ITEM) {
      this.#item();
      status = this.#feed(0);
    }
    if (status === LoadStatus.FAILED) throw this.#problem();
    return status === LoadStatus.END;
  }

  #feed(size: number): number {
    const engine = this.#engine;
    let got = 0;
    if (size > 0) {
      const at = engine.exports.loadReserve(size);
      engine.memory.refresh();
      if (!at) throw new RdbError("Out of memory loading DB", this.#read, LoadError.MEMORY);
      got = this.#file.read(engine.memory.bytes.subarray(at, at + size), this.#read);
      this.#read += got;
    }
    const last = this.#read >= this.#file.size || (size > 0 && got === 0);
    const status = engine.exports.loadNext(got, last ? 1 : 0, engine.now());
    engine.memory.refresh();
    // Clients' calls use the same word meanwhile.
    this.#wanted = Math.max(READ_BYTES, engine.word(Root.detail));
    return status;
  }

  #item(): void {
    const first = this.#bytes(LoaderField.firstPtr);
    const item = this.#word(LoaderField.item);
    if (item === LoadItem.KEY) return this.#items.key?.(this.#word(LoaderField.database), first.slice());
    if (item === LoadItem.AUX) {
      return this.#items.aux(latin1(first), latin1(this.#bytes(LoaderField.secondPtr)));
    }
    const problem = this.#items.library(first);
    if (problem === null) return;
    throw new RdbError(`Failed creating function library: ${problem}`, this.#number(LoaderField.offset), 0);
  }

  #result(): RdbLoaded {
    return {
      keys: this.#number(LoaderField.keys),
      expired: this.#number(LoaderField.expired),
      empty: this.#number(LoaderField.empty),
      end: this.#number(LoaderField.offset),
      version: this.#word(LoaderField.version),
    };
  }

  #problem(): RdbError {
    const kind = this.#word(LoaderField.error);
    const offset = this.#number(LoaderField.offset);
    return new RdbError(this.#explain(kind), offset, kind);
  }

  #explain(kind: number): string {
    switch (kind) {
      case LoadError.SHORT:
        return "Short read or OOM loading DB. Unrecoverable error, aborting now.";
      case LoadError.MEMORY:
        return "Out of memory loading DB. Unrecoverable error, aborting now.";
      case LoadError.MAGIC:
        return "Wrong signature trying to load DB from file";
      case LoadError.VERSION:
        return `Can't handle RDB format version ${this.#word(LoaderField.version)}`;
      case LoadError.CHECKSUM:
        return `Wrong RDB checksum expected: (${this.#hex(LoaderField.crc)}) but got (${this.#hex(LoaderField.crcStored)}). Aborting now.`;
      case LoadError.DUPLICATE:
        return `RDB has duplicated key '${latin1(this.#bytes(LoaderField.firstPtr))}' in DB ${this.#word(LoaderField.database)}`;
      case LoadError.DATABASE:
        return `FATAL: Data file was created with a Redis server configured to handle more than ${this.#engine.word(Root.databaseCount)} databases. Exiting`;
      case LoadError.MODULE:
        return `The RDB file contains module data I can't load: no matching module type '${this.#moduleName()}'`;
      case LoadError.MODULE_AUX:
        return `The RDB file contains AUX module data I can't load: no matching module '${this.#moduleName()}'`;
      case LoadError.FUNCTION_PRE_GA:
        return "Pre-release function format not supported.";
      case LoadError.TYPE:
        return `Unknown RDB encoding type ${this.#word(LoaderField.item)}`;
      default:
        return "Bad data format";
    }
  }

  /** Nine characters of six bits, then ten bits of a version. */
  #moduleName(): string {
    const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let bits = this.#big(LoaderField.module) >> 10n;
    let name = "";
    for (let i = 0; i < 9; i++) {
      name = LETTERS[Number(bits & 63n)]! + name;
      bits >>= 6n;
    }
    return name;
  }

  #bytes(field: number): Uint8Array {
    const at = this.#word(field);
    return this.#engine.memory.bytes.subarray(at, at + this.#word(field + 4));
  }

  #word(field: number): number {
    return this.#engine.memory.u32(this.#loader + field);
  }

  #number(field: number): number {
    return this.#engine.memory.u64(this.#loader + field);
  }

  #big(field: number): bigint {
    return (BigInt(this.#word(field + 4)) << 32n) | BigInt(this.#word(field));
  }

  #hex(field: number): string {
    return this.#big(field).toString(16);
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}
