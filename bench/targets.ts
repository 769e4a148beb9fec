/**
 * targets: what kvasm aims at, row by row. `ratio` is kvasm / better native contender: for times and bytes at
 * most that, for rates at least that. `absolute` is in the unit of the metric. The first rule that fits counts.
 */
import type { MetricKey } from "./harness.ts";

export type Target = { suite: string; metric: MetricKey; row: RegExp } & (
  { ratio: number } | { absolute: number }
);

/** Whom kvasm is compared with, where it is not every other contender of the suite: nothing is as fast as a Map. */
export const RIVALS: Readonly<Record<string, readonly string[]>> = { "in-process": ["ioredis + Redis"] };

export const TARGETS: readonly Target[] = [
  { suite: "throughput", metric: "cpu", row: /-P 1\b/, ratio: 1.25 },
  { suite: "throughput", metric: "cpu", row: /-P (16|100)\b/, ratio: 1 },
  { suite: "throughput", metric: "rps", row: /-P 1\b/, ratio: 0.8 },
  { suite: "throughput", metric: "rps", row: /-P (16|100)\b/, ratio: 1 },
  { suite: "memory", metric: "used", row: /./, ratio: 1 },
  { suite: "stalls", metric: "worst", row: /./, absolute: 10 },
  { suite: "in-process", metric: "ops", row: /./, ratio: 10 },
  { suite: "embedded", metric: "call", row: /^get.*10\^6/, ratio: 2 },
  { suite: "types", metric: "cpu", row: /./, ratio: 1 },
  { suite: "types-memory", metric: "used", row: /./, ratio: 1 },
];
