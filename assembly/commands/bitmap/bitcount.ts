/** BITCOUNT key [start end [BYTE | BIT]]. https://redis.io/commands/bitcount */
import { lookupReadTyped, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { errorSyntax } from "../../resp/errors.ts";
import { replyInteger } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { bitsCountRange } from "../../structures/bits.ts";
import { TYPE_STRING } from "../../types/ids.ts";
import { bitRangeIsReversed, bitRangeOf, parseBitRange } from "./bit-range.ts";
import { bitsOf } from "./bit-string.ts";

export function bitcount(): void {
  if (root.argc == 3) return errorSyntax();
  if (!parseBitRange(2, false)) return;
  const entry = lookupReadTyped(1, TYPE_STRING);
  if (entry == WRONG_TYPE) return;
  bitsOf(entry);
  const bytes = root.outPtr;
  if (bitRangeIsReversed() || !bitRangeOf(root.outLen)) return replyInteger(0);
  replyInteger(bitsCountRange(bytes, root.outU64, <u64>root.scratchI64));
}
