/**
 * What stream commands tell others: keyspace notifications, and what goes to AOF and replicas. The expected values were
 * seen in native Redis 8.0 (its AOF, its __keyevent@ channels).
 */
import { beforeEach, describe, expect, it } from "vitest";
import { Root } from "../../../bindings/abi.ts";
import { parseCommand } from "../../support/command-line.ts";
import { TestEngine, type TestClient } from "../../support/engine.ts";
import { encodePipeline } from "../../support/resp-client.ts";

const NOTIFY_ALL = 0xffff;
const NOW = 1_700_000_000_000;

let engine: TestEngine;
let client: TestClient;

beforeEach(() => {
  engine = new TestEngine({ nowMs: NOW });
  client = engine.open();
  const { memory, root } = engine.engine;
  memory.setU32(root + Root.notifyFlags, NOTIFY_ALL);
  memory.setU32(root + Root.propagating, 1);
  effectsOf("SELECT 0");
});

/** Runs commands; what others heard of them. */
function effectsOf(...lines: string[]): { events: string[]; stream: string[] } {
  client.feed(encodePipeline(lines.map(parseCommand)));
  const { engine: raw } = engine;
  const events: string[] = [];
  const first = raw.word(Root.eventsPtr);
  for (let at = first; at < first + raw.word(Root.eventsUsed); at += raw.memory.u32(at)) {
    const [nameLen, keyLen] = [raw.memory.u32(at + 16), raw.memory.u32(at + 20)];
    events.push(`${text(at + 24, nameLen)} ${text(at + 24 + nameLen, keyLen)}`);
  }
  const stream = commandsOf(text(raw.word(Root.streamPtr), raw.word(Root.streamUsed)));
  raw.exports.clearEvents();
  raw.exports.clearStream();
  return { events, stream: stream.filter((command) => !command.startsWith("SELECT ")) };
}

function streamOf(...lines: string[]): string[] {
  return effectsOf(...lines).stream;
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

describe("what others hear of stream commands", () => {
  it("XADD: the ID it chose", () => {
    expect(effectsOf("XADD s * a 1")).toEqual({
      events: ["new s", "xadd s"],
      stream: [`XADD s ${NOW}-0 a 1`],
    });
    expect(effectsOf("XADD s * a 1")).toEqual({ events: ["xadd s"], stream: [`XADD s ${NOW}-1 a 1`] });
    const later = NOW + 5;
    expect(streamOf(`XADD s NOMKSTREAM ${later}-* a 1`)).toEqual([`XADD s NOMKSTREAM ${later}-0 a 1`]);
    expect(streamOf(`XADD s ${later}-7 a 1`)).toEqual([`XADD s ${later}-7 a 1`]);
    expect(effectsOf("XADD s 1-1 a 1")).toEqual({ events: [], stream: [] });
  });

  it("XADD and XTRIM: what a trimming by whole nodes has left", () => {
    expect(streamOf("XADD s MAXLEN ~ 100 LIMIT 7 1-1 a 1")).toEqual(["XADD s MAXLEN = 1 LIMIT 7 1-1 a 1"]);
    expect(streamOf("XADD s MINID ~ 1 2-* a 1")).toEqual(["XADD s MINID = 1-1 2-0 a 1"]);
    expect(effectsOf("XADD s MAXLEN 1 3-1 a 1")).toEqual({
      events: ["xadd s", "xtrim s"],
      stream: ["XADD s MAXLEN 1 3-1 a 1"],
    });
    expect(effectsOf("XTRIM s MAXLEN ~ 1")).toEqual({ events: [], stream: [] });
    expect(effectsOf("XTRIM s MAXLEN ~ 0")).toEqual({ events: ["xtrim s"], stream: ["XTRIM s MAXLEN = 0"] });
    streamOf("XADD s 4-1 a 1");
    expect(streamOf("XTRIM s MINID ~ 9")).toEqual([
      "XTRIM s MINID = 18446744073709551615-18446744073709551615",
    ]);
  });

  it("XREADGROUP: each delivery, then where the group is", () => {
    effectsOf("XADD s 1-1 a 1", "XADD s 1-2 a 1", "XADD s 1-3 a 1", "XADD s 1-4 a 1", "XGROUP CREATE s g 0");
    const claim = (id: string) => `XCLAIM s g c 0 ${id} TIME ${NOW} RETRYCOUNT 1 FORCE JUSTID LASTID ${id}`;
    expect(effectsOf("XREADGROUP GROUP g c COUNT 2 STREAMS s >")).toEqual({
      events: ["xgroup-createconsumer s"],
      stream: ["MULTI", claim("1-1"), claim("1-2"), "XGROUP SETID s g 1-2 ENTRIESREAD 2", "EXEC"],
    });
    expect(effectsOf("XREADGROUP GROUP g c STREAMS s 0")).toEqual({ events: [], stream: [] });
    expect(streamOf("XREADGROUP GROUP g d COUNT 1 NOACK STREAMS s >")).toEqual([
      "MULTI",
      "XGROUP CREATECONSUMER s g d",
      "XGROUP SETID s g 1-3 ENTRIESREAD 3",
      "EXEC",
    ]);
    expect(streamOf("XREADGROUP GROUP g d COUNT 1 NOACK STREAMS s >")).toEqual([
      "XGROUP SETID s g 1-4 ENTRIESREAD 4",
    ]);
    expect(streamOf("XREADGROUP GROUP g new STREAMS s >")).toEqual([]);
  });

  it("XREADGROUP within MULTI needs no MULTI of its own", () => {
    effectsOf("XADD s 1-1 a 1", "XGROUP CREATE s g 0");
    expect(streamOf("MULTI", "XREADGROUP GROUP g c STREAMS s >", "XADD s 1-2 a 1", "EXEC")).toEqual([
      "MULTI",
      `XCLAIM s g c 0 1-1 TIME ${NOW} RETRYCOUNT 1 FORCE JUSTID LASTID 1-1`,
      "XGROUP SETID s g 1-1 ENTRIESREAD 1",
      "XADD s 1-2 a 1",
      "EXEC",
    ]);
    expect(streamOf("MULTI", "XADD s 1-3 a 1", "EXEC")).toEqual(["XADD s 1-3 a 1"]);
  });

  it("XCLAIM and XAUTOCLAIM: what became of each delivery", () => {
    effectsOf("XADD s 1-1 a 1", "XADD s 1-2 a 1", "XADD s 1-3 a 1", "XGROUP CREATE s g 0");
    effectsOf("XREADGROUP GROUP g c COUNT 2 STREAMS s >", "XDEL s 1-1");
    expect(effectsOf("XCLAIM s g d 0 1-1 1-2 IDLE 1000")).toEqual({
      events: ["xgroup-createconsumer s"],
      stream: [
        "MULTI",
        `XCLAIM s g c 0 1-1 TIME ${NOW} RETRYCOUNT 1 FORCE JUSTID LASTID 1-2`,
        `XCLAIM s g d 0 1-2 TIME ${NOW - 1000} RETRYCOUNT 2 FORCE JUSTID LASTID 1-2`,
        "EXEC",
      ],
    });
    expect(streamOf("XCLAIM s g d 100000000 1-2 LASTID 10-9")).toEqual([
      "XGROUP SETID s g 10-9 ENTRIESREAD 2",
    ]);
    expect(streamOf("XCLAIM s g d 0 1-3 FORCE RETRYCOUNT 5 TIME 1000 LASTID 11-0")).toEqual([
      "XCLAIM s g d 0 1-3 TIME 1000 RETRYCOUNT 5 FORCE JUSTID LASTID 11-0",
    ]);
    expect(streamOf("XAUTOCLAIM s g e 0 0 COUNT 1")).toEqual([
      `XCLAIM s g e 0 1-2 TIME ${NOW} RETRYCOUNT 3 FORCE JUSTID LASTID 11-0`,
    ]);
    expect(streamOf("XAUTOCLAIM s g e 100000000 0")).toEqual([
      // 1-3 was delivered in 1970
      `XCLAIM s g e 0 1-3 TIME ${NOW} RETRYCOUNT 6 FORCE JUSTID LASTID 11-0`,
    ]);
  });

  it("XGROUP, XACK, XSETID, XDEL: as they came, where they did something", () => {
    expect(effectsOf("XGROUP CREATE s g $ MKSTREAM")).toEqual({
      events: ["new s", "xgroup-create s"],
      stream: ["XGROUP CREATE s g $ MKSTREAM"],
    });
    expect(effectsOf("XGROUP SETID s g 0").events).toEqual(["xgroup-setid s"]);
    expect(effectsOf("XGROUP CREATECONSUMER s g c").events).toEqual(["xgroup-createconsumer s"]);
    expect(effectsOf("XGROUP CREATECONSUMER s g c")).toEqual({ events: [], stream: [] });
    expect(effectsOf("XGROUP DELCONSUMER s g c").events).toEqual(["xgroup-delconsumer s"]);
    expect(effectsOf("XGROUP DELCONSUMER s g c")).toEqual({ events: [], stream: [] });
    expect(effectsOf("XSETID s 5-5").events).toEqual(["xsetid s"]);
    effectsOf("XADD s 6-6 a 1", "XREADGROUP GROUP g c STREAMS s >");
    expect(effectsOf("XACK s g 6-6")).toEqual({ events: [], stream: ["XACK s g 6-6"] });
    expect(effectsOf("XACK s g 6-6")).toEqual({ events: [], stream: [] });
    expect(effectsOf("XDEL s 6-6 7-7")).toEqual({ events: ["xdel s"], stream: ["XDEL s 6-6 7-7"] });
    expect(effectsOf("XDEL s 6-6")).toEqual({ events: [], stream: [] });
    expect(effectsOf("XGROUP DESTROY s g").events).toEqual(["xgroup-destroy s"]);
    expect(effectsOf("XGROUP DESTROY s g")).toEqual({ events: [], stream: [] });
  });
});
