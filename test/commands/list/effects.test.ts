/**
 * What list commands tell others: keyspace notifications, and what goes to AOF and replicas. The expected values were seen
 * in native Redis 8.0 (its __keyevent@ channels, its AOF).
 */
import { beforeEach, describe, expect, it } from "vitest";
import { EffectsEngine } from "../../support/effects.ts";

let engine: EffectsEngine;
const effectsOf = (...lines: string[]) => engine.of(...lines);

beforeEach(() => {
  engine = new EffectsEngine();
});

describe("what others hear of list commands", () => {
  it("pushes: as they came; LPUSHX without a list: nothing", () => {
    expect(effectsOf("RPUSH a 1 2")).toEqual({ events: ["new a", "rpush a"], stream: ["RPUSH a 1 2"] });
    expect(effectsOf("LPUSH a 0")).toEqual({ events: ["lpush a"], stream: ["LPUSH a 0"] });
    expect(effectsOf("LPUSHX b 0", "RPUSHX b 0")).toEqual({ events: [], stream: [] });
    expect(effectsOf("RPUSHX a 3")).toEqual({ events: ["rpush a"], stream: ["RPUSHX a 3"] });
  });

  it("pops: as they came; the last element takes the key with it", () => {
    effectsOf("RPUSH a 1 2 3 4");
    expect(effectsOf("LPOP a")).toEqual({ events: ["lpop a"], stream: ["LPOP a"] });
    expect(effectsOf("RPOP a 2")).toEqual({ events: ["rpop a"], stream: ["RPOP a 2"] });
    expect(effectsOf("LPOP a 0", "LPOP none", "RPOP none 1")).toEqual({ events: [], stream: [] });
    expect(effectsOf("LPOP a 9")).toEqual({ events: ["lpop a", "del a"], stream: ["LPOP a 9"] });
  });

  it("LMPOP, BLMPOP: LPOP or RPOP with how many there were", () => {
    effectsOf("RPUSH a 1 2 3 4");
    expect(effectsOf("LMPOP 2 z a LEFT")).toEqual({ events: ["lpop a"], stream: ["LPOP a 1"] });
    expect(effectsOf("BLMPOP 0 2 z a RIGHT COUNT 9")).toEqual({
      events: ["rpop a", "del a"],
      stream: ["RPOP a 3"],
    });
    expect(effectsOf("LMPOP 2 z a LEFT")).toEqual({ events: [], stream: [] });
  });

  it("BLPOP, BRPOP: LPOP, RPOP", () => {
    effectsOf("RPUSH a 1 2");
    expect(effectsOf("BLPOP z a 0")).toEqual({ events: ["lpop a"], stream: ["LPOP a"] });
    expect(effectsOf("BRPOP a 0")).toEqual({ events: ["rpop a", "del a"], stream: ["RPOP a"] });
  });

  it("LMOVE and RPOPLPUSH: the push is heard first; their blocking forms: the plain ones", () => {
    effectsOf("RPUSH a 1 2 3 4");
    expect(effectsOf("LMOVE a b LEFT RIGHT")).toEqual({
      events: ["new b", "rpush b", "lpop a"],
      stream: ["LMOVE a b LEFT RIGHT"],
    });
    expect(effectsOf("LMOVE a a LEFT RIGHT").events).toEqual(["rpush a", "lpop a"]);
    expect(effectsOf("RPOPLPUSH a b").events).toEqual(["lpush b", "rpop a"]);
    expect(effectsOf("BLMOVE a b left RIGHT 0")).toEqual({
      events: ["rpush b", "lpop a"],
      stream: ["LMOVE a b left RIGHT"],
    });
    expect(effectsOf("BRPOPLPUSH a b 0")).toEqual({
      events: ["lpush b", "rpop a", "del a"],
      stream: ["RPOPLPUSH a b"],
    });
    expect(effectsOf("LMOVE a b LEFT LEFT")).toEqual({ events: [], stream: [] });
  });

  it("LSET, LINSERT, LREM: as they came, where something was changed", () => {
    effectsOf("RPUSH a 1 2 3 1");
    expect(effectsOf("LREM a 0 9", "LINSERT a BEFORE 9 x", "LSET a 9 x")).toEqual({ events: [], stream: [] });
    expect(effectsOf("LREM a 0 1")).toEqual({ events: ["lrem a"], stream: ["LREM a 0 1"] });
    expect(effectsOf("LSET a 0 x")).toEqual({ events: ["lset a"], stream: ["LSET a 0 x"] });
    expect(effectsOf("LINSERT a AFTER x y")).toEqual({
      events: ["linsert a"],
      stream: ["LINSERT a AFTER x y"],
    });
    effectsOf("RPUSH b v");
    expect(effectsOf("LREM b 0 v").events).toEqual(["lrem b", "del b"]);
  });

  it("LTRIM is heard even where it takes nothing out, but not replicated then", () => {
    effectsOf("RPUSH a 1 2 3");
    expect(effectsOf("LTRIM a 0 -1")).toEqual({ events: ["ltrim a"], stream: [] });
    expect(effectsOf("LTRIM a 1 1")).toEqual({ events: ["ltrim a"], stream: ["LTRIM a 1 1"] });
    expect(effectsOf("LTRIM a 5 1")).toEqual({ events: ["ltrim a", "del a"], stream: ["LTRIM a 5 1"] });
  });

  it("reading a list that is not there: keymiss", () => {
    expect(effectsOf("LRANGE n 0 1", "LINDEX n 0", "LLEN n", "LPOS n x")).toEqual({
      events: ["keymiss n", "keymiss n", "keymiss n", "keymiss n"],
      stream: [],
    });
  });
});
