/** RANDOMKEY. https://redis.io/commands/randomkey */
import { hashBytes } from "../../hashing/siphash.ts";
import { dbRandom } from "../../keyspace/keyspace.ts";
import { entryIsExpired, expireEntry } from "../../keyspace/lookup.ts";
import { replyBulk, replyNull } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { entryKey, entryKeyLen } from "../../types/entry.ts";

export function randomkey(): void {
  while (true) {
    const entry = dbRandom(root.db);
    if (!entry) return replyNull();
    if (!entryIsExpired(entry)) return replyBulk(entryKey(entry), entryKeyLen(entry));
    expireEntry(root.db, hashBytes(entryKey(entry), entryKeyLen(entry)), entry);
  }
}
