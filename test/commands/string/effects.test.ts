/**
 * What string commands tell others: keyspace notifications, and what goes to AOF and replicas. The expected values were
 * seen in native Redis 8.0 (its AOF, its __keyevent@ channels).
 */
import { beforeEach, describe, expect, it } from "vitest";
import { EffectsEngine } from "../../support/effects.ts";

const NOTHING = { events: [], stream: [] };
/** 100 s after the engine's clock. */
const LATER = 1_700_000_100_000;

let engine: EffectsEngine;
const effectsOf = (...lines: string[]) => engine.of(...lines);

beforeEach(() => {
  engine = new EffectsEngine();
});

describe("what others hear of string commands", () => {
  it("SET: as it came without a time", () => {
    expect(effectsOf("SET k v")).toEqual({ events: ["new k", "set k"], stream: ["SET k v"] });
    expect(effectsOf("set k v XX KEEPTTL")).toEqual({ events: ["set k"], stream: ["set k v XX KEEPTTL"] });
    expect(effectsOf("SET k v NX")).toEqual(NOTHING);
    expect(effectsOf("SETNX k v")).toEqual(NOTHING);
    expect(effectsOf("SETNX n v")).toEqual({ events: ["new n", "set n"], stream: ["SETNX n v"] });
  });

  it("SET with a time: the time on the calendar, conditions and GET left out", () => {
    const set = { events: ["set k", "expire k"], stream: [`SET k v PXAT ${LATER}`] };
    effectsOf("SET k v");
    expect(effectsOf("SET k v EX 100")).toEqual(set);
    expect(effectsOf("SET k v GET PX 100000 XX")).toEqual(set);
    expect(effectsOf("SET k v EXAT 1700000100")).toEqual(set);
    expect(effectsOf("SETEX k 100 v")).toEqual(set);
    expect(effectsOf("PSETEX k 100000 v")).toEqual(set);
  });

  it("SET PXAT: as it came", () => {
    effectsOf("SET k v");
    expect(effectsOf(`SET k v GET XX pxat ${LATER}`).stream).toEqual([`SET k v GET XX pxat ${LATER}`]);
  });

  it("SET GET: without GET; GETSET: SET", () => {
    effectsOf("SET k v");
    expect(effectsOf("SET k v XX get GET").stream).toEqual(["SET k v XX"]);
    expect(effectsOf("SET GET GET GET").stream).toEqual(["SET GET GET"]);
    expect(effectsOf("GETSET k v")).toEqual({ events: ["set k"], stream: ["SET k v"] });
    expect(effectsOf("SET none v GET XX")).toEqual({ events: ["keymiss none"], stream: [] });
  });

  it("GETDEL: DEL", () => {
    effectsOf("SET k v");
    expect(effectsOf("GETDEL k")).toEqual({ events: ["del k"], stream: ["DEL k"] });
    expect(effectsOf("GETDEL k")).toEqual({ events: ["keymiss k"], stream: [] });
  });

  it("GETEX: PEXPIREAT, PERSIST, or DEL for a time that is past", () => {
    effectsOf("SET k v");
    expect(effectsOf("GETEX k")).toEqual(NOTHING);
    expect(effectsOf("GETEX k PERSIST")).toEqual(NOTHING);
    expect(effectsOf("GETEX k EX 100")).toEqual({ events: ["expire k"], stream: [`PEXPIREAT k ${LATER}`] });
    expect(effectsOf("GETEX k PERSIST")).toEqual({ events: ["persist k"], stream: ["PERSIST k"] });
    expect(effectsOf("GETEX k PXAT 1")).toEqual({ events: ["del k"], stream: ["DEL k"] });
  });

  it("INCR and its kin: as they came; INCRBYFLOAT: the sum", () => {
    expect(effectsOf("INCR n")).toEqual({ events: ["new n", "incrby n"], stream: ["INCR n"] });
    expect(effectsOf("DECRBY n 3")).toEqual({ events: ["incrby n"], stream: ["DECRBY n 3"] });
    expect(effectsOf("INCRBY n 9223372036854775807", "INCRBY n 3").stream).toEqual([
      "INCRBY n 9223372036854775807",
    ]);
    expect(effectsOf("INCRBYFLOAT f 0.1", "INCRBYFLOAT f 0.2")).toEqual({
      events: ["new f", "incrbyfloat f", "incrbyfloat f"],
      stream: ["SET f 0.1 KEEPTTL", "SET f 0.3 KEEPTTL"],
    });
  });

  it("MSET tells of each key, MSETNX of none if one is there", () => {
    expect(effectsOf("MSET a 1 b 2 a 3")).toEqual({
      events: ["new a", "set a", "new b", "set b", "set a"],
      stream: ["MSET a 1 b 2 a 3"],
    });
    expect(effectsOf("MSETNX c 1 a 2")).toEqual(NOTHING);
    expect(effectsOf("MSETNX c 1 d 2").events).toEqual(["new c", "set c", "new d", "set d"]);
    expect(effectsOf("MGET a none b none").events).toEqual(["keymiss none", "keymiss none"]);
  });

  it("APPEND and SETRANGE: as they came, and nothing where nothing is written", () => {
    expect(effectsOf("APPEND s ab")).toEqual({ events: ["new s", "append s"], stream: ["APPEND s ab"] });
    expect(effectsOf("SETRANGE s 1 x")).toEqual({ events: ["setrange s"], stream: ["SETRANGE s 1 x"] });
    expect(effectsOf('SETRANGE s 9 ""', 'SETRANGE none 9 ""')).toEqual(NOTHING);
    expect(effectsOf('APPEND s ""')).toEqual({ events: ["append s"], stream: ["APPEND s "] });
  });

  it("a key whose time is up goes first, as DEL", () => {
    effectsOf("SET k v PX 1");
    engine.engine.nowMs += 5;
    expect(effectsOf("SET k w")).toEqual({
      events: ["expired k", "new k", "set k"],
      stream: ["DEL k", "SET k w"],
    });
  });
});
