/**
 * function-payload: libraries as FUNCTION DUMP writes them, interchangeable with native Redis:
 *
 *   for each library  245 (RDB opcode FUNCTION2), its code as an RDB string
 *   at the end        RDB version u16, CRC64 of all before it u64, little-endian
 *
 * Strings are written as they are; compressed ones (LZF) are read, too. https://rdb.fnordig.de/file_format.html
 */
const OPCODE_FUNCTION = 245;
const RDB_VERSION = 12;
const FOOTER = 10;
/** Jones' polynomial, reflected. */
const POLYNOMIAL = 0x95ac9329ac4bc9b5n;

const LENGTH_6 = 0;
const LENGTH_14 = 1;
const LENGTH_32 = 0x80;
const LENGTH_64 = 0x81;
const COMPRESSED = 0xc3;

export function encodeLibraries(codes: readonly Uint8Array[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const code of codes) parts.push(Uint8Array.of(OPCODE_FUNCTION, ...encodeLength(code.length)), code);
  parts.push(Uint8Array.of(RDB_VERSION & 0xff, RDB_VERSION >> 8));
  const body = concat(parts);
  const footer = new Uint8Array(8);
  new DataView(footer.buffer).setBigUint64(0, crc64(body), true);
  return concat([body, footer]);
}

/** @returns the code of each library; null where the payload is damaged or of a later version */
export function decodeLibraries(payload: Uint8Array): Uint8Array[] | "bad checksum" | "bad content" {
  if (payload.length < FOOTER) return "bad checksum";
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const end = payload.length - FOOTER;
  if (view.getUint16(end, true) > RDB_VERSION) return "bad checksum";
  const stored = view.getBigUint64(end + 2, true);
  if (stored !== 0n && stored !== crc64(payload.subarray(0, end + 2))) return "bad checksum";
  const reader = new Reader(payload.subarray(0, end));
  const codes: Uint8Array[] = [];
  while (!reader.atEnd) {
    if (reader.byte() !== OPCODE_FUNCTION) return "bad content";
    const code = reader.string();
    if (code === null) return "bad content";
    codes.push(code);
  }
  return codes;
}

function encodeLength(length: number): number[] {
  if (length < 64) return [length];
  if (length < 16384) return [0x40 | (length >> 8), length & 0xff];
  return [LENGTH_32, length >>> 24, (length >>> 16) & 0xff, (length >>> 8) & 0xff, length & 0xff];
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  byte(): number {
    return this.#bytes[this.#at++] ?? -1;
  }

  #big(width: number): number {
    let value = 0;
    for (let i = 0; i < width; i++) value = value * 256 + Math.max(0, this.byte());
    return value;
  }

  #length(first: number): number {
    if (first >> 6 === LENGTH_6) return first & 0x3f;
    if (first >> 6 === LENGTH_14) return ((first & 0x3f) << 8) | Math.max(0, this.byte());
    if (first === LENGTH_32) return this.#big(4);
    return first === LENGTH_64 ? this.#big(8) : -1;
  }

  /** @returns null where there is no whole string */
  string(): Uint8Array | null {
    const first = this.byte();
    if (first < 0) return null;
    if (first === COMPRESSED) {
      const size = this.#length(this.byte());
      const full = this.#length(this.byte());
      const packed = this.#take(size);
      return packed && decompress(packed, full);
    }
    return this.#take(this.#length(first));
  }

  #take(size: number): Uint8Array | null {
    if (size < 0 || this.#at + size > this.#bytes.length) return null;
    this.#at += size;
    return this.#bytes.slice(this.#at - size, this.#at);
  }
}

/** LZF, after Marc Lehmann's liblzf: literal runs, and references to what came before. */
function decompress(packed: Uint8Array, size: number): Uint8Array | null {
  // A byte of input makes at most 264 / 3 of output.
  if (size < 0 || size > packed.length * 132) return null;
  const out = new Uint8Array(size);
  let from = 0;
  let to = 0;
  while (from < packed.length) {
    const control = packed[from++]!;
    if (control < 32) {
      const run = control + 1;
      if (from + run > packed.length || to + run > size) return null;
      out.set(packed.subarray(from, from + run), to);
      from += run;
      to += run;
      continue;
    }
    let length = control >> 5;
    if (length === 7) length += packed[from++] ?? 0;
    length += 2;
    let reference = to - ((control & 0x1f) << 8) - (packed[from++] ?? 0) - 1;
    if (reference < 0 || to + length > size) return null;
    for (let i = 0; i < length; i++) out[to++] = out[reference++]!;
  }
  return to === size ? out : null;
}

let table: BigUint64Array | undefined;

function crc64(bytes: Uint8Array): bigint {
  table ??= BigUint64Array.from({ length: 256 }, (_, i) => {
    let value = BigInt(i);
    for (let bit = 0; bit < 8; bit++) value = value & 1n ? (value >> 1n) ^ POLYNOMIAL : value >> 1n;
    return value;
  });
  let crc = 0n;
  for (const byte of bytes) crc = table[Number(crc & 0xffn) ^ byte]! ^ (crc >> 8n);
  return crc;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
