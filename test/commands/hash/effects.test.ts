/**
 * What hash commands tell others: keyspace notifications, and what goes to AOF and replicas. The expected values were seen
 * in native Redis 8.0 (its AOF, its __keyevent@ channels); where they differ on purpose, the test says so.
 */
import { beforeEach, describe, expect, it } from "vitest";
import { Root, Setting } from "../../../bindings/abi.ts";
import { parseCommand } from "../../support/command-line.ts";
import { TestEngine, type TestClient } from "../../support/engine.ts";
import { encodePipeline } from "../../support/resp-client.ts";

const NOTIFY_ALL = 0xffff;
const EVENT_NOTIFY = 1;

let engine: TestEngine;
let client: TestClient;

beforeEach(() => {
  engine = new TestEngine();
  client = engine.open();
  const { memory, root } = engine.engine;
  memory.setU32(root + Root.notifyFlags, NOTIFY_ALL);
  memory.setU32(root + Root.propagating, 1);
  effectsOf("SELECT 0");
});

/** Runs a command; what others heard of it, since the last time. */
function effectsOf(...lines: string[]): { events: string[]; stream: string[] } {
  client.feed(encodePipeline(lines.map(parseCommand)));
  return takeEffects();
}

function takeEffects(): { events: string[]; stream: string[] } {
  const { engine: raw } = engine;
  const events: string[] = [];
  const first = raw.word(Root.eventsPtr);
  for (let at = first; at < first + raw.word(Root.eventsUsed); at += raw.memory.u32(at)) {
    if (raw.memory.u32(at + 4) !== EVENT_NOTIFY) continue;
    const [nameLen, keyLen] = [raw.memory.u32(at + 16), raw.memory.u32(at + 20)];
    events.push(`${text(at + 24, nameLen)} ${text(at + 24 + nameLen, keyLen)}`);
  }
  const stream = commandsOf(text(raw.word(Root.streamPtr), raw.word(Root.streamUsed)));
  raw.exports.clearEvents();
  raw.exports.clearStream();
  return { events, stream: stream.filter((command) => !command.startsWith("SELECT ")) };
}

function text(at: number, length: number): string {
  return Buffer.from(engine.engine.memory.bytes.subarray(at, at + length)).toString("latin1");
}

/** The commands in a piece of RESP, their arguments joined by blanks. */
function commandsOf(resp: string): string[] {
  const commands: string[] = [];
  const parts = resp.split("\r\n");
  for (let at = 0; at < parts.length - 1;) {
    const argc = Number((parts[at] as string).slice(1));
    commands.push(Array.from({ length: argc }, (_, i) => parts[at + 2 + 2 * i]).join(" "));
    at += 1 + 2 * argc;
  }
  return commands;
}

/** Lets the fields set to expire in 1 ms expire. */
function wait(): void {
  engine.nowMs += 5;
}

describe("what others hear of hash commands", () => {
  it("HSET, HDEL: as they came", () => {
    expect(effectsOf("HSET h a 1 b 2")).toEqual({ events: ["new h", "hset h"], stream: ["HSET h a 1 b 2"] });
    expect(effectsOf("HSETNX h a 1")).toEqual({ events: [], stream: [] });
    expect(effectsOf("HDEL h a none")).toEqual({ events: ["hdel h"], stream: ["HDEL h a none"] });
    expect(effectsOf("HDEL h b")).toEqual({ events: ["hdel h", "del h"], stream: ["HDEL h b"] });
  });

  it("HINCRBYFLOAT: the sum, with HSETEX KEEPTTL where the field has an expiry (native: HSET, which loses it)", () => {
    expect(effectsOf("HINCRBYFLOAT h a 1.5").stream).toEqual(["HSET h a 1.5"]);
    effectsOf("HPEXPIREAT h 4000000000000 FIELDS 1 a");
    expect(effectsOf("HINCRBYFLOAT h a 1")).toEqual({
      events: ["hincrbyfloat h"],
      stream: ["HSETEX h KEEPTTL FIELDS 1 a 2.5"],
    });
  });

  it("HEXPIRE: HPEXPIREAT of the fields it changed, HDEL of each where the time is past", () => {
    effectsOf("HSET h a 1 b 2 c 3");
    expect(effectsOf("HEXPIRE h 100 NX FIELDS 3 a b none")).toEqual({
      events: ["hexpire h"],
      stream: [`HPEXPIREAT h ${engine.nowMs + 100_000} NX FIELDS 2 a b`],
    });
    expect(effectsOf("HEXPIRE h 100 NX FIELDS 1 a")).toEqual({ events: [], stream: [] });
    expect(effectsOf("HPEXPIRE h 0 XX FIELDS 2 a c")).toEqual({ events: ["hdel h"], stream: ["HDEL h a"] });
    expect(effectsOf("HEXPIREAT h 1 FIELDS 2 b c")).toEqual({
      events: ["hdel h", "del h"],
      stream: ["HDEL h b", "HDEL h c"],
    });
  });

  it("HGETEX: HPEXPIREAT or HPERSIST of all fields asked for, HDEL where the time is past", () => {
    effectsOf("HSET h a 1 b 2");
    expect(effectsOf("HGETEX h FIELDS 1 a")).toEqual({ events: [], stream: [] });
    expect(effectsOf("HGETEX h EX 100 FIELDS 2 a none")).toEqual({
      events: ["hexpire h"],
      stream: [`HPEXPIREAT h ${engine.nowMs + 100_000} FIELDS 2 a none`],
    });
    expect(effectsOf("HGETEX h PERSIST FIELDS 2 a b")).toEqual({
      events: ["hpersist h"],
      stream: ["HPERSIST h FIELDS 2 a b"],
    });
    expect(effectsOf("HGETEX h PERSIST FIELDS 2 a b")).toEqual({ events: [], stream: [] });
    expect(effectsOf("HGETEX h PXAT 1 FIELDS 3 a b none")).toEqual({
      events: ["hdel h", "del h"],
      stream: ["HDEL h a", "HDEL h b"],
    });
  });

  it("HSETEX: with the absolute time, HDEL where that is past", () => {
    expect(effectsOf("HSETEX h FNX EX 100 FIELDS 1 a 1")).toEqual({
      events: ["new h", "hset h", "hexpire h"],
      stream: [`HSETEX h FNX PXAT ${engine.nowMs + 100_000} FIELDS 1 a 1`],
    });
    expect(effectsOf("HSETEX h KEEPTTL FIELDS 1 a 2")).toEqual({
      events: ["hset h"],
      stream: ["HSETEX h KEEPTTL FIELDS 1 a 2"],
    });
    expect(effectsOf("HSETEX h PXAT 1 FIELDS 2 a 1 b 2")).toEqual({
      events: ["hset h", "hdel h", "del h"],
      stream: ["HDEL h a", "HDEL h b"],
    });
  });

  it("HGETDEL: HDEL of all fields asked for", () => {
    effectsOf("HSET h a 1 b 2");
    expect(effectsOf("HGETDEL h FIELDS 1 none")).toEqual({ events: [], stream: [] });
    expect(effectsOf("HGETDEL h FIELDS 2 a none")).toEqual({ events: ["hdel h"], stream: ["HDEL h a none"] });
    expect(effectsOf("HGETDEL h FIELDS 2 b b")).toEqual({
      events: ["hdel h", "del h"],
      stream: ["HDEL h b b"],
    });
  });

  it("a field met after its time: hexpired and HDEL, before the command itself", () => {
    effectsOf("HSET h a 1 b 2 c 3", "HPEXPIRE h 1 FIELDS 2 a b");
    wait();
    expect(effectsOf("HGET h a")).toEqual({ events: ["hexpired h"], stream: ["HDEL h a"] });
    expect(effectsOf("HSETNX h b 5")).toEqual({
      events: ["hexpired h", "hset h"],
      stream: ["HDEL h b", "HSETNX h b 5"],
    });
    effectsOf("HPEXPIRE h 1 FIELDS 2 a b");
    wait();
    expect(effectsOf("HGETEX h PXAT 4000000000000 FIELDS 2 b c")).toEqual({
      events: ["hexpired h", "hexpire h"],
      stream: ["HDEL h b", "HPEXPIREAT h 4000000000000 FIELDS 2 b c"],
    });
    expect(engine.engine.counter(Root.statExpiredFields)).toBe(3);
  });

  it("the last field met after its time takes the key with it, and a write makes it anew", () => {
    effectsOf("HSET h a 1", "HPEXPIRE h 1 FIELDS 1 a");
    wait();
    expect(effectsOf("HINCRBY h a 2")).toEqual({
      events: ["hexpired h", "del h", "new h", "hincrby h"],
      stream: ["HDEL h a", "HINCRBY h a 2"],
    });
    effectsOf("HPEXPIRE h 1 FIELDS 1 a");
    wait();
    expect(effectsOf("HMGET h a b")).toEqual({ events: ["hexpired h", "del h"], stream: ["HDEL h a"] });
  });

  it("conditions of HSETEX: without a notification, but for the key", () => {
    effectsOf("HSET h a 1 b 2", "HPEXPIRE h 1 FIELDS 2 a b");
    wait();
    expect(effectsOf("HSETEX h FXX FIELDS 1 a 2")).toEqual({ events: [], stream: ["HDEL h a"] });
    expect(effectsOf("HSETEX h FXX FIELDS 1 b 2")).toEqual({ events: ["del h"], stream: ["HDEL h b"] });
  });

  it.each([512, 0])(
    "the active cycle: one hexpired a hash, HDEL of each field [%i in a listpack]",
    (entries) => {
      engine.engine.exports.configure(Setting.HASH_MAX_LISTPACK_ENTRIES, entries);
      effectsOf(
        "HSET h a 1 b 2 c 3",
        "HSETEX i PX 7 FIELDS 1 a 1",
        "HSETEX other PXAT 4000000000000 FIELDS 1 a 1",
      );
      effectsOf("HPEXPIRE h 2 FIELDS 1 b", "HPEXPIRE h 1 FIELDS 1 a");
      engine.nowMs += 1;
      engine.cron();
      expect(takeEffects()).toEqual({ events: [], stream: [] });
      wait();
      engine.cron();
      expect(takeEffects()).toEqual({ events: ["hexpired h"], stream: ["HDEL h a", "HDEL h b"] });
      wait();
      engine.cron();
      expect(takeEffects()).toEqual({ events: ["hexpired i", "del i"], stream: ["HDEL i a"] });
    },
  );
});

describe("the index of hashes whose fields expire", () => {
  it.each([512, 0])("follows a key wherever it goes [%i in a listpack]", (entries) => {
    engine.engine.exports.configure(Setting.HASH_MAX_LISTPACK_ENTRIES, entries);
    effectsOf("HSET h a 1 b 2 c 3", "HPEXPIRE h 10 FIELDS 2 a b");
    effectsOf("COPY h copied", "COPY h elsewhere DB 2", "RENAME h renamed", "MOVE renamed 1");
    effectsOf(
      "EXPIREAT copied 4000000000",
      "PERSIST copied",
      "HSET replaced x 1 y 2",
      "COPY copied replaced REPLACE",
    );
    const payload = client.feed(encodePipeline([["DUMP", "copied"]]));
    const bytes = payload.slice(payload.indexOf("\r\n") + 2, -2);
    client.feed(encodePipeline([["RESTORE", "restored", "0", bytes]]));
    effectsOf(
      "SWAPDB 0 5",
      "SELECT 5",
      "HSETEX flushed PX 1 FIELDS 1 a 1",
      "MOVE flushed 6",
      "SELECT 6",
      "FLUSHDB",
    );
    takeEffects();
    engine.nowMs += 20;
    engine.cron();
    expect(takeEffects().events.sort()).toEqual([
      "hexpired copied",
      "hexpired elsewhere",
      "hexpired renamed",
      "hexpired replaced",
      "hexpired restored",
    ]);
    expect(
      client.feed(
        encodePipeline([
          ["SELECT", "5"],
          ["HLEN", "copied"],
          ["HGETALL", "restored"],
        ]),
      ),
    ).toBe("+OK\r\n:1\r\n*2\r\n$1\r\nc\r\n$1\r\n3\r\n");
  });

  it("has nothing of a hash whose fields expire no more", () => {
    effectsOf("HSETEX h PX 10 FIELDS 2 a 1 b 2", "HPERSIST h FIELDS 1 a", "HSET h b 3");
    engine.nowMs += 20;
    engine.cron();
    expect(takeEffects().events).toEqual([]);
    expect(client.feed("HGETALL h\r\n")).toBe("*4\r\n$1\r\na\r\n$1\r\n1\r\n$1\r\nb\r\n$1\r\n3\r\n");
  });
});
