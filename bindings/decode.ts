/**
 * decode: replies of the engine (RESP3) → values of JavaScript. https://redis.io/docs/latest/develop/reference/protocol-spec/
 *
 *   RESP3                     value
 *   + simple string           string
 *   $ bulk, = verbatim        string, or Uint8Array where bytes are wanted
 *   : integer                 number; bigint beyond 2^53
 *   , double                  number
 *   # boolean, _ null         boolean, null
 *   ( big number              bigint
 *   * array, > push           array
 *   ~ set                     Set of strings; array where bytes are wanted (equal bytes are different objects)
 *   % map                     object without prototype; Map where bytes are wanted
 *   - ! error                 ReplyError, an element like others; thrown where it is the whole reply
 *
 * Bytes that are no UTF-8 become U+FFFD in strings: who stores such bytes reads bytes.
 */
import { ReplyError } from "./errors.ts";
import { SHORT_TEXTS } from "./generated/short-texts.ts";

/** What a reply can be with strings as strings. */
export type TextReply =
  | string
  | number
  | bigint
  | boolean
  | null
  | ReplyError
  | TextReply[]
  | Set<TextReply>
  | { [key: string]: TextReply };

/** What a reply can be with strings as bytes. Statuses such as OK are strings here too. */
export type BytesReply =
  | Uint8Array
  | string
  | number
  | bigint
  | boolean
  | null
  | ReplyError
  | BytesReply[]
  | Map<BytesReply, BytesReply>;

export type Reply<Text extends string | Uint8Array = string> = Text extends string ? TextReply : BytesReply;

/** A set: a Set of strings, an array of Uint8Arrays. */
export type SetReply<Text, Member> = Text extends string ? Set<Member> : Member[];

/** A map: an object with strings for keys, a Map with Uint8Arrays. */
export type MapReply<Text, Value> = Text extends string ? { [key: string]: Value } : Map<Text, Value>;

const CR = 0x0d;
const MINUS = 0x2d;
const ZERO = 0x30;
/** Lengths and counts of replies have at most this many digits; integers beyond 15 may need a bigint. */
const SAFE_DIGITS = 15;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Node's own decoder of a part of a Uint8Array: twice as fast as TextDecoder, where it is there. */
const utf8Slice = (
  globalThis as { Buffer?: { prototype: { utf8Slice?(this: Uint8Array, from: number, to: number): string } } }
).Buffer?.prototype.utf8Slice;

/** The text in `length` bytes at `at`. */
export function readText(bytes: Uint8Array, at: number, length: number): string {
  if (length < SHORT_TEXTS.length) {
    const text = SHORT_TEXTS[length]!(bytes, at);
    if (text !== undefined) return text;
  }
  return utf8Slice ? utf8Slice.call(bytes, at, at + length) : decoder.decode(bytes.subarray(at, at + length));
}

/** Up to here a loop copies faster than `slice`: V8 keeps such arrays in its own heap. */
const SHORT_COPY = 32;

/** A copy of `length` bytes at `at`. */
export function readBytes(bytes: Uint8Array, at: number, length: number): Uint8Array {
  if (length > SHORT_COPY) return bytes.slice(at, at + length);
  const copy = new Uint8Array(length);
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    copy[i] = bytes[at + i]!;
    copy[i + 1] = bytes[at + i + 1]!;
    copy[i + 2] = bytes[at + i + 2]!;
    copy[i + 3] = bytes[at + i + 3]!;
  }
  for (; i < length; i++) copy[i] = bytes[at + i]!;
  return copy;
}

/** Reads replies one behind the other. */
export class ReplyReader {
  readonly #asText: boolean;
  #bytes: Uint8Array = new Uint8Array();
  #at = 0;

  /** @param asText  strings are read as strings, not as bytes */
  constructor(asText: boolean) {
    this.#asText = asText;
  }

  /** The reply at `at`; an error is returned like any other. The bytes are not needed any more afterwards. */
  read(bytes: Uint8Array, at: number): unknown {
    this.#bytes = bytes;
    this.#at = at;
    return this.#next();
  }

  #next(): unknown {
    const type = this.#bytes[this.#at++]!;
    switch (type) {
      case 0x24: // $
        return this.#string(this.#count());
      case 0x3a: // :
        return this.#integer();
      case 0x2b: // +
        return this.#line();
      case 0x5f: // _
        this.#at += 2;
        return null;
      case 0x2a: // *
      case 0x3e: // >
        return this.#array(this.#count());
      case 0x25: // %
        return this.#map(this.#count());
      case 0x7e: // ~
        return this.#set(this.#count());
      case 0x2c: // ,
        return doubleOf(this.#line());
      case 0x23: // #
        this.#at += 3;
        return this.#bytes[this.#at - 3] === 0x74; // t
      case 0x28: // (
        return BigInt(this.#line());
      case 0x2d: // -
        return new ReplyError(this.#line());
      case 0x21: // !
        return this.#bulkError(this.#count());
      case 0x3d: // =
        return this.#verbatim(this.#count());
      default:
        throw new Error(`The engine has written a reply of unknown type ${type}`);
    }
  }

  /** The length or count of a reply; -1 is RESP2's null. */
  #count(): number {
    const bytes = this.#bytes;
    let at = this.#at;
    let count = 0;
    if (bytes[at] === MINUS) {
      this.#at = at + 4; // -1\r\n
      return -1;
    }
    for (let digit = bytes[at]!; digit !== CR; digit = bytes[++at]!) count = count * 10 + (digit - ZERO);
    this.#at = at + 2;
    return count;
  }

  #integer(): number | bigint {
    const bytes = this.#bytes;
    const start = this.#at;
    const negative = bytes[start] === MINUS;
    let at = negative ? start + 1 : start;
    let value = 0;
    for (let digit = bytes[at]!; digit !== CR; digit = bytes[++at]!) value = value * 10 + (digit - ZERO);
    this.#at = at + 2;
    if (at - start > SAFE_DIGITS) return integerOf(readText(bytes, start, at - start));
    return negative ? -value : value;
  }

  #line(): string {
    const bytes = this.#bytes;
    const start = this.#at;
    if (bytes[start] === 0x4f && bytes[start + 1] === 0x4b && bytes[start + 2] === CR) {
      this.#at = start + 4;
      return "OK"; // what nearly every write says
    }
    let at = start;
    while (bytes[at] !== CR) at++;
    this.#at = at + 2;
    return readText(bytes, start, at - start);
  }

  #string(length: number): string | Uint8Array | null {
    if (length < 0) return null;
    const at = this.#at;
    this.#at = at + length + 2;
    return this.#asText ? readText(this.#bytes, at, length) : readBytes(this.#bytes, at, length);
  }

  /** `txt:…`: three letters and a colon before the text. */
  #verbatim(length: number): string | Uint8Array | null {
    this.#at += 4;
    return this.#string(length - 4);
  }

  #bulkError(length: number): ReplyError {
    const at = this.#at;
    this.#at = at + length + 2;
    return new ReplyError(readText(this.#bytes, at, length));
  }

  #array(count: number): unknown[] | null {
    if (count < 0) return null;
    const elements: unknown[] = [];
    for (let i = 0; i < count; i++) elements.push(this.#next());
    return elements;
  }

  #set(count: number): unknown {
    if (!this.#asText) return this.#array(count);
    const members = new Set<unknown>();
    for (let i = 0; i < count; i++) members.add(this.#next());
    return members;
  }

  #map(count: number): unknown {
    if (!this.#asText) {
      const map = new Map<unknown, unknown>();
      for (let i = 0; i < count; i++) map.set(this.#next(), this.#next());
      return map;
    }
    const record = Object.create(null) as Record<string, unknown>;
    for (let i = 0; i < count; i++) {
      const key = String(this.#next());
      record[key] = this.#next();
    }
    return record;
  }
}

function integerOf(digits: string): number | bigint {
  const value = Number(digits);
  return Number.isSafeInteger(value) ? value : BigInt(digits);
}

function doubleOf(text: string): number {
  if (text === "inf") return Infinity;
  return text === "-inf" ? -Infinity : Number(text); // nan too
}
