/** Many stores in one process, one after the other and side by side: memory comes back, nothing is shared. */
import { describe, expect, it } from "vitest";
import { openStore } from "../support/store.ts";

const { gc } = globalThis;

describe("1,000 stores", () => {
  it("one after the other leave nothing behind, closed or forgotten", async () => {
    const cycle = (i: number): void => {
      const db = openStore({ build: "release" });
      db.set("key", `value ${i}`);
      db.bytes.get("key");
      if (i % 2 === 0) db.close();
    };
    for (let i = 0; i < 100; i++) cycle(i);
    const before = await resident();
    for (let i = 0; i < 1000; i++) {
      cycle(i);
      if (i % 50 === 0) await new Promise(setImmediate); // collectors like a pause
    }
    expect((await resident()) - before).toBeLessThan(64 << 20);
  }, 120_000);

  it("side by side keep their own keys", () => {
    const stores = Array.from({ length: 200 }, (_, i) => {
      const db = openStore({ build: "release", databases: 1 });
      db.set("number", i);
      return db;
    });
    expect(stores.map((db) => Number(db.get("number")))).toEqual(stores.map((_, i) => i));
    for (const db of stores) db.close();
  });
});

/** Resident memory after the collector has had every chance. */
async function resident(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    gc?.();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return process.memoryUsage().rss;
}
