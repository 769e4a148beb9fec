/**
 * passwords: the SHA-256 digests of a user's passwords, and the comparison that takes the same time wherever two digests
 * differ. What a client has sent is hashed before it is compared, so its length shows nowhere either.
 */
import { createHash, timingSafeEqual } from "node:crypto";

const HEX_DIGITS = 64;

/** @param password  a byte string @returns 64 hexadecimal digits */
export function digestOf(password: string): string {
  return createHash("sha256").update(Buffer.from(password, "latin1")).digest("hex");
}

export function isDigest(text: string): boolean {
  return text.length === HEX_DIGITS && /^[0-9a-f]*$/.test(text);
}

/** Whether a digest is among others; all of them are looked at. */
export function includesDigest(digests: Iterable<string>, digest: string): boolean {
  const given = Buffer.from(digest, "latin1");
  let found = false;
  for (const each of digests) {
    if (timingSafeEqual(Buffer.from(each, "latin1"), given)) found = true;
  }
  return found;
}
