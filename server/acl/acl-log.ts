/**
 * acl-log: what users were denied, newest first, up to `acllog-max-len`. The same denial again within a minute is one
 * entry with a count, if it is among the newest: a client that tries in a loop does not push out everything else.
 *
 * No entry holds an argument that may be a password: keys, channels, names of commands and of users.
 */
export type DenialReason = "command" | "key" | "channel" | "auth";
export type DenialContext = "toplevel" | "multi" | "lua";

/** Denials further apart are two. */
const GROUPING_MS = 60_000;
/** Entries among which the same denial is looked for. */
const GROUPING_ENTRIES = 10;

export interface AclLogEntry {
  readonly id: number;
  readonly reason: DenialReason;
  readonly context: DenialContext;
  /** Key, channel or command. */
  readonly object: string;
  readonly userName: string;
  count: number;
  /** The client as CLIENT LIST prints it. */
  clientInfo: string;
  readonly createdAtMs: number;
  updatedAtMs: number;
}

export type AclDenial = Pick<AclLogEntry, "reason" | "context" | "object" | "userName" | "clientInfo">;

export class AclLog {
  #entries: AclLogEntry[] = [];
  #nextId = 0;
  /** `acllog-max-len` */
  #capacity = 0;

  setCapacity(capacity: number): void {
    this.#capacity = capacity;
    this.#trim();
  }

  add(denial: AclDenial, nowMs: number): void {
    const at = this.#entries
      .slice(0, GROUPING_ENTRIES)
      .findIndex((entry) => isSame(entry, denial) && nowMs - entry.updatedAtMs <= GROUPING_MS);
    if (at >= 0) {
      const [entry] = this.#entries.splice(at, 1);
      entry!.count++;
      entry!.clientInfo = denial.clientInfo;
      entry!.updatedAtMs = nowMs;
      this.#entries.unshift(entry!);
      return;
    }
    this.#entries.unshift({
      ...denial,
      id: this.#nextId++,
      count: 1,
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
    });
    this.#trim();
  }

  latest(count: number): readonly AclLogEntry[] {
    return this.#entries.slice(0, count);
  }

  clear(): void {
    this.#entries = [];
  }

  #trim(): void {
    if (this.#entries.length > this.#capacity) this.#entries.length = this.#capacity;
  }
}

function isSame(entry: AclLogEntry, denial: AclDenial): boolean {
  return (
    entry.reason === denial.reason &&
    entry.context === denial.context &&
    entry.object === denial.object &&
    entry.userName === denial.userName
  );
}
