/**
 * set: sets as RDB bytes: an intset or listpack as it lies in memory, or count and members.
 */
import { free } from "../memory/allocator.ts";
import { parseI64 } from "../resp/numbers/integer.ts";
import { root } from "../root.ts";
import {
  SETTING_SET_MAX_INTSET_ENTRIES,
  SETTING_SET_MAX_LISTPACK_ENTRIES,
  settingInteger,
} from "../settings.ts";
import { dictCreate, dictExpand } from "../structures/dict.ts";
import { intsetAdd, intsetBytes, intsetChanged, intsetCount, intsetValidate } from "../structures/intset.ts";
import { listpackBytes, listpackCount, listpackValidate } from "../structures/listpack.ts";
import { ENC_HT, ENC_INTSET, ENC_LISTPACK, TYPE_SET } from "../types/ids.ts";
import {
  MEMBER_INTEGER,
  setAdd,
  setAddMember,
  setConvert,
  setCount,
  setCreateEmpty,
  setFree,
  setIterator,
  setIterClose,
  setIterNext,
  setIterOpen,
  SetRef,
  setRef,
} from "../types/set.ts";
import { RDB_SET, RDB_SET_INTSET, RDB_SET_LISTPACK, RDB_VERSION_SET_LISTPACK } from "./ids.ts";
import { rdbReadLength, rdbWriteLength } from "./length.ts";
import { rdbLoaded } from "./load.ts";
import {
  RDB_CORRUPT,
  RDB_EMPTY,
  RDB_OUT_OF_MEMORY,
  rdbCountFits,
  RdbReader,
  rdbFail,
  rdbWantsUnique,
} from "./reader.ts";
import { rdbKeepString, rdbReadString, rdbWriteInteger, rdbWriteString } from "./string.ts";
import { rdbWriterVersion } from "./writer.ts";

/** @param version  RDB version to write for: before 11 a set was no listpack */
export function rdbTypeOfSet(encoding: u32, version: u32): u32 {
  if (encoding == ENC_INTSET) return RDB_SET_INTSET;
  return encoding == ENC_LISTPACK && version >= RDB_VERSION_SET_LISTPACK ? RDB_SET_LISTPACK : RDB_SET;
}

export function rdbSaveSet(w: usize, encoding: u32, value: usize): void {
  if (encoding == ENC_INTSET) return rdbWriteString(w, value, intsetBytes(value));
  if (rdbTypeOfSet(encoding, rdbWriterVersion(w)) == RDB_SET_LISTPACK) {
    return rdbWriteString(w, value, listpackBytes(value));
  }
  rdbWriteLength(w, setCount(value, encoding));
  const it = setIterator(0);
  setIterOpen(it, value, encoding);
  for (let kind = setIterNext(it); kind; kind = setIterNext(it)) {
    if (kind == MEMBER_INTEGER) rdbWriteInteger(w, root.outI64);
    else rdbWriteString(w, root.outPtr, root.outLen);
  }
  setIterClose(it);
}

export function rdbLoadSet(r: usize, rdbType: u32): bool {
  return rdbType == RDB_SET ? loadMembers(r) : loadPacked(r, rdbType);
}

function loadMembers(r: usize): bool {
  const count = rdbReadLength(r);
  if (!count) return rdbFail(r, RDB_EMPTY) != 0;
  if (!rdbCountFits(r, count)) return false;
  const set = setRef(0);
  if (!begin(set, <u32>count)) return rdbFail(r, RDB_OUT_OF_MEMORY) != 0;
  for (let i: u64 = 0; i < count; i++) {
    if (!rdbReadString(r)) return drop(r, set, 0);
    const reader = changetype<RdbReader>(r);
    const outcome = loadMember(set, reader.stringPtr, reader.stringLen);
    if (outcome <= 0) return drop(r, set, outcome < 0 ? RDB_OUT_OF_MEMORY : RDB_CORRUPT);
  }
  return rdbLoaded(r, TYPE_SET, set.encoding, set.value);
}

/** As setAdd, but that an intset may grow beyond set-max-intset-entries while it loads, as in Redis. */
function loadMember(set: SetRef, member: usize, len: u32): i32 {
  if (set.encoding != ENC_INTSET || !parseI64(member, len)) return setAdd(set, member, len);
  const grown = intsetAdd(set.value, root.outI64);
  if (!grown) return -1;
  set.value = grown;
  return <i32>intsetChanged();
}

/** An empty set that begins as large as so many members will make it. */
function begin(set: SetRef, count: u32): bool {
  const most = max(
    settingInteger(SETTING_SET_MAX_INTSET_ENTRIES),
    settingInteger(SETTING_SET_MAX_LISTPACK_ENTRIES),
  );
  if (<i64>count <= most) return setCreateEmpty(set);
  set.encoding = ENC_HT;
  set.value = dictCreate();
  if (set.value) dictExpand(set.value, count);
  return set.value != 0;
}

/** An intset or listpack in one string: kept as it is once all of it has been checked. */
function loadPacked(r: usize, rdbType: u32): bool {
  if (!rdbReadString(r)) return false;
  const len = changetype<RdbReader>(r).stringLen;
  const set = setRef(0);
  set.value = rdbKeepString(r);
  if (!set.value) return rdbFail(r, RDB_OUT_OF_MEMORY) != 0;
  set.encoding = rdbType == RDB_SET_INTSET ? ENC_INTSET : ENC_LISTPACK;
  const valid =
    set.encoding == ENC_INTSET
      ? intsetValidate(set.value, len, true)
      : listpackValidate(set.value, len, true) && (!rdbWantsUnique(r) || membersDiffer(set));
  if (!valid) {
    free(set.value);
    return rdbFail(r, RDB_CORRUPT) != 0;
  }
  const count = set.encoding == ENC_INTSET ? intsetCount(set.value) : listpackCount(set.value);
  if (!count) {
    free(set.value);
    return rdbFail(r, RDB_EMPTY) != 0;
  }
  const most = settingInteger(
    set.encoding == ENC_INTSET ? SETTING_SET_MAX_INTSET_ENTRIES : SETTING_SET_MAX_LISTPACK_ENTRIES,
  );
  if (<i64>count > most && !setConvert(set, ENC_HT, count)) return drop(r, set, RDB_OUT_OF_MEMORY);
  return rdbLoaded(r, TYPE_SET, set.encoding, set.value);
}

/** Whether no member of a listpack stands there twice. O(n) */
function membersDiffer(set: SetRef): bool {
  const seen = setRef(1);
  if (!setCreateEmpty(seen) || !setConvert(seen, ENC_HT, listpackCount(set.value))) return false;
  const it = setIterator(0);
  setIterOpen(it, set.value, set.encoding);
  let differ = true;
  for (let kind = setIterNext(it); kind && differ; kind = setIterNext(it))
    differ = setAddMember(seen, kind) == 1;
  setIterClose(it);
  setFree(seen.value, seen.encoding);
  return differ;
}

/** Gives up a set half made. @param status  0 = the reader knows already */
function drop(r: usize, set: SetRef, status: u32): bool {
  setFree(set.value, set.encoding);
  if (status) rdbFail(r, status);
  return false;
}
