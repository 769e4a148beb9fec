/** GETRANGE, SUBSTR key start end. https://redis.io/commands/getrange */
import { lookupReadTyped, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { argInteger } from "../../resp/args.ts";
import { errorNotInteger } from "../../resp/errors.ts";
import { replyBulk } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { TYPE_STRING } from "../../types/ids.ts";
import { stringRead } from "../../types/string.ts";

export function getrange(): void {
  if (!argInteger(2)) return errorNotInteger();
  let start = root.outI64;
  if (!argInteger(3)) return errorNotInteger();
  let end = root.outI64;
  const entry = lookupReadTyped(1, TYPE_STRING);
  if (entry == WRONG_TYPE) return;
  if (!entry) return replyBulk(0, 0);
  stringRead(entry);
  const length = <i64>root.outLen;
  // Both before the first byte and in the wrong order: nothing, though both would be cut to 0.
  if (start < 0 && end < 0 && start > end) return replyBulk(0, 0);
  if (start < 0) start = max<i64>(start + length, 0);
  if (end < 0) end = max<i64>(end + length, 0);
  end = min(end, length - 1);
  if (start > end) return replyBulk(0, 0);
  replyBulk(root.outPtr + <usize>start, <usize>(end - start + 1));
}
