/** String commands without memory: they say so, change nothing, and lose nothing. */
import { describe, expect, it } from "vitest";
import { TestEngine } from "../../support/engine.ts";
import { encodePipeline } from "../../support/resp-client.ts";

const MEGABYTE = 1 << 20;
const REFUSED = "-OOM command not allowed when used memory > 'maxmemory'.\r\n";

describe("string commands at the end of memory", () => {
  it("MSET of more than there is room for sets none of the keys", () => {
    const engine = new TestEngine({ memoryMax: 32 * MEGABYTE });
    const client = engine.open();
    const ask = (...argv: string[]) => client.feed(encodePipeline([argv]));
    const value = "v".repeat(30_000);
    const pairs = Array.from({ length: 200 }, (_, i) => [`k${i}`, value]).flat();
    ask("SET", "k0", "old");
    let refusals = 0;
    for (let round = 0; round < 4; round++) {
      const keys = Number(ask("DBSIZE").slice(1));
      const reply = ask("MSET", ...pairs.map((part, i) => (i % 2 ? part : `${round}:${part}`)));
      if (reply !== "+OK\r\n") {
        expect(reply).toBe(REFUSED);
        expect(Number(ask("DBSIZE").slice(1))).toBe(keys);
        refusals++;
      }
    }
    expect(refusals).toBeGreaterThan(0);
    expect(ask("GET", "k0")).toBe("$3\r\nold\r\n");
  });

  it("SETRANGE, APPEND and SETBIT far out leave the string as it was", () => {
    const engine = new TestEngine({ memoryMax: 32 * MEGABYTE });
    const client = engine.open();
    const ask = (...argv: string[]) => client.feed(encodePipeline([argv]));
    ask("SET", "s", "abc");
    const before = engine.usedMemory;
    expect(ask("SETRANGE", "s", String(100 * MEGABYTE), "x")).toBe(REFUSED);
    expect(ask("SETRANGE", "new", String(100 * MEGABYTE), "x")).toBe(REFUSED);
    expect(ask("SETBIT", "s", String(800 * MEGABYTE), "1")).toBe(REFUSED);
    expect(ask("BITFIELD", "new", "SET", "u8", String(800 * MEGABYTE), "1")).toBe(REFUSED);
    expect(ask("GET", "s")).toBe("$3\r\nabc\r\n");
    expect(ask("EXISTS", "new")).toBe(":0\r\n");
    expect(engine.usedMemory).toBe(before);
  });
});
