/** LSET key index element. https://redis.io/commands/lset */
import { NOTIFY_LIST } from "../../keyspace/events.ts";
import { keyTouched, lookupWriteTyped, notifyArg, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { argInteger, argLen, argPtr } from "../../resp/args.ts";
import { errorNoSuchKey, errorNotInteger, errorOutOfMemory, errorOutOfRange } from "../../resp/errors.ts";
import { replyOk } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { TYPE_LIST } from "../../types/ids.ts";
import { listClose, listGrow, listOpen, listRef, listReplace, listShrink } from "../../types/list.ts";

export function lset(): void {
  const entry = lookupWriteTyped(1, TYPE_LIST);
  if (entry == WRONG_TYPE) return;
  if (!entry) return errorNoSuchKey();
  if (!argInteger(2)) return errorNotInteger();
  const index = <i32>root.outI64; // the lower 32 bits are all that Redis looks at
  const list = listRef(0);
  listOpen(list, entry);
  // Reckoned as an element more, and before the index is looked at: as Redis has it.
  const outcome = listGrow(list, argLen(3), 1) ? listReplace(list, index, argPtr(3), argLen(3)) : -1;
  if (outcome > 0) listShrink(list);
  listClose(list, entry);
  if (outcome < 0) return errorOutOfMemory();
  if (!outcome) return errorOutOfRange();
  keyTouched(1);
  notifyArg(NOTIFY_LIST, "lset", 1);
  root.dirty++;
  replyOk();
}
