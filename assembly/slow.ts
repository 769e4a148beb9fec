/**
 * slow: commands that took long are told to the host, for the slow log and the latency monitor.
 *
 * A look at the clock costs a third of a GET. So a command's time is taken only where the command may take long: it is
 * CMD_TIMED (neither FAST nor O(1)), has many arguments or a big one; or where somebody has asked for times so short that
 * every command counts (root.timeAll).
 *
 * Event (EVENT_SLOW, in the buffer of keyspace/events.ts)
 *   offset  size  field    meaning
 *        0     4  size     bytes of this event, a multiple of 4
 *        4     4  kind     EVENT_SLOW
 *        8     4  command  id
 *       12     4  client   address of its record
 *       16     8  micros   u64
 *       24     4  argc     arguments that the command had
 *       28     4  shown    … that follow, at most SLOW_ARGUMENTS
 *       32     …  shown × (length u32; the first SLOW_ARGUMENT_BYTES of the argument, then zeros up to a multiple of 4)
 */
import { CMD_TIMED } from "./generated/commands.ts";
import { EVENT_SLOW, eventReserve } from "./keyspace/events.ts";
import { SLOW_ARGUMENT_BYTES, SLOW_ARGUMENTS, TIME_ALL_BELOW } from "./limits.ts";
import { copyBytes } from "./memory/bytes.ts";
import { argLen, argPtr } from "./resp/args.ts";
import { root } from "./root.ts";
import { setting, SETTING_SLOW_MICROS } from "./settings.ts";

// @ts-ignore: decorator
@inline
const ARGUMENTS: u32 = 32;

/** Takes the setting over: microseconds from which on a command is told of; negative: none is. */
export function slowUpdate(): void {
  const micros = setting(SETTING_SLOW_MICROS);
  root.slowMicros = micros < 0 ? f64.POSITIVE_INFINITY : micros;
  root.timeAll = micros >= 0 && micros < TIME_ALL_BELOW ? CMD_TIMED : 0;
}

/** Tells of the command in root.argv. Without memory for it, it is not told. O(1) */
export function slowCommand(id: i32, micros: f64): void {
  const shown = min(root.argc, SLOW_ARGUMENTS);
  let size = ARGUMENTS;
  for (let i: u32 = 0; i < shown; i++) size += 4 + kept(i);
  const at = eventReserve(size);
  if (!at) return;
  store<u32>(at, size);
  store<u32>(at, EVENT_SLOW, 4);
  store<i32>(at, id, 8);
  store<u32>(at, <u32>root.client, 12);
  store<u64>(at, <u64>micros, 16);
  store<u32>(at, root.argc, 24);
  store<u32>(at, shown, 28);
  let to = at + ARGUMENTS;
  for (let i: u32 = 0; i < shown; i++) {
    store<u32>(to, argLen(i));
    const room = kept(i);
    if (room) store<u32>(to + room, 0);
    copyBytes(to + 4, argPtr(i), min(argLen(i), SLOW_ARGUMENT_BYTES));
    to += 4 + room;
  }
}

/** Bytes that argument `i` takes in the event. */
// @ts-ignore: decorator
@inline
function kept(i: u32): u32 {
  return (min(argLen(i), SLOW_ARGUMENT_BYTES) + 3) & ~3;
}
