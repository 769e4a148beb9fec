/**
 * Hashes against a Map, on the verify engine with a clock of its own: encodings change often, fields expire while keys are
 * renamed, copied, moved, dumped and restored; the active cycle leaves nothing that is due, and nothing leaks.
 */
import { describe, expect, it } from "vitest";
import { encodePipeline } from "../support/resp-client.ts";
import { Setting } from "../../bindings/abi.ts";
import { TestEngine } from "../support/engine.ts";
import { Prng } from "../support/prng.ts";

const STEPS = Number(process.env["KVASM_FUZZ_STEPS"] ?? 20_000);

interface Field {
  value: string;
  /** 0 = never. */
  expireAtMs: number;
}
type Hash = Map<string, Field>;

/** A bulk or array reply of RESP2 as strings, null where there is none. */
function parse(reply: string, at = 0): { value: string | null | (string | null)[]; end: number } {
  const lineEnd = reply.indexOf("\r\n", at);
  const head = reply.slice(at + 1, lineEnd);
  const size = Number(head);
  if (reply[at] === "*") {
    const items: (string | null)[] = [];
    let end = lineEnd + 2;
    for (let i = 0; i < size; i++) {
      const item = parse(reply, end);
      items.push(item.value as string | null);
      end = item.end;
    }
    return { value: items, end };
  }
  if (reply[at] !== "$") return { value: reply.slice(at, lineEnd), end: lineEnd + 2 };
  if (size < 0) return { value: null, end: lineEnd + 2 };
  return { value: reply.slice(lineEnd + 2, lineEnd + 2 + size), end: lineEnd + 4 + size };
}

class Run {
  readonly engine = new TestEngine();
  readonly client = this.engine.open();
  readonly draw: Prng;
  /** Database and key → fields. */
  readonly model = new Map<string, Hash>();

  constructor(seed: number) {
    this.draw = new Prng(seed);
    const entries = this.draw.pick([512, 8, 3, 0]);
    this.engine.engine.exports.configure(Setting.HASH_MAX_LISTPACK_ENTRIES, entries);
    this.engine.engine.exports.configure(Setting.HASH_MAX_LISTPACK_VALUE, this.draw.pick([64, 12]));
  }

  do(...argv: (string | number)[]): string | null | (string | null)[] {
    const bytes = encodePipeline([argv.map(String)]);
    return parse(this.client.feed(bytes)).value;
  }

  key(): string {
    return `k${this.draw.below(4)}`;
  }

  field(): string {
    return this.draw.chance(0.9) ? `f${this.draw.below(12)}` : String(this.draw.below(300));
  }

  value(): string {
    const kind = this.draw.float();
    if (kind < 0.4) return String(this.draw.between(-5000, 5000));
    return "v".repeat(kind < 0.9 ? this.draw.below(30) : this.draw.pick([64, 65, 300, 1024, 1025, 5000]));
  }

  hash(key: string): Hash {
    return this.model.get(key) ?? new Map();
  }

  /** What clients see of it. */
  live(key: string): [string, string][] {
    return [...this.hash(key)]
      .filter(([, field]) => !field.expireAtMs || field.expireAtMs >= this.engine.nowMs)
      .map(([name, field]) => [name, field.value]);
  }

  put(key: string, hash: Hash | undefined): void {
    if (hash === undefined || hash.size === 0) this.model.delete(key);
    else this.model.set(key, hash);
  }

  /** Forgets fields whose time is up, as the engine does where it meets them. */
  forget(key: string, names?: string[]): void {
    const hash = this.hash(key);
    for (const [name, field] of [...hash]) {
      const due = field.expireAtMs !== 0 && field.expireAtMs < this.engine.nowMs;
      if (due && (names === undefined || names.includes(name))) hash.delete(name);
    }
    this.put(key, hash);
  }

  step(): void {
    const key = this.key();
    const hash = this.hash(key);
    const name = this.field();
    switch (this.draw.below(16)) {
      case 0:
      case 1:
      case 2: {
        const pairs = this.draw.list(1, 4, () => [this.field(), this.value()] as const);
        this.do("HSET", key, ...pairs.flat());
        for (const [field, value] of pairs) hash.set(field, { value, expireAtMs: 0 });
        return this.put(key, hash);
      }
      case 3: {
        this.do("HDEL", key, name);
        hash.delete(name);
        return this.put(key, hash);
      }
      case 4:
      case 5:
      case 6: {
        const expireAtMs = this.engine.nowMs + this.draw.between(1, 300);
        const names = this.draw.list(1, 4, () => this.field());
        this.do("HPEXPIREAT", key, expireAtMs, "FIELDS", names.length, ...names);
        for (const field of names) {
          const old = hash.get(field);
          if (old) old.expireAtMs = expireAtMs;
        }
        return;
      }
      case 7: {
        this.do("HPERSIST", key, "FIELDS", 1, name);
        const old = hash.get(name);
        if (old && old.expireAtMs >= this.engine.nowMs) old.expireAtMs = 0;
        return;
      }
      case 8: {
        this.forget(key, [name]);
        expect(this.do("HGET", key, name)).toBe(this.hash(key).get(name)?.value ?? null);
        return;
      }
      case 9: {
        const value = this.value();
        this.do("HSETEX", key, "KEEPTTL", "FIELDS", 1, name, value);
        // Also of a field whose time is up: it is as gone after as before.
        hash.set(name, { value, expireAtMs: hash.get(name)?.expireAtMs ?? 0 });
        return this.put(key, hash);
      }
      case 10: {
        const other = this.key();
        if (this.do("RENAME", key, other) === "+OK" && other !== key) {
          this.put(other, hash);
          this.model.delete(key);
        }
        return;
      }
      case 11: {
        const other = this.key();
        if (this.do("COPY", key, other, "REPLACE") === ":1") {
          this.put(other, new Map([...hash].map(([field, { ...copy }]) => [field, copy])));
        }
        return;
      }
      case 12: {
        // There and back again.
        if (this.do("MOVE", key, 3) !== ":1") return;
        this.do("SWAPDB", 3, 4);
        this.do("SELECT", 4);
        expect(this.do("MOVE", key, 0)).toBe(":1");
        this.do("SELECT", 0);
        return;
      }
      case 13: {
        const payload = this.do("DUMP", key) as string | null;
        if (payload === null) return;
        expect(this.do("RESTORE", key, 0, payload, "REPLACE")).toBe("+OK");
        return;
      }
      case 14: {
        // A string may take the very place of the hash.
        if (this.draw.chance(0.5)) this.do("SET", key, this.draw.pick(["", "four", "longer"]));
        this.do(this.draw.pick(["DEL", "UNLINK"]), key);
        this.model.delete(key);
        return;
      }
      default:
        this.engine.nowMs += this.draw.below(60);
        if (this.draw.chance(0.5)) this.reclaim();
    }
  }

  /** The active cycle leaves nothing that is due. */
  reclaim(): void {
    this.engine.cron();
    for (const key of [...this.model.keys()]) {
      this.forget(key);
      expect(this.do("HLEN", key)).toBe(`:${this.hash(key).size}`);
    }
  }

  check(): void {
    for (let i = 0; i < 4; i++) {
      const key = `k${i}`;
      const flat = this.do("HGETALL", key) as string[];
      const pairs = flat.flatMap((name, at) => (at % 2 ? [] : [[name, flat[at + 1]]]));
      expect(pairs.sort()).toEqual(this.live(key).sort());
    }
  }
}

describe("hashes against a Map", () => {
  const seeds = new Prng(Prng.seed());
  for (let round = 0; round < 4; round++) {
    const seed = seeds.u32();
    it(`seed ${seed}`, () => {
      const run = new Run(seed);
      run.do("HSET", "k0", "warm", "up");
      run.do("FLUSHALL");
      run.engine.cron();
      const baseline = run.engine.usedMemory;
      for (let i = 0; i < STEPS / 4; i++) {
        run.step();
        if (i % 50 === 0) run.check();
      }
      run.reclaim();
      run.check();
      run.do("FLUSHALL");
      run.engine.cron();
      // Buffers of the engine's own may have grown: what a second round of the same adds is a leak.
      const grown = run.engine.usedMemory - baseline;
      run.model.clear();
      for (let i = 0; i < STEPS / 8; i++) run.step();
      run.do("FLUSHALL");
      run.engine.cron();
      expect(run.engine.usedMemory - baseline).toBe(grown);
    });
  }

  it("at the end of memory nothing breaks and nothing leaks", () => {
    const draw = new Prng(seeds.u32());
    const engine = new TestEngine({ memoryMax: 48 * 65536 });
    const client = engine.open();
    const send = (...argv: (string | number)[]): string => client.feed(encodePipeline([argv.map(String)]));
    engine.engine.exports.configure(Setting.HASH_MAX_LISTPACK_ENTRIES, 64);
    const fill = (steps: number): number => {
      let refused = 0;
      for (let i = 0; i < steps; i++) {
        const key = `k${draw.below(3)}`;
        const names = draw.list(1, 8, () => `f${draw.below(20_000)}`);
        const time = engine.nowMs + draw.between(1, 100_000);
        const commands: (string | number)[][] = [
          ["HSET", key, ...names.flatMap((name) => [name, "v".repeat(draw.pick([3, 30, 90, 2000]))])],
          ["HPEXPIREAT", key, time, "FIELDS", names.length, ...names],
          ["HGETEX", key, "PXAT", time, "FIELDS", names.length, ...names],
          ["HPERSIST", key, "FIELDS", names.length, ...names],
          ["HINCRBY", key, names[0] ?? "", 1],
          ["COPY", key, "copy", "REPLACE"],
          ["HDEL", key, ...names],
        ];
        const [command = ["HSET"]] = draw.chance(0.7) ? commands : [draw.pick(commands)];
        if (send(...command).startsWith("-OOM")) refused++;
        if (draw.chance(0.02)) engine.nowMs += draw.below(5000);
        if (draw.chance(0.01)) engine.cron();
      }
      send("FLUSHALL");
      engine.cron();
      return refused;
    };
    expect(fill(3000)).toBeGreaterThan(100);
    const left = engine.usedMemory;
    expect(fill(3000)).toBeGreaterThan(100);
    expect(engine.usedMemory).toBe(left);
  });
});
