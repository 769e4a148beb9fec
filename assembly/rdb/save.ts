/**
 * save: a value to RDB bytes: by type number, for DUMP, snapshots and full resynchronization.
 *
 * A type's own file (rdb/list.ts, …) has two functions, called from here:
 *   rdbTypeOf<Type>(encoding, value): u32           the RDB type byte its bytes will be of
 *   rdbSave<Type>(w, encoding, value): void         those bytes, without the type byte
 */
import { ENC_INT, TYPE_STRING } from "../types/ids.ts";
import { entryEncoding, entryType, entryValueField } from "../types/entry.ts";
import { stringRead } from "../types/string.ts";
import { root } from "../root.ts";
import { RDB_STRING } from "./ids.ts";
import { rdbWriteInteger, rdbWriteString } from "./string.ts";
import { rdbWriteFailed } from "./writer.ts";

/** RDB type byte that rdbSaveValue will write the bytes of. O(1) */
export function rdbTypeOf(entry: usize): u32 {
  return RDB_STRING;
}

/** Writes the value of an entry, without type byte and key. O(n) */
export function rdbSaveValue(w: usize, entry: usize): void {
  const type = entryType(entry);
  if (type == TYPE_STRING) saveString(w, entry);
  else rdbWriteFailed(w);
}

function saveString(w: usize, entry: usize): void {
  if (entryEncoding(entry) == ENC_INT) return rdbWriteInteger(w, load<i64>(entryValueField(entry)));
  stringRead(entry);
  rdbWriteString(w, root.outPtr, root.outLen);
}
