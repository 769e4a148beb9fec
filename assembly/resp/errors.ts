/** errors: the error replies that many commands share, each text once, equal to Redis' to the byte. */
import { replyError, replyErrorBegin, replyErrorEnd, replyPart, replyPartBytes } from "./reply.ts";

export function errorSyntax(): void {
  replyError("ERR syntax error");
}

export function errorWrongType(): void {
  replyError("WRONGTYPE Operation against a key holding the wrong kind of value");
}

export function errorNotInteger(): void {
  replyError("ERR value is not an integer or out of range");
}

/** An integer that does not fit in 32 bits. */
export function errorNotInt(): void {
  replyError("ERR value is out of range, value must between -2147483648 and 2147483647");
}

/** The one integer of 64 bits that has no negative, where one is needed. */
export function errorNotNegatable(): void {
  replyError("ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807");
}

export function errorNotFloat(): void {
  replyError("ERR value is not a valid float");
}

export function errorNoSuchKey(): void {
  replyError("ERR no such key");
}

export function errorOutOfRange(): void {
  replyError("ERR index out of range");
}

export function errorDatabaseIndex(): void {
  replyError("ERR DB index is out of range");
}

export function errorSameObject(): void {
  replyError("ERR source and destination objects are the same");
}

export function errorNotPositive(): void {
  replyError("ERR value is out of range, must be positive");
}

/** Memory is at its end (maxmemory, or the instance's 4 GiB). */
export function errorOutOfMemory(): void {
  replyError("OOM command not allowed when used memory > 'maxmemory'.");
}

/** `ERR invalid expire time in 'set' command`. */
export function errorInvalidExpire(command: string): void {
  replyErrorBegin("ERR invalid expire time in '");
  replyPart(command);
  replyPart("' command");
  replyErrorEnd();
}

/** Arity: the name as the table has it, lower-case (`client|list` for a subcommand). */
export function errorArity(name: usize, len: u32): void {
  replyErrorBegin("ERR wrong number of arguments for '");
  replyPartBytes(name, len, 128);
  replyPart("' command");
  replyErrorEnd();
}

/** Arity found by a handler itself. */
export function errorArityOf(name: string): void {
  replyErrorBegin("ERR wrong number of arguments for '");
  replyPart(name);
  replyPart("' command");
  replyErrorEnd();
}
