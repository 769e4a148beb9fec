/** LCS key1 key2 [LEN] [IDX] [MINMATCHLEN length] [WITHMATCHLEN]. https://redis.io/commands/lcs */
import { lookupRead } from "../../keyspace/lookup.ts";
import { alloc, free } from "../../memory/allocator.ts";
import { copyBytes } from "../../memory/bytes.ts";
import { DIGITS } from "../../memory/map.ts";
import { argInteger, argIs } from "../../resp/args.ts";
import { errorNotInteger, errorOutOfMemory, errorSyntax } from "../../resp/errors.ts";
import {
  replyArray,
  replyBulk,
  replyBulkText,
  replyDefer,
  replyDeferredArray,
  replyError,
  replyInteger,
  replyMap,
} from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { SETTING_PROTO_MAX_BULK_LEN, settingInteger } from "../../settings.ts";
import { Lcs, lcsFree, lcsNextRun, lcsOpen } from "../../structures/lcs.ts";
import { entryType } from "../../types/entry.ts";
import { TYPE_STRING } from "../../types/ids.ts";
import { stringRead } from "../../types/string.ts";

/** Half of the digits' place: both strings may be integers. */
const FIRST_DIGITS: usize = DIGITS + 32;

// What the options ask for.
const LENGTH: u32 = 1;
const INDEXES: u32 = 2;
const MATCH_LENGTHS: u32 = 4;

export function lcs(): void {
  const first = lookupRead(1);
  const second = lookupRead(2);
  if ((first && entryType(first) != TYPE_STRING) || (second && entryType(second) != TYPE_STRING)) {
    return replyError("ERR The specified keys must contain string values");
  }
  if (!parseOptions()) return;
  const options = root.scratch0;
  const shortestMatch = root.scratchI64;

  readOrEmpty(first);
  let a = root.outPtr;
  const aLen = root.outLen;
  if (a == DIGITS) {
    copyBytes(FIRST_DIGITS, a, aLen);
    a = FIRST_DIGITS;
  }
  readOrEmpty(second);
  if (!checkTransientSize(aLen, root.outLen)) return;
  const found = lcsOpen(a, aLen, root.outPtr, root.outLen, options != LENGTH);
  if (!found) return replyError("ERR Insufficient memory, failed allocating transient memory for LCS");
  if (options & INDEXES) replyRuns(found, shortestMatch, (options & MATCH_LENGTHS) != 0);
  else if (options & LENGTH) replyInteger(changetype<Lcs>(found).length);
  else replySubsequence(found);
  lcsFree(found);
}

/** Options to root.scratch0, MINMATCHLEN to root.scratchI64. @returns false = an error is replied */
function parseOptions(): bool {
  let options: u32 = 0;
  let shortestMatch: i64 = 0;
  for (let i: u32 = 3; i < root.argc; i++) {
    if (argIs(i, "IDX")) {
      options |= INDEXES;
    } else if (argIs(i, "LEN")) {
      options |= LENGTH;
    } else if (argIs(i, "WITHMATCHLEN")) {
      options |= MATCH_LENGTHS;
    } else if (argIs(i, "MINMATCHLEN") && i + 1 < root.argc) {
      if (!argInteger(++i)) {
        errorNotInteger();
        return false;
      }
      shortestMatch = max<i64>(root.outI64, 0);
    } else {
      errorSyntax();
      return false;
    }
  }
  if (options & INDEXES && options & LENGTH) {
    replyError("ERR If you want both the length and indexes, please just use IDX.");
    return false;
  }
  root.scratch0 = options & LENGTH ? LENGTH : options;
  root.scratchI64 = shortestMatch;
  return true;
}

/** Redis refuses tables of more than proto-max-bulk-len bytes. Rows are 1/32 of them here, but time grows with them too. */
function checkTransientSize(aLen: u32, bLen: u32): bool {
  const bytes = (<u64>aLen + 1) * (<u64>bLen + 1) * sizeof<u32>();
  if (bytes <= <u64>settingInteger(SETTING_PROTO_MAX_BULK_LEN)) return true;
  replyError("ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len");
  return false;
}

function readOrEmpty(entry: usize): void {
  root.outPtr = 0;
  root.outLen = 0;
  if (entry) stringRead(entry);
}

/** {matches: [[[start, end] in a, [start, end] in b, (length)], …] from the last to the first, len: …} */
function replyRuns(found: usize, shortestMatch: i64, withLengths: bool): void {
  const result = changetype<Lcs>(found);
  replyMap(2);
  replyBulkText("matches");
  const matches = replyDefer();
  let count: u32 = 0;
  while (lcsNextRun(found)) {
    if (<i64>result.runLength < shortestMatch) continue;
    replyArray(withLengths ? 3 : 2);
    replyRange(result.runA, result.runLength);
    replyRange(result.runB, result.runLength);
    if (withLengths) replyInteger(result.runLength);
    count++;
  }
  replyDeferredArray(matches, count);
  replyBulkText("len");
  replyInteger(result.length);
}

function replyRange(start: u32, length: u32): void {
  replyArray(2);
  replyInteger(start);
  replyInteger(start + length - 1);
}

/** The bytes, which the runs give from the last to the first. */
function replySubsequence(found: usize): void {
  const result = changetype<Lcs>(found);
  const length = result.length;
  if (!length) return replyBulk(0, 0);
  const bytes = alloc(length);
  if (!bytes) return errorOutOfMemory();
  let at = length;
  while (lcsNextRun(found)) {
    at -= result.runLength;
    copyBytes(bytes + at, result.a + result.runA, result.runLength);
  }
  replyBulk(bytes, length);
  free(bytes);
}
