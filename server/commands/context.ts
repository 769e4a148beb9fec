/**
 * context: what a host command sees of the call it answers: arguments, the client, the server, and where the reply
 * goes. One context serves every call in turn, so a handler that waits for something keeps what it needs, not the
 * context.
 *
 * Arguments lie in linear memory. Reading one copies it; texts are byte strings, as everywhere in the host. A handler
 * writes exactly one reply, unless it answers later or not at all (MONITOR, SHUTDOWN).
 */
import type { CommandRow } from "../../bindings/command-table.ts";
import type { Reply } from "../../bindings/reply-tree.ts";
import type { Client } from "../client.ts";
import type { Server } from "../server.ts";

export interface CommandContext {
  readonly server: Server;
  readonly client: Client;
  /** The row of the command that runs; the subcommand's where there is one. */
  readonly command: CommandRow;
  /** Arguments with the command's name, and the subcommand's. */
  readonly argc: number;
  /** An argument as a byte string. */
  text(index: number): string;
  /** The same in lower case: for options. */
  lower(index: number): string;
  /** An argument where it lies: stale after the next call into the engine. */
  view(index: number): Uint8Array;
  /** A copy of an argument. */
  bytes(index: number): Uint8Array;
  /** All arguments from an index on. */
  texts(from: number): string[];
  /** As strict as Redis: a decimal 64-bit integer; null when it is none. Beyond 2^53 it is rounded. */
  integer(index: number): number | null;
  /** It runs within EXEC. */
  readonly isExecuting: boolean;
  reply(reply: Reply): void;
  /** An error line with its code: `ERR syntax error`. */
  error(line: string): void;
  /** Whether the reply is an error; `reply` and `error` see to it, whoever replies by another way sets it. */
  failed: boolean;
}

export type CommandHandler = (context: CommandContext) => void;

export const SYNTAX_ERROR = "ERR syntax error";
export const NOT_AN_INTEGER = "ERR value is not an integer or out of range";
