/**
 * What bitmap commands tell others: keyspace notifications, and what goes to AOF and replicas. The expected values were
 * seen in native Redis 8.0; where they differ on purpose, the test says so.
 */
import { beforeEach, describe, expect, it } from "vitest";
import { EffectsEngine } from "../../support/effects.ts";

const NOTHING = { events: [], stream: [] };

let engine: EffectsEngine;
const effectsOf = (...lines: string[]) => engine.of(...lines);

beforeEach(() => {
  engine = new EffectsEngine();
});

describe("what others hear of bitmap commands", () => {
  it("SETBIT and BITFIELD: only of bits that changed, or a string that grew", () => {
    expect(effectsOf("SETBIT k 3 0")).toEqual({ events: ["new k", "setbit k"], stream: ["SETBIT k 3 0"] });
    expect(effectsOf("SETBIT k 3 0")).toEqual(NOTHING);
    expect(effectsOf("SETBIT k 3 1").events).toEqual(["setbit k"]);
    expect(effectsOf("BITFIELD k GET u8 0 SET u8 0 16")).toEqual(NOTHING);
    expect(effectsOf("BITFIELD k SET u8 0 17").stream).toEqual(["BITFIELD k SET u8 0 17"]);
    expect(effectsOf("BITFIELD k SET u8 8 0").events).toEqual(["setbit k"]);
    expect(effectsOf("BITFIELD k OVERFLOW FAIL SET u8 0 256")).toEqual(NOTHING);
  });

  it("BITFIELD that makes a key and then writes nothing is propagated (native: the replica lacks the key)", () => {
    const command = "BITFIELD k OVERFLOW FAIL SET u8 0 256";
    expect(effectsOf(command)).toEqual({ events: ["new k"], stream: [command] });
  });

  it("BITOP: set, or del where nothing is left", () => {
    effectsOf("SET a x");
    expect(effectsOf("BITOP NOT d a")).toEqual({ events: ["new d", "set d"], stream: ["BITOP NOT d a"] });
    const emptied = { events: ["keymiss none", "del d"], stream: ["BITOP AND d none"] };
    expect(effectsOf("BITOP AND d none")).toEqual(emptied);
    expect(effectsOf("BITOP AND d none")).toEqual({ events: ["keymiss none"], stream: [] });
  });
});
