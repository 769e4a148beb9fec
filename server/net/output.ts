/**
 * output: the limits of `client-output-buffer-limit`: how much may wait for a client that does not read. Over the hard
 * limit, or over the soft one for too long, the client is cut off.
 *
 * One check follows each write that the kernel did not take whole; a client that reads its replies is never looked at.
 */
import type { ClientType } from "../client.ts";
import type { OutputLimit } from "../config/value-types.ts";

export type OutputVerdict = "fine" | "over";

/** What a connection remembers between checks. */
export interface SoftLimitState {
  /** Since when the soft limit is passed; 0 = it is not. */
  softSinceMs: number;
}

interface Limit {
  readonly hardBytes: number;
  readonly softBytes: number;
  readonly softMs: number;
}

const UNLIMITED: Limit = { hardBytes: 0, softBytes: 0, softMs: 0 };

export class OutputLimits {
  readonly #byClass = new Map<string, Limit>();

  /** @param limits  as the parameter says, by class */
  set(limits: ReadonlyMap<string, OutputLimit>): void {
    this.#byClass.clear();
    for (const [name, limit] of limits) {
      this.#byClass.set(name, {
        hardBytes: Number(limit.hardBytes),
        softBytes: Number(limit.softBytes),
        softMs: Number(limit.softSeconds) * 1000,
      });
    }
  }

  check(type: ClientType, pendingBytes: number, state: SoftLimitState, nowMs: number): OutputVerdict {
    const limit = this.#byClass.get(type === "replica" ? "slave" : type) ?? UNLIMITED;
    if (limit.hardBytes > 0 && pendingBytes >= limit.hardBytes) return "over";
    if (limit.softBytes === 0 || pendingBytes < limit.softBytes) {
      state.softSinceMs = 0;
      return "fine";
    }
    if (state.softSinceMs === 0) state.softSinceMs = nowMs;
    return nowMs - state.softSinceMs > limit.softMs ? "over" : "fine";
  }
}
