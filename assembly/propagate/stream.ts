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

// root.streamDepth: 0, or within EXEC or a script …
const TRANSACTION_OPEN: u32 = 1;
const TRANSACTION_BEGUN: u32 = 2;
// … or in a command that may leave several others, none of them yet or one, which began at root.streamMark.
const SEVERAL_OPEN: u32 = 3;
const SEVERAL_ONE: u32 = 4;

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
    root.streamDepth = TRANSACTION_BEGUN;
    header(0x2a, 1);
    propagateText("MULTI");
  } else if (root.streamDepth == SEVERAL_OPEN) {
    root.streamDepth = SEVERAL_ONE;
    root.streamMark = root.streamUsed;
  } else if (root.streamDepth == SEVERAL_ONE) {
    beginBehind();
  }
  header(0x2a, argc);
}

/** Puts MULTI in front of the one command that is there since root.streamMark. */
function beginBehind(): void {
  root.streamDepth = TRANSACTION_BEGUN;
  const end = root.streamUsed;
  header(0x2a, 1);
  propagateText("MULTI");
  const multi = root.streamUsed - end;
  if (!reserve(multi)) return;
  const first = root.streamPtr + root.streamMark;
  memory.copy(first + multi, first, root.streamUsed - root.streamMark);
  memory.copy(first, root.streamPtr + end + multi, multi);
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

export function propagateTransactionEnd(): void {
  const begun = root.streamDepth == TRANSACTION_BEGUN;
  root.streamDepth = 0;
  if (begun) {
    header(0x2a, 1);
    propagateText("EXEC");
  }
}

/**
 * The running command may leave several commands, which are one transaction then, unless it is within one.
 * @returns what propagateSeveralEnd wants
 */
export function propagateSeveralBegin(): bool {
  if (!root.propagating || root.streamDepth) return false;
  root.streamDepth = SEVERAL_OPEN;
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
