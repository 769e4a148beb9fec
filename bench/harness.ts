/**
 * harness: what every suite measures into, and how that becomes JSON and bench/RESULTS.md.
 *
 * A suite yields rows; a row has metrics; a metric has samples by contender. Contenders take turns within a
 * repetition (A B C A B C …), so that what the machine does meanwhile hits all alike, and medians are compared.
 * "Native" is the better of Redis and Valkey on the row in question.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem, type as osType } from "node:os";
import path from "node:path";
import { plots } from "./plot.ts";
import { RIVALS, type Target, TARGETS } from "./targets.ts";

export interface Metric {
  key: string;
  title: string;
  better: "lower" | "higher";
}

export const METRICS = {
  cpu: { key: "cpu", title: "server CPU µs per request", better: "lower" },
  rps: { key: "rps", title: "requests per second", better: "higher" },
  p50: { key: "p50", title: "p50 latency, ms", better: "lower" },
  p99: { key: "p99", title: "p99 latency, ms", better: "lower" },
  used: { key: "used", title: "bytes per key or element, growth of used_memory", better: "lower" },
  rss: { key: "rss", title: "bytes per key or element, growth of resident memory", better: "lower" },
  resident: { key: "resident", title: "resident memory of the server, MiB", better: "lower" },
  hits: { key: "hits", title: "reads that found their key, %", better: "higher" },
  worst: { key: "worst", title: "worst latency of a second connection, ms", better: "lower" },
  p999: { key: "p999", title: "p99.9 latency of a second connection, ms", better: "lower" },
  seconds: { key: "seconds", title: "seconds until done", better: "lower" },
  extra: { key: "extra", title: "extra memory while saving, % of the dataset", better: "lower" },
  call: { key: "call", title: "processor time of a call, ns", better: "lower" },
  ops: { key: "ops", title: "operations per second", better: "higher" },
} as const satisfies Record<string, Metric>;

export type MetricKey = keyof typeof METRICS;

/** metric → contender → one sample a repetition. */
export type Samples = Partial<Record<MetricKey, Record<string, number[]>>>;

export interface Row {
  name: string;
  /** What was run, for who wants to run it by hand. */
  command?: string;
  samples: Samples;
}

export interface SuiteResult {
  suite: string;
  title: string;
  /** What the numbers mean, in a paragraph. */
  method: string;
  date: string;
  machine: Machine;
  /** Contender → version. */
  versions: Record<string, string>;
  rows: Row[];
}

export interface Machine {
  cpu: string;
  cores: number;
  memoryGiB: number;
  os: string;
  node: string;
  /** One-minute load when the suite began: above 0.5, somebody else was there. */
  load: number;
}

export interface Options {
  /** Small sizes and one repetition: does it work? Its numbers mean little and go to build/. */
  quick: boolean;
  repetitions: number;
  /** Contenders to run. */
  servers: string[];
  /** Rows to run: those whose name has one of these in it; all when empty. */
  only: string[];
  log(line: string): void;
}

export interface Suite {
  name: string;
  title: string;
  method: string;
  run(options: Options): Promise<{ rows: Row[]; versions: Record<string, string> }>;
}

export function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

export function percentile(samples: readonly number[], fraction: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? NaN;
}

export function addSample(row: Row, metric: MetricKey, contender: string, value: number): void {
  const of = (row.samples[metric] ??= {});
  (of[contender] ??= []).push(value);
}

export function wanted(name: string, options: Options): boolean {
  return options.only.length === 0 || options.only.some((part) => name.includes(part));
}

export function machine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    os: `${osType()} ${release()}`,
    node: process.version,
    load: Number((loadavg()[0] ?? 0).toFixed(2)),
  };
}

/** The commit measured, with a plus sign when the tree had changes. */
export function revision(root: string): string {
  const git = (...args: string[]) => execFileSync("git", args, { cwd: root, encoding: "utf8" }).trim();
  try {
    return git("rev-parse", "--short", "HEAD") + (git("status", "--porcelain", "-uno") === "" ? "" : "+");
  } catch {
    return "unknown";
  }
}

export function saveResult(result: SuiteResult, folder: string): string {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `${result.date.slice(0, 16).replaceAll(":", "")}-${result.suite}.json`);
  writeFileSync(file, JSON.stringify(result, null, 1) + "\n");
  return file;
}

/** Three significant digits are what a benchmark of this kind can know. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return "–";
  if (value >= 1000) return Math.round(value).toLocaleString("en");
  return String(Number(value.toPrecision(3)));
}

export interface Verdict {
  /** kvasm / native, as "times as much". */
  ratio: number;
  /** As people read it; undefined = none. */
  target: string | undefined;
  met: boolean | undefined;
}

/** kvasm beside the better native contender, and the targets for the row. */
export function judge(suite: string, row: Row, key: MetricKey): Verdict | undefined {
  const of = row.samples[key];
  const mine = of?.["kvasm"];
  if (of === undefined || mine === undefined) return undefined;
  const value = median(mine);
  const higher = (METRICS[key] as Metric).better === "higher";
  const rivals = RIVALS[suite] ?? Object.keys(of).filter((name) => name !== "kvasm");
  const others = rivals.flatMap((name) => (of[name] ? [median(of[name])] : []));
  const best = higher ? Math.max(...others) : Math.min(...others);
  const ratio = others.length === 0 ? NaN : value / best;
  const rules = TARGETS.filter((t) => t.suite === suite && t.metric === key && t.row.test(row.name));
  if (rules.length === 0) return { ratio, target: undefined, met: undefined };
  const sign = higher ? "≥" : "≤";
  const meets = (rule: Target): boolean => {
    if ("absolute" in rule) return value <= rule.absolute;
    const rival = rule.beside === undefined ? best : median(of[rule.beside] ?? []);
    return higher ? value / rival >= rule.ratio : value / rival <= rule.ratio;
  };
  const text = (rule: Target): string => {
    if ("absolute" in rule) return `≤ ${rule.absolute}`;
    return `${sign} ${rule.ratio}${rule.beside === undefined ? "" : ` × ${rule.beside}`}`;
  };
  return { ratio, target: rules.map(text).join(", "), met: rules.every(meets) };
}

/** One table for each metric of the suite. */
function renderTables(result: SuiteResult): string {
  const keys = (Object.keys(METRICS) as MetricKey[]).filter((key) =>
    result.rows.some((row) => row.samples[key]),
  );
  const contenders = Object.keys(result.versions);
  return keys
    .map((key) => {
      const head = [
        "",
        ...contenders,
        `kvasm / ${RIVALS[result.suite]?.join(", ") ?? "best other"}`,
        "target",
        "",
      ];
      const lines = [`**${METRICS[key].title}** (${METRICS[key].better} is better)`, ""];
      lines.push(`| ${head.join(" | ")} |`, `| --- |${" ---: |".repeat(contenders.length + 2)} --- |`);
      for (const row of result.rows) {
        const of = row.samples[key];
        if (of === undefined) continue;
        const cells = contenders.map((name) => (of[name] ? digits(median(of[name])) : "–"));
        const verdict = judge(result.suite, row, key);
        const target = verdict?.target ?? "";
        const met = verdict?.met === undefined ? "" : verdict.met ? "met" : "**missed**";
        lines.push(`| ${[row.name, ...cells, digits(verdict?.ratio ?? NaN), target, met].join(" | ")} |`);
      }
      const drawn = plots(result.rows, contenders, METRICS[key].title, (row, contender) => {
        const samples = row.samples[key]?.[contender];
        return samples && median(samples);
      });
      return [lines.join("\n"), ...drawn].join("\n\n");
    })
    .join("\n\n");
}

function renderSuite(result: SuiteResult): string {
  const versions = Object.entries(result.versions).map(([name, version]) => `${name} ${version}`);
  const lines = [`## ${result.title}`, "", result.method, ""];
  const noisy =
    result.machine.load > 0.5 ? ` (load ${result.machine.load} when it began: others were busy on it)` : "";
  lines.push(
    `${result.date.slice(0, 16).replace("T", " ")} UTC · ${versions.join(" · ")}${noisy}`,
    "",
    renderTables(result),
    "",
  );
  const commands = result.rows.filter((row) => row.command !== undefined);
  if (commands.length > 0) {
    lines.push("<details><summary>commands</summary>", "", "```");
    lines.push(...commands.map((row) => `${row.name}: ${row.command}`), "```", "", "</details>", "");
  }
  return lines.join("\n");
}

/** Writes RESULTS.md from the newest result of each suite. */
export function writeReport(resultsFolder: string, file: string, order: readonly string[]): void {
  const newest = new Map<string, SuiteResult>();
  for (const name of readdirSync(resultsFolder)
    .filter((f) => f.endsWith(".json"))
    .sort()) {
    const result = JSON.parse(readFileSync(path.join(resultsFolder, name), "utf8")) as SuiteResult;
    newest.set(result.suite, result);
  }
  const results = order.flatMap((suite) => newest.get(suite) ?? []);
  const last = results.map((result) => result.machine).at(-1);
  const lines = [
    "# Benchmark results",
    "",
    "Written by `npm run bench`; the raw numbers are in `results/`, the method in [README.md](README.md). Each number is",
    "the median over repetitions in which the contenders took turns. “Native” is the better of Redis and Valkey per row.",
    "",
    last === undefined
      ? ""
      : `${last.cpu}, ${last.cores} cores, ${last.memoryGiB} GiB, ${last.os}, Node ${last.node}`,
    "",
    ...results.map(renderSuite),
  ];
  writeFileSync(file, lines.join("\n").trimEnd() + "\n");
}
