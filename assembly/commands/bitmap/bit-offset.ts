/** bit-offset: offsets of bits in a string as GETBIT, SETBIT and BITFIELD take them. */
import { argLen, argPtr } from "../../resp/args.ts";
import { parseI64 } from "../../resp/numbers/integer.ts";
import { replyError } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { SETTING_PROTO_MAX_BULK_LEN, settingInteger } from "../../settings.ts";

/**
 * Reads argument `i` as an offset into root.outI64.
 * @param width  of a BITFIELD type: then "#n" is the offset of the n-th such field; 0 = no "#"
 * @returns false = it is none, or beyond the longest string, and that is the reply
 */
export function parseBitOffset(i: u32, width: u32): bool {
  const ptr = argPtr(i);
  const fields = <u32>(width && argLen(i) && load<u8>(ptr) == 0x23); // #
  if (parseI64(ptr + fields, argLen(i) - fields)) {
    if (fields) root.outI64 *= width; // may wrap around, as in Redis
    if (root.outI64 >= 0 && root.outI64 >> 3 < settingInteger(SETTING_PROTO_MAX_BULK_LEN)) return true;
  }
  replyError("ERR bit offset is not an integer or out of range");
  return false;
}
