/**
 * embedded: how a program in the same process runs commands: by id, on arguments that lie in an area of its own.
 *
 * Beside `call` this saves the look-up of the name and what only scripts need, the keeping of a stopped batch: a program
 * makes its calls while none is stopped. GET has an entry of its own, which hands the value over where it lies.
 */
import { callLookup } from "./call.ts";
import {
  Client,
  CLIENT_DIRTY_EXEC,
  CLIENT_EXECUTING,
  CLIENT_MULTI,
  CLIENT_NO_TOUCH,
  CLIENT_SPECIAL,
} from "./client.ts";
import { checkCommand, COMMAND_STATS_SIZE, runOrQueue, STATUS_DONE } from "./execute.ts";
import {
  CMD_PLANNED,
  commandFlags,
  commandNameLen,
  commandNamePtr,
  commandOwnNameLen,
} from "./generated/commands.ts";
import { hashBytes } from "./hashing/siphash.ts";
import { databaseAt, dbFind } from "./keyspace/keyspace.ts";
import { CALL_DENY_BLOCKING, CALL_NO_TOUCH, entryIsExpired, lookupMissed } from "./keyspace/lookup.ts";
import { entryAccessed } from "./keyspace/lru.ts";
import { replyBegin } from "./resp/reply.ts";
import { root } from "./root.ts";
import { transactionRun } from "./transaction.ts";
import { entryHasExpiry, entryType } from "./types/entry.ts";
import { TYPE_STRING } from "./types/ids.ts";
import { stringRead } from "./types/string.ts";

/** What embeddedGet returns for a missing key; addresses of values are above both. */
// @ts-ignore: decorator
@inline
const GET_MISSING: usize = 0;
/** … where GET must go through embeddedInvoke: another type, or MULTI is open. */
// @ts-ignore: decorator
@inline
const GET_OTHERWISE: usize = 1;
/** … and where the time is needed to tell whether the key is there. */
// @ts-ignore: decorator
@inline
const GET_CLOCK: usize = 2;

/** Instead of a row's number: argument 0 names the command, and argument 1 its subcommand. */
// @ts-ignore: decorator
@inline
const INVOKE_BY_NAME: i32 = -1;
/** Instead of a row's number: on with EXEC, which a host command has interrupted. */
// @ts-ignore: decorator
@inline
const INVOKE_GO_ON: i32 = -2;

/**
 * Runs a command and appends its reply to the reply buffer. It does not block.
 * @param which  a row's number or INVOKE_*     @param argv  table of argc pairs (address, length); with a row's number
 *               those of its name are left free
 * @returns      STATUS_DONE, STATUS_HOST_COMMAND (root.commandId with root.argv) or STATUS_INTERRUPT
 */
export function embeddedInvoke(at: usize, which: i32, argv: usize, argc: u32): u32 {
  const client = changetype<Client>(at);
  root.client = at;
  root.db = databaseAt(client.db);
  root.resp = client.resp;
  root.callFlags = CALL_DENY_BLOCKING | (client.flags & CLIENT_NO_TOUCH ? CALL_NO_TOUCH : 0);
  root.hashedArg = 0xffffffff;
  root.bigArg = 0;
  root.interrupt = 0;
  if (which == INVOKE_GO_ON) return client.flags & CLIENT_EXECUTING ? transactionRun(client) : STATUS_DONE;
  root.argc = argc;
  root.argv = argv;
  let id = which;
  if (id == INVOKE_BY_NAME) id = callLookup(argv, argc);
  else nameArguments(id, argv);
  root.commandId = id;
  replyBegin();
  const flags: u32 = id >= 0 ? commandFlags(id) : CMD_PLANNED;
  if (checkCommand(id, flags)) return runOrQueue(client, id, flags);
  if (client.flags & CLIENT_MULTI) client.flags |= CLIENT_DIRTY_EXEC;
  return STATUS_DONE;
}

/** Argument 0 becomes the command's name; for a subcommand 0 and 1, its container's and its own. */
// @ts-ignore: decorator
@inline
function nameArguments(id: u32, argv: usize): void {
  const name = commandNamePtr(id);
  const len = commandNameLen(id);
  const own = commandOwnNameLen(id);
  if (own == len) {
    store<u32>(argv, <u32>name);
    store<u32>(argv, len, 4);
    return;
  }
  const containerLen = len - own - 1;
  store<u32>(argv, <u32>name);
  store<u32>(argv, containerLen, 4);
  store<u32>(argv, <u32>(name + containerLen + 1), 8);
  store<u32>(argv, own, 12);
}

/**
 * GET without a reply: the value's address, its length in root.detail; or one of GET_*. Valid until the next call into
 * the engine.
 * @param id     GET's number, for its statistics
 * @param exact  whether the clock says the time, or only that of a call shortly before
 */
export function embeddedGet(at: usize, id: u32, key: usize, keyLen: u32, exact: bool): usize {
  const client = changetype<Client>(at);
  if (client.flags & CLIENT_SPECIAL) return GET_OTHERWISE;
  root.client = at;
  root.db = databaseAt(client.db);
  root.callFlags = client.flags & CLIENT_NO_TOUCH ? CALL_NO_TOUCH : 0;
  const entry = dbFind(root.db, hashBytes(key, keyLen), key, keyLen);
  if (entry) {
    if (entryType(entry) != TYPE_STRING) return GET_OTHERWISE;
    if (entryHasExpiry(entry)) {
      if (!exact) return GET_CLOCK;
      if (entryIsExpired(entry)) return GET_OTHERWISE;
    }
    root.statKeyspaceHits++;
    if (!(root.callFlags & CALL_NO_TOUCH)) entryAccessed(entry);
  } else {
    lookupMissed(key, keyLen);
  }
  const stats = root.commandStats + id * COMMAND_STATS_SIZE;
  store<u64>(stats, load<u64>(stats) + 1);
  root.statCommands++;
  if (!entry) return GET_MISSING;
  stringRead(entry);
  root.detail = root.outLen;
  return root.outPtr;
}
