/**
 * reply-tree: what a host command answers, as a plain value, and its encoding to RESP2 and RESP3 bytes.
 *
 * A host command is a function from arguments to a tree; only the encoder knows the protocol version. What JavaScript
 * says without ambiguity stands for itself, the rest is built by a function of this file:
 *
 *   in the tree                         RESP3                RESP2
 *   "text", Uint8Array                  $ bulk string        the same
 *   42, 42n                             : integer            the same
 *   null                                _ null               $-1
 *   true, false                         # boolean            :1, :0
 *   [a, b]                              * array              the same
 *   NULL_ARRAY                          _ null               *-1
 *   status("OK")                        + simple string      the same
 *   error("ERR why")                    - error              the same
 *   double(1.5)                         , double             bulk string
 *   bigNumber("123")                    ( big number         bulk string
 *   verbatim("txt", s)                  = verbatim string    bulk string without the format
 *   map([[k, v], …])                    % map                flat array k, v, k, v, …
 *   set([a, b])                         ~ set                array
 *   push([a, b])                        > push               array
 *   raw(bytes)                          as given             as given (a reply that the engine has encoded)
 *
 * A string is a byte string: one character per byte, as everywhere in the host, so that what a client sent comes back
 * unchanged. Text with other characters is encoded by who has it; the encoder refuses it.
 *
 * Always true
 *   1. A tree is never changed by the encoder, so a constant one may be shared.
 *   2. A simple string or an error is one line: CR and LF in it are written as spaces.
 *
 * https://redis.io/docs/latest/develop/reference/protocol-spec/
 */

/** Bytes, or a string with one character (up to U+00FF) per byte. */
export type Bytes = string | Uint8Array;

/** The cases that have no JavaScript value of their own. Built by the functions below. */
export type TaggedReply =
  | { readonly kind: "status"; readonly text: Bytes }
  | { readonly kind: "error"; readonly text: Bytes }
  | { readonly kind: "double"; readonly value: number }
  | { readonly kind: "bigNumber"; readonly digits: string }
  | { readonly kind: "verbatim"; readonly format: string; readonly text: Bytes }
  | { readonly kind: "map"; readonly entries: readonly (readonly [Reply, Reply])[] }
  | { readonly kind: "set"; readonly members: readonly Reply[] }
  | { readonly kind: "push"; readonly elements: readonly Reply[] }
  | { readonly kind: "nullArray" }
  | { readonly kind: "raw"; readonly bytes: Uint8Array };

export type Reply = Bytes | number | bigint | boolean | null | readonly Reply[] | TaggedReply;

export type RespVersion = 2 | 3;

export function status(text: Bytes): Reply {
  return { kind: "status", text };
}

/** @param text  with its code: `ERR no such key`, `WRONGTYPE …` */
export function error(text: Bytes): Reply {
  return { kind: "error", text };
}

export function double(value: number): Reply {
  return { kind: "double", value };
}

/** @param digits  decimal, with an optional minus sign */
export function bigNumber(digits: string | bigint): Reply {
  return { kind: "bigNumber", digits: String(digits) };
}

/** @param format  three characters: `txt` or `mkd` */
export function verbatim(format: string, text: Bytes): Reply {
  return { kind: "verbatim", format, text };
}

/** Entries keep their order; a key may be any reply. */
export function map(entries: Iterable<readonly [Reply, Reply]>): Reply {
  return { kind: "map", entries: [...entries] };
}

export function set(members: Iterable<Reply>): Reply {
  return { kind: "set", members: [...members] };
}

export function push(elements: readonly Reply[]): Reply {
  return { kind: "push", elements };
}

export function raw(bytes: Uint8Array): Reply {
  return { kind: "raw", bytes };
}

export const OK: Reply = status("OK");
export const QUEUED: Reply = status("QUEUED");
export const NULL_ARRAY: Reply = { kind: "nullArray" };

/** True when the reply, not an element of it, is an error. */
export function isError(reply: Reply): boolean {
  return reply !== null && typeof reply === "object" && "kind" in reply && reply.kind === "error";
}

/** The bytes of one reply, in an array of their own. */
export function encodeReply(reply: Reply, version: RespVersion): Uint8Array {
  const writer = new ReplyWriter();
  writer.write(reply, version);
  return writer.bytes().slice();
}

const CR = 0x0d;
const LF = 0x0a;
const SPACE = 0x20;
const INITIAL_CAPACITY = 1024;

/** What a reused writer keeps after `clear`: one huge reply should not hold its memory for ever. */
const RETAINED_CAPACITY_MAX = 64 * 1024;

/**
 * Collects encoded replies in one growing buffer.
 *
 * Reused between calls: `clear` keeps the buffer. The view that `bytes` returns is valid until the next `write` or
 * `clear`.
 */
export class ReplyWriter {
  #buffer = new Uint8Array(INITIAL_CAPACITY);
  #size = 0;

  /** How many bytes have been written since the last `clear`. */
  get size(): number {
    return this.#size;
  }

  /** A view, not a copy. */
  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#size);
  }

  clear(): void {
    this.#size = 0;
    if (this.#buffer.length > RETAINED_CAPACITY_MAX) this.#buffer = new Uint8Array(INITIAL_CAPACITY);
  }

  write(reply: Reply, version: RespVersion): void {
    switch (typeof reply) {
      case "string":
        return this.#bulk(reply);
      case "number":
        if (!Number.isSafeInteger(reply))
          throw new RangeError(`not an integer reply: ${reply}; use double()`);
        return this.#line(":", reply);
      case "bigint":
        return this.#line(":", reply);
      case "boolean":
        return version === 3 ? this.#line("#", reply ? "t" : "f") : this.#line(":", reply ? 1 : 0);
      default:
        return this.#object(reply, version);
    }
  }

  #object(reply: Uint8Array | readonly Reply[] | TaggedReply | null, version: RespVersion): void {
    if (reply === null) return this.#null("$-1", version);
    if (reply instanceof Uint8Array) return this.#bulk(reply);
    if (isArray(reply)) return this.#sequence("*", reply, version);
    this.#tagged(reply, version);
  }

  #tagged(reply: TaggedReply, version: RespVersion): void {
    switch (reply.kind) {
      case "status":
        return this.#oneLine("+", reply.text);
      case "error":
        return this.#oneLine("-", reply.text);
      case "double":
        return version === 3
          ? this.#line(",", formatDouble(reply.value))
          : this.#bulk(formatDouble(reply.value));
      case "bigNumber":
        return version === 3 ? this.#line("(", reply.digits) : this.#bulk(reply.digits);
      case "verbatim":
        return version === 3 ? this.#verbatim(reply.format, reply.text) : this.#bulk(reply.text);
      case "map":
        return this.#map(reply.entries, version);
      case "set":
        return this.#sequence(version === 3 ? "~" : "*", reply.members, version);
      case "push":
        return this.#sequence(version === 3 ? ">" : "*", reply.elements, version);
      case "nullArray":
        return this.#null("*-1", version);
      case "raw":
        return this.#append(reply.bytes);
    }
  }

  #null(resp2: string, version: RespVersion): void {
    this.#text(version === 3 ? "_\r\n" : `${resp2}\r\n`);
  }

  #line(prefix: string, value: string | number | bigint): void {
    this.#text(`${prefix}${value}\r\n`);
  }

  #sequence(prefix: string, elements: readonly Reply[], version: RespVersion): void {
    this.#line(prefix, elements.length);
    for (const element of elements) this.write(element, version);
  }

  #map(entries: readonly (readonly [Reply, Reply])[], version: RespVersion): void {
    if (version === 3) this.#line("%", entries.length);
    else this.#line("*", 2 * entries.length);
    for (const [key, value] of entries) {
      this.write(key, version);
      this.write(value, version);
    }
  }

  #bulk(value: Bytes): void {
    this.#line("$", value.length);
    this.#bytes(value);
    this.#text("\r\n");
  }

  #verbatim(format: string, text: Bytes): void {
    this.#line("=", format.length + 1 + text.length);
    this.#text(`${format}:`);
    this.#bytes(text);
    this.#text("\r\n");
  }

  #oneLine(prefix: string, text: Bytes): void {
    this.#text(prefix);
    const start = this.#size;
    this.#bytes(text);
    for (let i = start; i < this.#size; i++) {
      if (this.#buffer[i] === CR || this.#buffer[i] === LF) this.#buffer[i] = SPACE;
    }
    this.#text("\r\n");
  }

  #bytes(value: Bytes): void {
    if (typeof value === "string") this.#text(value);
    else this.#append(value);
  }

  #append(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#size);
    this.#size += bytes.length;
  }

  #text(text: string): void {
    this.#reserve(text.length);
    const buffer = this.#buffer;
    let seen = 0;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      buffer[this.#size + i] = code;
      seen |= code;
    }
    if (seen > 0xff) throw new RangeError("a reply is made of byte strings: encode text first");
    this.#size += text.length;
  }

  #reserve(extra: number): void {
    const needed = this.#size + extra;
    if (needed <= this.#buffer.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.#buffer.length));
    grown.set(this.#buffer.subarray(0, this.#size));
    this.#buffer = grown;
  }
}

/** `Array.isArray` does not narrow a readonly array out of a union. */
function isArray(reply: object): reply is readonly Reply[] {
  return Array.isArray(reply);
}

/** Zeros that a plain number may end with before the exponent form is shorter (see formatDouble). */
const TRAILING_ZEROS_MAX = 7;

/** Whole numbers up to here print every digit of their exact value. */
const EXACT_INTEGER_MAX = 2 ** 62;

/**
 * A double as Redis prints it: the shortest digits that read back the same, whole numbers without a point, and an
 * exponent where zeros would outweigh the digits. JavaScript has other limits for the exponent; and where Redis'
 * algorithm (Grisu2) misses the shortest digits, once in a thousand or so, these are the shorter ones.
 */
export function formatDouble(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value < 0 ? "-inf" : "inf";
  if (Object.is(value, -0)) return "-0";
  if (Number.isInteger(value) && Math.abs(value) <= EXACT_INTEGER_MAX) return String(BigInt(value));

  const sign = value < 0 ? "-" : "";
  const [mantissa = "", exponentText = "0"] = Math.abs(value).toExponential().split("e");
  const digits = mantissa.replace(".", "");
  const exponent = Number(exponentText); // of the first digit
  const lastExponent = exponent - (digits.length - 1); // of the last digit
  const magnitude = Math.abs(exponent);

  if (lastExponent >= 0 && magnitude < digits.length + TRAILING_ZEROS_MAX) {
    return sign + digits + "0".repeat(lastExponent);
  }
  if (lastExponent < 0 && (lastExponent > -7 || magnitude < 4)) {
    const pointAt = digits.length + lastExponent;
    return pointAt <= 0
      ? `${sign}0.${"0".repeat(-pointAt)}${digits}`
      : `${sign}${digits.slice(0, pointAt)}.${digits.slice(pointAt)}`;
  }
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : "";
  return `${sign}${digits[0]}${fraction}e${exponent < 0 ? "-" : "+"}${magnitude}`;
}
