/** DBSIZE. https://redis.io/commands/dbsize */
import { dbSize } from "../../keyspace/keyspace.ts";
import { replyInteger } from "../../resp/reply.ts";
import { root } from "../../root.ts";

export function dbsize(): void {
  replyInteger(dbSize(root.db));
}
