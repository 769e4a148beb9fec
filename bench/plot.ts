/**
 * plot: rows that differ in a power of ten only ("ZADD, 10^5 elements") drawn as lines over that power, in Mermaid, which
 * GitHub shows as a picture.
 */
import type { Row } from "./harness.ts";

const POWER = /10\^\d+/;

/** One drawing for each group of three rows or more. @param value  the number of a row and contender; undefined = none */
export function plots(
  rows: readonly Row[],
  contenders: readonly string[],
  unit: string,
  value: (row: Row, contender: string) => number | undefined,
): string[] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    if (!POWER.test(row.name)) continue;
    const name = row.name.replace(POWER, "n");
    groups.set(name, [...(groups.get(name) ?? []), row]);
  }
  return [...groups]
    .filter(([, group]) => group.length >= 3)
    .map(([name, group]) => {
      const lines = contenders.map((contender) => {
        const points = group.map((row) => value(row, contender) ?? 0);
        return `  line [${points.map((point) => point.toPrecision(3)).join(", ")}]`;
      });
      const powers = group.map((row) => `"${POWER.exec(row.name)?.[0] ?? ""}"`);
      return [
        "```mermaid",
        "xychart-beta",
        `  title "${name}: ${contenders.join(", ")}, in this order"`,
        `  x-axis [${powers.join(", ")}]`,
        `  y-axis "${unit}"`,
        ...lines,
        "```",
      ].join("\n");
    });
}
