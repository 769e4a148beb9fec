/** MGET key [key …]. https://redis.io/commands/mget */
import { lookupReadKey } from "../../keyspace/lookup.ts";
import { WARM_KEYS, warmArgs, warmHash } from "../../keyspace/warm.ts";
import { argLen, argPtr } from "../../resp/args.ts";
import { replyArray } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { entryType } from "../../types/entry.ts";
import { TYPE_STRING } from "../../types/ids.ts";
import { replyString } from "./get.ts";

export function mget(): void {
  replyArray(root.argc - 1);
  for (let first: u32 = 1; first < root.argc; first += WARM_KEYS) {
    const count = min(root.argc - first, WARM_KEYS);
    warmArgs(first, 1, count);
    for (let n: u32 = 0; n < count; n++) {
      const entry = lookupReadKey(warmHash(n), argPtr(first + n), argLen(first + n));
      replyString(entry && entryType(entry) == TYPE_STRING ? entry : 0);
    }
  }
}
