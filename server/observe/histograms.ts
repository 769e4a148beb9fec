/**
 * histograms: how long commands take, from the counters that the engine keeps (assembly/latency.ts), as LATENCY HISTOGRAM
 * and INFO latencystats show them.
 */
import { COMMANDS, type CommandRow } from "../../bindings/command-table.ts";
import { commandLatencies } from "../../bindings/records.ts";
import type { Server } from "../server.ts";

/** Nanoseconds and how many calls took about as long, in rising order. */
export type Latencies = readonly (readonly [nanos: number, count: number])[];

/** First of the bounds that LATENCY HISTOGRAM counts up to; each of the others is twice the one before. */
const FIRST_BOUND_NANOS = 1024;
/** Part of a bound by which Redis' counters, whose resolution is two digits, pass it. */
const BOUND_RESOLUTION = 1 / 128;

/** Commands that have been called, with their latencies, in the order of the table. */
export function* measuredCommands(server: Server): Generator<[CommandRow, Latencies]> {
  for (const row of COMMANDS) {
    const latencies = commandLatencies(server.engine, row.id);
    if (latencies !== null) yield [row, latencies];
  }
}

export function callsOf(latencies: Latencies): number {
  return latencies.reduce((sum, [, count]) => sum + count, 0);
}

/** Microseconds and how many calls took at most that: bounds where the number is another than at the one before. */
export function cumulativeCounts(latencies: Latencies): [micros: number, count: number][] {
  const counts: [number, number][] = [];
  let seen = 0;
  let next = 0;
  for (let bound = FIRST_BOUND_NANOS; next < latencies.length; bound *= 2) {
    const top = bound + bound * BOUND_RESOLUTION - 1;
    const before = seen;
    for (; next < latencies.length && latencies[next]![0] <= top; next++) seen += latencies[next]![1];
    if (seen > before) counts.push([Math.floor(top / 1000), seen]);
  }
  return counts;
}

/** The time that so much of all calls took at most, in microseconds. @param percent  0 to 100 */
export function latencyAt(latencies: Latencies, percent: number): number {
  const wanted = Math.max(1, Math.floor((percent / 100) * callsOf(latencies) + 0.5));
  let seen = 0;
  for (const [nanos, count] of latencies) {
    seen += count;
    if (seen >= wanted) return nanos / 1000;
  }
  return 0;
}
