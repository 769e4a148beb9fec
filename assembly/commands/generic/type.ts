/** TYPE key. https://redis.io/commands/type */
import { lookupPeek } from "../../keyspace/lookup.ts";
import { replyStatus } from "../../resp/reply.ts";
import { entryType } from "../../types/entry.ts";
import { typeName } from "../../types/value.ts";

export function type(): void {
  const entry = lookupPeek(1);
  replyStatus(entry ? typeName(entryType(entry)) : "none");
}
