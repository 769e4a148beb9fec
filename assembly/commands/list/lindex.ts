/** LINDEX key index. https://redis.io/commands/lindex */
import { lookupReadTyped, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { argInteger } from "../../resp/args.ts";
import { errorNotInteger, errorOutOfMemory } from "../../resp/errors.ts";
import { replyBulk, replyBulkInteger, replyNull } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { entryEncoding, entryValue } from "../../types/entry.ts";
import { TYPE_LIST } from "../../types/ids.ts";
import {
  CURSOR_END,
  CURSOR_NO_MEMORY,
  listCursor,
  listCursorAt,
  listCursorClose,
  listCursorGet,
} from "../../types/list.ts";

export function lindex(): void {
  const entry = lookupReadTyped(1, TYPE_LIST);
  if (entry == WRONG_TYPE) return;
  if (!entry) return replyNull();
  if (!argInteger(2)) return errorNotInteger();
  const cursor = listCursor(0);
  const status = listCursorAt(cursor, entryValue(entry), entryEncoding(entry), root.outI64);
  if (status == CURSOR_END) return replyNull();
  if (status == CURSOR_NO_MEMORY) return errorOutOfMemory();
  if (listCursorGet(cursor)) replyBulk(root.outPtr, root.outLen);
  else replyBulkInteger(root.outI64);
  listCursorClose(cursor);
}
