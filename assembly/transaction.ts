/**
 * transaction: MULTI … EXEC. Commands queue in linear memory and EXEC runs them without leaving the engine, but for
 * commands that the host must answer: then EXEC stands still, and goes on with resume.
 *
 * Queued command (one block): 0 next · 4 id · 8 argc · 12 zero · 16 argc × (address, length) · the arguments' bytes
 */
import {
  Client,
  CLIENT_DIRTY_CAS,
  CLIENT_DIRTY_EXEC,
  CLIENT_EXECUTING,
  CLIENT_GATED,
  CLIENT_MULTI,
  CLIENT_REPLY_OFF,
  CLIENT_REPLY_SKIP,
} from "./client.ts";
import { runCommand, STATUS_DONE, STATUS_GATE, STATUS_HOST_COMMAND, STATUS_INTERRUPT } from "./execute.ts";
import { CMD_DENYOOM, commandFirstKey, commandFlags } from "./generated/commands.ts";
import { hashBytes } from "./hashing/siphash.ts";
import { memoryAllows } from "./keyspace/evict.ts";
import { CALL_DENY_BLOCKING } from "./keyspace/lookup.ts";
import { unwatchAll, watchedKeyExpired } from "./keyspace/watch.ts";
import { allocWords, free } from "./memory/allocator.ts";
import { copyBytes } from "./memory/bytes.ts";
import { isPermitted } from "./permissions.ts";
import { propagateTransactionBegin, propagateTransactionEnd } from "./propagate/stream.ts";
import { errorOutOfMemory } from "./resp/errors.ts";
import {
  replyArray,
  replyBegin,
  replyDiscard,
  replyError,
  replyNullArray,
  replyStatus,
} from "./resp/reply.ts";
import { root } from "./root.ts";

@unmanaged
class Queued {
  next: usize;
  id: i32;
  argc: u32;
  zero: u32;
}
// @ts-ignore: decorator
@inline
const QUEUED_ARGV: usize = 16;
if (offsetof<Queued>() != QUEUED_ARGV) ERROR("Queued is not 16 bytes: mend its table");

/** Puts the running command (root.argv) in the client's queue and replies so. O(bytes) */
export function transactionQueue(client: Client): void {
  const argc = root.argc;
  let size: usize = QUEUED_ARGV + (argc << 3);
  for (let i: u32 = 0; i < argc; i++) size += load<u32>(root.argv + (i << 3), 4);
  const queued = changetype<Queued>(allocWords(size));
  if (!changetype<usize>(queued)) {
    client.flags |= CLIENT_DIRTY_EXEC;
    return errorOutOfMemory();
  }
  queued.next = 0;
  queued.id = root.commandId;
  queued.argc = argc;
  queued.zero = 0;
  let pair = changetype<usize>(queued) + QUEUED_ARGV;
  let at = pair + (argc << 3);
  for (let i: u32 = 0; i < argc; i++) {
    const len = load<u32>(root.argv + (i << 3), 4);
    copyBytes(at, load<u32>(root.argv + (i << 3)), len);
    store<u32>(pair, at);
    store<u32>(pair, len, 4);
    pair += 8;
    at += len;
  }
  if (client.queueLast) changetype<Queued>(client.queueLast).next = changetype<usize>(queued);
  else client.queue = changetype<usize>(queued);
  client.queueLast = changetype<usize>(queued);
  client.queueCount++;
  replyStatus("QUEUED");
}

/** Drops the queue, the bets and every flag of a transaction. O(commands + watches) */
export function transactionDiscard(client: Client): void {
  let at = client.queue;
  while (at) {
    const next = changetype<Queued>(at).next;
    free(at);
    at = next;
  }
  client.queue = 0;
  client.queueLast = 0;
  client.queueNext = 0;
  client.queueCount = 0;
  client.flags &= ~(CLIENT_MULTI | CLIENT_DIRTY_EXEC | CLIENT_DIRTY_CAS | CLIENT_EXECUTING);
  unwatchAll(client);
}

/** EXEC: refuses, or makes ready to run the queue, which transactionRun then does (the client is EXECUTING). */
export function transactionBegin(client: Client): void {
  if (!(client.flags & CLIENT_MULTI)) return replyError("ERR EXEC without MULTI");
  if (root.usedMemory > root.memoryLimit && needsMemory(client) && !memoryAllows()) {
    transactionDiscard(client);
    return replyError(
      "EXECABORT Transaction discarded because of: OOM command not allowed when used memory > 'maxmemory'.",
    );
  }
  if (client.flags & CLIENT_DIRTY_EXEC) {
    transactionDiscard(client);
    return replyError("EXECABORT Transaction discarded because of previous errors.");
  }
  if (client.flags & CLIENT_DIRTY_CAS || watchedKeyExpired(client)) {
    transactionDiscard(client);
    return replyNullArray();
  }
  unwatchAll(client);
  client.flags = (client.flags & ~CLIENT_MULTI) | CLIENT_EXECUTING;
  client.queueNext = client.queue;
  replyArray(client.queueCount);
  transactionMute(client);
  propagateTransactionBegin();
}

/** Whether a queued command is one that is refused where memory is short. EXEC is refused then, and none of them later. */
function needsMemory(client: Client): bool {
  for (let at = client.queue; at; at = changetype<Queued>(at).next) {
    if (commandFlags(changetype<Queued>(at).id) & CMD_DENYOOM) return true;
  }
  return false;
}

/** CLIENT REPLY: what EXEC, or the command that it has run last, has written is not for the client. */
export function transactionMute(client: Client): void {
  if (client.flags & (CLIENT_REPLY_OFF | CLIENT_REPLY_SKIP)) replyDiscard();
}

/**
 * Runs the queue from where it stands. The ready keys of blocked clients wait until all is done.
 * @returns STATUS_HOST_COMMAND, STATUS_GATE (resume goes on), STATUS_INTERRUPT or STATUS_DONE
 */
export function transactionRun(client: Client): u32 {
  root.callFlags |= CALL_DENY_BLOCKING;
  while (client.queueNext) {
    const queued = changetype<Queued>(client.queueNext);
    client.queueNext = queued.next;
    const argv = changetype<usize>(queued) + QUEUED_ARGV;
    root.argc = queued.argc;
    root.argv = argv;
    root.commandId = queued.id;
    root.bigArg = 0;
    root.hashedArg = 0xffffffff;
    const keyArg = <u32>commandFirstKey(queued.id);
    if (keyArg && keyArg < queued.argc) {
      root.hashedArg = keyArg;
      root.keyHash = hashBytes(load<u32>(argv + (keyArg << 3)), load<u32>(argv + (keyArg << 3), 4));
    }
    // What was allowed when it was queued may not be any more, and who listens hears of it now.
    if (client.flags & CLIENT_GATED && !isPermitted(client, queued.id)) return STATUS_GATE;
    if (transactionProceed() == STATUS_HOST_COMMAND) return STATUS_HOST_COMMAND;
    transactionMute(client);
  }
  root.callFlags &= ~CALL_DENY_BLOCKING;
  propagateTransactionEnd();
  transactionDiscard(client);
  return root.interrupt ? STATUS_INTERRUPT : STATUS_DONE;
}

/** Runs the queued command that transactionRun has laid out. @returns STATUS_HOST_COMMAND or STATUS_DONE */
export function transactionProceed(): u32 {
  root.callFlags |= CALL_DENY_BLOCKING;
  replyBegin();
  const status = runCommand(root.commandId, commandFlags(root.commandId));
  return status == STATUS_HOST_COMMAND ? STATUS_HOST_COMMAND : STATUS_DONE;
}
