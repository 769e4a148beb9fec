/** What AOF, replicas and subscribers hear of commands on whole keys: seen in native Redis' AOF and notifications. */
import { beforeEach, describe, expect, it } from "vitest";
import { EffectsEngine } from "../../support/effects.ts";

const NOW = 1_700_000_000_000;
let effects: EffectsEngine;
beforeEach(() => {
  effects = new EffectsEngine();
});

describe("DEL, UNLINK", () => {
  it("tell of each key that was there, and nothing of others", () => {
    effects.of("MSET a 1 b 2");
    expect(effects.of("DEL a x b")).toEqual({ events: ["del a", "del b"], stream: ["DEL a x b"] });
    expect(effects.of("UNLINK a")).toEqual({ events: [], stream: [] });
  });

  it("of a key whose time is up is its expiry", () => {
    effects.of("SET a 1 PX 5");
    effects.engine.nowMs += 6;
    expect(effects.of("DEL a")).toEqual({ events: ["expired a"], stream: ["DEL a"] });
  });
});

describe("EXPIRE and its kin", () => {
  it.each([
    ["EXPIRE a 100", `PEXPIREAT a ${NOW + 100_000}`],
    ["PEXPIRE a 100 XX", `PEXPIREAT a ${NOW + 100} XX`],
    ["EXPIREAT a 4000000000 GT", "PEXPIREAT a 4000000000000 GT"],
    ["PEXPIREAT a 4000000000001", "PEXPIREAT a 4000000000001"],
  ])("%s goes out with the absolute time", (command, propagated) => {
    effects.of("SET a 1 PX 50");
    expect(effects.of(command)).toEqual({ events: ["expire a"], stream: [propagated] });
  });

  it.each(["EXPIRE a -1", "EXPIRE a 0", "PEXPIREAT a 5", "EXPIREAT a -7 LT"])(
    "%s is a deletion",
    (command) => {
      effects.of("SET a 1");
      expect(effects.of(command)).toEqual({ events: ["del a"], stream: ["DEL a"] });
    },
  );

  it("that changes nothing says nothing", () => {
    effects.of("SET a 1");
    expect(effects.of("EXPIRE a 10 XX", "EXPIRE a 10 GT", "EXPIRE missing 10", "PERSIST a")).toEqual({
      events: [],
      stream: [],
    });
  });

  it("PERSIST", () => {
    effects.of("SET a 1 EX 5");
    expect(effects.of("PERSIST a", "PERSIST a")).toEqual({ events: ["persist a"], stream: ["PERSIST a"] });
  });
});

describe("keys that go elsewhere", () => {
  it("RENAME, over a key that was there too", () => {
    effects.of("MSET a 1 b 2");
    expect(effects.of("RENAME a b")).toEqual({
      events: ["new b", "rename_from a", "rename_to b"],
      stream: ["RENAME a b"],
    });
    expect(effects.of("RENAME b b", "RENAMENX b b", "RENAME missing b")).toEqual({ events: [], stream: [] });
  });

  it("RENAME onto a key whose time is up: it expires first", () => {
    effects.of("SET a 1", "SET b 1 PX 5");
    effects.engine.nowMs += 6;
    expect(effects.of("RENAME a b")).toEqual({
      events: ["expired b", "new b", "rename_from a", "rename_to b"],
      stream: ["DEL b", "RENAME a b"],
    });
  });

  it("COPY", () => {
    effects.of("MSET a 1 b 2");
    expect(effects.of("COPY a b")).toEqual({ events: [], stream: [] });
    expect(effects.of("COPY a b REPLACE")).toEqual({
      events: ["new b", "copy_to b"],
      stream: ["COPY a b REPLACE"],
    });
    expect(effects.of("COPY missing b")).toEqual({ events: ["keymiss missing"], stream: [] });
  });

  it("MOVE", () => {
    effects.of("SET a 1");
    expect(effects.of("MOVE a 3")).toEqual({
      events: ["new a", "move_from a", "move_to a"],
      stream: ["MOVE a 3"],
    });
    expect(effects.of("MOVE a 3")).toEqual({ events: [], stream: [] });
  });
});

describe("RESTORE", () => {
  const payload = (value: string): string => {
    effects.of(`SET source ${value}`, "DUMP source");
    const bytes = /\$\d+\r\n([\s\S]*)\r\n$/.exec(effects.reply.slice(5))![1]!;
    return `"${Buffer.from(bytes, "latin1").toString("hex").replaceAll(/../g, "\\x$&")}"`;
  };

  it("goes out with the absolute time", () => {
    const bytes = payload("hello");
    const heard = effects.of(`RESTORE a 5000 ${bytes} REPLACE`);
    expect(heard.events).toEqual(["new a", "restore a"]);
    expect(heard.stream.map((command) => command.split(" ").slice(0, 3).join(" "))).toEqual([
      `RESTORE a ${NOW + 5000}`,
    ]);
    expect(heard.stream[0]).toMatch(/ REPLACE ABSTTL$/);
  });

  it("of what has expired only deletes what it was to replace", () => {
    const bytes = payload("hello");
    expect(effects.of(`RESTORE a 5 ${bytes} ABSTTL`)).toEqual({ events: [], stream: [] });
    effects.of("SET a 1");
    expect(effects.of(`RESTORE a 5 ${bytes} REPLACE ABSTTL`)).toEqual({
      events: ["del a"],
      stream: ["DEL a"],
    });
  });
});

describe("reading", () => {
  it.each(["EXISTS x", "TYPE x", "TTL x", "TOUCH x", "DUMP x"])("%s tells of a miss", (command) => {
    expect(effects.of(command)).toEqual({ events: ["keymiss x"], stream: [] });
  });

  it.each(["OBJECT ENCODING x", "MEMORY USAGE x", "KEYS x", "RANDOMKEY", "PERSIST x", "EXPIRE x 1"])(
    "%s does not",
    (command) => {
      expect(effects.of(command)).toEqual({ events: [], stream: [] });
    },
  );

  it("of a key whose time is up expires it", () => {
    effects.of("SET a 1 PX 5");
    effects.engine.nowMs += 6;
    expect(effects.of("TTL a")).toEqual({ events: ["expired a", "keymiss a"], stream: ["DEL a"] });
  });

  it("KEYS leaves keys whose time is up, SCAN and RANDOMKEY reclaim them", () => {
    effects.of("SET a 1 PX 5", "SET b 1 PX 5");
    effects.engine.nowMs += 6;
    expect(effects.of("KEYS *", "KEYS a", "DBSIZE")).toEqual({ events: [], stream: [] });
    expect(effects.reply).toBe("*0\r\n*0\r\n:2\r\n");
    expect(effects.of("SCAN 0").stream.sort()).toEqual(["DEL a", "DEL b"]);
    effects.of("SET a 1 PX 5");
    effects.engine.nowMs += 6;
    expect(effects.of("RANDOMKEY")).toEqual({ events: ["expired a"], stream: ["DEL a"] });
    expect(effects.reply).toBe("$-1\r\n");
  });
});

describe("whole databases", () => {
  it("FLUSHDB and FLUSHALL go out though there was nothing", () => {
    expect(effects.of("FLUSHDB", "FLUSHALL ASYNC")).toEqual({
      events: [],
      stream: ["FLUSHDB", "FLUSHALL ASYNC"],
    });
  });

  it("SWAPDB", () => {
    expect(effects.of("SWAPDB 0 1")).toEqual({ events: [], stream: ["SWAPDB 0 1"] });
  });
});

describe("what is stored in the place of another key", () => {
  it.each([
    ["SUNIONSTORE k s", "sunionstore"],
    ["SINTERSTORE k s s", "sinterstore"],
    ["ZUNIONSTORE k 1 z", "zunionstore"],
    ["ZRANGESTORE k z 0 -1", "zrangestore"],
    ["GEOSEARCHSTORE k g FROMLONLAT 1 1 BYRADIUS 1 km", "geosearchstore"],
    ["SORT s STORE k", "sortstore"],
  ])("%s: its key does not come anew", (command, event) => {
    effects.of("SADD s 1 2", "ZADD z 1 a", "GEOADD g 1 1 m");
    expect(effects.of(command).events).toEqual(["new k", `${event} k`]);
    expect(effects.of(command).events).toEqual([`${event} k`]);
    effects.of("SET k x");
    expect(effects.of(command)).toEqual({ events: [`${event} k`], stream: [command] });
  });
});
