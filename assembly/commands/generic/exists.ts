/** EXISTS key [key …] and TOUCH, which differ in whether the access is noted. https://redis.io/commands/exists */
import { lookupPeek, lookupRead } from "../../keyspace/lookup.ts";
import { replyInteger } from "../../resp/reply.ts";
import { root } from "../../root.ts";

export function exists(): void {
  let found: u32 = 0;
  for (let i: u32 = 1; i < root.argc; i++) if (lookupPeek(i)) found++;
  replyInteger(found);
}

export function touch(): void {
  let found: u32 = 0;
  for (let i: u32 = 1; i < root.argc; i++) if (lookupRead(i)) found++;
  replyInteger(found);
}
