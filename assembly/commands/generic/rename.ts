/** RENAME key newkey, RENAMENX. https://redis.io/commands/rename */
import { NOTIFY_GENERIC } from "../../keyspace/events.ts";
import { findArg, keyTouched, lookupWrite, notifyArg, renameEntry } from "../../keyspace/lookup.ts";
import { equalBytes } from "../../memory/bytes.ts";
import { argHash, argLen, argPtr } from "../../resp/args.ts";
import { errorNoSuchKey, errorOutOfMemory } from "../../resp/errors.ts";
import { replyInteger, replyOk } from "../../resp/reply.ts";
import { root } from "../../root.ts";

export function rename(): void {
  renameGeneric(false);
}

export function renamenx(): void {
  renameGeneric(true);
}

function renameGeneric(onlyIfFree: bool): void {
  const entry = lookupWrite(1);
  if (!entry) return errorNoSuchKey();
  if (argLen(1) == argLen(2) && equalBytes(argPtr(1), argPtr(2), argLen(1))) return reply(onlyIfFree, false);
  const target = findArg(2);
  if (target && onlyIfFree) return reply(onlyIfFree, false);
  if (!renameEntry(argHash(1), entry, argHash(2), argPtr(2), argLen(2), target)) return errorOutOfMemory();
  keyTouched(1);
  keyTouched(2);
  notifyArg(NOTIFY_GENERIC, "rename_from", 1);
  notifyArg(NOTIFY_GENERIC, "rename_to", 2);
  root.dirty++;
  reply(onlyIfFree, true);
}

function reply(onlyIfFree: bool, renamed: bool): void {
  if (onlyIfFree) replyInteger(renamed ? 1 : 0);
  else replyOk();
}
