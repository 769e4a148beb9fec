/**
 * Lists against arrays, on the verify engine: encodings change often, nodes are compressed, lists are moved, sorted,
 * dumped and restored; memory runs out; nothing leaks. (What differs from Redis is found by test/differential.)
 */
import { describe, expect, it } from "vitest";
import { Setting } from "../../bindings/abi.ts";
import { TestEngine } from "../support/engine.ts";
import { Prng } from "../support/prng.ts";
import { encodePipeline, ReplyParser, plain } from "../support/resp-client.ts";

const STEPS = Number(process.env["KVASM_FUZZ_STEPS"] ?? 20_000);
const KEYS = ["k0", "k1", "k2"];

type Argument = string | number;

class Run {
  readonly engine: TestEngine;
  readonly draw: Prng;
  readonly model = new Map<string, string[]>();
  #client;

  constructor(seed: number, memoryMax?: number) {
    this.draw = new Prng(seed);
    this.engine = new TestEngine(memoryMax === undefined ? {} : { memoryMax });
    this.#client = this.engine.open();
    const { exports } = this.engine.engine;
    exports.configure(Setting.LIST_MAX_LISTPACK_SIZE, this.draw.pick([-2, -1, 1, 2, 5, 40]));
    exports.configure(Setting.LIST_COMPRESS_DEPTH, this.draw.pick([0, 0, 1, 2]));
  }

  /** The reply as a plain value; an error is one, too. */
  do(...argv: Argument[]): unknown {
    const parser = new ReplyParser();
    parser.feed(Buffer.from(this.#client.feed(encodePipeline([argv.map(String)])), "latin1"));
    const reply = parser.next();
    if (reply === undefined) throw new Error(`no whole reply to ${argv.join(" ")}`);
    return plain(reply);
  }

  key(): string {
    return this.draw.pick(KEYS);
  }

  element(): string {
    const kind = this.draw.float();
    if (kind < 0.4) return String(this.draw.between(-20, 200));
    if (kind < 0.8) return `e${this.draw.below(12)}`;
    return "x".repeat(
      this.draw.chance(0.95) ? this.draw.below(150) : this.draw.pick([1000, 4100, 8200, 20_000]),
    );
  }

  elements(low: number, high: number): string[] {
    return this.draw.list(low, high, () => this.element());
  }

  list(key: string): string[] {
    return this.model.get(key) ?? [];
  }

  put(key: string, list: string[]): void {
    if (list.length === 0) this.model.delete(key);
    else this.model.set(key, list);
  }

  index(list: string[]): number {
    return this.draw.between(-list.length - 1, list.length);
  }

  step(): void {
    const { draw } = this;
    const key = this.key();
    const list = [...this.list(key)];
    switch (draw.below(14)) {
      case 0:
      case 1: {
        const added = draw.chance(0.9) ? this.elements(1, 8) : this.elements(30, 100);
        expect(this.do("RPUSH", key, ...added)).toBe(list.push(...added));
        return this.put(key, list);
      }
      case 2: {
        const added = this.elements(1, 8);
        expect(this.do("LPUSH", key, ...added)).toBe(list.unshift(...added.reverse()));
        return this.put(key, list);
      }
      case 3: {
        const count = draw.between(1, 12);
        const popped = list.splice(0, count);
        expect(this.do("LPOP", key, count)).toEqual(popped.length > 0 ? popped : null);
        return this.put(key, list);
      }
      case 4: {
        expect(this.do("RPOP", key)).toBe(list.pop() ?? null);
        return this.put(key, list);
      }
      case 5: {
        const index = this.index(list);
        const element = this.element();
        const at = index < 0 ? index + list.length : index;
        if (this.do("LSET", key, index, element) === "OK") list[at] = element;
        else expect(list[at]).toBeUndefined();
        return this.put(key, list);
      }
      case 6: {
        const pivot = draw.pick([...list, "none"]);
        const element = this.element();
        const at = list.indexOf(pivot);
        const after = draw.chance(0.5);
        const reply = this.do("LINSERT", key, after ? "AFTER" : "BEFORE", pivot, element);
        if (at >= 0) list.splice(after ? at + 1 : at, 0, element);
        expect(reply).toBe(list.length === 0 ? 0 : at < 0 ? -1 : list.length);
        return this.put(key, list);
      }
      case 7: {
        const element = draw.pick([...list, "none"]);
        const count = draw.between(-2, 2);
        const backwards = count < 0;
        const order = backwards ? list.reverse() : list;
        let left = count === 0 ? Infinity : Math.abs(count);
        const kept = order.filter((other) => other !== element || left-- <= 0);
        expect(this.do("LREM", key, count, element)).toBe(order.length - kept.length);
        return this.put(key, backwards ? kept.reverse() : kept);
      }
      case 8: {
        const [start, stop] = [draw.between(0, 5), draw.between(-6, -1)];
        expect(this.do("LTRIM", key, start, stop)).toBe("OK");
        return this.put(key, list.slice(start, stop === -1 ? undefined : stop + 1));
      }
      case 9:
      case 10: {
        const target = this.key();
        const [fromLeft, toLeft] = [draw.chance(0.5), draw.chance(0.5)];
        const moved = this.do("LMOVE", key, target, fromLeft ? "LEFT" : "RIGHT", toLeft ? "LEFT" : "RIGHT");
        const element = fromLeft ? list.shift() : list.pop();
        expect(moved).toBe(element ?? null);
        if (element === undefined) return;
        this.put(key, list);
        const to = [...this.list(target)];
        if (toLeft) to.unshift(element);
        else to.push(element);
        return this.put(target, to);
      }
      case 11: {
        const target = this.key();
        if (this.do("COPY", key, target, "REPLACE") === 1) this.put(target, list);
        return;
      }
      case 12: {
        const payload = this.do("DUMP", key);
        if (payload === null) return;
        expect(this.do("RESTORE", key, 0, payload as string, "REPLACE")).toBe("OK");
        return;
      }
      default: {
        const target = this.key();
        if (draw.chance(0.1)) {
          this.do(draw.pick(["DEL", "UNLINK"]), key);
          this.model.delete(key);
        } else if (draw.chance(0.3)) {
          this.do("SORT", key, "ALPHA", "STORE", target);
          this.put(target, list.sort(compareBytes));
        }
      }
    }
  }

  check(): void {
    for (const key of KEYS) {
      const list = this.list(key);
      expect(this.do("LRANGE", key, 0, -1)).toEqual(list);
      if (list.length === 0) continue;
      const at = this.draw.below(list.length);
      expect(this.do("LINDEX", key, at)).toBe(list[at]);
      const positions = list.flatMap((element, i) => (element === list[at] ? [i] : []));
      expect(this.do("LPOS", key, list[at]!, "COUNT", 0)).toEqual(positions);
      expect(this.do("LPOS", key, list[at]!, "RANK", -1, "COUNT", 0)).toEqual(positions.reverse());
    }
  }

  /** Nothing is left but an engine and a new client: a large command leaves the old one a large buffer. */
  clear(): void {
    this.do("FLUSHALL");
    this.#client.close();
    this.#client = this.engine.open();
    this.do("PING");
    this.engine.cron(10_000);
    this.model.clear();
  }
}

function compareBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

describe("lists against arrays", () => {
  const seeds = new Prng(Prng.seed());
  for (let round = 0; round < 6; round++) {
    const seed = seeds.u32();
    it(`seed ${seed}`, () => {
      const run = new Run(seed);
      for (let i = 0; i < STEPS / 12; i++) {
        run.step();
        if (i % 25 === 0) run.check();
      }
      run.check();
      run.clear();
      // Buffers of the engine's own may have grown: what a second round of the same adds is a leak.
      const left = run.engine.usedMemory;
      for (let i = 0; i < STEPS / 12; i++) run.step();
      run.clear();
      expect(run.engine.usedMemory).toBe(left);
    });
  }

  it("at the end of memory a command happens wholly or not at all, and nothing leaks", () => {
    for (const depth of [0, 1]) {
      const run = new Run(seeds.u32(), 40 * 65536);
      const { exports } = run.engine.engine;
      exports.configure(Setting.LIST_COMPRESS_DEPTH, depth);
      const fill = (steps: number): number => {
        let refused = 0;
        for (let i = 0; i < steps; i++) {
          const key = run.key();
          const before = run.do("LLEN", key) as number;
          const added = run.draw.list(1, 6, () => "e".repeat(run.draw.pick([2, 30, 300, 3000, 9000])));
          const commands: Argument[][] = [
            ["RPUSH", key, ...added],
            ["LPUSH", key, ...added],
            ["LINSERT", key, "BEFORE", added[0]!, added[0]!],
            ["LSET", key, 0, added[0]!],
            ["LMOVE", key, key, "LEFT", "RIGHT"],
            ["LMOVE", key, run.key(), "RIGHT", "LEFT"],
            ["COPY", key, run.key(), "REPLACE"],
            ["SORT", key, "ALPHA", "STORE", run.key()],
            ["LRANGE", key, 0, -1],
            ["LREM", key, 1, added[0]!],
            ["LTRIM", key, 1, -2],
            ["RPOP", key, 2],
          ];
          const command = run.draw.chance(0.6) ? commands[run.draw.below(2)]! : run.draw.pick(commands);
          const reply = run.do(...command);
          if (!(reply instanceof Error) || !reply.message.startsWith("OOM")) continue;
          refused++;
          if (!["LTRIM", "LREM"].includes(String(command[0]))) expect(run.do("LLEN", key)).toBe(before);
        }
        run.clear();
        return refused;
      };
      expect(fill(1500)).toBeGreaterThan(50);
      const left = run.engine.usedMemory;
      expect(fill(1500)).toBeGreaterThan(50);
      expect(run.engine.usedMemory).toBe(left);
    }
  });
});
