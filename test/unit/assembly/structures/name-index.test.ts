/** name-index.ts against a sorted array. */
import { describe, expect, it } from "vitest";
import { Prng } from "../../../support/prng.ts";
import { VerifyEngine } from "../../../support/verify-engine.ts";

describe("name-index", () => {
  it("keeps blocks in the order of their names", () => {
    const prng = new Prng(Prng.seed());
    const engine = new VerifyEngine();
    const text = engine.alloc(1024);
    const start = engine.usedMemory();
    const model = new Map<string, number>();
    let index = 0;
    for (let step = 0; step < 4000; step++) {
      const name = prng.chance(0.05) ? "n".repeat(prng.between(250, 300)) : prng.bytes(prng.below(3));
      const length = engine.write(text, name);
      expect(engine.call("nameIndexFind", index, text, length)).toBe(model.get(name) ?? 0);
      if (prng.chance(step < 2500 ? 0.4 : 0.7)) {
        index = engine.call("nameIndexRemove", index, text, length);
        expect(engine.call("testOutPtr")).toBe(model.get(name) ?? 0);
        if (model.has(name)) engine.free(model.get(name) as number);
        model.delete(name);
      } else if (!model.has(name)) {
        // The least that an entry block is: where the name starts, its length, the name.
        const long = name.length > 254;
        const block = engine.alloc(8 + name.length);
        const head = new Uint8Array(8);
        head.set([8, long ? 255 : name.length]);
        new DataView(head.buffer).setUint32(4, name.length, true);
        engine.write(block, head);
        engine.write(block + 8, name);
        index = engine.call("nameIndexInsert", index, block);
        model.set(name, block);
      }
      if (step % 50) continue;
      expect(engine.call("nameIndexValidate", index)).toBe(1);
      const sorted = [...model].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, block]) => block);
      expect(engine.call("nameIndexCount", index)).toBe(sorted.length);
      expect(sorted.map((_, i) => engine.call("nameIndexAt", index, i))).toEqual(sorted);
    }
    for (const [name, block] of model) {
      index = engine.call("nameIndexRemove", index, text, engine.write(text, name));
      engine.free(block);
    }
    expect(index).toBe(0);
    expect(engine.usedMemory()).toBe(start);
  });
});
