/** SELECT index. https://redis.io/commands/select */
import { Client } from "../../client.ts";
import { databaseAt } from "../../keyspace/keyspace.ts";
import { argInteger } from "../../resp/args.ts";
import { errorNotInteger } from "../../resp/errors.ts";
import { replyError, replyOk } from "../../resp/reply.ts";
import { root } from "../../root.ts";

export function select(): void {
  if (!argInteger(1)) return errorNotInteger();
  if (root.outI64 < 0 || root.outI64 >= <i64>root.databaseCount) return replyError("ERR DB index is out of range");
  const client = changetype<Client>(root.client);
  client.db = <u32>root.outI64;
  root.db = databaseAt(client.db);
  replyOk();
}
