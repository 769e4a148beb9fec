/** string-length: the limit of APPEND, SETRANGE and SETBIT on how long a string may become. */
import { replyError } from "../../resp/reply.ts";
import { SETTING_PROTO_MAX_BULK_LEN, settingInteger } from "../../settings.ts";

/** Whether a string may be of this length (two lengths below 2^63 added); the error is replied if not. */
export function checkStringLength(size: i64, added: i64): bool {
  const total = size + added;
  if (total >= 0 && total <= settingInteger(SETTING_PROTO_MAX_BULK_LEN)) return true;
  replyError("ERR string exceeds maximum allowed size (proto-max-bulk-len)");
  return false;
}
