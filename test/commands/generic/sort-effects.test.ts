/** What SORT tells others; seen in native Redis 8.0. */
import { beforeEach, describe, expect, it } from "vitest";
import { EffectsEngine } from "../../support/effects.ts";

let engine: EffectsEngine;
const effectsOf = (...lines: string[]) => engine.of(...lines);

beforeEach(() => {
  engine = new EffectsEngine();
});

describe("what others hear of SORT", () => {
  it("STORE: the destination, which is new only where it was not there", () => {
    effectsOf("RPUSH c 2 1", "SET s x");
    expect(effectsOf("SORT c STORE d")).toEqual({
      events: ["new d", "sortstore d"],
      stream: ["SORT c STORE d"],
    });
    expect(effectsOf("SORT c STORE d").events).toEqual(["sortstore d"]);
    expect(effectsOf("SORT c STORE s").events).toEqual(["sortstore s"]);
  });

  it("STORE of nothing deletes", () => {
    effectsOf("RPUSH d 1");
    expect(effectsOf("SORT none STORE d")).toEqual({
      events: ["keymiss none", "del d"],
      stream: ["SORT none STORE d"],
    });
    expect(effectsOf("SORT none STORE d")).toEqual({ events: ["keymiss none"], stream: [] });
  });

  it("keys of BY and GET that are not there are missed", () => {
    effectsOf("RPUSH c 1");
    expect(effectsOf("SORT c BY w_* GET x_* ALPHA")).toEqual({
      events: ["keymiss w_1", "keymiss x_1"],
      stream: [],
    });
  });
});
