/**
 * subscribed-mode: what a subscribed client may call. In RESP2 a message cannot be told from a reply, so only commands that
 * answer in the form of a message are left; in RESP3, where messages are pushes, nothing changes.
 */
import type { CommandRow } from "../../bindings/command-table.ts";
import type { RespVersion } from "../../bindings/reply-tree.ts";

const ALLOWED = new Set([
  "ping",
  "subscribe",
  "psubscribe",
  "ssubscribe",
  "unsubscribe",
  "punsubscribe",
  "sunsubscribe",
  "quit",
  "reset",
]);

/** @returns the error line, null where the command may run */
export function refusalWhileSubscribed({ name }: CommandRow, version: RespVersion): string | null {
  if (version === 3 || ALLOWED.has(name)) return null;
  return `ERR Can't execute '${name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context`;
}
