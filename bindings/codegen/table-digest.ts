/**
 * table-digest: a number that stands for which command has which id. The engine and the typed API both carry it, for
 * the API calls commands by id: a .wasm of another build must be refused, not run the wrong commands.
 */
import type { Row } from "./rows.ts";

const FNV_BASIS = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** FNV-1a (32 bits) of the full names in the order of their ids. */
export function tableDigest(rows: readonly Row[]): number {
  let digest = FNV_BASIS;
  for (const row of rows) {
    for (const byte of Buffer.from(`${row.fullName}\n`, "latin1")) {
      digest = Math.imul(digest ^ byte, FNV_PRIME);
    }
  }
  return digest >>> 0;
}
