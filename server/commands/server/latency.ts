/** LATENCY LATEST, HISTORY, RESET, GRAPH, DOCTOR, HISTOGRAM. https://redis.io/commands/latency-latest */
import { COMMANDS, findCommand, type CommandRow } from "../../../bindings/command-table.ts";
import { map, verbatim, type Reply } from "../../../bindings/reply-tree.ts";
import { callsOf, cumulativeCounts, type Latencies, measuredCommands } from "../../observe/histograms.ts";
import type { LatencySample } from "../../observe/latency.ts";
import type { CommandContext } from "../context.ts";

export function latencyLatest(context: CommandContext): void {
  context.reply(
    context.server.latency.latest().map(([name, last, most]) => [name, last.timeSeconds, last.millis, most]),
  );
}

export function latencyHistory(context: CommandContext): void {
  const samples = context.server.latency.history(context.text(2));
  context.reply(samples.map(({ timeSeconds, millis }) => [timeSeconds, millis]));
}

export function latencyReset(context: CommandContext): void {
  context.reply(context.server.latency.reset(context.texts(2)));
}

export function latencyGraph(context: CommandContext): void {
  const event = context.text(2);
  const samples = context.server.latency.history(event);
  if (samples.length === 0) return context.error(`ERR No samples available for event '${event}'`);
  context.reply(verbatim("txt", graph(event, samples)));
}

export function latencyDoctor(context: CommandContext): void {
  const { latency } = context.server;
  context.reply(verbatim("txt", latency.thresholdMs === 0 ? MONITOR_OFF : report(context)));
}

/** LATENCY HISTOGRAM [command …]: of those called so far; a container stands for its subcommands. */
export function latencyHistogram(context: CommandContext): void {
  const measured = new Map(measuredCommands(context.server));
  const wanted = context.argc > 2 ? context.texts(2).flatMap(rowsNamed) : [...measured.keys()];
  context.reply(
    map(
      wanted.flatMap((row): [string, Reply][] => {
        const latencies = measured.get(row);
        return latencies === undefined ? [] : [[row.name, describe(latencies)]];
      }),
    ),
  );
}

function rowsNamed(name: string): CommandRow[] {
  const row = findCommand(name);
  return row === undefined ? [] : [row, ...(row.subcommands ?? []).map((id) => COMMANDS[id]!)];
}

function describe(latencies: Latencies): Reply {
  return map([
    ["calls", callsOf(latencies)],
    ["histogram_usec", map(cumulativeCounts(latencies))],
  ]);
}

const MONITOR_OFF =
  "The latency monitor is off, so there is nothing to examine. Turn it on with " +
  '"CONFIG SET latency-monitor-threshold <milliseconds>", let the server work for a while, and ask again.\n';

function report(context: CommandContext): string {
  const { latency } = context.server;
  const events = latency.latest();
  if (events.length === 0) {
    return `No command took ${latency.thresholdMs} milliseconds or longer since the monitor was turned on.\n`;
  }
  const lines = events.map(([name, last, most], i) => {
    const samples = latency.history(name);
    const mean = samples.reduce((sum, { millis }) => sum + millis, 0) / samples.length;
    return `${i + 1}. ${name}: ${samples.length} spikes, ${mean.toFixed(0)} ms on average, ${most} ms at worst, the last one at ${last.timeSeconds}.`;
  });
  const advice =
    "SLOWLOG GET shows which commands they were. Commands that walk whole collections (KEYS, SMEMBERS, LRANGE over " +
    "everything) have cursors or ranges as alternatives.";
  return `${lines.join("\n")}\n\n${advice}\n`;
}

/** Newest samples to the right, a row for each quarter of the highest. */
function graph(event: string, samples: readonly LatencySample[]): string {
  const WIDTH = 80;
  const ROWS = ["#", "#", "o", "_"];
  const shown = samples.slice(-WIDTH);
  const high = Math.max(...shown.map(({ millis }) => millis));
  const low = Math.min(...shown.map(({ millis }) => millis));
  const level = (millis: number): number => (high === 0 ? 0 : Math.ceil((millis / high) * ROWS.length));
  const rows = ROWS.map((mark, i) =>
    shown.map(({ millis }) => (level(millis) >= ROWS.length - i ? mark : " ")).join(""),
  );
  return `${event} - high ${high} ms, low ${low} ms (all time high ${high} ms)\n${"-".repeat(WIDTH)}\n${rows.join("\n")}\n`;
}
