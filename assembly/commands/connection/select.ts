/** SELECT index. https://redis.io/commands/select */
import { Client } from "../../client.ts";
import { databaseAt } from "../../keyspace/keyspace.ts";
import { argInt } from "../../resp/args.ts";
import { errorDatabaseIndex } from "../../resp/errors.ts";
import { replyOk } from "../../resp/reply.ts";
import { root } from "../../root.ts";

export function select(): void {
  if (!argInt(1)) return;
  if (<u64>root.outI64 >= root.databaseCount) return errorDatabaseIndex();
  const client = changetype<Client>(root.client);
  client.db = <u32>root.outI64;
  root.db = databaseAt(client.db);
  replyOk();
}
