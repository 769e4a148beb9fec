/**
 * default-user: the user that every connection begins as, and its password (`requirepass`).
 *
 * Passwords are compared by the digests of both under a key of this process, in constant time: neither length nor
 * common prefix can be measured.
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

export const DEFAULT_USER = "default";

export class DefaultUser {
  readonly #key = randomBytes(32);
  #digest: Buffer | null = null;

  /** @param password  a byte string; empty: none is needed */
  setPassword(password: string): void {
    this.#digest = password === "" ? null : this.#digestOf(password);
  }

  get needsPassword(): boolean {
    return this.#digest !== null;
  }

  /** True for the right password, and for any when none is needed. */
  accepts(password: string): boolean {
    const given = this.#digestOf(password);
    return this.#digest === null || timingSafeEqual(given, this.#digest);
  }

  #digestOf(password: string): Buffer {
    return createHmac("sha256", this.#key).update(Buffer.from(password, "latin1")).digest();
  }
}
