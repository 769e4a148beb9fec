/**
 * value: what every type must be able to do, by type and encoding number: be freed at once or in slices, be copied,
 * be weighed. The one place where types are told apart outside their own commands.
 */
import { free, usableSize } from "../memory/allocator.ts";
import { equalsWord } from "../memory/bytes.ts";
import {
  ENC_EMBSTR,
  ENC_HT,
  ENC_INT,
  ENC_INTSET,
  ENC_LISTPACK,
  ENC_LISTPACK_EX,
  ENC_QUICKLIST,
  ENC_RAW,
  ENC_SKIPLIST,
  TYPE_HASH,
  TYPE_LIST,
  TYPE_SET,
  TYPE_STREAM,
  TYPE_STRING,
  TYPE_ZSET,
} from "./ids.ts";
import { entryEncoding, entryForm, entryType, entryValue, FORM_EXTERNAL } from "./entry.ts";
import { listCopy, listFree, listFreeEffort, listFreeSlice, listMemory } from "./list.ts";
import { hashCopy, hashFree, hashFreeEffort, hashFreeSlice, hashMemory } from "./hash.ts";
import { setCopy, setFree, setFreeEffort, setFreeSlice, setMemory } from "./set.ts";
import { streamCopy, streamFree, streamFreeEffort, streamFreeSlice, streamMemory } from "./stream.ts";
import { zsetCopy, zsetFree, zsetFreeEffort, zsetFreeSlice, zsetMemory } from "./zset.ts";

/** Name of a type as TYPE, SCAN and `OBJECT` speak of it. */
export function typeName(type: u32): string {
  if (type == TYPE_STRING) return "string";
  if (type == TYPE_LIST) return "list";
  if (type == TYPE_SET) return "set";
  if (type == TYPE_ZSET) return "zset";
  if (type == TYPE_HASH) return "hash";
  return "stream";
}

/** Number of the type with a name (in any case); −1 = there is none. */
export function typeByName(name: usize, len: u32): i32 {
  if (equalsWord(name, len, "STRING")) return TYPE_STRING;
  if (equalsWord(name, len, "LIST")) return TYPE_LIST;
  if (equalsWord(name, len, "SET")) return TYPE_SET;
  if (equalsWord(name, len, "ZSET")) return TYPE_ZSET;
  if (equalsWord(name, len, "HASH")) return TYPE_HASH;
  if (equalsWord(name, len, "STREAM")) return TYPE_STREAM;
  return -1;
}

/** Name of an encoding as OBJECT ENCODING says it. */
export function encodingName(encoding: u32): string {
  if (encoding == ENC_RAW) return "raw";
  if (encoding == ENC_INT) return "int";
  if (encoding == ENC_EMBSTR) return "embstr";
  if (encoding == ENC_HT) return "hashtable";
  if (encoding == ENC_INTSET) return "intset";
  if (encoding == ENC_SKIPLIST) return "skiplist";
  if (encoding == ENC_QUICKLIST) return "quicklist";
  if (encoding == ENC_LISTPACK) return "listpack";
  if (encoding == ENC_LISTPACK_EX) return "listpackex";
  return "stream";
}

/** Whether the value has blocks of its own, beside the entry's. */
// @ts-ignore: decorator
@inline
export function valueIsOutside(entry: usize): bool {
  return entryType(entry) != TYPE_STRING || (entryForm(entry) & FORM_EXTERNAL) != 0;
}

/** About how many blocks freeing the value gives back. O(1) */
export function valueFreeEffort(type: u32, encoding: u32, value: usize): u32 {
  if (type == TYPE_SET) return setFreeEffort(value, encoding);
  if (type == TYPE_HASH) return hashFreeEffort(value, encoding);
  if (type == TYPE_ZSET) return zsetFreeEffort(value, encoding);
  if (type == TYPE_LIST) return listFreeEffort(value, encoding);
  if (type == TYPE_STREAM) return streamFreeEffort(value);
  return 1;
}

/** Frees a value with all its blocks. O(n) */
export function valueFree(type: u32, encoding: u32, value: usize): void {
  if (type == TYPE_SET) return setFree(value, encoding);
  if (type == TYPE_HASH) return hashFree(value, encoding);
  if (type == TYPE_ZSET) return zsetFree(value, encoding);
  if (type == TYPE_LIST) return listFree(value, encoding);
  if (type == TYPE_STREAM) return streamFree(value);
  free(value);
}

/**
 * Frees part of a value: about `budget` blocks.
 * @param progress  address of a u32 that is 0 at first and the type's own after
 * @returns whether it is all gone
 */
export function valueFreeSlice(type: u32, encoding: u32, value: usize, progress: usize, budget: u32): bool {
  if (type == TYPE_SET) return setFreeSlice(value, encoding, progress, budget);
  if (type == TYPE_HASH) return hashFreeSlice(value, encoding, progress, budget);
  if (type == TYPE_ZSET) return zsetFreeSlice(value, encoding, budget);
  if (type == TYPE_LIST) return listFreeSlice(value, encoding, budget);
  if (type == TYPE_STREAM) return streamFreeSlice(value, budget);
  free(value);
  return true;
}

/** Bytes of the value's own blocks, from at most `samples` elements (0 = all). O(samples) */
export function valueMemory(entry: usize, samples: u32): usize {
  const type = entryType(entry);
  if (type == TYPE_SET) return setMemory(entryValue(entry), entryEncoding(entry), samples);
  if (type == TYPE_HASH) return hashMemory(entryValue(entry), entryEncoding(entry), samples);
  if (type == TYPE_ZSET) return zsetMemory(entryValue(entry), entryEncoding(entry), samples);
  if (type == TYPE_LIST) return listMemory(entryValue(entry), entryEncoding(entry), samples);
  if (type == TYPE_STREAM) return streamMemory(entryValue(entry), samples);
  return valueIsOutside(entry) ? usableSize(entryValue(entry)) : 0;
}

/** A copy of the structure of a list, set, hash, sorted set or stream. @returns 0 = out of memory. O(n) */
export function valueCopy(type: u32, encoding: u32, value: usize): usize {
  if (type == TYPE_SET) return setCopy(value, encoding);
  if (type == TYPE_HASH) return hashCopy(value, encoding);
  if (type == TYPE_ZSET) return zsetCopy(value, encoding);
  if (type == TYPE_LIST) return listCopy(value, encoding);
  if (type == TYPE_STREAM) return streamCopy(value);
  return 0;
}
