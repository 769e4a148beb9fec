/** LINSERT key BEFORE | AFTER pivot element. https://redis.io/commands/linsert */
import { NOTIFY_LIST } from "../../keyspace/events.ts";
import { keyTouched, lookupWriteTyped, notifyArg, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { argIs, argLen, argPtr } from "../../resp/args.ts";
import { errorOutOfMemory, errorSyntax } from "../../resp/errors.ts";
import { replyInteger } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { TYPE_LIST } from "../../types/ids.ts";
import { listClose, listCount, listGrow, listInsert, listOpen, listRef } from "../../types/list.ts";

export function linsert(): void {
  const after = argIs(2, "AFTER");
  if (!after && !argIs(2, "BEFORE")) return errorSyntax();
  const entry = lookupWriteTyped(1, TYPE_LIST);
  if (entry == WRONG_TYPE) return;
  if (!entry) return replyInteger(0);
  const list = listRef(0);
  listOpen(list, entry);
  // Whether the pivot is there or not, as Redis has it.
  const outcome = listGrow(list, argLen(4), 1)
    ? listInsert(list, argPtr(3), argLen(3), argPtr(4), argLen(4), after)
    : -1;
  listClose(list, entry);
  if (outcome < 0) return errorOutOfMemory();
  if (!outcome) return replyInteger(-1);
  keyTouched(1);
  notifyArg(NOTIFY_LIST, "linsert", 1);
  root.dirty++;
  replyInteger(listCount(list.value, list.encoding));
}
