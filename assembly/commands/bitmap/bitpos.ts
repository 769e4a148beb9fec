/** BITPOS key bit [start [end [BYTE | BIT]]]. https://redis.io/commands/bitpos */
import { lookupReadTyped, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { argInteger } from "../../resp/args.ts";
import { errorNotInteger } from "../../resp/errors.ts";
import { replyError, replyInteger } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { bitsFind } from "../../structures/bits.ts";
import { TYPE_STRING } from "../../types/ids.ts";
import { bitRangeOf, parseBitRange } from "./bit-range.ts";
import { bitsOf } from "./bit-string.ts";

export function bitpos(): void {
  if (!argInteger(2)) return errorNotInteger();
  if (<u64>root.outI64 > 1) return replyError("ERR The bit argument must be 1 or 0.");
  const bit = <u32>root.outI64;
  if (!parseBitRange(3, true)) return;
  const entry = lookupReadTyped(1, TYPE_STRING);
  if (entry == WRONG_TYPE) return;
  // Nothing is like endless zeros.
  if (!entry) return replyInteger(bit ? -1 : 0);
  bitsOf(entry);
  const bytes = root.outPtr;
  const length = root.outLen;
  if (!bitRangeOf(length)) return replyInteger(-1);
  let found = bitsFind(bytes, root.outU64, <u64>root.scratchI64, bit);
  // Where no end was given, zeros follow the string.
  if (found < 0 && !bit && root.argc < 5) found = (<i64>length) << 3;
  replyInteger(found);
}
