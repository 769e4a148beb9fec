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
import { StreamId, streamIdFormat } from "../../types/stream-id.ts";

// @ts-ignore: decorator
@inline
const CRLF: u16 = 0x0a0d;
/** Room for an ID: header, text, CRLF. */
// @ts-ignore: decorator
@inline
const ID_REPLY_MAX: u32 = 64;
/** Bytes of a header `$nn` CRLF. */
// @ts-ignore: decorator
@inline
const HEADER: u32 = 5;

/** An ID as a bulk string. */
export function replyStreamId(ms: u64, seq: u64): void {
  if (!replyReserve(ID_REPLY_MAX)) return;
  root.replyPos = putStreamId(root.replyPos, ms, seq);
}

/** Writes an ID as a bulk string, at most 48 bytes; returns the address behind it. */
function putStreamId(at: usize, ms: u64, seq: u64): usize {
  // The text first, behind the header of one of ten characters or more, as nearly all are.
  let len = streamIdFormat(ms, seq, at + HEADER);
  store<u8>(at, 0x24); // $
  if (len < 10) {
    memory.copy(at + HEADER - 1, at + HEADER, len);
    store<u8>(at, <u8>(0x30 + len), 1);
    store<u16>(at, CRLF, 2);
    len--; // of the header
  } else {
    store<u32>(at, 0x0a0d3030 + len / 10 + ((len % 10) << 8), 1);
  }
  store<u16>(at + HEADER + len, CRLF);
  return at + HEADER + len + 2;
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
  const count = c.fieldCount;
  if (!replyReserve(ID_REPLY_MAX * 2)) return c.body;
  store<u32>(root.replyPos, 0x0a0d322a); // "*2\r\n"
  root.replyPos = putStreamId(root.replyPos + 4, c.entryMs, c.entrySeq);
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
