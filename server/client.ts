/**
 * client: what the host keeps of a connection, beside what the engine keeps in linear memory (database, protocol
 * version, unfinished command). CLIENT LIST is its printed form.
 */
import type { User } from "./acl/user.ts";
import type { Wait } from "./blocking/blocked-clients.ts";
import type { Connection } from "./net/connection.ts";
import type { Subscriptions } from "./pubsub/pubsub.ts";
import type { TrackingState } from "./tracking/tracking.ts";

/** CLIENT_* bits of the host; the engine has its own (bindings/abi.ts). */
export const CLIENT_NO_EVICT = 1;
export const CLIENT_NO_TOUCH = 2;
/** The connection closes when the replies so far are written. */
export const CLIENT_CLOSE_AFTER_REPLY = 4;
/** It gets exactly one reply for each command: it neither waits nor subscribes. */
export const CLIENT_DENY_BLOCKING = 8;
/** It has said MONITOR. */
export const CLIENT_MONITOR = 32;

export type ClientType = "normal" | "master" | "replica" | "pubsub";

export class Client {
  readonly id: number;
  readonly connection: Connection;
  /** Address of the engine's record. */
  readonly record: number;
  /** `ip:port`, `[ip]:port`, or `path:0`. */
  readonly address: string;
  readonly localAddress: string;
  readonly createdAtMs: number;
  lastInteractionMs: number;
  flags = 0;
  /** Why its commands are looked at one by one (attention.ts). */
  attention = 0;
  name = "";
  libraryName = "";
  libraryVersion = "";
  user: User;
  /** Has said who it is, or need not. */
  authenticated = true;
  /** Id of the last command's row; -1 before the first. */
  lastCommand = -1;
  /** The blocking command that it waits in. */
  wait: Wait | null = null;
  /** Null while it is not subscribed to anything. */
  subscriptions: Subscriptions | null = null;
  /** Null while it does not track keys. */
  tracking: TrackingState | null = null;

  constructor(options: {
    id: number;
    connection: Connection;
    record: number;
    address: string;
    localAddress: string;
    user: User;
    nowMs: number;
  }) {
    this.id = options.id;
    this.connection = options.connection;
    this.record = options.record;
    this.address = options.address;
    this.localAddress = options.localAddress;
    this.user = options.user;
    this.createdAtMs = options.nowMs;
    this.lastInteractionMs = options.nowMs;
  }

  /** A Unix socket, or a loop-back address. */
  get isLocal(): boolean {
    return this.connection.isLocal;
  }

  get type(): ClientType {
    return this.subscriptions ? "pubsub" : "normal";
  }

  get userName(): string {
    return this.user.name;
  }

  has(flag: number): boolean {
    return (this.flags & flag) !== 0;
  }

  setFlag(flag: number, on: boolean): void {
    this.flags = on ? this.flags | flag : this.flags & ~flag;
  }
}

/** Names appear bare in lines of CLIENT LIST: what is printable and no space, as far as a C string goes, as Redis has it. */
export function isPlainName(name: string): boolean {
  return /^[!-~]*$/.test(shownName(name));
}

/** What of a name is looked at and shown: up to a zero byte. */
export function shownName(name: string): string {
  return name.split("\0", 1)[0]!;
}
