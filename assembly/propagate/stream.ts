/**
 * stream: effects on their way out. Each write command leaves its deterministic form here as RESP, which AOF and
 * replicas both read; the host empties the stream after each call. While neither is on (root.propagating = 0) it
 * costs one test.
 *
 * A command propagates as it came, unless it says otherwise while it runs: propagateNothing(), or one or more
 * rewritten commands (propagateBegin, propagateText / Bytes / Integer, …). `SELECT` is put in where the database
 * changes.
 */
import { realloc } from "../memory/allocator.ts";
import { copyBytes, putText } from "../memory/bytes.ts";
import { root } from "../root.ts";
import { databaseId } from "../keyspace/keyspace.ts";
import { formatI64 } from "../resp/numbers/integer.ts";

// @ts-ignore: decorator
@inline
export const PROPAGATE_AS_IS: u32 = 0;
// @ts-ignore: decorator
@inline
export const PROPAGATE_DONE: u32 = 1;

// root.streamDepth: 0, or a transaction (EXEC, a script, a command that leaves several) has got no command yet, one, or more.
const TRANSACTION_OPEN: u32 = 1;
const TRANSACTION_ONE: u32 = 2;
const TRANSACTION_MORE: u32 = 3;

/** Bytes of MULTI, at root.streamMark of a transaction that has begun. */
const MULTI_SIZE: u32 = 15;
/** root.streamMark when the host has taken what was there. */
const TAKEN: u32 = u32.MAX_VALUE;

/** The running command changed nothing that others must know, or has said it all itself. */
// @ts-ignore: decorator
@inline
export function propagateNothing(): void {
  root.propagateMode = PROPAGATE_DONE;
}

/** Whether rewritten forms are wanted: skip building them where not. */
// @ts-ignore: decorator
@inline
export function propagating(): bool {
  return root.propagating != 0;
}

/**
 * Begins a command in place of (or beside) the running one; exactly `argc` arguments must follow. May be called
 * several times in a command. Call only if propagating().
 */
export function propagateBegin(argc: u32): void {
  root.propagateMode = PROPAGATE_DONE;
  selectDatabase(databaseId(root.db));
  if (root.streamDepth == TRANSACTION_OPEN) {
    root.streamDepth = TRANSACTION_ONE;
    root.streamMark = root.streamUsed;
    header(0x2a, 1);
    propagateText("MULTI");
  } else if (root.streamDepth == TRANSACTION_ONE) {
    root.streamDepth = TRANSACTION_MORE;
  }
  header(0x2a, argc);
}

export function propagateText(text: string): void {
  const len: u32 = text.length;
  header(0x24, len);
  if (!reserve(len + 2)) return;
  const at = root.streamPtr + root.streamUsed;
  putText(at, text);
  store<u16>(at + len, 0x0a0d);
  root.streamUsed += len + 2;
}

export function propagateBytes(ptr: usize, len: u32): void {
  header(0x24, len);
  if (!reserve(len + 2)) return;
  const at = root.streamPtr + root.streamUsed;
  copyBytes(at, ptr, len);
  store<u16>(at + len, 0x0a0d);
  root.streamUsed += len + 2;
}

/** An argument of the running command as it came. */
export function propagateArgument(i: u32): void {
  propagateBytes(load<u32>(root.argv + (i << 3)), load<u32>(root.argv + (i << 3), 4));
}

export function propagateInteger(value: i64): void {
  if (!reserve(64)) return;
  // digits first, behind the room for the header
  const at = root.streamPtr + root.streamUsed;
  const len = formatI64(value, at + 32);
  header(0x24, len);
  const to = root.streamPtr + root.streamUsed;
  memory.copy(to, at + 32, len);
  store<u16>(to + len, 0x0a0d);
  root.streamUsed += len + 2;
}

/** Appends the running command as it came. */
export function propagateArguments(): void {
  propagateBegin(root.argc);
  for (let i: u32 = 0; i < root.argc; i++) propagateArgument(i);
}

/** The commands that follow are one transaction: MULTI is put before the first of them, if there is one. */
export function propagateTransactionBegin(): void {
  root.streamDepth = TRANSACTION_OPEN;
}

/** One command alone needs no MULTI; it goes again, unless the host has taken it already. */
export function propagateTransactionEnd(): void {
  const depth = root.streamDepth;
  root.streamDepth = 0;
  if (depth <= TRANSACTION_OPEN) return;
  if (depth == TRANSACTION_ONE && root.streamMark != TAKEN) {
    const multi = root.streamPtr + root.streamMark;
    root.streamUsed -= MULTI_SIZE;
    memory.copy(multi, multi + MULTI_SIZE, root.streamUsed - root.streamMark);
  } else {
    header(0x2a, 1);
    propagateText("EXEC");
  }
}

/** The host has taken what was there. */
export function propagationTaken(): void {
  root.streamUsed = 0;
  root.streamMark = TAKEN;
}

/** Who reads the stream from here on knows no database: the next command begins with SELECT. */
export function propagationRestarted(): void {
  root.streamDb = -1;
}

/**
 * The running command may leave several commands, which are one transaction then, unless it is within one.
 * @returns what propagateSeveralEnd wants
 */
export function propagateSeveralBegin(): bool {
  if (!root.propagating || root.streamDepth) return false;
  propagateTransactionBegin();
  return true;
}

export function propagateSeveralEnd(begun: bool): void {
  if (begun) propagateTransactionEnd();
}

function selectDatabase(id: u32): void {
  if (root.streamDb == <i32>id) return;
  root.streamDb = <i32>id;
  header(0x2a, 2);
  propagateText("SELECT");
  propagateInteger(id);
}

function header(type: u8, n: u32): void {
  if (!reserve(32)) return;
  const at = root.streamPtr + root.streamUsed;
  store<u8>(at, type);
  const len = formatI64(n, at + 1);
  store<u16>(at + 1 + len, 0x0a0d);
  root.streamUsed += len + 3;
}

function reserve(n: u32): bool {
  if (root.streamUsed + n <= root.streamCapacity) return true;
  const capacity = max(root.streamCapacity << 1, root.streamUsed + n + 4096);
  const grown = realloc(root.streamPtr, capacity);
  if (!grown) return false;
  root.streamPtr = grown;
  root.streamCapacity = capacity;
  return true;
}
