/** SETBIT key offset value. https://redis.io/commands/setbit */
import { NOTIFY_STRING } from "../../keyspace/events.ts";
import { keyTouched, lookupWriteTyped, notifyArg, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { argInteger } from "../../resp/args.ts";
import { replyError, replyInteger } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { TYPE_STRING } from "../../types/ids.ts";
import { parseBitOffset } from "./bit-offset.ts";
import { bitsForWriting } from "./bit-string.ts";

export function setbit(): void {
  if (!parseBitOffset(2, 0)) return;
  const offset = <u64>root.outI64;
  if (!argInteger(3) || <u64>root.outI64 > 1) return replyError("ERR bit is not an integer or out of range");
  const bit = <u32>root.outI64;
  const entry = lookupWriteTyped(1, TYPE_STRING);
  if (entry == WRONG_TYPE || !bitsForWriting(entry, offset)) return;
  const at = root.outPtr + <usize>(offset >> 3);
  const shift = 7 - ((<u32>offset) & 7);
  const byte: u32 = load<u8>(at);
  const old = (byte >> shift) & 1;
  if (old != bit || root.scratch0) {
    store<u8>(at, <u8>((byte & ~(1 << shift)) | (bit << shift)));
    root.dirty++;
    keyTouched(1);
    notifyArg(NOTIFY_STRING, "setbit", 1);
  }
  replyInteger(old);
}
