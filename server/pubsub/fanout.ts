/**
 * fanout: messages on their way to many clients. A message is encoded once for each protocol version, and every client
 * that gets it is only told where it lies; what a turn of the event loop has brought for a client leaves in one write.
 *
 *   arena   ┌ m1 ┬ m2 ┬ m3 ┬──────────┐      a client of channel 1 and 3: [m1, m2) and [m3, end)
 *           └────┴────┴────┴──────────┘      of all three: one range, written as it lies
 *
 * Always true
 *   1. Bytes of the arena stay as they are until every range has been written, and for as long as a stream keeps them:
 *      an arena that a stream has kept is left to it and replaced.
 *   2. A message that does not fit in the arena is written at once, behind the ranges that its clients wait for.
 */
import type { Connection } from "../net/connection.ts";
import type { RespVersion } from "../../bindings/reply-tree.ts";

/** Bytes that wait for the end of the turn at most; then they are written in the middle of it. */
const ARENA_SIZE = 64 * 1024;

/** Messages above this get a buffer of their own, which all of their readers share. */
const OWN_BUFFER_MIN = 16 * 1024;

/** Up to here a loop copies faster than `set`. */
const LOOP_COPY_MAX = 48;

const CR = 13;
const LF = 10;
const DOLLAR = 0x24;
const ARRAY = 0x2a;
const PUSH = 0x3e;

/** The writes of a message: which bytes of which buffer. */
interface Place {
  bytes: Uint8Array;
  start: number;
  end: number;
}

export class Fanout {
  #arena = Buffer.allocUnsafeSlow(ARENA_SIZE);
  #used = 0;
  /** Some stream has kept bytes of the arena. */
  #kept = false;
  #waiting: Connection[] = [];
  #scheduled = false;
  /** The last view of the arena: nearly always the next is the same. */
  #view: Uint8Array = this.#arena;
  #viewStart = -1;
  #viewEnd = -1;

  // The message that is being sent: its parts, and where it lies for each version once somebody needs it.
  #count = 0;
  #parts: readonly Uint8Array[] = [];
  #last: Uint8Array | null = null;
  readonly #places: Record<RespVersion, Place> = {
    2: { bytes: this.#arena, start: -1, end: 0 },
    3: { bytes: this.#arena, start: -1, end: 0 },
  };

  /**
   * Begins a message: an array, or push, of `count` elements.
   * @param parts  elements that are encoded already     @param last  one more element, not encoded: a bulk string
   * The parts must stay as they are until the next message.
   */
  begin(count: number, parts: readonly Uint8Array[], last: Uint8Array | null): void {
    this.#count = count;
    this.#parts = parts;
    this.#last = last;
    this.#places[2].start = -1;
    this.#places[3].start = -1;
  }

  /** The message has been sent: nothing of it is held. */
  end(): void {
    this.#parts = [];
    this.#last = null;
    this.#places[2].bytes = this.#arena;
    this.#places[3].bytes = this.#arena;
  }

  /** A part of the arena. */
  view(start: number, end: number): Uint8Array {
    if (start === this.#viewStart && end === this.#viewEnd) return this.#view;
    this.#viewStart = start;
    this.#viewEnd = end;
    return (this.#view = this.#arena.subarray(start, end));
  }

  /** Sends the message to a client that speaks this version. */
  send(connection: Connection, version: RespVersion): void {
    const place = this.#places[version];
    if (place.start < 0) this.#lay(place, version);
    if (place.bytes !== this.#arena) connection.sendShared(place.bytes);
    else if (connection.sendRange(place.start, place.end)) this.#wait(connection);
  }

  #wait(connection: Connection): void {
    this.#waiting.push(connection);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.flush();
    });
  }

  /** Writes all that waits. */
  flush(): void {
    if (this.#used === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const connection of waiting) connection.flushPushes();
    if (this.#kept) {
      this.#arena = Buffer.allocUnsafeSlow(ARENA_SIZE);
      this.#viewStart = -1;
    }
    this.#kept = false;
    this.#used = 0;
    // The message may go on to further clients: they get it anew.
    this.#places[2].start = -1;
    this.#places[3].start = -1;
  }

  /** A stream needs bytes of the arena for longer. */
  keep(): void {
    this.#kept = true;
  }

  #lay(place: Place, version: RespVersion): void {
    const size = this.#size();
    if (size > OWN_BUFFER_MIN) {
      place.bytes = Buffer.allocUnsafeSlow(size);
      place.start = 0;
    } else {
      if (size > ARENA_SIZE - this.#used) this.flush();
      place.bytes = this.#arena;
      place.start = this.#used;
      this.#used += size;
    }
    place.end = place.start + size;
    this.#write(place, version);
  }

  #size(): number {
    let size = 3 + decimalDigits(this.#count);
    for (const part of this.#parts) size += part.length;
    const last = this.#last;
    return last ? size + bulkSize(last.length) : size;
  }

  #write({ bytes, start }: Place, version: RespVersion): void {
    let at = putLine(bytes, start, version === 3 ? PUSH : ARRAY, this.#count);
    for (const part of this.#parts) at = putBytes(bytes, at, part);
    const last = this.#last;
    if (!last) return;
    at = putLine(bytes, at, DOLLAR, last.length);
    at = putBytes(bytes, at, last);
    bytes[at] = CR;
    bytes[at + 1] = LF;
  }
}

/** A bulk string in RESP, from a byte string. */
export function bulkBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(bulkSize(text.length));
  let at = putLine(bytes, 0, DOLLAR, text.length);
  for (let i = 0; i < text.length; i++) bytes[at++] = text.charCodeAt(i);
  bytes[at] = CR;
  bytes[at + 1] = LF;
  return bytes;
}

function bulkSize(length: number): number {
  return length + decimalDigits(length) + 5;
}

function decimalDigits(n: number): number {
  let digits = 1;
  for (let rest = n; rest >= 10; rest = Math.floor(rest / 10)) digits++;
  return digits;
}

function putLine(bytes: Uint8Array, start: number, sign: number, n: number): number {
  bytes[start] = sign;
  const end = start + 1 + decimalDigits(n);
  let rest = n;
  for (let at = end - 1; at > start; at--) {
    bytes[at] = 0x30 + (rest % 10);
    rest = Math.floor(rest / 10);
  }
  bytes[end] = CR;
  bytes[end + 1] = LF;
  return end + 2;
}

function putBytes(bytes: Uint8Array, at: number, source: Uint8Array): number {
  const { length } = source;
  if (length > LOOP_COPY_MAX) bytes.set(source, at);
  else for (let i = 0; i < length; i++) bytes[at + i] = source[i]!;
  return at + length;
}
