/**
 * WAITAOF numlocal numreplicas timeout: what this client wrote is on disk. There are no replicas, and the local part is made
 * true at once, by an fsync. https://redis.io/commands/waitaof
 */
import { type CommandContext, NOT_AN_INTEGER } from "../context.ts";

export function waitaof(context: CommandContext): void {
  const local = context.integer(1);
  if (local === null || local < 0 || local > 1) {
    return context.error("ERR value is out of range, value must between 0 and 1");
  }
  const replicas = context.integer(2);
  if (replicas === null || replicas < 0) {
    return context.error(replicas === null ? NOT_AN_INTEGER : "ERR value is out of range, must be positive");
  }
  const timeout = context.integer(3);
  if (timeout === null) return context.error("ERR timeout is not an integer or out of range");
  if (timeout < 0) return context.error("ERR timeout is negative");
  const { aof } = context.server.persistence;
  if (local === 1 && !aof.isOn) {
    return context.error("ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.");
  }
  context.reply([aof.isOn && aof.syncAll() ? 1 : 0, 0]);
}
