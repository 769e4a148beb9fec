/**
 * call: one command that is split already: embedded use, scripts, EXEC, blocked clients served, replay of an AOF.
 *
 * May be used while a batch is stopped (a host command runs): it keeps what the batch needs and gives it back.
 */
import { CLIENT_NO_TOUCH, Client } from "./client.ts";
import { debugCommand } from "./commands/server/debug.ts";
import { checkCommand, runOrQueue, STATUS_DONE, STATUS_HOST_COMMAND } from "./execute.ts";
import { CMD_CONTAINER, CMD_PLANNED, commandFlags, subcommandLookup } from "./generated/commands.ts";
import { CALL_DEBUG, CALL_NO_TOUCH } from "./keyspace/lookup.ts";
import { databaseAt } from "./keyspace/keyspace.ts";
import { alloc, free, usableSize } from "./memory/allocator.ts";
import { commandNamed } from "./renames.ts";
import { replyBegin, replyFinish } from "./resp/reply.ts";
import { root } from "./root.ts";

/**
 * An area of at least `size` bytes for the next call: the host lays `argc` pairs (address, length) and the bytes there.
 * @returns its address, valid until the next callReserve; 0 = out of memory
 */
export function callReserve(size: u32): usize {
  if (size > root.callBufferSize) {
    const grown = alloc(max(size, 65536));
    if (!grown) return 0;
    if (root.callBuffer) free(root.callBuffer);
    root.callBuffer = grown;
    root.callBufferSize = <u32>usableSize(grown);
  }
  return root.callBuffer;
}

/** The command that argv names: a subcommand's number where there is one; -1 = none. */
export function callLookup(argv: usize, argc: u32): i32 {
  const id = commandNamed(load<u32>(argv), load<u32>(argv, 4));
  if (id < 0 || argc < 2 || !(commandFlags(id) & CMD_CONTAINER)) return id;
  const sub = subcommandLookup(id, load<u32>(argv, 8), load<u32>(argv, 12));
  return sub >= 0 ? sub : id;
}

/**
 * Runs argv for a client and appends the reply to the reply buffer.
 * @param flags  CALL_*, added to the client's own
 * @returns STATUS_DONE, STATUS_HOST_COMMAND (root.detail is the command's id) or STATUS_BLOCK
 */
export function callCommand(at: usize, argv: usize, argc: u32, flags: u32): u32 {
  const savedArgc = root.argc;
  const savedArgv = root.argv;
  const savedId = root.commandId;
  const savedHash = root.keyHash;
  const savedHashed = root.hashedArg;
  const savedBig = root.bigArg;
  const savedMark = root.replyMark;
  const savedClient = root.client;
  const savedDb = root.db;
  const savedResp = root.resp;
  const savedFlags = root.callFlags;
  const savedInterrupt = root.interrupt;

  const client = changetype<Client>(at);
  root.client = at;
  root.db = databaseAt(client.db);
  root.resp = client.resp;
  root.callFlags = flags | (client.flags & CLIENT_NO_TOUCH ? CALL_NO_TOUCH : 0);
  root.argc = argc;
  root.argv = argv;
  root.hashedArg = 0xffffffff;
  root.bigArg = 0;
  root.interrupt = 0;
  replyBegin();
  const id = callLookup(argv, argc);
  root.commandId = id;
  const commandBits: u32 = id >= 0 ? commandFlags(id) : CMD_PLANNED;
  let status: u32 = STATUS_DONE;
  if (flags & CALL_DEBUG) status = runDebug();
  else if (checkCommand(id, commandBits)) status = runOrQueue(client, id, commandBits);

  root.detail = <u32>id; // for the host, where the command is its own
  root.interrupt |= savedInterrupt;
  root.argc = savedArgc;
  root.argv = savedArgv;
  root.commandId = savedId;
  root.keyHash = savedHash;
  root.hashedArg = savedHashed;
  root.bigArg = savedBig;
  root.replyMark = savedMark;
  root.client = savedClient;
  // SELECT may have moved the very client whose batch is stopped.
  root.db = savedClient == at ? databaseAt(client.db) : savedDb;
  root.resp = savedClient == at ? client.resp : savedResp;
  root.callFlags = savedFlags;
  return status;
}

/** DEBUG's own subcommands of the engine; STATUS_HOST_COMMAND = it has none of this name. */
function runDebug(): u32 {
  if (!debugCommand()) return STATUS_HOST_COMMAND;
  replyFinish();
  return STATUS_DONE;
}
