/**
 * LMOVE source destination LEFT | RIGHT LEFT | RIGHT, RPOPLPUSH source destination, and the forms that wait for an element:
 * BLMOVE … timeout, BRPOPLPUSH … timeout. https://redis.io/commands/lmove
 */
import { blockingTimeoutSeconds, blockOnKeys } from "../../keyspace/blocking.ts";
import { NOTIFY_LIST } from "../../keyspace/events.ts";
import {
  CALL_DENY_BLOCKING,
  createKey,
  keyTouched,
  lookupWriteTyped,
  notifyArg,
  WRONG_TYPE,
} from "../../keyspace/lookup.ts";
import { alloc, free } from "../../memory/allocator.ts";
import { copyBytes } from "../../memory/bytes.ts";
import { DIGITS } from "../../memory/map.ts";
import { propagateBegin, propagateBytes, propagateText, propagating } from "../../propagate/stream.ts";
import { argIs, argLen, argPtr } from "../../resp/args.ts";
import { errorOutOfMemory, errorSyntax } from "../../resp/errors.ts";
import { formatI64 } from "../../resp/numbers/integer.ts";
import { replyBulk, replyDiscard, replyNull } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { TYPE_LIST } from "../../types/ids.ts";
import {
  listCanRotate,
  listClose,
  listCreate,
  listFree,
  listGrow,
  listOpen,
  listPeek,
  listPop,
  listPush,
  listRef,
  PEEK_INTEGER,
  PEEK_NO_MEMORY,
} from "../../types/list.ts";
import { elementsRemoved } from "./lpop.ts";

export function lmove(): void {
  const from = argSide(3);
  const to = from < 0 ? -1 : argSide(4);
  if (to < 0) return errorSyntax();
  moveIfThere(from != 0, to != 0);
}

export function rpoplpush(): void {
  moveIfThere(true, false);
}

export function blmove(): void {
  const from = argSide(3);
  const to = from < 0 ? -1 : argSide(4);
  if (to < 0) return errorSyntax();
  if (!blockingTimeoutSeconds(5) || !moveOrBlock(from != 0, to != 0) || !propagating()) return;
  propagateBegin(5);
  propagateText("LMOVE");
  for (let i: u32 = 1; i < 5; i++) propagateBytes(argPtr(i), argLen(i));
}

export function brpoplpush(): void {
  if (!blockingTimeoutSeconds(3) || !moveOrBlock(true, false) || !propagating()) return;
  propagateBegin(3);
  propagateText("RPOPLPUSH");
  propagateBytes(argPtr(1), argLen(1));
  propagateBytes(argPtr(2), argLen(2));
}

/** Argument `i` as LEFT (0) or RIGHT (1); −1 = neither. */
export function argSide(i: u32): i32 {
  return argIs(i, "LEFT") ? 0 : argIs(i, "RIGHT") ? 1 : -1;
}

function moveIfThere(fromTail: bool, toTail: bool): void {
  const source = lookupWriteTyped(1, TYPE_LIST);
  if (source == WRONG_TYPE) return;
  if (source) move(source, fromTail, toTail);
  else replyNull();
}

/** @returns whether an element was moved */
function moveOrBlock(fromTail: bool, toTail: bool): bool {
  const source = lookupWriteTyped(1, TYPE_LIST);
  if (source == WRONG_TYPE) return false;
  if (source) return move(source, fromTail, toTail);
  if (root.callFlags & CALL_DENY_BLOCKING) replyNull();
  else blockOnKeys(1, 1, 1);
  return false;
}

/** Moves an element of the list at argument 1 to that at argument 2 and replies it. @returns false = it could not, and why is replied */
function move(source: usize, fromTail: bool, toTail: bool): bool {
  const destination = lookupWriteTyped(2, TYPE_LIST);
  if (destination == WRONG_TYPE) return false;
  const from = listRef(0);
  listOpen(from, source);
  const kind = listPeek(from.value, from.encoding, fromTail);
  let ptr = root.outPtr;
  let len = root.outLen;
  if (kind == PEEK_INTEGER) {
    ptr = DIGITS;
    len = formatI64(root.outI64, DIGITS);
  }
  if (kind != PEEK_NO_MEMORY) replyBulk(ptr, len);
  if (root.replyFailed) return false;
  // An element that is kept as an integer counts nothing when the destination's growth is reckoned: as Redis has it.
  const reckoned = kind == PEEK_INTEGER ? 0 : len;
  const moved =
    kind != PEEK_NO_MEMORY &&
    (source == destination
      ? rotate(fromTail, toTail, ptr, len, reckoned)
      : pushTo(destination, toTail, ptr, len, reckoned));
  if (!moved) {
    replyDiscard();
    errorOutOfMemory();
    return false;
  }
  keyTouched(2);
  notifyArg(NOTIFY_LIST, toTail ? "rpush" : "lpush", 2);
  if (source != destination) listPop(from, fromTail);
  elementsRemoved(1, source, from, fromTail, 1);
  return true;
}

/** Pushes to the list of entry `destination`, or to a new one at argument 2. @returns false = out of memory, nothing changed */
function pushTo(destination: usize, tail: bool, ptr: usize, len: u32, reckoned: u32): bool {
  const to = listRef(1);
  if (destination) {
    listOpen(to, destination);
    const pushed = listGrow(to, reckoned, 1) && listPush(to, ptr, len, tail);
    listClose(to, destination);
    return pushed;
  }
  if (!listCreate(to)) return false;
  if (
    listGrow(to, reckoned, 1) &&
    listPush(to, ptr, len, tail) &&
    createKey(2, TYPE_LIST, to.encoding, to.value)
  ) {
    return true;
  }
  listFree(to.value, to.encoding);
  return false;
}

/** Pops from one end of listRef(0) and pushes to the other, or the same. @returns false = out of memory, nothing changed */
function rotate(fromTail: bool, toTail: bool, ptr: usize, len: u32, reckoned: u32): bool {
  const list = listRef(0);
  const copy = alloc(max(len, 1));
  if (!copy) return false;
  copyBytes(copy, ptr, len);
  const possible = listCanRotate(len);
  if (possible) {
    listPop(list, fromTail);
    listGrow(list, reckoned, 1);
    const pushed = listPush(list, copy, len, toTail);
    assert(pushed, "no memory to put a popped element back, though there was enough");
  }
  free(copy);
  return possible;
}
