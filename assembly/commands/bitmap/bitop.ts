/** BITOP AND | OR | XOR | NOT destination key [key …]. https://redis.io/commands/bitop */
import { NOTIFY_GENERIC, NOTIFY_STRING } from "../../keyspace/events.ts";
import {
  deleteKey,
  keyTouched,
  lookupReadTyped,
  lookupWrite,
  notifyArg,
  WRONG_TYPE,
} from "../../keyspace/lookup.ts";
import { alloc, free } from "../../memory/allocator.ts";
import { copyBytes } from "../../memory/bytes.ts";
import { DIGITS } from "../../memory/map.ts";
import { argHash, argIs, argLen, argPtr } from "../../resp/args.ts";
import { errorOutOfMemory, errorSyntax } from "../../resp/errors.ts";
import { INTEGER_LENGTH_MAX } from "../../resp/numbers/integer.ts";
import { replyError, replyInteger } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { BITS_AND, BITS_NOT, BITS_OR, BITS_XOR, bitsCombine } from "../../structures/bits.ts";
import { INLINE_VALUE_MAX, NO_EXPIRY } from "../../types/entry.ts";
import { ENC_RAW, TYPE_STRING } from "../../types/ids.ts";
import { stringSetBytes } from "../../types/string.ts";
import { bitsOf } from "./bit-string.ts";

const UNKNOWN: u32 = 4;
const FIRST_SOURCE: u32 = 3;
/** Bytes for each source: address and length, and the digits if it is an integer. */
const SOURCE_SIZE: u32 = 8 + INTEGER_LENGTH_MAX;

export function bitop(): void {
  const op = operation();
  if (op == UNKNOWN) return errorSyntax();
  if (op == BITS_NOT && root.argc != 4)
    return replyError("ERR BITOP NOT must be called with a single source key.");
  const count = root.argc - FIRST_SOURCE;
  const sources = alloc(count * SOURCE_SIZE);
  if (!sources) return errorOutOfMemory();
  if (findSources(sources, count)) combineInto(op, sources, count, root.scratch0);
  free(sources);
}

function operation(): u32 {
  if (argIs(1, "AND")) return BITS_AND;
  if (argIs(1, "OR")) return BITS_OR;
  if (argIs(1, "XOR")) return BITS_XOR;
  return argIs(1, "NOT") ? BITS_NOT : UNKNOWN;
}

/** Fills the table of sources; the longest length is in root.scratch0. @returns false = wrong type, and that is the reply */
function findSources(sources: usize, count: u32): bool {
  let longest: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const entry = lookupReadTyped(FIRST_SOURCE + i, TYPE_STRING);
    if (entry == WRONG_TYPE) return false;
    bitsOf(entry);
    const len = root.outLen;
    let bytes = root.outPtr;
    if (bytes == DIGITS) {
      bytes = sources + (count << 3) + i * INTEGER_LENGTH_MAX;
      copyBytes(bytes, DIGITS, len);
    }
    store<u32>(sources + (i << 3), <u32>bytes);
    store<u32>(sources + (i << 3), len, 4);
    longest = max(longest, len);
  }
  root.scratch0 = longest;
  return true;
}

/** Sets the destination to the result of `len` bytes, or deletes it where there is nothing in it. */
function combineInto(op: u32, sources: usize, count: u32, len: u32): void {
  if (!len) {
    const entry = lookupWrite(2);
    if (entry) deleteDestination(entry);
    return replyInteger(0);
  }
  const result = alloc(len);
  if (!result) return errorOutOfMemory();
  bitsCombine(op, result, len, sources, count);
  const taken: usize = len > INLINE_VALUE_MAX ? result : 0;
  const entry = lookupWrite(2);
  const placed = stringSetBytes(
    argHash(2),
    argPtr(2),
    argLen(2),
    entry,
    result,
    len,
    taken,
    ENC_RAW,
    NO_EXPIRY,
  );
  if (!placed || !taken) free(result);
  if (!placed) return errorOutOfMemory();
  root.dirty++;
  keyTouched(2);
  notifyArg(NOTIFY_STRING, "set", 2);
  replyInteger(len);
}

function deleteDestination(entry: usize): void {
  deleteKey(2, entry);
  root.dirty++;
  keyTouched(2);
  notifyArg(NOTIFY_GENERIC, "del", 2);
}
