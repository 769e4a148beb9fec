/**
 * range-args: bounds of score ranges (`1`, `(1`, `-inf`) and lexicographic ranges (`[a`, `(a`, `-`, `+`), as ZRANGE and its
 * kin take them. One of each at a time, at a fixed place.
 */
import { RANGES } from "../../memory/map.ts";
import { argLen, argPtr } from "../../resp/args.ts";
import { parseDoubleBound } from "../../resp/numbers/double.ts";
import { replyError } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import {
  LEX_EXCLUSIVE,
  LEX_HIGHEST,
  LEX_INCLUSIVE,
  LEX_LOWEST,
  LexRange,
  RANGE_MAX_EXCLUSIVE,
  RANGE_MIN_EXCLUSIVE,
} from "../../structures/score-tree.ts";
import { ScoreRange } from "../../types/zset.ts";

// @ts-ignore: decorator
@inline
export function scoreRange(): ScoreRange {
  return changetype<ScoreRange>(RANGES);
}

// @ts-ignore: decorator
@inline
export function lexRange(): LexRange {
  return changetype<LexRange>(RANGES + 32);
}

/** Reads the bounds of a score range from two arguments; false = the error is replied. */
export function argScoreRange(minArg: u32, maxArg: u32): bool {
  const range = scoreRange();
  range.flags = 0;
  let ok = scoreBound(minArg, RANGE_MIN_EXCLUSIVE);
  range.min = root.outF64;
  ok = ok && scoreBound(maxArg, RANGE_MAX_EXCLUSIVE);
  range.max = root.outF64;
  if (!ok) replyError("ERR min or max is not a float");
  return ok;
}

function scoreBound(i: u32, exclusive: u32): bool {
  let ptr = argPtr(i);
  let len = argLen(i);
  if (len && load<u8>(ptr) == 0x28) {
    scoreRange().flags |= exclusive;
    ptr++;
    len--;
  }
  return parseDoubleBound(ptr, len) && !isNaN(root.outF64);
}

/** Reads the bounds of a lexicographic range from two arguments; false = the error is replied. */
export function argLexRange(minArg: u32, maxArg: u32): bool {
  const range = lexRange();
  const minKind = lexBound(minArg);
  const maxKind = lexBound(maxArg);
  if (minKind < 0 || maxKind < 0) {
    replyError("ERR min or max not valid string range item");
    return false;
  }
  range.minKind = minKind;
  range.minPtr = argPtr(minArg) + 1;
  range.minLen = argLen(minArg) - 1;
  range.maxKind = maxKind;
  range.maxPtr = argPtr(maxArg) + 1;
  range.maxLen = argLen(maxArg) - 1;
  return true;
}

/** LEX_* of a bound; −1 = it is none. */
function lexBound(i: u32): i32 {
  const len = argLen(i);
  const first: u32 = len ? load<u8>(argPtr(i)) : 0;
  if (first == 0x5b) return LEX_INCLUSIVE;
  if (first == 0x28) return LEX_EXCLUSIVE;
  if (len != 1) return -1;
  return first == 0x2d ? LEX_LOWEST : first == 0x2b ? LEX_HIGHEST : -1;
}
