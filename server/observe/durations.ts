/**
 * durations: commands that took long, on their way to the slow log and the latency monitor. The engine reports its own
 * (assembly/slow.ts) when they reach the lower of the two thresholds; commands of the host all come by here.
 */
import { COMMANDS, type CommandRow } from "../../bindings/command-table.ts";
import type { SlowCommand } from "../../bindings/events.ts";
import type { Client } from "../client.ts";
import type { Server } from "../server.ts";
import { redact } from "./redact.ts";
import { cutArguments } from "./slowlog.ts";

/** Microseconds from which on the engine shall report its commands; negative: none. */
export function reportFrom(slowlogMicros: number, latencyMillis: number): number {
  const latencyMicros = latencyMillis === 0 ? Infinity : latencyMillis * 1000;
  const micros = Math.min(slowlogMicros < 0 ? Infinity : slowlogMicros, latencyMicros);
  return micros === Infinity ? -1 : micros;
}

/** A command of the engine has been reported. @param client  null: a script's */
export function noteSlowCommand(server: Server, client: Client | null, command: SlowCommand): void {
  const row = COMMANDS[command.id]!;
  noteDuration(server, row, command.micros, client, () =>
    cutArguments(
      command.argc,
      (i) => command.args[i]!.head,
      (i) => command.args[i]!.length,
    ),
  );
}

/**
 * Enters a command where it took long enough for that.
 * @param client  null: a script's     @param args  makes its arguments, cut as the slow log wants them
 */
export function noteDuration(
  server: Server,
  row: CommandRow,
  micros: number,
  client: Client | null,
  args: () => string[],
): void {
  server.latency.note(row.flags.includes("fast") ? "fast-command" : "command", micros / 1000, Date.now());
  const threshold = server.slowlogMicros;
  if (threshold < 0 || micros < threshold || row.flags.includes("skip_slowlog")) return;
  server.slowlog.add({
    timeSeconds: Math.floor(Date.now() / 1000),
    micros: Math.round(micros),
    args: redact(row.name, args()),
    clientAddress: client?.address ?? "",
    clientName: client?.name ?? "",
  });
}
