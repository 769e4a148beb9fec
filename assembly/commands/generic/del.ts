/** DEL key [key …] and UNLINK: one deed here, as large values are always freed in slices. https://redis.io/commands/del */
import { NOTIFY_GENERIC } from "../../keyspace/events.ts";
import { deleteKey, findArg, keyTouched, notifyArg } from "../../keyspace/lookup.ts";
import { replyInteger } from "../../resp/reply.ts";
import { root } from "../../root.ts";

export function del(): void {
  let deleted: u32 = 0;
  for (let i: u32 = 1; i < root.argc; i++) {
    const entry = findArg(i);
    if (!entry) continue;
    deleteKey(i, entry);
    keyTouched(i);
    notifyArg(NOTIFY_GENERIC, "del", i);
    deleted++;
  }
  root.dirty += deleted;
  replyInteger(deleted);
}
