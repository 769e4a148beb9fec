/**
 * The engine is a pure state machine: everything it knows is in its memory. A copy of the memory goes on exactly as the
 * original does, and the same inputs make the same bytes twice.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { groupNames, loadGroup } from "../differential/groups.ts";
import { Draw, WRONG_TYPE_KEYS } from "../differential/generator.ts";
import { readyGenerators } from "../differential/runner.ts";
import { engineBytes, TestClient, TestEngine } from "../support/engine.ts";
import { Prng } from "../support/prng.ts";
import { encodePipeline } from "../support/resp-client.ts";

const SEED = Number(process.env["KVASM_SEED"] ?? Prng.seed());
const ROUNDS = 40;
const COMMANDS_A_ROUND = 100;

const generators = (await Promise.all(groupNames().map(loadGroup))).flatMap(readyGenerators);

/** One client of one engine; its record is at the same address in a copy. */
class Subject {
  readonly of: TestEngine;
  readonly record: number;
  readonly client: TestClient;

  constructor(of = new TestEngine({ build: "release" }), record = of.engine.exports.clientOpen()) {
    this.of = of;
    this.record = record;
    of.engine.memory.refresh();
    this.client = new TestClient(of, record);
  }

  /** Another engine whose memory is a copy of this one's. */
  fork(): Subject {
    const copy = new TestEngine({ build: "release", nowMs: this.of.nowMs });
    const { memory } = copy.engine.exports;
    memory.grow((this.bytes.length - memory.buffer.byteLength) / 65_536);
    copy.engine.memory.refresh();
    copy.engine.memory.bytes.set(this.bytes);
    return new Subject(copy, this.record);
  }

  get bytes(): Uint8Array {
    return this.of.engine.memory.bytes;
  }

  /** Random commands, a clock that moves, background work now and then. @returns what it answered */
  live(draw: Draw, rounds: number): string {
    let replies = "";
    for (let round = 0; round < rounds; round++) {
      const commands = Array.from({ length: COMMANDS_A_ROUND }, () => {
        const { command, make } = draw.pick(generators);
        return [...command.split("|"), ...make(draw)];
      });
      const wrong = draw.chance(0.3) ? WRONG_TYPE_KEYS.flatMap(({ setUp }) => setUp) : [];
      replies += this.client.feed(encodePipeline([...wrong, ...commands]));
      this.of.engine.exports.clearEvents();
      this.of.nowMs += draw.below(200_000);
      if (draw.chance(0.5)) this.of.cron(draw.below(20));
    }
    return replies;
  }
}

/** Where two memories differ first, for a message that says more than "not equal". */
function firstDifference(a: Uint8Array, b: Uint8Array): string {
  if (a.length !== b.length) return `${a.length} and ${b.length} bytes`;
  if (Buffer.from(a.buffer).equals(Buffer.from(b.buffer))) return "none";
  const at = a.findIndex((byte, i) => byte !== b[i]);
  return `at address ${at}: ${a[at]} and ${b[at]}`;
}

describe(`the engine's state is its memory (seed ${SEED})`, () => {
  // The one thing that comes in from outside beside the inputs: it times commands that are not FAST.
  beforeEach(() => void vi.spyOn(performance, "now").mockReturnValue(12_345));
  afterEach(() => void vi.restoreAllMocks());

  it("the same inputs make the same replies and the same bytes", () => {
    const [a, b] = [new Subject(), new Subject()];
    expect(a.live(new Draw(SEED), ROUNDS)).toBe(b.live(new Draw(SEED), ROUNDS));
    expect(firstDifference(a.bytes, b.bytes)).toBe("none");
  });

  it("another seed makes other bytes", () => {
    const [a, b] = [1n, 2n].map((seed) => new Subject(new TestEngine({ build: "release", seed })));
    a!.client.feed(encodePipeline([["SET", "a", "1"]]));
    b!.client.feed(encodePipeline([["SET", "a", "1"]]));
    expect(firstDifference(a!.bytes, b!.bytes)).not.toBe("none");
  });

  it("a copy of the memory goes on as the original does", () => {
    const original = new Subject();
    original.live(new Draw(SEED), ROUNDS);
    const copy = original.fork();
    expect(copy.live(new Draw(SEED + 1), ROUNDS)).toBe(original.live(new Draw(SEED + 1), ROUNDS));
    expect(firstDifference(original.bytes, copy.bytes)).toBe("none");
  });

  it("a copy goes its own way", () => {
    const original = new Subject();
    original.client.feed(encodePipeline([["SET", "a", "1"]]));
    const copy = original.fork();
    copy.client.feed(encodePipeline([["SET", "a", "2"]]));
    expect(original.client.feed(encodePipeline([["GET", "a"]]))).toBe("$1\r\n1\r\n");
    expect(copy.client.feed(encodePipeline([["GET", "a"]]))).toBe("$1\r\n2\r\n");
  });

  it("half a command is state too", () => {
    const original = new Subject();
    original.client.feed("*3\r\n$3\r\nSET\r\n$1\r\na\r\n$10\r\nhal");
    const copy = original.fork();
    const rest = "f a val\r\n*2\r\n$3\r\nGET\r\n$1\r\na\r\n";
    expect(copy.client.feed(rest)).toBe("+OK\r\n$10\r\nhalf a val\r\n");
    expect(original.client.feed(rest)).toBe("+OK\r\n$10\r\nhalf a val\r\n");
  });

  it("no global of the module can change but second results of trigonometry, which nobody reads later", () => {
    const mutable = globalsOf(engineBytes("release")).filter((global) => global.mutable);
    // rempio2_y0, rempio2_y1 and res128_hi of asc's Math.sin and its kin, there as long as GEO commands are.
    expect(["", "f64 f64 i64"]).toContain(mutable.map(({ type }) => type).join(" "));
  });
});

const GLOBAL_SECTION = 6;

const TYPES: Record<number, string> = { 0x7f: "i32", 0x7e: "i64", 0x7d: "f32", 0x7c: "f64" };

interface Global {
  type: string;
  mutable: boolean;
}

/** The globals that a module defines. https://webassembly.github.io/spec/core/binary/modules.html */
function globalsOf(module: Uint8Array): Global[] {
  let at = 8; // magic and version
  const number = (): number => {
    for (let value = 0, shift = 0; ; shift += 7) {
      const byte = module[at++]!;
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
  while (at < module.length) {
    const section = module[at++];
    const size = number();
    if (section !== GLOBAL_SECTION) {
      at += size;
      continue;
    }
    const globals: Global[] = [];
    for (let count = number(); count > 0; count--) {
      globals.push({ type: TYPES[module[at++]!] ?? "other", mutable: module[at++] === 1 });
      // A constant: opcode, its immediate, end.
      const opcode = module[at++];
      if (opcode === 0x43) at += 4;
      else if (opcode === 0x44) at += 8;
      else number();
      at++;
    }
    return globals;
  }
  return [];
}
