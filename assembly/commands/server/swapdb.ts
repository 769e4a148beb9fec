/** SWAPDB index index. https://redis.io/commands/swapdb */
import { databaseSwap } from "../../keyspace/flush.ts";
import { databaseAt } from "../../keyspace/keyspace.ts";
import { argInteger } from "../../resp/args.ts";
import { errorDatabaseIndex } from "../../resp/errors.ts";
import { replyError, replyOk } from "../../resp/reply.ts";
import { root } from "../../root.ts";

export function swapdb(): void {
  if (!argIndex(1)) return replyError("ERR invalid first DB index");
  const first = root.outI64;
  if (!argIndex(2)) return replyError("ERR invalid second DB index");
  const second = root.outI64;
  if (<u64>first >= root.databaseCount || <u64>second >= root.databaseCount) return errorDatabaseIndex();
  databaseSwap(databaseAt(<u32>first), databaseAt(<u32>second));
  root.dirty++;
  replyOk();
}

/** A number of 32 bits to root.outI64. */
function argIndex(i: u32): bool {
  return argInteger(i) && root.outI64 == <i64>(<i32>root.outI64);
}
