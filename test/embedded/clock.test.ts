/** Time in a store: expiry by its clock, background work done by calls, times of access. */
import { describe, expect, it } from "vitest";
import type { Store } from "../../bindings/store.ts";
import { openStore } from "../support/store.ts";

const START = 1_700_000_000_000;

/** A store with a clock in the test's hand. */
function clocked(): { db: Store; clock: { nowMs: number } } {
  const clock = { nowMs: START };
  return { clock, db: openStore({ now: () => clock.nowMs }) };
}

describe("expiry", () => {
  it("is seen at once by every command, typed GET included", () => {
    const { db, clock } = clocked();
    db.set("key", "value", { px: 100 });
    expect(db.pttl("key")).toBe(100);
    clock.nowMs += 99;
    expect(db.get("key")).toBe("value");
    clock.nowMs += 1;
    expect(db.get("key")).toBe("value"); // Redis: a key lives through its last millisecond
    clock.nowMs += 1;
    expect(db.get("key")).toBe(null);
    expect(db.exists("key")).toBe(0);
    expect(db.dbsize()).toBe(0);
  });

  it("is not missed by a GET that follows others within the same turn", () => {
    const { db, clock } = clocked();
    db.set("short", "value", { px: 10 });
    db.set("long", "value");
    for (let i = 0; i < 200; i++) {
      clock.nowMs += 1;
      expect(db.get("long")).toBe("value");
      expect(db.get("short")).toBe(i < 10 ? "value" : null);
    }
  });

  it("is forgotten when SET overwrites the key, before and after it is due", () => {
    const { db, clock } = clocked();
    for (const wait of [5, 50]) {
      db.set("key", "old", { px: 10 });
      clock.nowMs += wait;
      expect(db.set("key", "new")).toBe("OK");
      expect(db.ttl("key")).toBe(-1);
      clock.nowMs += 1000;
      expect(db.get("key")).toBe("new");
    }
  });

  it("works by the computer's clock as well", async () => {
    const db = openStore();
    db.set("key", "value", { px: 20 });
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(db.get("key")).toBe(null);
  });
});

describe("background work", () => {
  it("gives the memory of expired keys back that nobody reads, while other commands run", () => {
    const { db, clock } = clocked();
    const empty = db.usedMemory;
    for (let i = 0; i < 5000; i++) db.set(`key:${i}`, "x".repeat(50), { px: 1000 });
    const full = db.usedMemory;
    clock.nowMs += 5000;
    for (let i = 0; i < 20_000 && db.usedMemory > empty + (full - empty) / 10; i++) {
      clock.nowMs += 1;
      db.ping();
    }
    expect(db.usedMemory).toBeLessThan(empty + (full - empty) / 10);
  });

  it("needs no timer: a store that nobody calls keeps no process alive", () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const before = timers();
    const db = openStore();
    db.set("key", "value", { ex: 1000 });
    db.get("key");
    expect(timers()).toBe(before);
  });
});

describe("the time of access", () => {
  it("of a key is that of the GET, also after a long silence", async () => {
    const { db, clock } = clocked();
    db.set("key", "value");
    db.get("key");
    await Promise.resolve();
    clock.nowMs += 60_000;
    expect(db.object.idletime("key")).toBe(60);
    db.get("key");
    expect(db.object.idletime("key")).toBe(0);
  });
});
