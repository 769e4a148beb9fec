/**
 * events: what happens to keys, on its way to those who watch: keyspace notifications, WATCH, client tracking,
 * blocked clients. Nobody watching costs one test of a word in the root block.
 *
 * Event buffer (root.eventsPtr, root.eventsUsed bytes; the host empties it after each call)
 *   offset  size  field   meaning
 *        0     4  size    bytes of this event, a multiple of 4
 *        4     4  kind    EVENT_*
 *        8     4  db      number of the database
 *       12     4  class   notification: NOTIFY_* class; ready key: TYPE_* or READY_GONE; read: address of the client; else 0
 *       16     4  nameLen bytes of the event's name
 *       20     4  keyLen  bytes of the key
 *       24     n  name    then the key, then zeros
 *
 * In the place of the key EVENT_READ has the command: its id, argc, the length of each argument (4 bytes each), and the
 * arguments one behind the other. The host knows which of them are keys.
 */
import { root } from "../root.ts";
import { realloc } from "../memory/allocator.ts";
import { copyBytes, putText } from "../memory/bytes.ts";
import { databaseId } from "./keyspace.ts";
import { watchedKeyTouched } from "./watch.ts";

/** Notification for PUBLISH of __keyspace@… / __keyevent@…. */
// @ts-ignore: decorator
@inline
export const EVENT_NOTIFY: u32 = 1;
/** A key was changed (client tracking). */
// @ts-ignore: decorator
@inline
export const EVENT_MODIFIED: u32 = 2;
/** A key that blocked clients wait for may now serve them. */
// @ts-ignore: decorator
@inline
export const EVENT_READY: u32 = 3;
/** Its class is the type (TYPE_*) of what may serve, or: a stream has gone, for those who wait for a group of it. */
// @ts-ignore: decorator
@inline
export const READY_GONE: u32 = 0;
/** A database was emptied: tracking clients must forget everything. Its class is 1 where FLUSHALL has emptied all of them. */
// @ts-ignore: decorator
@inline
export const EVENT_FLUSHED: u32 = 4;

/** A client that tracks keys has run a command that reads. */
// @ts-ignore: decorator
@inline
export const EVENT_READ: u32 = 5;
/** A command took long; this event has a layout of its own (slow.ts). */
// @ts-ignore: decorator
@inline
export const EVENT_SLOW: u32 = 6;

// Classes of notify-keyspace-events: Redis' own bits.
// @ts-ignore: decorator
@inline
export const NOTIFY_GENERIC: u32 = 1 << 2; // g
// @ts-ignore: decorator
@inline
export const NOTIFY_STRING: u32 = 1 << 3; // $
// @ts-ignore: decorator
@inline
export const NOTIFY_LIST: u32 = 1 << 4; // l
// @ts-ignore: decorator
@inline
export const NOTIFY_SET: u32 = 1 << 5; // s
// @ts-ignore: decorator
@inline
export const NOTIFY_HASH: u32 = 1 << 6; // h
// @ts-ignore: decorator
@inline
export const NOTIFY_ZSET: u32 = 1 << 7; // z
// @ts-ignore: decorator
@inline
export const NOTIFY_EXPIRED: u32 = 1 << 8; // x
// @ts-ignore: decorator
@inline
export const NOTIFY_EVICTED: u32 = 1 << 9; // e
// @ts-ignore: decorator
@inline
export const NOTIFY_STREAM: u32 = 1 << 10; // t
// @ts-ignore: decorator
@inline
export const NOTIFY_KEY_MISS: u32 = 1 << 11; // m
// @ts-ignore: decorator
@inline
export const NOTIFY_NEW: u32 = 1 << 14; // n

// What root.watching says.
/** Some client has WATCHed keys. */
// @ts-ignore: decorator
@inline
export const WATCHING_WATCH: u32 = 1;
/** Some client tracks keys. */
// @ts-ignore: decorator
@inline
export const WATCHING_TRACKING: u32 = 2;
/** Some client is blocked on keys. */
// @ts-ignore: decorator
@inline
export const WATCHING_BLOCKED: u32 = 4;
/** Some client tracks the keys that it reads. */
// @ts-ignore: decorator
@inline
export const WATCHING_READS: u32 = 8;
/** The host wants to know of FLUSHALL: it saves. */
// @ts-ignore: decorator
@inline
export const WATCHING_FLUSHES: u32 = 16;

/**
 * Tells that something happened to a key of the current database, for keyspace notifications.
 * @param notifyClass  NOTIFY_*     @param name  the event as Redis names it: "set", "expire", "lpush"
 */
// @ts-ignore: decorator
@inline
export function notify(notifyClass: u32, name: string, key: usize, keyLen: u32): void {
  if (root.notifyFlags & notifyClass) emit(EVENT_NOTIFY, notifyClass, root.db, name, key, keyLen);
}

/** Tells that the value of a key of database `db` changed, or the key came or went: for WATCH and tracking. */
// @ts-ignore: decorator
@inline
export function keyModified(db: usize, key: usize, keyLen: u32): void {
  if (root.watching & (WATCHING_WATCH | WATCHING_TRACKING)) modified(db, key, keyLen);
}

function modified(db: usize, key: usize, keyLen: u32): void {
  if (root.watching & WATCHING_WATCH) watchedKeyTouched(db, key, keyLen);
  if (root.watching & WATCHING_TRACKING) emit(EVENT_MODIFIED, 0, db, "", key, keyLen);
}

/** Appends an event; without memory for it the event is lost, as a slow subscriber's would be. */
export function emit(kind: u32, notifyClass: u32, db: usize, name: string, key: usize, keyLen: u32): void {
  const nameLen: u32 = name.length;
  const at = append(kind, notifyClass, db, nameLen, keyLen);
  if (!at) return;
  putText(at, name);
  copyBytes(at + nameLen, key, keyLen);
}

/** Tells which command a client has read keys with. */
export function emitRead(client: usize): void {
  const argc = root.argc;
  let len = 8 + (argc << 2);
  for (let i: u32 = 0; i < argc; i++) len += load<u32>(root.argv + (i << 3), 4);
  let at = append(EVENT_READ, client, root.db, 0, len);
  if (!at) return;
  store<u32>(at, root.commandId);
  store<u32>(at, argc, 4);
  at += 8;
  for (let i: u32 = 0; i < argc; i++) store<u32>(at + (i << 2), load<u32>(root.argv + (i << 3), 4));
  at += argc << 2;
  for (let i: u32 = 0; i < argc; i++) {
    const pair = root.argv + (i << 3);
    copyBytes(at, load<u32>(pair), load<u32>(pair, 4));
    at += load<u32>(pair, 4);
  }
}

/** Room for an event with its head written. @returns where name and key go; 0 = out of memory */
function append(kind: u32, notifyClass: u32, db: usize, nameLen: u32, keyLen: u32): usize {
  const size = (24 + nameLen + keyLen + 3) & ~3;
  const at = eventReserve(size);
  if (!at) return 0;
  store<u32>(at, size);
  store<u32>(at, kind, 4);
  store<u32>(at, databaseId(db), 8);
  store<u32>(at, notifyClass, 12);
  store<u32>(at, nameLen, 16);
  store<u32>(at, keyLen, 20);
  return at + 24;
}

/** Room for an event of `size` bytes, which the caller fills. @returns its address; 0 = out of memory */
export function eventReserve(size: u32): usize {
  if (root.eventsUsed + size > root.eventsCapacity) {
    const capacity = max(root.eventsCapacity << 1, root.eventsUsed + size + 1024);
    const grown = realloc(root.eventsPtr, capacity);
    if (!grown) return 0;
    root.eventsPtr = grown;
    root.eventsCapacity = capacity;
  }
  const at = root.eventsPtr + root.eventsUsed;
  root.eventsUsed += size;
  return at;
}
