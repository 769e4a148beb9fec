/** Streams give back all memory that they took, in slices where they are large, and survive its end. */
import { describe, expect, it } from "vitest";
import { Setting } from "../../../bindings/abi.ts";
import { Prng } from "../../support/prng.ts";
import { TestEngine, type TestClient } from "../../support/engine.ts";
import { encodePipeline } from "../../support/resp-client.ts";

const MEGABYTE = 1 << 20;
const REFUSED = "-OOM command not allowed when used memory > 'maxmemory'.\r\n";

function asker(client: TestClient): (...argv: string[]) => string {
  return (...argv) => client.feed(encodePipeline([argv]));
}

/** Adds `count` entries with a group whose consumers have `pending` of them. */
function fill(client: TestClient, key: string, count: number, pending: number): void {
  for (let i = 0; i < count; i += 500) {
    client.feed(
      encodePipeline(
        Array.from({ length: 500 }, (_, k) => ["XADD", key, `${i + k + 1}`, "name", `v${k}`, "n", "7"]),
      ),
    );
  }
  client.feed(encodePipeline([["XGROUP", "CREATE", key, "g", "0"]]));
  for (let i = 0; i < pending; i += 100) {
    const consumer = `consumer-${i % 700}`;
    client.feed(
      encodePipeline([["XREADGROUP", "GROUP", "g", consumer, "COUNT", "100", "STREAMS", key, ">"]]),
    );
  }
}

describe("memory of streams", () => {
  it("is back where it was after a random life of commands on groups", () => {
    const engine = new TestEngine();
    const client = engine.open();
    const ask = asker(client);
    engine.engine.exports.configure(Setting.STREAM_NODE_MAX_ENTRIES, 5); // five entries a node
    fill(client, "warm", 1000, 500);
    ask("XAUTOCLAIM", "warm", "g", "c", "0", "0");
    ask("XRANGE", "warm", "-", "+");
    ask("DUMP", "warm");
    ask("FLUSHALL");
    engine.cron();
    const before = engine.usedMemory;
    const prng = new Prng(3);
    const id = () => String(prng.between(1, 400));
    let next = 1;
    for (let i = 0; i < 20_000; i++) {
      const key = `k${prng.below(3)}`;
      const group = `g${prng.below(3)}`;
      const consumer = `c${prng.below(4)}`;
      const kind = prng.below(80);
      if (kind < 25) ask("XADD", key, String(next++ % 400 || 1), "f", "v".repeat(prng.below(40)));
      else if (kind < 30) ask("XDEL", key, id(), id(), id());
      else if (kind < 35) ask("XTRIM", key, "MAXLEN", String(prng.below(60)));
      else if (kind < 40) ask("XGROUP", "CREATE", key, group, "0", "MKSTREAM");
      else if (kind < 55) ask("XREADGROUP", "GROUP", group, consumer, "COUNT", "7", "STREAMS", key, ">");
      else if (kind < 60) ask("XACK", key, group, id(), id(), id());
      else if (kind < 65) ask("XCLAIM", key, group, consumer, "0", id(), id(), "FORCE");
      else if (kind < 70) ask("XAUTOCLAIM", key, group, consumer, "0", id(), "COUNT", "5");
      else if (kind < 72) ask("XGROUP", "DESTROY", key, group);
      else if (kind < 75) ask("XGROUP", "DELCONSUMER", key, group, consumer);
      else if (kind < 77) ask("XGROUP", "SETID", key, group, id());
      else if (kind < 78) ask("COPY", key, `k${prng.below(3)}`, "REPLACE");
      else if (kind < 79) ask("DEL", key);
    }
    ask("FLUSHALL");
    engine.cron();
    expect(engine.usedMemory).toBe(before);
  });

  it("of a large stream is given back in slices", () => {
    const engine = new TestEngine({ build: "release" });
    const client = engine.open();
    const ask = asker(client);
    fill(client, "s", 200_000, 100_000);
    const full = engine.usedMemory;
    ask("XGROUP", "DESTROY", "s", "g");
    expect(full - engine.usedMemory).toBeLessThan(20_000);
    engine.cron(10_000);
    const withoutGroup = engine.usedMemory;
    expect(full - withoutGroup).toBeGreaterThan(100_000 * 55);
    ask("UNLINK", "s");
    expect(withoutGroup - engine.usedMemory).toBeLessThan(200_000);
    let slowest = 0;
    for (let more = 1; more !== 0;) {
      const began = performance.now();
      more = engine.engine.exports.cron(1000, engine.nowMs);
      slowest = Math.max(slowest, performance.now() - began);
    }
    expect(withoutGroup - engine.usedMemory).toBeGreaterThan(200_000 * 15);
    expect(slowest).toBeLessThan(20);
  });

  it("at its end: XADD adds nothing, groups keep what they have, all can be read and freed", () => {
    const engine = new TestEngine({ memoryMax: 24 * MEGABYTE });
    const client = engine.open();
    const ask = asker(client);
    fill(client, "s", 500, 0);
    const value = "x".repeat(3000);
    let reply = "";
    let added = 500;
    for (; added < 20_000; added++) {
      reply = ask("XADD", "s", String(1000 + added), "big", value);
      if (reply.startsWith("-")) break;
    }
    expect(reply).toBe(REFUSED);
    expect(ask("XLEN", "s")).toBe(`:${added}\r\n`);
    // Deliveries take memory, too: as many as there is room for, and each of them once.
    let delivered = 0;
    for (let round = 0; round < 100_000; round++) {
      const answer = ask("XREADGROUP", "GROUP", "g", "c", "COUNT", "1", "STREAMS", "s", ">");
      if (answer.startsWith("-") || answer === "*-1\r\n" || !answer.includes("-0\r\n")) break;
      delivered++;
    }
    expect(ask("XPENDING", "s", "g").split("\r\n")[1]).toBe(`:${delivered}`);
    expect(ask("XTRIM", "s", "MAXLEN", "10")).toBe(`:${added - 10}\r\n`);
    expect(ask("XLEN", "s")).toBe(":10\r\n");
    expect(ask("XADD", "s", "900000", "big", value)).toBe("$8\r\n900000-0\r\n");
  });
});
