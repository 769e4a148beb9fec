/**
 * BITFIELD key [GET type offset | [OVERFLOW WRAP | SAT | FAIL] SET type offset value | INCRBY type offset increment …],
 * and BITFIELD_RO, which knows GET alone. https://redis.io/commands/bitfield
 *
 * The operations are read twice: first all of them are checked, and what must be there to write is found; then each is done
 * as it is read. So there is no list of them to keep.
 */
import { NOTIFY_STRING } from "../../keyspace/events.ts";
import {
  keyTouched,
  lookupReadTyped,
  lookupWriteTyped,
  notifyArg,
  WRONG_TYPE,
} from "../../keyspace/lookup.ts";
import { argInteger, argIs, argLen, argPtr } from "../../resp/args.ts";
import { errorNotInteger, errorSyntax } from "../../resp/errors.ts";
import { parseI64 } from "../../resp/numbers/integer.ts";
import { replyArray, replyError, replyInteger, replyNull } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { bitsRead, bitsWrite } from "../../structures/bits.ts";
import { TYPE_STRING } from "../../types/ids.ts";
import { parseBitOffset } from "./bit-offset.ts";
import { bitsForWriting, bitsOf } from "./bit-string.ts";

// What an operation is; OVERFLOW only says what those after it do.
const GET: u32 = 0;
const SET: u32 = 1;
const INCRBY: u32 = 2;
const OVERFLOW: u32 = 3;
const UNKNOWN: u32 = 4;

// What happens to a value that does not fit.
const WRAP: u32 = 0;
const SAT: u32 = 1;
const FAIL: u32 = 2;

export function bitfield(): void {
  execute(false);
}

export function bitfieldRo(): void {
  execute(true);
}

function execute(onlyReads: bool): void {
  if (!checkOperations()) return;
  const count = root.scratch1;
  const lastBit = root.scratchI64;
  const writes = lastBit >= 0;
  if (writes && onlyReads) return replyError("ERR BITFIELD_RO only supports the GET subcommand");
  const entry = writes ? lookupWriteTyped(1, TYPE_STRING) : lookupReadTyped(1, TYPE_STRING);
  if (entry == WRONG_TYPE) return;
  if (writes) {
    if (!bitsForWriting(entry, <u64>lastBit)) return;
  } else {
    bitsOf(entry);
  }
  const grew = writes && root.scratch0 != 0;
  replyArray(count);
  const changes = runOperations(root.outPtr, root.outLen, grew);
  if (changes) notifyArg(NOTIFY_STRING, "setbit", 1);
  // Grown though nothing was written (OVERFLOW FAIL) is a change too: whoever watches or replicates must have it.
  if (changes || grew) {
    root.dirty += max<u32>(changes, 1);
    keyTouched(1);
  }
}

/**
 * Checks all operations: their number is in root.scratch1, the last bit that is written in root.scratchI64 (−1 = none).
 * @returns false = an error is replied
 */
function checkOperations(): bool {
  let count: u32 = 0;
  let lastBit: i64 = -1;
  let i: u32 = 2;
  while (i < root.argc) {
    const op = operationAt(i);
    if (op == UNKNOWN || i + argumentsOf(op) >= root.argc) return syntaxError();
    if (op == OVERFLOW) {
      if (overflowAt(i + 1) == UNKNOWN) return badOverflow();
    } else {
      if (!parseType(i + 1)) return badType();
      const width = root.scratch0 & 127;
      if (!parseBitOffset(i + 2, width)) return false;
      const offset = root.outI64;
      if (op != GET) {
        lastBit = max<i64>(lastBit, offset + width - 1);
        if (!argInteger(i + 3)) return notInteger();
      }
      count++;
    }
    i += argumentsOf(op) + 1;
  }
  root.scratch1 = count;
  root.scratchI64 = lastBit;
  return true;
}

function syntaxError(): bool {
  errorSyntax();
  return false;
}

function badOverflow(): bool {
  replyError("ERR Invalid OVERFLOW type specified");
  return false;
}

function badType(): bool {
  replyError(
    "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.",
  );
  return false;
}

function notInteger(): bool {
  errorNotInteger();
  return false;
}

function operationAt(i: u32): u32 {
  if (argIs(i, "GET")) return GET;
  if (argIs(i, "SET")) return SET;
  if (argIs(i, "INCRBY")) return INCRBY;
  return argIs(i, "OVERFLOW") ? OVERFLOW : UNKNOWN;
}

/** Arguments behind the operation's name. */
function argumentsOf(op: u32): u32 {
  return op == GET ? 2 : op == OVERFLOW ? 1 : 3;
}

function overflowAt(i: u32): u32 {
  if (argIs(i, "WRAP")) return WRAP;
  if (argIs(i, "SAT")) return SAT;
  return argIs(i, "FAIL") ? FAIL : UNKNOWN;
}

/** Reads "i16", "u8": the width is in root.scratch0, + 128 if signed. @returns false = it is no such type */
function parseType(i: u32): bool {
  const ptr = argPtr(i);
  if (!argLen(i)) return false;
  const signed = load<u8>(ptr) == 0x69; // i
  if (!signed && load<u8>(ptr) != 0x75) return false; // u
  if (!parseI64(ptr + 1, argLen(i) - 1)) return false;
  const width = root.outI64;
  if (width < 1 || width > (signed ? 64 : 63)) return false;
  root.scratch0 = (<u32>width) | (signed ? 128 : 0);
  return true;
}

/**
 * Does all operations, which have been checked, and replies to each.
 * @param grew  the string was made or grew for this, which makes every write a change     @returns changes
 */
function runOperations(bytes: usize, len: u32, grew: bool): u32 {
  let changes: u32 = 0;
  let overflow = WRAP;
  let i: u32 = 2;
  while (i < root.argc) {
    const op = operationAt(i);
    if (op == OVERFLOW) {
      overflow = overflowAt(i + 1);
      i += 2;
      continue;
    }
    parseType(i + 1);
    const width = root.scratch0 & 127;
    const signed = root.scratch0 > 127;
    parseBitOffset(i + 2, width);
    const offset = <u64>root.outI64;
    const old = fieldRead(bytes, len, offset, width, signed);
    if (op == GET) {
      replyInteger(old);
      i += 3;
      continue;
    }
    argInteger(i + 3);
    // SET is an increment of nothing from the new value on.
    const base = op == SET ? root.outI64 : old;
    const fits = addToField(base, op == SET ? 0 : root.outI64, width, signed, overflow);
    if (fits) {
      const value = root.outI64;
      replyInteger(op == SET ? old : value);
      bitsWrite(bytes, offset, width, <u64>value);
      if (grew || value != old) changes++;
    } else {
      replyNull();
    }
    i += 4;
  }
  return changes;
}

function fieldRead(bytes: usize, len: u32, offset: u64, width: u32, signed: bool): i64 {
  const raw = bitsRead(bytes, len, offset, width);
  if (!signed) return <i64>raw;
  const unused = <u64>(64 - width);
  return (<i64>(raw << unused)) >> unused;
}

/**
 * value + amount as a field of this type; the sum is in root.outI64.
 * @returns false = it does not fit, and `overflow` is FAIL
 */
function addToField(value: i64, amount: i64, width: u32, signed: bool, overflow: u32): bool {
  const over = signed ? signedOverflow(value, amount, width) : unsignedOverflow(<u64>value, amount, width);
  const sum = value + amount;
  const unused = <u64>(64 - width);
  if (!over || overflow == WRAP) {
    const kept = (<u64>sum) << unused;
    root.outI64 = signed ? (<i64>kept) >> unused : <i64>(kept >> unused);
    return true;
  }
  if (overflow == FAIL) return false;
  const highest = signed ? (<u64>i64.MAX_VALUE) >> unused : (<u64>-1) >> unused;
  root.outI64 = over > 0 ? <i64>highest : signed ? -(<i64>highest) - 1 : 0;
  return true;
}

/**
 * Whether the sum is above (1) or below (−1) what `width` bits hold, sign included; 0 = it fits. The room on both sides may
 * wrap around for a SET far out of range, as in Redis: such a value below the lowest then counts as above the highest.
 */
function signedOverflow(value: i64, amount: i64, width: u32): i32 {
  const highest = i64.MAX_VALUE >> (64 - width);
  const lowest = -highest - 1;
  const above = highest - value;
  const below = lowest - value;
  if (value > highest || (width < 64 && amount > above) || (value >= 0 && amount > 0 && amount > above))
    return 1;
  if (value < lowest || (width < 64 && amount < below) || (value < 0 && amount < 0 && amount < below))
    return -1;
  return 0;
}

/** As signedOverflow, of fields without a sign (at most 63 bits). A negative `value` counts as a huge one. */
function unsignedOverflow(value: u64, amount: i64, width: u32): i32 {
  const highest = (<u64>-1) >> (64 - width);
  if (value > highest) return 1;
  if (amount > 0 && <u64>amount > highest - value) return 1;
  return amount < 0 && 0 - <u64>amount > value ? -1 : 0;
}
