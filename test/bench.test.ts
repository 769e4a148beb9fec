/** The benchmarks work: verdicts are computed rightly, and a small run of a suite yields numbers. */
import { describe, expect, it } from "vitest";
import { addSample, judge, median, type Options, percentile, type Row } from "../bench/harness.ts";
import { suite as throughput } from "../bench/server/throughput.ts";
import { existsSync } from "node:fs";
import { nativeTool } from "./support/native.ts";

describe("the harness", () => {
  it("takes medians and percentiles", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(percentile([1, 2, 3, 4], 0.99)).toBe(4);
  });

  it("judges kvasm by the better native server of the row", () => {
    const row: Row = { name: "GET -P 16 -d 3", samples: {} };
    for (const [name, cpu, rps] of [
      ["kvasm", 1, 900],
      ["redis", 2, 500],
      ["valkey", 1.25, 1000],
    ] as const) {
      // prettier-ignore
      addSample(row, "cpu", name, cpu);
      addSample(row, "rps", name, rps);
    }
    expect(judge("throughput", row, "cpu")).toEqual({ ratio: 0.8, target: "≤ 0.65", met: false });
    expect(judge("throughput", row, "rps")).toEqual({ ratio: 0.9, target: "≥ 1.4", met: false });
    expect(judge("types", { ...row, name: "LPUSH" }, "cpu")).toEqual({
      ratio: 0.8,
      target: "≤ 0.6",
      met: false,
    });
    expect(judge("types", { ...row, name: "LRANGE_600" }, "rps")).toMatchObject({
      target: "≥ 1",
      met: false,
    });
    expect(judge("unknown", row, "cpu")).toEqual({ ratio: 0.8, target: undefined, met: undefined });
  });

  it("judges a row by every contender that a target names", () => {
    const row: Row = { name: "key of 16, value of 16 bytes", samples: {} };
    addSample(row, "used", "kvasm", 50);
    addSample(row, "used", "redis", 120);
    addSample(row, "used", "valkey", 70);
    const target = "≤ 0.45 × redis, ≤ 0.7 × valkey";
    expect(judge("memory", row, "used")).toEqual({ ratio: 50 / 70, target, met: false });
    addSample(row, "used", "kvasm", 48);
    expect(judge("memory", row, "used")).toMatchObject({ target, met: true });
  });
});

describe.skipIf(!existsSync(nativeTool("redis8-benchmark")))("a small run", () => {
  it("measures kvasm and a native server", async () => {
    const options: Options = {
      quick: true,
      repetitions: 1,
      servers: ["kvasm", "redis"],
      only: ["PING_MBULK -P 16"],
      log: () => {},
    };
    const { rows, versions } = await throughput.run(options);
    expect(Object.keys(versions)).toEqual(["kvasm", "redis"]);
    const [row] = rows;
    expect(row?.name).toBe("PING_MBULK -P 16");
    expect(median(row?.samples.rps?.["kvasm"] ?? [])).toBeGreaterThan(0);
    expect(judge("throughput", row as Row, "cpu")?.ratio).toBeGreaterThan(0);
  });
});
