/** reply-entries: stream IDs and entries as replies: an entry is [ID, [field, value, field, value …]]. */
import { copyBytes } from "../../memory/bytes.ts";
import { replyArray, replyDefer, replyDeferredArray, replyReserve } from "../../resp/reply.ts";
import { replyListpack } from "../../resp/reply-listpack.ts";
import { root } from "../../root.ts";
import {
  entriesBackFrom,
  entriesFrom,
  entriesNext,
  entriesPrevious,
  entriesSkip,
  entryCursor,
  EntryCursor,
  SAME_FIELDS,
  Stream,
} from "../../types/stream.ts";
import { StreamId, streamIdFormat, streamIdLength } from "../../types/stream-id.ts";

// @ts-ignore: decorator
@inline
const CRLF: u16 = 0x0a0d;
/** Header, ID, CRLF. */
// @ts-ignore: decorator
@inline
const ID_REPLY_MAX: u32 = 64;

/** An ID as a bulk string. */
export function replyStreamId(ms: u64, seq: u64): void {
  if (!replyReserve(ID_REPLY_MAX)) return;
  root.replyPos = putStreamId(root.replyPos, ms, seq);
}

/** Writes an ID as a bulk string, at most 48 bytes; returns the address behind it. */
export function putStreamId(at: usize, ms: u64, seq: u64): usize {
  const len = streamIdLength(ms, seq);
  store<u8>(at, 0x24); // $
  if (len < 10) {
    store<u8>(at, <u8>(0x30 + len), 1);
    at += 2;
  } else {
    store<u16>(at, <u16>(0x3030 + len / 10 + ((len % 10) << 8)), 1);
    at += 3;
  }
  store<u16>(at, CRLF);
  streamIdFormat(ms, seq, at + 2);
  store<u16>(at + 2 + len, CRLF);
  return at + len + 4;
}

/** Puts an ID in front of what was written since `at` (replyDefer). O(bytes since) */
export function replyDeferredId(at: u32, ms: u64, seq: u64): void {
  if (root.replyFailed || !replyReserve(2 * ID_REPLY_MAX)) return;
  const body = root.replyStart + at;
  const size = root.replyPos - body;
  const text = root.replyPos + ID_REPLY_MAX;
  const len = putStreamId(text, ms, seq) - text;
  memory.copy(body + len, body, size); // ends before the text: an ID is no longer than the room for it
  copyBytes(body, text, len);
  root.replyPos += len;
}

/** The current entry of a cursor. @returns the address behind its values */
export function replyEntry(c: EntryCursor): usize {
  replyArray(2);
  replyStreamId(c.entryMs, c.entrySeq);
  const count = c.fieldCount;
  replyArray(<i64>count * 2);
  if (!(c.flags & SAME_FIELDS)) return replyListpack(c.body, count * 2);
  let field = c.masterFields;
  let value = c.body;
  for (let i: u32 = 0; i < count; i++) {
    field = replyListpack(field, 1);
    value = replyListpack(value, 1);
    if (root.replyFailed) break;
  }
  return value;
}

/** The entries of a range, at most `count` of them (0 = all), as an array. @param reverse  from the highest down */
export function replyRange(s: Stream, from: StreamId, to: StreamId, count: i64, reverse: bool): void {
  const at = replyDefer();
  const c = entryCursor(0);
  let n: i64 = 0;
  if (reverse) {
    entriesBackFrom(c, s, from.ms, from.seq, to.ms, to.seq);
    while ((!count || n < count) && !root.replyFailed && entriesPrevious(c)) {
      replyEntry(c);
      n++;
    }
  } else {
    entriesFrom(c, s, from.ms, from.seq, to.ms, to.seq);
    while ((!count || n < count) && entriesNext(c)) {
      const behind = replyEntry(c);
      if (root.replyFailed) return;
      entriesSkip(c, behind);
      n++;
    }
  }
  replyDeferredArray(at, n);
}
