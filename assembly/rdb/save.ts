/**
 * save: a value to RDB bytes: by type number, for DUMP, snapshots and full resynchronization.
 *
 * A type's own file (rdb/list.ts, …) has two functions, called from here:
 *   rdbTypeOf<Type>(encoding, value): u32           the RDB type byte its bytes will be of
 *   rdbSave<Type>(w, encoding, value): void         those bytes, without the type byte
 */
import {
  ENC_INT,
  TYPE_HASH,
  TYPE_LIST,
  TYPE_SET,
  TYPE_STREAM,
  TYPE_STRING,
  TYPE_ZSET,
} from "../types/ids.ts";
import { entryEncoding, entryType, entryValue, entryValueField } from "../types/entry.ts";
import { stringRead } from "../types/string.ts";
import { root } from "../root.ts";
import { RDB_STRING } from "./ids.ts";
import { rdbSaveHash, rdbTypeOfHash } from "./hash.ts";
import { rdbSaveList, rdbTypeOfList } from "./list.ts";
import { rdbSaveSet, rdbTypeOfSet } from "./set.ts";
import { rdbSaveStream, rdbTypeOfStream } from "./stream.ts";
import { rdbWriteInteger, rdbWriteString } from "./string.ts";
import { rdbWriteFailed, rdbWriterVersion } from "./writer.ts";
import { rdbSaveZset, rdbTypeOfZset } from "./zset.ts";

/** RDB type byte that rdbSaveValue will write the bytes of. O(1) */
export function rdbTypeOf(w: usize, entry: usize): u32 {
  const type = entryType(entry);
  const version = rdbWriterVersion(w);
  if (type == TYPE_LIST) return rdbTypeOfList();
  if (type == TYPE_SET) return rdbTypeOfSet(entryEncoding(entry), version);
  if (type == TYPE_ZSET) return rdbTypeOfZset(entryEncoding(entry));
  if (type == TYPE_HASH) return rdbTypeOfHash(entryEncoding(entry), entryValue(entry), version);
  if (type == TYPE_STREAM) return rdbTypeOfStream(version);
  return RDB_STRING;
}

/** Writes the value of an entry, without type byte and key. O(n) */
export function rdbSaveValue(w: usize, entry: usize): void {
  const type = entryType(entry);
  if (type == TYPE_STRING) saveString(w, entry);
  else if (type == TYPE_LIST) rdbSaveList(w, entryEncoding(entry), entryValue(entry));
  else if (type == TYPE_SET) rdbSaveSet(w, entryEncoding(entry), entryValue(entry));
  else if (type == TYPE_ZSET) rdbSaveZset(w, entryEncoding(entry), entryValue(entry));
  else if (type == TYPE_HASH) rdbSaveHash(w, entryEncoding(entry), entryValue(entry));
  else if (type == TYPE_STREAM) rdbSaveStream(w, entryValue(entry));
  else rdbWriteFailed(w);
}

function saveString(w: usize, entry: usize): void {
  if (entryEncoding(entry) == ENC_INT) return rdbWriteInteger(w, load<i64>(entryValueField(entry)));
  stringRead(entry);
  rdbWriteString(w, root.outPtr, root.outLen);
}
