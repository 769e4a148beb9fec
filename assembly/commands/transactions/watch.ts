/** WATCH key [key …]. https://redis.io/commands/watch */
import { Client, CLIENT_DIRTY_CAS, CLIENT_MULTI } from "../../client.ts";
import { watchKey } from "../../keyspace/watch.ts";
import { argLen, argPtr } from "../../resp/args.ts";
import { errorOutOfMemory } from "../../resp/errors.ts";
import { replyError, replyOk } from "../../resp/reply.ts";
import { root } from "../../root.ts";

export function watch(): void {
  const client = changetype<Client>(root.client);
  if (client.flags & CLIENT_MULTI) return replyError("ERR WATCH inside MULTI is not allowed");
  // A bet is lost already: more cannot win it back.
  if (client.flags & CLIENT_DIRTY_CAS) return replyOk();
  for (let i: u32 = 1; i < root.argc; i++) {
    if (!watchKey(client, argPtr(i), argLen(i))) return errorOutOfMemory();
  }
  replyOk();
}
