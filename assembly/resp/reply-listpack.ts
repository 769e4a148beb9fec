/**
 * reply-listpack: elements of a listpack as bulk strings, straight from its bytes to the reply buffer: what LRANGE and
 * the commands that return a whole small collection spend their time in.
 *
 * Strings below a kilobyte are moved in vectors of 16 bytes, with up to 63 bytes of what follows: the next element is
 * written over those. Room for them is reserved in front; behind a listpack there is always linear memory to read, but
 * at its very end, where elements go the ordinary way.
 */
import { listpackElementSize, listpackGet } from "../structures/listpack.ts";
import { root } from "../root.ts";
import { formatI64, formatU64, lengthOfI64 } from "./numbers/integer.ts";
import { replyBulk, replyReserve } from "./reply.ts";

/** Header, string of up to a kilobyte and CRLF; any integer. */
// @ts-ignore: decorator
@inline
const SHORT_ELEMENT: u32 = 1056;
/** Room that is asked for at a time. */
// @ts-ignore: decorator
@inline
const RESERVED: u32 = 4096;
// @ts-ignore: decorator
@inline
const CRLF: u16 = 0x0a0d;

/**
 * Writes `count` elements from `p` on, which all exist.
 * @returns the address behind them; void if the reply has failed for want of memory.  O(bytes)
 */
export function replyListpack(p: usize, count: u32): usize {
  const readableTo = ((<usize>memory.size()) << 16) - 1 - SHORT_ELEMENT;
  let at = root.replyPos;
  let left = root.replyEnd - at;
  for (; count; count--) {
    if (left < SHORT_ELEMENT) {
      root.replyPos = at;
      if (!replyReserve(RESERVED)) return p;
      at = root.replyPos;
      left = root.replyEnd - at;
    }
    const before = at;
    const b: u32 = load<u8>(p);
    if (b < 0x80) {
      at = putSmallInteger(at, b);
      p += 2;
    } else if (b < 0xc0 && p < readableTo) {
      const len = b & 63;
      at = putHeader(at, len);
      v128.store(at, v128.load(p, 1));
      if (len > 16) {
        v128.store(at, v128.load(p, 17), 16);
        if (len > 32) {
          v128.store(at, v128.load(p, 33), 32);
          v128.store(at, v128.load(p, 49), 48);
        }
      }
      at += len;
      store<u16>(at, CRLF);
      at += 2;
      p += len + 2;
    } else if (b - 0xe0 < 4 && p < readableTo) {
      const len = ((b & 3) << 8) | load<u8>(p, 1);
      at = putLongHeader(at, len);
      for (let i: u32 = 0; i < len; i += 16) v128.store(at + i, v128.load(p + i, 2));
      at += len;
      store<u16>(at, CRLF);
      at += 2;
      p += len + (len < 126 ? 3 : 4);
    } else if (listpackGet(p)) {
      root.replyPos = at;
      p += listpackElementSize(p);
      replyBulk(root.outPtr, root.outLen);
      if (root.replyFailed) return p;
      at = root.replyPos;
      left = root.replyEnd - at;
      continue;
    } else {
      at = putInteger(at, root.outI64);
      p += listpackElementSize(p);
    }
    left -= at - before;
  }
  root.replyPos = at;
  return p;
}

function putInteger(at: usize, value: i64): usize {
  const len = lengthOfI64(value);
  at = putHeader(at, len);
  formatI64(value, at);
  store<u16>(at + len, CRLF);
  return at + len + 2;
}

/** `$len` CRLF of a length below 64; writes eight bytes, returns the address behind those that count. */
// @ts-ignore: decorator
@inline
function putHeader(at: usize, len: u32): usize {
  if (len < 10) {
    store<u32>(at, 0x0a0d3024 + (len << 8)); // "$0\r\n"
    return at + 4;
  }
  const tens = (len * 205) >> 11;
  store<u64>(at, 0x0a0d303024 + <u64>((tens << 8) + ((len - tens * 10) << 16))); // "$00\r\n"
  return at + 5;
}

/** `$len` CRLF of a length 64 … 1023. */
// @ts-ignore: decorator
@inline
function putLongHeader(at: usize, len: u32): usize {
  store<u8>(at, 0x24);
  const digits = formatU64(len, at + 1);
  store<u16>(at + 1 + digits, CRLF);
  return at + 3 + digits;
}

/** An integer 0 … 127 as a bulk string; writes up to nine bytes, returns the address behind them. */
// @ts-ignore: decorator
@inline
function putSmallInteger(at: usize, n: u32): usize {
  if (n < 10) {
    store<u64>(at, 0x0a0d300a0d3124 + ((<u64>n) << 32)); // "$1\r\n0\r\n"
    return at + 7;
  }
  const hundreds = n >= 100;
  const rest = hundreds ? n - 100 : n;
  const tens = (rest * 205) >> 11;
  const digits = <u64>(0x3030 + tens + ((rest - tens * 10) << 8));
  if (!hundreds) {
    store<u64>(at, 0x0a0d00000a0d3224 | (digits << 32)); // "$2\r\n00\r\n"
    return at + 8;
  }
  store<u64>(at, 0x0d0000310a0d3324 | (digits << 40)); // "$3\r\n100\r"
  store<u8>(at, 0x0a, 8);
  return at + 9;
}
