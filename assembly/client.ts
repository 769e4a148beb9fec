/**
 * client: what the engine keeps of a connection: database, protocol version, flags, and a command that has not
 * arrived whole.
 *
 * Client (128 bytes; the host reads flags, db and resp by offset)
 *   offset  size  field         meaning
 *        0     4  flags         CLIENT_*
 *        4     4  db            number of the selected database
 *        8     4  resp          2 or 3
 *       12     4  query         bytes of the incomplete command, 0 = none: address
 *       16     4  queryUsed     bytes in it
 *       20     4  queryCapacity
 *       24     4  parsePos      offset in query where parsing goes on
 *       28     4  argsLeft      arguments still to come; 0 = the count line has not been read
 *       32     4  bulkLen       bytes of the argument being read; −1 = its length line has not been read
 *       36     4  args          table of (offset in query, length)
 *       40     4  argCount
 *       44     4  argCapacity
 *       48     4  big           block of the big argument being filled, 0 = none
 *       52     4  bigFilled
 *       56     4  bigList       count, then (argument index, block) pairs
 *       60     4  bigCapacity   pairs
 *       64     4  skip          bytes (CRLF) still to skip before the next argument
 *       68     4  queue         commands of an open MULTI: first block, 0 = none (transaction.ts)
 *       72     4  queueLast
 *       76     4  queueCount    commands in it
 *       80     4  queueNext     block of the command that EXEC runs now
 *       84     4  watches       keys it watches (keyspace/watch.ts)
 *       88     4  permissions   what its user may do without a look of the host (permissions.ts); 0 = nothing
 *       92     …  -             zero
 */
import { alloc, allocZeroed, free, realloc } from "./memory/allocator.ts";
import { transactionDiscard } from "./transaction.ts";

@unmanaged
export class Client {
  flags: u32;
  db: u32;
  resp: u32;
  query: usize;
  queryUsed: u32;
  queryCapacity: u32;
  parsePos: u32;
  argsLeft: u32;
  bulkLen: i32;
  args: usize;
  argCount: u32;
  argCapacity: u32;
  big: usize;
  bigFilled: u32;
  bigList: usize;
  bigCapacity: u32;
  skip: u32;
  queue: usize;
  queueLast: usize;
  queueCount: u32;
  queueNext: usize;
  watches: usize;
  permissions: usize;
  reserved1: u32;
  reserved3: u64;
  reserved4: u64;
  reserved5: u64;
  reserved6: u64;
}
if (offsetof<Client>() != 128) ERROR("Client is not 128 bytes: mend its table");

/** Has not said AUTH yet, and must. */
// @ts-ignore: decorator
@inline
export const CLIENT_UNAUTHENTICATED: u32 = 1;
/** Every command is shown to the host before it runs (MONITOR, a restricted ACL user, tracking, …). */
// @ts-ignore: decorator
@inline
export const CLIENT_GATED: u32 = 2;
/** CLIENT REPLY OFF. */
// @ts-ignore: decorator
@inline
export const CLIENT_REPLY_OFF: u32 = 4;
/** CLIENT REPLY SKIP: no reply to this command … */
// @ts-ignore: decorator
@inline
export const CLIENT_REPLY_SKIP: u32 = 8;
/** … but to the one after the next. */
// @ts-ignore: decorator
@inline
export const CLIENT_REPLY_SKIP_NEXT: u32 = 16;
/** CLIENT NO-TOUCH. */
// @ts-ignore: decorator
@inline
export const CLIENT_NO_TOUCH: u32 = 32;
/** MULTI is open. */
// @ts-ignore: decorator
@inline
export const CLIENT_MULTI: u32 = 64;
/** A queued command was refused: EXEC will abort. */
// @ts-ignore: decorator
@inline
export const CLIENT_DIRTY_EXEC: u32 = 128;
/** A watched key was touched: EXEC will answer null. */
// @ts-ignore: decorator
@inline
export const CLIENT_DIRTY_CAS: u32 = 256;
/** EXEC is running the queue. */
// @ts-ignore: decorator
@inline
export const CLIENT_EXECUTING: u32 = 512;
/** It is subscribed to channels: PING answers in another form (RESP2). */
// @ts-ignore: decorator
@inline
export const CLIENT_SUBSCRIBED: u32 = 1024;
/** The keys that it reads are told (EVENT_READ): CLIENT TRACKING, but for BCAST. */
// @ts-ignore: decorator
@inline
export const CLIENT_TRACKING: u32 = 2048;
/** It stands for an AOF: what it says is done, whatever limits and clocks say; lines beside commands are notes. */
// @ts-ignore: decorator
@inline
export const CLIENT_OBEY: u32 = 4096;
/** Flags that need a look at each command before it runs: one test in the common case. */
// @ts-ignore: decorator
@inline
export const CLIENT_SPECIAL: u32 =
  CLIENT_UNAUTHENTICATED |
  CLIENT_GATED |
  CLIENT_REPLY_OFF |
  CLIENT_REPLY_SKIP |
  CLIENT_REPLY_SKIP_NEXT |
  CLIENT_MULTI;

/** A new client: database 0, RESP2. @returns its address; 0 = out of memory */
export function clientCreate(): usize {
  const client = changetype<Client>(allocZeroed(offsetof<Client>()));
  if (!changetype<usize>(client)) return 0;
  client.resp = 2;
  client.bulkLen = -1;
  return changetype<usize>(client);
}

/** Frees a client with what it had not sent whole. */
export function clientFree(at: usize): void {
  const client = changetype<Client>(at);
  clientForgetCommand(client);
  transactionDiscard(client);
  if (client.query) free(client.query);
  if (client.args) free(client.args);
  if (client.bigList) free(client.bigList);
  free(at);
}

/** Forgets the command that was read in pieces: it has been executed. Its big arguments that nobody took are freed. */
export function clientForgetCommand(client: Client): void {
  client.parsePos = 0;
  client.argsLeft = 0;
  client.bulkLen = -1;
  client.argCount = 0;
  client.skip = 0;
  if (client.big) {
    free(client.big);
    client.big = 0;
  }
  if (client.bigList) {
    const n = load<u32>(client.bigList);
    for (let i: u32 = 0; i < n; i++) {
      const block = <usize>load<u32>(client.bigList + 8 + (i << 3));
      if (block) free(block);
    }
    store<u32>(client.bigList, 0);
  }
  if (client.argCapacity > 1024) {
    free(client.args);
    client.args = 0;
    client.argCapacity = 0;
  }
}

/** Appends bytes to the incomplete command; false = out of memory. Amortized O(n) */
export function clientQueryAppend(client: Client, ptr: usize, len: u32): bool {
  const used = client.queryUsed + len;
  if (used > client.queryCapacity) {
    const capacity = max(used, min(client.queryCapacity << 1, client.queryCapacity + 0x1000000));
    const grown = client.query ? realloc(client.query, capacity) : alloc(capacity);
    if (!grown) return false;
    client.query = grown;
    client.queryCapacity = capacity;
  }
  memory.copy(client.query + client.queryUsed, ptr, len);
  client.queryUsed = used;
  return true;
}

/** Keeps only `len` bytes at `ptr` (which may lie in the buffer itself); false = out of memory. */
export function clientQueryKeep(client: Client, ptr: usize, len: u32): bool {
  if (!len) {
    if (client.query) free(client.query);
    client.query = 0;
    client.queryCapacity = 0;
    client.queryUsed = 0;
    return true;
  }
  if (client.query && ptr >= client.query && ptr < client.query + client.queryCapacity) {
    memory.copy(client.query, ptr, len);
    client.queryUsed = len;
    return true;
  }
  client.queryUsed = 0;
  return clientQueryAppend(client, ptr, len);
}

/** Notes an argument of the incomplete command; false = out of memory. Amortized O(1) */
export function clientArgAdd(client: Client, offset: u32, len: u32): bool {
  const n = client.argCount;
  if (n == client.argCapacity) {
    const capacity = n ? n << 1 : 16;
    const grown = client.args ? realloc(client.args, capacity << 3) : alloc(capacity << 3);
    if (!grown) return false;
    client.args = grown;
    client.argCapacity = capacity;
  }
  store<u32>(client.args + (n << 3), offset);
  store<u32>(client.args + (n << 3), len, 4);
  client.argCount = n + 1;
  return true;
}

/** Notes that the next argument is in a block of its own; false = out of memory. */
export function clientBigAdd(client: Client, block: usize): bool {
  const n: u32 = client.bigList ? load<u32>(client.bigList) : 0;
  if (n == client.bigCapacity) {
    const capacity = n ? n << 1 : 4;
    const grown = client.bigList ? realloc(client.bigList, 4 + (capacity << 3)) : alloc(4 + (capacity << 3));
    if (!grown) return false;
    client.bigList = grown;
    client.bigCapacity = capacity;
  }
  store<u32>(client.bigList + 4 + (n << 3), client.argCount);
  store<u32>(client.bigList + 4 + (n << 3), block, 4);
  store<u32>(client.bigList, n + 1);
  return true;
}
