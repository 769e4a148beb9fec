/** UNWATCH. https://redis.io/commands/unwatch */
import { Client } from "../../client.ts";
import { unwatchAll } from "../../keyspace/watch.ts";
import { replyOk } from "../../resp/reply.ts";
import { root } from "../../root.ts";

export function unwatch(): void {
  unwatchAll(changetype<Client>(root.client));
  replyOk();
}
