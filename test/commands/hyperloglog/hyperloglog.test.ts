/** PFADD, PFCOUNT, PFMERGE, PFDEBUG beside native Redis: counts, and the very bytes. */
import { describe, expect, it } from "vitest";
import { EffectsEngine } from "../../support/effects.ts";
import { TestEngine } from "../../support/engine.ts";
import { usePair } from "../../support/pair.ts";
import { encodePipeline } from "../../support/resp-client.ts";

const pair = usePair();
const same = (commands: string[], resp: 2 | 3 = 2) => pair.expectSame(commands, { resp });

const elements = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => `e${from + i}`).join(" ");

describe.skipIf(!pair.available)("HyperLogLog", () => {
  it("answers whether the count may have changed, and keeps the count", async () => {
    await same([
      "PFADD h",
      "PFADD h",
      "GET h",
      "PFADD h a b c",
      "PFADD h a",
      "GET h",
      "PFCOUNT h",
      "GET h",
      "PFCOUNT h",
      "OBJECT ENCODING h",
    ]);
    await same(
      [
        "PFCOUNT none",
        "PFCOUNT none none",
        "EXISTS none",
        "PFMERGE h",
        "GET h",
        "PFMERGE g none",
        "PFCOUNT g h",
      ],
      3,
    );
  });

  it("grows from sparse to dense, the bytes being Redis' all the way", async () => {
    for (const limit of [0, 20, 300, 3000]) {
      const steps = [1, 5, 30, 200, 1000, 3000].map(
        (to, i, all) => `PFADD h ${elements(all[i - 1] ?? 0, to)}`,
      );
      await same([
        `CONFIG SET hll-sparse-max-bytes ${limit}`,
        ...steps.flatMap((step) => [step, "PFDEBUG ENCODING h", "PFCOUNT h", "GET h"]),
        "CONFIG SET hll-sparse-max-bytes 3000",
      ]);
    }
  });

  it("keeps expiry while it grows", async () => {
    await same([
      "PFADD h a",
      "EXPIRE h 1000",
      `PFADD h ${elements(0, 2000)}`,
      "TTL h",
      "PFDEBUG ENCODING h",
      "PFMERGE h",
      "TTL h",
    ]);
  });

  it("merges sparse and dense ones, the destination among them", async () => {
    const sketches = [
      `PFADD s ${elements(0, 50)}`,
      `PFADD d ${elements(40, 4000)}`,
      `PFADD t ${elements(45, 300)}`,
    ];
    await same([
      ...sketches,
      "PFCOUNT s d t none",
      "PFMERGE s t",
      "GET s",
      "PFMERGE s d",
      "GET s",
      "PFMERGE new t s",
      "GET new",
    ]);
    await same([
      ...sketches,
      "PFMERGE new s t",
      "PFDEBUG DECODE new",
      "PFMERGE new",
      "GET new",
      "PFCOUNT new s",
    ]);
    await same([
      "CONFIG SET hll-sparse-max-bytes 100",
      ...sketches,
      "PFMERGE new s t",
      "GET new",
      "CONFIG SET hll-sparse-max-bytes 3000",
    ]);
  });

  it("refuses what is none, and what is broken", async () => {
    const broken = 'SET b "HYLL\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x80"';
    await same([
      broken,
      "PFCOUNT b",
      "PFADD b a",
      "PFCOUNT b none",
      "PFMERGE d b",
      "EXISTS d",
      "PFDEBUG TODENSE b",
      "PFDEBUG DECODE b",
    ]);
    for (const value of [
      "x",
      "12345",
      '""',
      "HYLL",
      `"HYLL\\x00${"\\x00".repeat(11)}"`,
      `"HYLL\\x02${"\\x00".repeat(11)}"`,
    ]) {
      await same([
        `SET s ${value}`,
        "PFADD s a",
        "PFCOUNT s",
        "PFCOUNT s s",
        "PFMERGE d s",
        "PFMERGE s d",
        "PFDEBUG ENCODING s",
        "GET s",
      ]);
    }
    await same([
      "RPUSH l a",
      "PFADD l a",
      "PFCOUNT l",
      "PFCOUNT none l",
      "PFMERGE l",
      "PFDEBUG ENCODING l",
      "PFADD",
      "PFCOUNT",
      "PFMERGE",
    ]);
  });

  it("shows its inside", async () => {
    await same([
      `PFADD h ${elements(0, 20)}`,
      "PFDEBUG DECODE h",
      "PFDEBUG encoding h",
      "PFDEBUG TODENSE h",
      "PFDEBUG TODENSE h",
      "PFDEBUG DECODE h",
    ]);
    await same([
      `PFADD h ${elements(0, 20)}`,
      "PFDEBUG GETREG h",
      "PFDEBUG ENCODING h",
      "PFDEBUG nope h",
      "PFDEBUG nope none",
      "PFDEBUG SIMD ON",
    ]);
  });

  it("counts what it said it had counted: a cached count is believed", async () => {
    await same([
      'SET h "HYLL\\x01\\x00\\x00\\x00\\x07\\x00\\x00\\x00\\x00\\x00\\x00\\x00"',
      "PFCOUNT h",
      "OBJECT ENCODING h",
      "PFADD h a",
    ]);
  });
});

describe("HyperLogLog by itself", () => {
  it("passes PFSELFTEST", () => {
    expect(new TestEngine().open().feed(encodePipeline([["PFSELFTEST"]]))).toBe("+OK\r\n");
  });

  it("tells others of what it changed, and that it counted (seen in native Redis)", () => {
    const engine = new EffectsEngine();
    expect(engine.of("PFADD h")).toEqual({ events: ["new h", "pfadd h"], stream: ["PFADD h"] });
    expect(engine.of("PFADD h a b")).toEqual({ events: ["pfadd h"], stream: ["PFADD h a b"] });
    expect(engine.of("PFADD h a")).toEqual({ events: [], stream: [] });
    expect(engine.of("PFCOUNT h")).toEqual({ events: [], stream: ["PFCOUNT h"] });
    expect(engine.of("PFCOUNT h")).toEqual({ events: [], stream: [] });
    expect(engine.of("PFCOUNT h h")).toEqual({ events: [], stream: [] });
    expect(engine.of("PFMERGE g h").events).toEqual(["keymiss g", "new g", "pfadd g"]);
  });
});
