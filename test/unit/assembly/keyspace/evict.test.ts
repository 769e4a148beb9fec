/** evict.ts: which keys go when memory is at its limit, under each policy, and who hears of it. */
import { describe, expect, it } from "vitest";
import { Root, Setting } from "../../../../bindings/abi.ts";
import { EffectsEngine } from "../../../support/effects.ts";
import { type TestClient, TestEngine } from "../../../support/engine.ts";
import { encodePipeline } from "../../../support/resp-client.ts";

const POLICIES = [
  ...["volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"],
  ...["allkeys-lru", "allkeys-lfu", "allkeys-random", "noeviction"],
] as const;
type Policy = (typeof POLICIES)[number];

const OOM = "-OOM command not allowed when used memory > 'maxmemory'.\r\n";
const VALUE = "v".repeat(100);

/** An engine with room for so many bytes more than it takes when empty. */
class Limited {
  readonly of = new TestEngine({ build: "release" });
  readonly client: TestClient = this.of.open();

  constructor(policy: string, room = 1 << 20) {
    this.run(["PING"]);
    const { exports } = this.of.engine;
    exports.configure(Setting.MAXMEMORY_POLICY, POLICIES.indexOf(policy as Policy));
    exports.configure(Setting.MAXMEMORY, this.of.usedMemory + room);
    this.of.engine.memory.refresh();
  }

  run(...commands: string[][]): string {
    return this.client.feed(encodePipeline(commands));
  }

  /** Sets keys prefix:0 …; `each` is called before the key of that number. */
  fill(prefix: string, count: number, options: string[] = [], each: (i: number) => void = () => {}): void {
    for (let i = 0; i < count; i++) {
      each(i);
      this.run(["SET", `${prefix}:${i}`, VALUE, ...options]);
    }
  }

  /** Which of the keys prefix:0 … prefix:count−1 are still there, by number. */
  alive(prefix: string, count: number): boolean[] {
    const replies = this.run(
      ...Array.from({ length: count }, (_, i) => ["OBJECT", "ENCODING", `${prefix}:${i}`]),
    );
    return replies.split(/(?=\$)/).map((reply) => !reply.startsWith("$-1"));
  }

  get evicted(): number {
    return this.of.engine.counter(Root.statEvictedKeys);
  }
}

const share = (flags: boolean[]): number => flags.filter(Boolean).length / flags.length;

describe("eviction", () => {
  it.each(POLICIES.filter((policy) => policy !== "noeviction"))("%s keeps memory at its limit", (policy) => {
    const engine = new Limited(policy);
    const limit = engine.of.usedMemory + (1 << 20);
    for (let i = 0; i < 40; i++) {
      engine.fill(`batch${i}`, 500, ["PX", "100000000"]);
      expect(engine.of.usedMemory).toBeLessThan(limit + 20_000);
    }
    expect(engine.evicted).toBeGreaterThan(10_000);
    expect(engine.run(["SET", "a", "1"], ["GET", "a"])).toBe("+OK\r\n$1\r\n1\r\n");
  });

  it("noeviction refuses what needs memory, and nothing else", () => {
    const engine = new Limited("noeviction", 100_000);
    engine.fill("key", 1000);
    expect(engine.run(["SET", "a", "1"])).toBe(OOM);
    expect(engine.run(["GET", "key:0"], ["DEL", "key:0", "key:1"])).toBe(`$100\r\n${VALUE}\r\n:2\r\n`);
    expect(engine.evicted).toBe(0);
  });

  it.each(["volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"])(
    "%s spares keys without expiry, and refuses when no others are left",
    (policy) => {
      const engine = new Limited(policy, 300_000);
      engine.fill("stays", 1000);
      engine.fill("goes", 800, ["PX", "100000000"]);
      engine.fill("stays2", 1500);
      expect(share(engine.alive("stays", 1000))).toBe(1);
      expect(share(engine.alive("goes", 800))).toBe(0);
      expect(engine.run(["SET", "more", VALUE])).toBe(OOM);
    },
  );

  it("allkeys-lru: the longer unused, the sooner gone", () => {
    const engine = new Limited("allkeys-lru", 500_000);
    const tick = () => void (engine.of.nowMs += 1000);
    engine.fill("key", 3500, [], tick);
    // Every other key is used again; the clock tells hours from now.
    engine.of.nowMs += 3_600_000;
    for (let i = 0; i < 3500; i += 2) engine.run(["GET", `key:${i}`]);
    tick();
    engine.fill("new", 900, [], tick);
    const alive = engine.alive("key", 3500);
    const evenAlive = share(alive.filter((_, i) => i % 2 === 0));
    const oddAlive = share(alive.filter((_, i) => i % 2 === 1));
    expect(share(engine.alive("new", 900))).toBeGreaterThan(0.99);
    expect(evenAlive).toBeGreaterThan(0.97);
    expect(oddAlive).toBeLessThan(0.75);
    // Among the unused, those set first went first.
    const odd = alive.filter((_, i) => i % 2 === 1);
    expect(engine.evicted).toBeGreaterThan(600);
    expect(share(odd.slice(0, 400))).toBeLessThan(0.4);
    expect(share(odd.slice(-400))).toBeGreaterThan(0.8);
  });

  it("allkeys-lfu: keys used often outlive those used last", () => {
    const engine = new Limited("allkeys-lfu", 500_000);
    engine.fill("key", 2000);
    for (let round = 0; round < 30; round++) for (let i = 0; i < 200; i++) engine.run(["GET", `key:${i}`]);
    for (let i = 200; i < 2000; i++) engine.run(["GET", `key:${i}`]);
    engine.fill("new", 4000);
    expect(share(engine.alive("key", 200))).toBeGreaterThan(0.97);
    // A key that came just now counts for more than one never used again, but for less than one used once.
    expect(share(engine.alive("new", 4000))).toBeLessThan(share(engine.alive("key", 2000).slice(200)));
  });

  it("volatile-ttl: what expires next goes first", () => {
    const engine = new Limited("volatile-ttl", 500_000);
    for (let i = 0; i < 3000; i++)
      engine.run(["SET", `key:${i}`, VALUE, "PX", String(1_000_000_000 + i * 1000)]);
    engine.fill("new", 1500);
    const alive = engine.alive("key", 3000);
    expect(share(alive.slice(0, 500))).toBeLessThan(0.1);
    expect(share(alive.slice(-500))).toBeGreaterThan(0.9);
  });

  it("allkeys-random takes from all keys and all databases", () => {
    const engine = new Limited("allkeys-random", 500_000);
    engine.fill("zero", 1000);
    engine.run(["SELECT", "3"]);
    engine.fill("three", 1000);
    engine.fill("more", 2500);
    const [zero, three] = [
      share(engine.alive("three", 1000)),
      engine.run(["SELECT", "0"]) && share(engine.alive("zero", 1000)),
    ];
    expect(zero).toBeLessThan(0.9);
    expect(three as number).toBeLessThan(0.9);
  });

  it("an eviction is a DEL for AOF and replicas, and an event", () => {
    const { engine, client } = new EffectsEngine();
    const raw = engine.engine;
    client.feed(encodePipeline([["SET", "a", VALUE]]));
    raw.exports.clearEvents();
    raw.exports.clearStream();
    raw.exports.configure(Setting.MAXMEMORY_POLICY, POLICIES.indexOf("allkeys-lru"));
    raw.exports.configure(Setting.MAXMEMORY, 1);
    expect(client.feed(encodePipeline([["SET", "b", "1"]]))).toBe(OOM);
    const text = (at: number, length: number) =>
      Buffer.from(raw.memory.bytes.subarray(at, at + length)).toString();
    raw.memory.refresh();
    const stream = text(raw.word(Root.streamPtr), raw.word(Root.streamUsed));
    expect(stream).toMatch(/\*2\r\n\$3\r\nDEL\r\n\$1\r\na\r\n$/);
    expect(text(raw.word(Root.eventsPtr), raw.word(Root.eventsUsed))).toContain("evicteda");
  });

  it("waits for what is being freed before more goes", () => {
    const engine = new Limited("allkeys-lru", 1 << 20);
    const members = Array.from({ length: 5000 }, (_, i) => `member:${i}:${"x".repeat(60)}`);
    engine.run(["SADD", "huge", ...members]);
    engine.of.nowMs += 100_000;
    engine.fill("key", 4000, [], (i) => void (i % 100 || (engine.of.nowMs += 1000)));
    expect(engine.alive("huge", 1)).toEqual([false]);
    // The set alone made room for thousands of keys.
    expect(engine.evicted).toBeLessThan(1500);
  });

  it("does a bounded part before each command [tenacity 0], and cron does the rest", () => {
    const engine = new Limited("allkeys-random", 4 << 20);
    engine.fill("key", 15_000);
    const { exports } = engine.of.engine;
    exports.configure(Setting.MAXMEMORY_EVICTION_TENACITY, 0);
    const half = engine.of.usedMemory - (1 << 20);
    exports.configure(Setting.MAXMEMORY, half);
    engine.run(["SET", "a", "1"]);
    expect(engine.evicted).toBeLessThan(20);
    engine.of.cron(10_000);
    expect(engine.of.usedMemory).toBeLessThanOrEqual(half);
  });
});
