/** PFDEBUG ENCODING | DECODE | GETREG | TODENSE key, PFDEBUG SIMD ON | OFF: a look inside, for tests. */
import { keyTouched, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { alloc, free } from "../../memory/allocator.ts";
import { argHash, argIs, argLen, argPtr } from "../../resp/args.ts";
import { errorOutOfMemory } from "../../resp/errors.ts";
import { formatU64 } from "../../resp/numbers/integer.ts";
import {
  replyArray,
  replyBulk,
  replyError,
  replyErrorBegin,
  replyErrorEnd,
  replyInteger,
  replyPart,
  replyPartBytes,
  replyStatus,
} from "../../resp/reply.ts";
import { root } from "../../root.ts";
import {
  HLL_CHANGED,
  HLL_CORRUPT,
  HLL_HEADER_SIZE,
  HLL_REGISTERS,
  hllRegister,
  hllSparseOpcode,
} from "../../structures/hyperloglog.ts";
import { hllEntryIsDense, hllEntryOpen, hllEntryToDense } from "../../types/hll.ts";
import { stringRead } from "../../types/string.ts";
import { errorCorruptHll, lookupWriteHll } from "./hll-key.ts";

/** Longest text of one byte of a sparse value: "v:32,4 ". */
const TEXT_MAX: u32 = 8;

export function pfdebug(): void {
  if (argIs(1, "SIMD")) return simd();
  let entry = lookupWriteHll(2);
  if (entry == WRONG_TYPE) return;
  if (!entry) return replyError("ERR The specified key does not exist");
  entry = hllEntryOpen(argHash(2), entry);
  if (!entry) return errorOutOfMemory();
  if (argIs(1, "ENCODING")) return replyStatus(hllEntryIsDense(entry) ? "dense" : "sparse");
  if (argIs(1, "DECODE")) return decode(entry);
  const registers = argIs(1, "GETREG");
  if (!registers && !argIs(1, "TODENSE")) return errorUnknown();
  if (!toDense(entry)) return;
  if (!registers) return replyInteger(root.scratch1 == HLL_CHANGED ? 1 : 0);
  replyArray(HLL_REGISTERS);
  for (let i: u32 = 0; i < HLL_REGISTERS; i++) replyInteger(hllRegister(root.outPtr, root.outLen, i));
}

/** Vectors are always used here: the switch only answers. */
function simd(): void {
  if (argIs(2, "ON")) return replyStatus("enabled");
  if (argIs(2, "OFF")) return replyStatus("disabled");
  replyError("ERR Argument must be ON or OFF");
}

function errorUnknown(): void {
  replyErrorBegin("ERR Unknown PFDEBUG subcommand '");
  replyPartBytes(argPtr(1), argLen(1), 128);
  replyPart("'");
  replyErrorEnd();
}

/** Makes it dense for good; its bytes are in root.outPtr then. @returns false = an error is replied */
function toDense(entry: usize): bool {
  const dense = hllEntryToDense(argHash(2), entry);
  if (!dense) {
    errorOutOfMemory();
    return false;
  }
  if (root.scratch1 == HLL_CORRUPT) {
    errorCorruptHll();
    return false;
  }
  if (root.scratch1 == HLL_CHANGED) {
    root.dirty++;
    keyTouched(2);
  }
  stringRead(dense);
  return true;
}

/** The opcodes as text: "Z:8436 v:1,1 z:10". */
function decode(entry: usize): void {
  if (hllEntryIsDense(entry)) return replyError("ERR HLL encoding is not sparse");
  const text = alloc(root.outLen * TEXT_MAX);
  if (!text) return errorOutOfMemory();
  const end = root.outPtr + root.outLen;
  let at = root.outPtr + HLL_HEADER_SIZE;
  let to = text;
  while (at < end) {
    const size = hllSparseOpcode(at, end);
    if (!size) break;
    to = opcodeText(to, size);
    at += size;
  }
  replyBulk(text, to > text ? to - text - 1 : 0);
  free(text);
}

/** @returns the address behind the text and a blank */
function opcodeText(to: usize, size: u32): usize {
  const value = root.scratch0;
  store<u16>(to, size == 2 ? 0x3a5a : value ? 0x3a76 : 0x3a7a); // Z: v: z:
  to += 2;
  if (value) {
    to += formatU64(value, to);
    store<u8>(to++, 0x2c);
  }
  to += formatU64(root.outLen, to);
  store<u8>(to, 0x20);
  return to + 1;
}
