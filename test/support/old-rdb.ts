/**
 * old-rdb: RDB files as servers of the past wrote them, byte by byte: versions 6 to 11, with encodings that nobody writes
 * any more. Source: the description of the format, https://rdb.fnordig.de/file_format.html, and for ziplist, zipmap, intset,
 * listpack and streams what Redis' documentation says of their layout.
 *
 *   "REDIS" version ─► [aux] [sizes] ─► database ─► keys ─► 255 ─► CRC-64, little endian
 */

/** Types of values. */
export const RdbType = {
  STRING: 0,
  LIST: 1,
  SET: 2,
  ZSET: 3,
  HASH: 4,
  ZSET_2: 5,
  MODULE_2: 7,
  HASH_ZIPMAP: 9,
  LIST_ZIPLIST: 10,
  SET_INTSET: 11,
  ZSET_ZIPLIST: 12,
  HASH_ZIPLIST: 13,
  LIST_QUICKLIST: 14,
  STREAM_1: 15,
  HASH_LISTPACK: 16,
  ZSET_LISTPACK: 17,
  LIST_QUICKLIST_2: 18,
  STREAM_2: 19,
  SET_LISTPACK: 20,
  STREAM_3: 21,
} as const;

type Bytes = Uint8Array;

const MODULE_AUX = 247;
const IDLE = 248;
const FREQ = 249;
const AUX = 250;
const RESIZE_DB = 251;
const EXPIRE_MS = 252;
const EXPIRE_SECONDS = 253;
const SELECT_DB = 254;
const EOF = 255;

export const join = (...parts: Bytes[]): Bytes => Buffer.concat(parts);
export const text = (string: string): Bytes => Buffer.from(string, "latin1");
const byte = (value: number): Bytes => Uint8Array.of(value);

/** An integer of some bytes, little endian. */
export function little(value: number | bigint, size: number): Bytes {
  const bytes = new Uint8Array(size);
  let rest = BigInt.asUintN(size * 8, BigInt(value));
  for (let i = 0; i < size; i++) {
    bytes[i] = Number(rest & 255n);
    rest >>= 8n;
  }
  return bytes;
}

const big = (value: number | bigint, size: number): Bytes => little(value, size).reverse();

function double(value: number): Bytes {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value, true);
  return bytes;
}

// --- pieces of RDB ---

export function length(value: number | bigint): Bytes {
  const n = BigInt(value);
  if (n < 64n) return byte(Number(n));
  if (n < 16384n) return big(0x4000n | n, 2);
  return n <= 0xffffffffn ? join(byte(0x80), big(n, 4)) : join(byte(0x81), big(n, 8));
}

export const string = (value: string | Bytes): Bytes => {
  const bytes = typeof value === "string" ? text(value) : value;
  return join(length(bytes.length), bytes);
};

/** A string that is an integer of 8, 16 or 32 bits. */
export function integer(value: number): Bytes {
  if (value >= -128 && value < 128) return join(byte(0xc0), little(value, 1));
  return value >= -32768 && value < 32768
    ? join(byte(0xc1), little(value, 2))
    : join(byte(0xc2), little(value, 4));
}

/** A string in the form of LZF: literals, then one reference back that repeats the last byte. */
export function compressed(head: string, repeated: number): Bytes {
  const literals = text(head);
  const data = [byte(literals.length - 1), literals];
  // A reference of 9 bytes and more: 7 in the first byte, then the rest of the length, then how far back, less one.
  data.push(byte(7 << 5), byte(repeated - 9), byte(0));
  const bytes = join(...data);
  return join(byte(0xc3), length(bytes.length), length(literals.length + repeated), bytes);
}

/** A score as versions before 8 wrote it: as text. */
export function textScore(score: number): Bytes {
  if (score === Infinity) return byte(254);
  if (score === -Infinity) return byte(255);
  const digits = text(String(score));
  return join(byte(digits.length), digits);
}

export const binaryScore = double;

// --- packed values ---

/** Entries of a ziplist: strings, or integers that stand as such. */
export function ziplist(entries: readonly (string | number | bigint)[]): Bytes {
  const parts: Bytes[] = [];
  let previous = 0;
  let tail = 10;
  let at = 10;
  for (const entry of entries) {
    const head = previous < 254 ? byte(previous) : join(byte(254), little(previous, 4));
    const bytes = join(
      head,
      typeof entry === "string" ? ziplistString(entry) : ziplistInteger(BigInt(entry)),
    );
    parts.push(bytes);
    tail = at;
    at += bytes.length;
    previous = bytes.length;
  }
  return join(little(at + 1, 4), little(tail, 4), little(entries.length, 2), ...parts, byte(255));
}

function ziplistString(value: string): Bytes {
  const { length: size } = value;
  if (size < 64) return join(byte(size), text(value));
  return size < 16384
    ? join(big(0x4000 | size, 2), text(value))
    : join(byte(0x80), big(size, 4), text(value));
}

function ziplistInteger(value: bigint): Bytes {
  if (value >= 0n && value <= 12n) return byte(0xf1 + Number(value));
  const forms: [number, number][] = [[0xfe, 1], [0xc0, 2], [0xf0, 3], [0xd0, 4], [0xe0, 8]]; // prettier-ignore
  const [code, size] = forms.find(([, bytes]) => BigInt.asIntN(bytes * 8, value) === value)!;
  return join(byte(code), little(value, size));
}

/** Fields and values; each value is followed by so many unused bytes. */
export function zipmap(pairs: readonly (readonly [string, string])[], unused = 0): Bytes {
  const size = (n: number): Bytes => (n < 254 ? byte(n) : join(byte(254), little(n, 4)));
  const parts = pairs.map(([field, value]) =>
    join(
      size(field.length),
      text(field),
      size(value.length),
      byte(unused),
      text(value),
      new Uint8Array(unused),
    ),
  );
  return join(byte(Math.min(254, pairs.length)), ...parts, byte(255));
}

/** Ascending integers of 2, 4 or 8 bytes. */
export function intset(values: readonly (number | bigint)[], size: 2 | 4 | 8): Bytes {
  return join(little(size, 4), little(values.length, 4), ...values.map((value) => little(value, size)));
}

/** Strings of up to 63 bytes, and integers of up to 13 bits. */
export function listpack(entries: readonly (string | number)[]): Bytes {
  const parts = entries.map((entry) => {
    const bytes =
      typeof entry === "string" ? join(byte(0x80 | entry.length), text(entry)) : listpackInteger(entry);
    return join(bytes, byte(bytes.length));
  });
  const size = parts.reduce((sum, part) => sum + part.length, 7);
  return join(little(size, 4), little(entries.length, 2), ...parts, byte(255));
}

function listpackInteger(value: number): Bytes {
  return value >= 0 && value < 128 ? byte(value) : big(0xc000 | (value & 0x1fff), 2);
}

// --- streams ---

/** A stream of three entries, the second of which is deleted, with a group whose consumer has the first pending. */
export function stream(version: 1 | 2 | 3): Bytes {
  const id = (ms: number, seq: number): Bytes => join(big(ms, 8), big(seq, 8));
  const [SAME_FIELDS, DELETED] = [2, 1];
  const node = listpack([
    ...[2, 1, 1, "field", 0],
    ...[SAME_FIELDS, 0, 0, "one", 4],
    ...[SAME_FIELDS | DELETED, 0, 1, "two", 4],
    ...[0, 5, 0, 2, "a", "b", "c", 7, 8],
  ]);
  const lastId = join(length(1005), length(1));
  const timeMs = 1_700_000_000_000;
  const parts = [length(1), string(id(1000, 1)), string(node), length(2), lastId];
  if (version >= 2) parts.push(length(1000), length(1), length(1000), length(2), length(3));
  parts.push(length(1), string("group"), length(1000), length(1));
  if (version >= 2) parts.push(length(1));
  parts.push(length(1), id(1000, 1), little(timeMs, 8), length(3));
  parts.push(length(1), string("consumer"), little(timeMs, 8));
  if (version >= 3) parts.push(little(timeMs, 8));
  parts.push(length(1), id(1000, 1));
  return join(...parts);
}

// --- files ---

export interface OldKey {
  readonly name: string;
  readonly type: number;
  readonly value: Bytes;
  readonly expireSeconds?: number;
  readonly expireMs?: number;
  readonly idleSeconds?: number;
  readonly freq?: number;
}

/** A number that stands for a module's name of nine characters. */
export function moduleId(name: string, version: number): bigint {
  const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  let id = 0n;
  for (const letter of name) id = (id << 6n) | BigInt(LETTERS.indexOf(letter));
  return (id << 10n) | BigInt(version);
}

/** Data of a module that is about no key. */
export const moduleAux = (id: bigint): Bytes =>
  join(byte(MODULE_AUX), length(id), length(2), length(1), length(0));

/** @param extra  records in front of the keys */
export function oldRdb(version: number, keys: readonly OldKey[], extra: Bytes = new Uint8Array(0)): Bytes {
  const parts = [text(`REDIS${String(version).padStart(4, "0")}`)];
  if (version >= 7) parts.push(byte(AUX), string("redis-ver"), string("of the past"));
  parts.push(extra, byte(SELECT_DB), length(0));
  if (version >= 7) {
    const expires = keys.filter((key) => (key.expireMs ?? key.expireSeconds) !== undefined);
    parts.push(byte(RESIZE_DB), length(keys.length), length(expires.length));
  }
  for (const key of keys) {
    if (key.expireSeconds !== undefined) parts.push(byte(EXPIRE_SECONDS), little(key.expireSeconds, 4));
    if (key.expireMs !== undefined) parts.push(byte(EXPIRE_MS), little(key.expireMs, 8));
    if (key.idleSeconds !== undefined) parts.push(byte(IDLE), length(key.idleSeconds));
    if (key.freq !== undefined) parts.push(byte(FREQ), byte(key.freq));
    parts.push(byte(key.type), string(key.name), key.value);
  }
  parts.push(byte(EOF));
  const bytes = join(...parts);
  return join(bytes, little(crc64(bytes), 8));
}

/** CRC-64 of Jones, from its definition: a bit at a time. */
export function crc64(bytes: Bytes): bigint {
  const POLYNOMIAL = 0x95ac9329ac4bc9b5n;
  let crc = 0n;
  for (const value of bytes) {
    crc ^= BigInt(value);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ POLYNOMIAL : crc >> 1n;
  }
  return crc;
}
