/** FLUSHDB, FLUSHALL [ASYNC | SYNC]. https://redis.io/commands/flushall */
import { emit, EVENT_FLUSHED, WATCHING_FLUSHES, WATCHING_TRACKING } from "../../keyspace/events.ts";
import { databaseFlush } from "../../keyspace/flush.ts";
import { databaseAt } from "../../keyspace/keyspace.ts";
import { propagateArguments, propagating } from "../../propagate/stream.ts";
import { argIs } from "../../resp/args.ts";
import { errorSyntax } from "../../resp/errors.ts";
import { replyOk } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { SETTING_LAZYFREE_LAZY_USER_FLUSH, setting } from "../../settings.ts";

const SYNC: i32 = 0;
const ASYNC: i32 = 1;
const UNKNOWN: i32 = -1;

// Classes of EVENT_FLUSHED.
const ONE: u32 = 0;
const ALL: u32 = 1;

export function flushdb(): void {
  const mode = parseMode();
  if (mode == UNKNOWN) return errorSyntax();
  root.dirty += databaseFlush(root.db, mode == ASYNC);
  flushed(ONE);
}

export function flushall(): void {
  const mode = parseMode();
  if (mode == UNKNOWN) return errorSyntax();
  for (let i: u32 = 0; i < root.databaseCount; i++) root.dirty += databaseFlush(databaseAt(i), mode == ASYNC);
  root.dirty++;
  flushed(ALL);
}

function parseMode(): i32 {
  if (root.argc == 1) return setting(SETTING_LAZYFREE_LAZY_USER_FLUSH) != 0 ? ASYNC : SYNC;
  if (root.argc == 2 && argIs(1, "ASYNC")) return ASYNC;
  if (root.argc == 2 && argIs(1, "SYNC")) return SYNC;
  return UNKNOWN;
}

/** What others must know; also where there was nothing, for a replica may have keys that have expired here. */
function flushed(what: u32): void {
  if (propagating()) propagateArguments();
  const wanted = what == ALL ? WATCHING_TRACKING | WATCHING_FLUSHES : WATCHING_TRACKING;
  if (root.watching & wanted) emit(EVENT_FLUSHED, what, root.db, "", 0, 0);
  replyOk();
}
