/**
 * targets: what kvasm aims at, row by row. `ratio` is kvasm / better native contender, or kvasm / `beside` where one is
 * named: for times and bytes at most that, for rates at least that. `absolute` is in the unit of the metric. A row must
 * meet all rules that fit it.
 */
import type { MetricKey } from "./harness.ts";

export type Target = { suite: string; metric: MetricKey; row: RegExp } & (
  { ratio: number; beside?: string } | { absolute: number }
);

/** Whom kvasm is compared with, where it is not every other contender of the suite: nothing is as fast as a Map. */
export const RIVALS: Readonly<Record<string, readonly string[]>> = {
  "in-process": ["ioredis + Redis"],
  persistence: ["redis", "valkey"],
};

export const TARGETS: readonly Target[] = [
  { suite: "throughput", metric: "cpu", row: /-P 1\b/, ratio: 1.2 },
  { suite: "throughput", metric: "cpu", row: /-P 16\b/, ratio: 0.65 },
  { suite: "throughput", metric: "cpu", row: /-P 100\b/, ratio: 0.35 },
  { suite: "throughput", metric: "rps", row: /-P 1\b/, ratio: 0.95 },
  { suite: "throughput", metric: "rps", row: /-P 16\b/, ratio: 1.4 },
  { suite: "throughput", metric: "rps", row: /-P 100\b/, ratio: 2 },
  { suite: "memory", metric: "used", row: /value of 16 bytes$/, ratio: 0.45, beside: "redis" },
  { suite: "memory", metric: "used", row: /value of 16 bytes$/, ratio: 0.7, beside: "valkey" },
  { suite: "memory", metric: "rss", row: /value of 16 bytes$/, ratio: 0.45, beside: "redis" },
  { suite: "memory", metric: "rss", row: /value of 16 bytes$/, ratio: 0.7, beside: "valkey" },
  { suite: "stalls", metric: "worst", row: /^(?!idle)/, absolute: 5 },
  { suite: "persistence", metric: "seconds", row: /^BGSAVE/, ratio: 1.5 },
  { suite: "persistence", metric: "worst", row: /^BGSAVE/, absolute: 5 },
  { suite: "persistence", metric: "worst", row: /^BGSAVE/, ratio: 1 },
  { suite: "persistence", metric: "extra", row: /^BGSAVE/, absolute: 10 },
  { suite: "persistence", metric: "seconds", row: /^loading/, ratio: 1 },
  { suite: "persistence", metric: "ops", row: /^replaying/, ratio: 1.3 },
  { suite: "persistence", metric: "seconds", row: /^restart/, absolute: 1 },
  { suite: "persistence", metric: "rps", row: /everysec$/, ratio: 0.9, beside: "kvasm without" },
  { suite: "persistence", metric: "rps", row: /(everysec|always)$/, ratio: 1 },
  { suite: "sessions", metric: "rps", row: /^EXEC/, ratio: 1.3 },
  { suite: "sessions", metric: "rps", row: /^PUBLISH/, ratio: 1 },
  { suite: "sessions", metric: "cpu", row: /^PUBLISH/, ratio: 1 },
  { suite: "sessions", metric: "rps", row: /MONITOR$/, ratio: 0.8 },
  { suite: "sessions", metric: "rps", row: /restricted user$/, ratio: 0.8, beside: "kvasm, unrestricted" },
  { suite: "sessions", metric: "resident", row: /idle connections$/, ratio: 1 },
  // Within one point of native's 70 % or so.
  { suite: "eviction", metric: "hits", row: /./, ratio: 0.985 },
  { suite: "in-process", metric: "ops", row: /^get, 10\^6/, ratio: 50, beside: "ioredis, awaited" },
  { suite: "embedded", metric: "call", row: /^get.*10\^6/, ratio: 2 },
  // Commands that are O(1) or O(log n), by what they cost the server.
  {
    suite: "types",
    metric: "cpu",
    row: /^([LRS]POP|[LR]PUSH|SADD|HSET|HGET |ZADD|ZPOPMIN|ZRANK|XADD|XREADGROUP)/,
    ratio: 0.6,
  },
  // Large replies, and algebra of large values.
  { suite: "types", metric: "rps", row: /^(LRANGE_600|HGETALL|ZINTERSTORE|SINTER)/, ratio: 1 },
  { suite: "types", metric: "rps", row: /^(?!LRANGE_600|HGETALL|ZINTERSTORE|SINTER)/, ratio: 1.3 },
  { suite: "types-memory", metric: "used", row: /^(sorted set|hash|set: )/, ratio: 0.75 },
  { suite: "types-memory", metric: "used", row: /^(?!sorted set|hash|set: )/, ratio: 1 },
];
