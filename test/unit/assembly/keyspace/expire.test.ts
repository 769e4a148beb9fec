/** expire.ts: what is due is reclaimed though nobody asks, in bounded parts, in every database; what is not due stays. */
import { describe, expect, it } from "vitest";
import { Root, Setting } from "../../../../bindings/abi.ts";
import { EffectsEngine } from "../../../support/effects.ts";
import { type TestClient, TestEngine } from "../../../support/engine.ts";
import { encodePipeline } from "../../../support/resp-client.ts";

class Subject {
  readonly of = new TestEngine();
  readonly client: TestClient = this.of.open();

  run(...commands: string[][]): string {
    return this.client.feed(encodePipeline(commands));
  }

  fill(prefix: string, count: number, ttlMs: number | undefined): void {
    const expiry = ttlMs === undefined ? [] : ["PX", String(ttlMs)];
    this.run(...Array.from({ length: count }, (_, i) => ["SET", `${prefix}:${i}`, "v", ...expiry]));
  }

  cron(units: number): boolean {
    const more = this.of.engine.exports.cron(units, this.of.nowMs) === 1;
    this.of.engine.memory.refresh();
    return more;
  }

  get size(): number {
    return Number(this.run(["DBSIZE"]).slice(1));
  }

  get expired(): number {
    return this.of.engine.counter(Root.statExpiredKeys);
  }
}

describe("active expiry", () => {
  it("reclaims everything that is due, and nothing else", () => {
    const subject = new Subject();
    subject.fill("due", 3000, 1000);
    subject.fill("later", 500, 1_000_000);
    subject.fill("never", 500, undefined);
    subject.cron(100_000);
    expect(subject.size).toBe(4000);
    subject.of.nowMs += 1001;
    // A key that is due among many that are not is met in the end: the walk goes on where it stopped.
    for (let i = 0; i < 100; i++) subject.cron(1000);
    expect(subject.size).toBe(1000);
    expect(subject.expired).toBe(3000);
  });

  it("keys are due after their time, not at it", () => {
    const subject = new Subject();
    subject.fill("key", 100, 1000);
    subject.of.nowMs += 1000;
    subject.cron(10_000);
    expect(subject.size).toBe(100);
    subject.of.nowMs += 1;
    subject.cron(10_000);
    expect(subject.size).toBe(0);
  });

  it("does about as much as it is asked to, and says whether there is more", () => {
    const subject = new Subject();
    subject.fill("key", 20_000, 1000);
    subject.of.nowMs += 2000;
    let calls = 0;
    for (let before = subject.expired; subject.expired < 20_000; before = subject.expired) {
      const more = subject.cron(256);
      const done = subject.expired - before;
      expect(done).toBeLessThan(256 + 64 + 24);
      if (subject.expired < 19_000) expect(more).toBe(true);
      expect(++calls).toBeLessThan(2000);
    }
    subject.cron(1000);
    expect(subject.cron(1000)).toBe(false);
  });

  it("gives each database its turn", () => {
    const subject = new Subject();
    for (let db = 0; db < 16; db++) {
      subject.run(["SELECT", String(db)]);
      subject.fill("key", db === 0 ? 10_000 : 100, 1000);
    }
    subject.of.nowMs += 2000;
    for (let i = 0; i < 20; i++) subject.cron(1600);
    for (let db = 1; db < 16; db++) {
      subject.run(["SELECT", String(db)]);
      expect(subject.size, `database ${db}`).toBe(0);
    }
  });

  it("leaves a database where few are due, sooner at low effort", () => {
    const looked = [1, 10].map((effort) => {
      const subject = new Subject();
      subject.of.engine.exports.configure(Setting.ACTIVE_EXPIRE_EFFORT, effort);
      for (let i = 0; i < 100; i++) {
        subject.fill(`due${i}`, 8, 1000);
        subject.fill(`later${i}`, 92, 10_000_000);
      }
      subject.of.nowMs += 2000;
      subject.cron(5000);
      return subject.expired;
    });
    // Eight in a hundred: less than what the lowest effort tolerates, more than the highest does.
    expect(looked[0]).toBeLessThan(100);
    expect(looked[1]).toBeGreaterThan(100);
  });

  it("stays off while DEBUG SET-ACTIVE-EXPIRE says so; keys that are due are still not seen", () => {
    const subject = new Subject();
    subject.of.engine.exports.configure(Setting.ACTIVE_EXPIRE, 0);
    subject.fill("key", 100, 1000);
    subject.of.nowMs += 2000;
    subject.cron(10_000);
    expect(subject.size).toBe(100);
    expect(subject.run(["GET", "key:0"], ["EXISTS", "key:1", "key:2"], ["KEYS", "*"])).toBe(
      "$-1\r\n:0\r\n*0\r\n",
    );
    expect(subject.size).toBe(97);
  });

  it("an expiry is a DEL for AOF and replicas, and an event", () => {
    const effects = new EffectsEngine();
    effects.of("SET a 1 PX 1000");
    effects.engine.nowMs += 2000;
    effects.engine.cron();
    expect(effects.of("PING")).toEqual({ events: ["expired a"], stream: ["DEL a"] });
  });

  it("INFO's average time to live follows the keys", () => {
    const subject = new Subject();
    subject.fill("key", 1000, 500_000);
    for (let i = 0; i < 50; i++) subject.cron(1000);
    const { memory } = subject.of.engine;
    const average = memory.f64(memory.u32(subject.of.engine.word(Root.databases)) + 16);
    expect(average).toBe(500_000);
  });
});
