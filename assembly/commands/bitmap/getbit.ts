/** GETBIT key offset. https://redis.io/commands/getbit */
import { lookupReadTyped, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { replyInteger } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { TYPE_STRING } from "../../types/ids.ts";
import { parseBitOffset } from "./bit-offset.ts";
import { bitsOf } from "./bit-string.ts";

export function getbit(): void {
  if (!parseBitOffset(2, 0)) return;
  const offset = <u64>root.outI64;
  const entry = lookupReadTyped(1, TYPE_STRING);
  if (entry == WRONG_TYPE) return;
  bitsOf(entry);
  const at = offset >> 3;
  const byte: u32 = at < root.outLen ? load<u8>(root.outPtr + <usize>at) : 0;
  replyInteger((byte >> (7 - ((<u32>offset) & 7))) & 1);
}
