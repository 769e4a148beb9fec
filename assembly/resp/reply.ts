/**
 * reply: writes RESP2 and RESP3 to the reply buffer, which all replies of a chunk share.
 *
 * The buffer is a heap block: root.replyStart … replyPos are bytes for the host, replyEnd is its end. It grows as
 * a reply needs it. Where memory for a reply is lacking, the command's reply becomes an OOM error (replyFinish).
 *
 * `root.resp` is the client's protocol version; types that RESP2 lacks take their RESP2 form here, so that a
 * command says once what it means (a map, a double, null). Source: the RESP specification at redis.io/docs.
 */
import { REPLY_SIZE } from "../limits.ts";
import { alloc, free, realloc, usableSize } from "../memory/allocator.ts";
import { copyBytes, putText } from "../memory/bytes.ts";
import { root } from "../root.ts";
import { countErrorCode } from "./error-counts.ts";
import { formatDouble } from "./numbers/double.ts";
import { formatI64, formatU64 } from "./numbers/integer.ts";

/** Room that every short reply (integer, double, length) fits in: type byte, 25 digits and more, CRLF. */
// @ts-ignore: decorator
@inline
const SHORT_REPLY: u32 = 64;
// @ts-ignore: decorator
@inline
const CRLF: u16 = 0x0a0d;

/** Allocates the buffer. @returns false = out of memory */
export function replyInit(): bool {
  const buffer = alloc(REPLY_SIZE);
  if (!buffer) return false;
  root.replyStart = buffer;
  root.replyPos = buffer;
  root.replyEnd = buffer + usableSize(buffer);
  return true;
}

/** Forgets what is in the buffer; gives a buffer back that one huge reply has made large. */
export function replyReset(): void {
  if (root.replyEnd - root.replyStart > REPLY_SIZE * 16) {
    const small = alloc(REPLY_SIZE);
    if (small) {
      free(root.replyStart);
      root.replyStart = small;
      root.replyEnd = small + usableSize(small);
    }
  }
  root.replyPos = root.replyStart;
}

/** Makes sure that `n` more bytes fit; false = no memory, and the reply has failed. */
// @ts-ignore: decorator
@inline
export function replyReserve(n: usize): bool {
  return root.replyEnd - root.replyPos >= n || replyGrow(n);
}

function replyGrow(n: usize): bool {
  const used = root.replyPos - root.replyStart;
  const size = root.replyEnd - root.replyStart;
  const wanted = max(used + n, size < 0x10000000 ? size << 1 : size + (size >> 2));
  let buffer = used + n < n ? 0 : realloc(root.replyStart, wanted);
  if (!buffer) buffer = used + n < n ? 0 : realloc(root.replyStart, used + n);
  if (!buffer) {
    root.replyFailed = 1;
    // What is still written of this reply goes over it from its start, and is thrown away in the end.
    root.replyPos = root.replyStart + root.replyMark;
    return root.replyEnd - root.replyPos >= n;
  }
  root.replyStart = buffer;
  root.replyPos = buffer + used;
  root.replyEnd = buffer + usableSize(buffer);
  return true;
}

/** Writes a text with its line end as it is: `replyText("+PONG")`. */
export function replyText(text: string): void {
  if (!replyReserve(text.length + 2)) return;
  const at = root.replyPos;
  const n = putText(at, text);
  store<u16>(at + n, CRLF);
  root.replyPos = at + n + 2;
}

/** Writes bytes as they are. */
export function replyRaw(ptr: usize, len: usize): void {
  if (!replyReserve(len)) return;
  copyBytes(root.replyPos, ptr, len);
  root.replyPos += len;
}

/** `+OK`. */
// @ts-ignore: decorator
@inline
export function replyOk(): void {
  if (!replyReserve(8)) return;
  store<u64>(root.replyPos, 0x0a0d4b4f2b); // "+OK\r\n"
  root.replyPos += 5;
}

/** `+PONG`. */
// @ts-ignore: decorator
@inline
export function replyPong(): void {
  if (!replyReserve(8)) return;
  store<u64>(root.replyPos, 0x0a0d474e4f502b); // "+PONG\r\n"
  root.replyPos += 7;
}

/** A status (simple string): `replyStatus("QUEUED")`. */
export function replyStatus(text: string): void {
  if (!replyReserve(text.length + 3)) return;
  store<u8>(root.replyPos, 0x2b); // +
  root.replyPos++;
  replyText(text);
}

/** A status whose bytes have no line end in them. */
export function replyStatusBytes(ptr: usize, len: usize): void {
  if (!replyReserve(len + 3)) return;
  store<u8>(root.replyPos, 0x2b);
  copyBytes(root.replyPos + 1, ptr, len);
  store<u16>(root.replyPos + 1 + len, CRLF);
  root.replyPos += len + 3;
}

/** An error: `replyError("ERR syntax error")`. */
export function replyError(text: string): void {
  root.replyErrors++;
  root.statErrorReplies++;
  countErrorCode(text);
  if (!replyReserve(text.length + 3)) return;
  store<u8>(root.replyPos, 0x2d); // -
  root.replyPos++;
  replyText(text);
}

/** Opens an error whose text is put together: then replyPart…, and replyErrorEnd. */
export function replyErrorBegin(text: string): void {
  root.replyErrors++;
  root.statErrorReplies++;
  countErrorCode(text);
  if (!replyReserve(text.length + 1)) return;
  root.errorMark = <u32>(root.replyPos - root.replyStart);
  store<u8>(root.replyPos, 0x2d);
  root.replyPos += 1 + putText(root.replyPos + 1, text);
}

/** A part of an open error (a constant). */
export function replyPart(text: string): void {
  if (!replyReserve(text.length)) return;
  root.replyPos += putText(root.replyPos, text);
}

/** A part of an open error: a client's bytes up to the first zero byte, at most `max`. */
export function replyPartBytes(ptr: usize, len: usize, max: usize): void {
  const most = min(len, max);
  if (!replyReserve(most)) return;
  const at = root.replyPos;
  let n: usize = 0;
  for (; n < most; n++) {
    const c = load<u8>(ptr + n);
    if (!c) break;
    store<u8>(at + n, c);
  }
  root.replyPos = at + n;
}

/** A part: a number. */
export function replyPartInteger(n: i64): void {
  if (replyReserve(SHORT_REPLY)) root.replyPos += formatI64(n, root.replyPos);
}

/** A part: hundredths, printed as units with two decimals. */
export function replyPartHundredths(n: u64): void {
  replyPartInteger(n / 100);
  replyPart(n % 100 < 10 ? ".0" : ".");
  replyPartInteger(n % 100);
}

/** Ends an error. Line ends that a client's bytes brought in are cut at its end and become blanks within, as in Redis. */
export function replyErrorEnd(): void {
  if (!replyReserve(2) || root.replyFailed) return;
  const from = root.replyStart + root.errorMark;
  let end = root.replyPos;
  while (isLineEnd(load<u8>(end - 1))) end--;
  for (let at = from; at < end; at++) if (isLineEnd(load<u8>(at))) store<u8>(at, 0x20);
  store<u16>(end, CRLF);
  root.replyPos = end + 2;
}

// @ts-ignore: decorator
@inline
function isLineEnd(c: u32): bool {
  return c == 0x0d || c == 0x0a;
}

/** Type byte, number, CRLF. */
function replyPrefixed(type: u8, n: i64): void {
  if (!replyReserve(SHORT_REPLY)) return;
  const at = root.replyPos;
  store<u8>(at, type);
  if (<u64>n < 10) {
    store<u8>(at, <u8>(0x30 + <u32>n), 1);
    store<u16>(at, CRLF, 2);
    root.replyPos = at + 4;
    return;
  }
  const len = formatI64(n, at + 1);
  store<u16>(at + 1 + len, CRLF);
  root.replyPos = at + len + 3;
}

// @ts-ignore: decorator
@inline
export function replyInteger(n: i64): void {
  replyPrefixed(0x3a, n); // :
}

// @ts-ignore: decorator
@inline
export function replyArray(count: i64): void {
  replyPrefixed(0x2a, count); // *
}

/** A map of `pairs`; RESP2: an array of twice as many. Then keys and values in turn. */
export function replyMap(pairs: i64): void {
  if (root.resp == 3) replyPrefixed(0x25, pairs);
  else replyPrefixed(0x2a, pairs * 2);
}

/** A set; RESP2: an array. */
export function replySet(count: i64): void {
  replyPrefixed(root.resp == 3 ? 0x7e : 0x2a, count);
}

/** A push message; RESP2: an array. */
export function replyPush(count: i64): void {
  replyPrefixed(root.resp == 3 ? 0x3e : 0x2a, count);
}

/** A bulk string. */
export function replyBulk(ptr: usize, len: usize): void {
  if (!replyReserve(len + 16)) return;
  let at = root.replyPos;
  if (len < 10) {
    store<u32>(at, 0x0a0d3024 + ((<u32>len) << 8)); // "$0\r\n"
    at += 4;
  } else if (len < 100) {
    const tens = <u32>len / 10;
    store<u32>(at, 0x0d303024 + (tens << 8) + ((<u32>len - tens * 10) << 16)); // "$00\r"
    store<u8>(at, 0x0a, 4);
    at += 5;
  } else {
    store<u8>(at, 0x24);
    at += 1 + formatI64(len, at + 1);
    store<u16>(at, CRLF);
    at += 2;
  }
  if (len >= 16 && len <= 32) {
    // What most members and values are: no call.
    const tail = v128.load(ptr + len - 16);
    v128.store(at, v128.load(ptr));
    v128.store(at + len - 16, tail);
  } else {
    copyBytes(at, ptr, len);
  }
  store<u16>(at + len, CRLF);
  root.replyPos = at + len + 2;
}

/** A bulk string that is a constant. */
export function replyBulkText(text: string): void {
  const len: u32 = text.length;
  if (!replyReserve(len + 16)) return;
  replyPrefixed(0x24, len);
  const at = root.replyPos;
  putText(at, text);
  store<u16>(at + len, CRLF);
  root.replyPos = at + len + 2;
}

/** An unsigned integer (a cursor) as a bulk string. */
export function replyBulkUnsigned(n: u64): void {
  if (<i64>n >= 0) return replyBulkInteger(<i64>n);
  replyPrefixed(0x24, 20); // 2^63 and more: always 20 digits
  if (!replyReserve(SHORT_REPLY)) return;
  root.replyPos += formatU64(n, root.replyPos);
  store<u16>(root.replyPos, CRLF);
  root.replyPos += 2;
}

/** An integer as a bulk string. */
export function replyBulkInteger(n: i64): void {
  if (!replyReserve(SHORT_REPLY)) return;
  // At most 20 bytes: digits first, behind the room for the header ("$nn\r\n").
  const at = root.replyPos;
  const len = formatI64(n, at + 8);
  store<u8>(at, 0x24);
  let head: usize = 2;
  if (len < 10) {
    store<u8>(at, <u8>(0x30 + len), 1);
  } else {
    store<u8>(at, <u8>(0x30 + len / 10), 1);
    store<u8>(at, <u8>(0x30 + (len % 10)), 2);
    head = 3;
  }
  store<u16>(at + head, CRLF);
  copyBytes(at + head + 2, at + 8, len);
  store<u16>(at + head + 2 + len, CRLF);
  root.replyPos = at + head + len + 4;
}

/** Null; RESP2: a null bulk string. */
export function replyNull(): void {
  if (!replyReserve(8)) return;
  if (root.resp == 3) {
    store<u32>(root.replyPos, 0x000a0d5f); // "_\r\n"
    root.replyPos += 3;
  } else {
    store<u64>(root.replyPos, 0x0a0d312d24); // "$-1\r\n"
    root.replyPos += 5;
  }
}

/** Null where RESP2 wants a null array. */
export function replyNullArray(): void {
  if (root.resp == 3) replyNull();
  else replyText("*-1");
}

/** A double; RESP2: a bulk string. Printed as Redis does, in the shortest form that reads back the same. */
export function replyDouble(value: f64): void {
  if (!replyReserve(SHORT_REPLY)) return;
  const at = root.replyPos;
  if (root.resp == 3) {
    store<u8>(at, 0x2c); // ,
    const len = formatDouble(value, at + 1);
    store<u16>(at + 1 + len, CRLF);
    root.replyPos = at + len + 3;
    return;
  }
  const len = formatDouble(value, at + 8);
  replyPrefixed(0x24, len);
  copyBytes(root.replyPos, at + 8, len);
  store<u16>(root.replyPos + len, CRLF);
  root.replyPos += len + 2;
}

/** A boolean; RESP2: 1 or 0. */
export function replyBool(value: bool): void {
  if (root.resp == 3) replyText(value ? "#t" : "#f");
  else replyInteger(value ? 1 : 0);
}

/** A verbatim string of a three-letter format; RESP2: a bulk string. */
export function replyVerbatim(format: string, ptr: usize, len: usize): void {
  if (root.resp != 3) return replyBulk(ptr, len);
  if (!replyReserve(len + 32)) return;
  replyPrefixed(0x3d, len + 4); // =
  root.replyPos += putText(root.replyPos, format);
  store<u8>(root.replyPos, 0x3a);
  copyBytes(root.replyPos + 1, ptr, len);
  store<u16>(root.replyPos + 1 + len, CRLF);
  root.replyPos += len + 3;
}

/**
 * Where a header whose count is not known yet will stand: hand it to replyDeferredArray / Map / Set when it is.
 * (An offset, so that the buffer may move.)
 */
// @ts-ignore: decorator
@inline
export function replyDefer(): u32 {
  return <u32>(root.replyPos - root.replyStart);
}

export function replyDeferredArray(at: u32, count: i64): void {
  insertHeader(at, 0x2a, count);
}

export function replyDeferredMap(at: u32, pairs: i64): void {
  if (root.resp == 3) insertHeader(at, 0x25, pairs);
  else insertHeader(at, 0x2a, pairs * 2);
}

export function replyDeferredSet(at: u32, count: i64): void {
  insertHeader(at, root.resp == 3 ? 0x7e : 0x2a, count);
}

/** Makes a verbatim string (RESP2: a bulk string) of what replyPart… wrote since `at`. */
export function replyDeferredVerbatim(at: u32, format: string): void {
  if (!replyReserve(2 + SHORT_REPLY) || root.replyFailed) return;
  const len = <u32>(root.replyPos - root.replyStart) - at;
  store<u16>(root.replyPos, CRLF);
  root.replyPos += 2;
  const header = root.replyPos;
  if (root.resp == 3) {
    replyPrefixed(0x3d, len + 4);
    root.replyPos += putText(root.replyPos, format);
    store<u8>(root.replyPos++, 0x3a);
  } else {
    replyPrefixed(0x24, len);
  }
  moveHeader(at, header);
}

/** Writes the header behind what it belongs to, then swaps the two. O(bytes since `at`) */
function insertHeader(at: u32, type: u8, count: i64): void {
  if (root.replyFailed || !replyReserve(SHORT_REPLY)) return;
  const header = root.replyPos;
  replyPrefixed(type, count);
  moveHeader(at, header);
}

/** Moves the header (at most 24 bytes) that was written behind the body to its front. */
function moveHeader(at: u32, header: usize): void {
  const body = root.replyStart + at;
  const headerSize = root.replyPos - header;
  const first = load<u64>(header);
  const second = load<u64>(header, 8);
  const third = load<u64>(header, 16);
  memory.copy(body + headerSize, body, header - body);
  for (let i: usize = 0; i < headerSize; i++) {
    const word = i < 8 ? first : i < 16 ? second : third;
    store<u8>(body + i, <u8>(word >> ((i & 7) << 3)));
  }
}

/** Begins the reply of a command. */
// @ts-ignore: decorator
@inline
export function replyBegin(): void {
  root.replyMark = <u32>(root.replyPos - root.replyStart);
}

/** Ends it: a reply that did not fit in memory becomes an error. */
// @ts-ignore: decorator
@inline
export function replyFinish(): void {
  if (root.replyFailed) replyFailure();
}

/** The reply cannot be made for want of memory: what was written of it becomes an OOM error. */
export function replyGiveUp(): void {
  root.replyFailed = 1;
  replyDiscard();
}

function replyFailure(): void {
  root.replyFailed = 0;
  root.replyPos = root.replyStart + root.replyMark;
  replyError("OOM command not allowed when used memory > 'maxmemory'.");
}

/** Throws away what the command has written so far (CLIENT REPLY OFF, retried blocking commands). */
// @ts-ignore: decorator
@inline
export function replyDiscard(): void {
  root.replyPos = root.replyStart + root.replyMark;
}
