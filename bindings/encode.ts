/**
 * encode: arguments of JavaScript → the argument table that the engine reads, in linear memory.
 *
 *   table   argc × (address u32, length u32); the pairs of the command's name are the engine's to fill
 *   room    the bytes of the arguments, one behind the other
 *
 * Both are blocks of the engine's heap, kept from call to call. An argument that does not fit in the room gets a block
 * of its own until the call is over, so nothing that is written moves. Strings become UTF-8: short ones by a loop, which
 * beats every encoder up to some 50 characters; a string that is not ASCII, or long, by TextEncoder.
 *
 * Always true
 *   1. Until the call is made nothing of the data has changed: an argument of a wrong type stops it in time.
 *   2. A command that was begun and never made leaves nothing behind: `begin` starts afresh.
 */
import { ArgumentError } from "./errors.ts";
import type { Session } from "./store-session.ts";

/** What commands take: text (sent as UTF-8), bytes as they are, numbers as Redis reads them. */
export type Argument = string | Uint8Array | number | bigint;

/** One argument, or several. */
export type OneOrMore<Value> = Value | readonly Value[] | ReadonlySet<Value>;

/** Pairs such as fields and values: as an object, a Map, or an array of pairs. */
export type Pairs =
  Readonly<Record<string, Argument>> | ReadonlyMap<Argument, Argument> | readonly (readonly Argument[])[];

/** Pairs of the table to begin with. */
const TABLE_PAIRS = 256;
/** Pairs above which the table is not kept. */
const TABLE_PAIRS_KEPT = 16384;
/** Bytes of the room. */
const ROOM_SIZE = 8192;
/** Least bytes of a further block. */
const BLOCK_SIZE = 65536;
/** Characters up to which the loop is faster than TextEncoder. */
const SHORT_TEXT = 48;
/** UTF-8 takes at most this many bytes for a UTF-16 unit. */
const UTF8_BYTES_MAX = 3;

const encoder = new TextEncoder();

export class ArgumentWriter {
  readonly #session: Session;
  #table = 0;
  #tablePairs = 0;
  /** Address of the kept room. */
  #room = 0;
  /** Where the next byte goes, and where the block ends that it goes to. */
  #at = 0;
  #end = 0;
  #argc = 0;
  /** Blocks of this call only. */
  #blocks: number[] = [];

  constructor(session: Session) {
    this.#session = session;
    this.#table = session.allocate(TABLE_PAIRS * 8);
    this.#tablePairs = TABLE_PAIRS;
    this.#room = session.allocate(ROOM_SIZE);
  }

  /** Address of the table. */
  get table(): number {
    return this.#table;
  }

  /** The blocks it has in the engine's heap. */
  get ownBlocks(): readonly number[] {
    return [this.#table, this.#room, ...this.#blocks];
  }

  /** Arguments so far, with the name's. */
  get argc(): number {
    return this.#argc;
  }

  /** Where `lone` puts its bytes. */
  get room(): number {
    return this.#room;
  }

  /** Starts a command. @param nameArguments  pairs of the table that the name takes */
  begin(nameArguments: number): void {
    this.#argc = nameArguments;
    this.#at = this.#room;
    this.#end = this.#room + ROOM_SIZE;
    if (this.#blocks.length > 0) this.releaseBlocks();
  }

  /**
   * Writes a single argument at `room`, without a table.
   * @returns its bytes, or -1 where it does not fit     @throws ArgumentError
   */
  lone(value: Argument): number {
    const bytes = this.#session.memory.bytes;
    const at = this.#room;
    if (typeof value === "string") {
      const { length } = value;
      if (length > SHORT_TEXT) return -1;
      let seen = 0;
      for (let i = 0; i < length; i++) {
        const code = value.charCodeAt(i);
        bytes[at + i] = code;
        seen |= code;
      }
      return seen < 0x80 ? length : -1;
    }
    if (value instanceof Uint8Array && value.length <= ROOM_SIZE) {
      copy(value, bytes, at);
      return value.length;
    }
    return -1;
  }

  /** A word of the command's syntax. */
  token(word: string): void {
    this.#text(word);
  }

  /** @throws ArgumentError, KvasmError OUT_OF_MEMORY */
  value(value: Argument): void {
    if (typeof value === "string") this.#text(value);
    else if (value instanceof Uint8Array) this.#binary(value);
    else this.#text(numberText(value));
  }

  /** As many as there are; the engine objects where there are none and the command needs one. @throws ArgumentError */
  values(values: OneOrMore<Argument>): void {
    if (isList(values)) for (const value of values) this.value(value);
    else this.value(values);
  }

  /** How many arguments `values` will write, as an argument of its own: numkeys and the like. */
  countOf(values: OneOrMore<Argument>): void {
    this.#text(String(isList(values) ? size(values) : 1));
  }

  /** Pairs, one behind the other: k v k v. */
  pairs(pairs: Pairs): void {
    if (Array.isArray(pairs) || pairs instanceof Map) {
      for (const pair of pairs as Iterable<readonly Argument[]>) this.tuple(pair, 2);
    } else {
      const record = recordOf(pairs);
      for (const name of Object.keys(record)) {
        this.#text(name);
        this.value(record[name]!);
      }
    }
  }

  /** How many pairs `pairs` will write. */
  countOfPairs(pairs: Pairs): void {
    if (Array.isArray(pairs)) this.#text(String(pairs.length));
    else if (pairs instanceof Map) this.#text(String(pairs.size));
    else this.#text(String(Object.keys(recordOf(pairs)).length));
  }

  /** Pairs as two lists, one behind the other: k k v v. */
  columns(pairs: Pairs): void {
    const list = pairsOf(pairs);
    for (const pair of list) {
      checkTuple(pair, 2);
      this.value(pair[0]!);
    }
    for (const pair of list) this.value(pair[1]!);
  }

  /** Arguments that belong together. @throws ArgumentError where there are not `count` of them */
  tuple(values: readonly Argument[], count: number): void {
    checkTuple(values, count);
    for (const value of values) this.value(value);
  }

  /** Several of them. */
  tuples(tuples: readonly (readonly Argument[])[], count: number): void {
    if (!Array.isArray(tuples)) throw new ArgumentError(`an array of arrays of ${count} is needed`);
    for (const tuple of tuples) this.tuple(tuple, count);
  }

  /** Gives the blocks of the last call back. */
  releaseBlocks(): void {
    for (const block of this.#blocks) this.#session.release(block);
    this.#blocks = [];
  }

  /** The call is over: what it needed beyond the usual goes. */
  end(): void {
    if (this.#blocks.length > 0) this.releaseBlocks();
    if (this.#tablePairs > TABLE_PAIRS_KEPT) this.#replaceTable(TABLE_PAIRS, 0);
  }

  #text(text: string): void {
    const { length } = text;
    if (length <= SHORT_TEXT) {
      if (this.#end - this.#at < length) this.#addBlock(length);
      const bytes = this.#session.memory.bytes;
      const at = this.#at;
      let seen = 0;
      for (let i = 0; i < length; i++) {
        const code = text.charCodeAt(i);
        bytes[at + i] = code;
        seen |= code;
      }
      if (seen < 0x80) return this.#add(length);
    }
    this.#encode(text);
  }

  /** Any text. Room is taken for one byte a character, and for three where that was not enough. */
  #encode(text: string): void {
    if (this.#end - this.#at < text.length) this.#addBlock(text.length);
    let encoded = this.#encodeHere(text);
    if (encoded.read < text.length) {
      this.#addBlock(text.length * UTF8_BYTES_MAX);
      encoded = this.#encodeHere(text);
    }
    this.#add(encoded.written);
  }

  #encodeHere(text: string): TextEncoderEncodeIntoResult {
    return encoder.encodeInto(text, this.#session.memory.bytes.subarray(this.#at, this.#end));
  }

  #binary(value: Uint8Array): void {
    const { length } = value;
    if (this.#end - this.#at < length) this.#addBlock(length);
    copy(value, this.#session.memory.bytes, this.#at);
    this.#add(length);
  }

  /** The bytes of an argument are written: it goes into the table. */
  #add(length: number): void {
    if (this.#argc === this.#tablePairs) this.#replaceTable(this.#tablePairs * 2, this.#argc);
    const { words } = this.#session.memory;
    const pair = (this.#table >>> 2) + 2 * this.#argc++;
    words[pair] = this.#at;
    words[pair + 1] = length;
    this.#at += length;
  }

  #addBlock(length: number): void {
    const size = Math.max(length, BLOCK_SIZE);
    this.#at = this.#session.allocate(size);
    this.#end = this.#at + size;
    this.#blocks.push(this.#at);
  }

  #replaceTable(pairs: number, used: number): void {
    const table = this.#session.allocate(pairs * 8);
    this.#session.memory.bytes.copyWithin(table, this.#table, this.#table + used * 8);
    this.#session.release(this.#table);
    this.#table = table;
    this.#tablePairs = pairs;
  }
}

/** Bytes up to which a loop is faster than `set`. */
const SHORT_BYTES = 32;

function copy(from: Uint8Array, to: Uint8Array, at: number): void {
  const { length } = from;
  if (length > SHORT_BYTES) to.set(from, at);
  else for (let i = 0; i < length; i++) to[at + i] = from[i]!;
}

/** A number as Redis reads it: `inf` where JavaScript says Infinity. */
function numberText(value: unknown): string {
  if (typeof value === "number") {
    if (Number.isFinite(value)) return String(value);
    if (!Number.isNaN(value)) return value < 0 ? "-inf" : "inf";
  } else if (typeof value === "bigint") {
    return String(value);
  }
  throw new ArgumentError(
    `an argument is a string, a Uint8Array, a number or a bigint, not ${nameOf(value)}`,
  );
}

function nameOf(value: unknown): string {
  if (value === null || typeof value !== "object") return String(value);
  return Array.isArray(value) ? "an array" : `an object (${value.constructor?.name ?? "Object"})`;
}

function isList(value: unknown): value is readonly Argument[] | ReadonlySet<Argument> {
  return Array.isArray(value) || value instanceof Set;
}

/** One or several, as something to go through. */
export function listOf(values: OneOrMore<Argument>): Iterable<Argument> {
  return isList(values) ? values : [values];
}

function size(list: readonly Argument[] | ReadonlySet<Argument>): number {
  return list instanceof Set ? list.size : (list as readonly Argument[]).length;
}

function checkTuple(values: readonly Argument[], count: number): void {
  if (!Array.isArray(values) || values.length !== count) {
    throw new ArgumentError(`an array of ${count} arguments is needed, not ${nameOf(values)}`);
  }
}

function recordOf(pairs: Pairs): Readonly<Record<string, Argument>> {
  if (pairs !== null && typeof pairs === "object") {
    const prototype: unknown = Object.getPrototypeOf(pairs);
    if (prototype === Object.prototype || prototype === null)
      return pairs as Readonly<Record<string, Argument>>;
  }
  throw new ArgumentError(`pairs are an object, a Map or an array of pairs, not ${nameOf(pairs)}`);
}

function pairsOf(pairs: Pairs): readonly (readonly Argument[])[] {
  if (Array.isArray(pairs)) return pairs as readonly (readonly Argument[])[];
  return pairs instanceof Map ? [...pairs] : Object.entries(recordOf(pairs));
}
