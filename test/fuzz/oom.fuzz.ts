/**
 * The end of memory: random commands of every type while allocations fail, now here, now there. A command that answers
 * OOM has changed nothing; nothing traps; and when the data is gone, so is every byte it took.
 *
 * Clients do not get here: they are refused while there are 16 MiB left. The commands of this test come as from an AOF,
 * which no limit stops.
 *
 * The same inputs in each run: KVASM_SEED and KVASM_FUZZ_ROUNDS ask for other and longer runs.
 */
import { describe, expect, it } from "vitest";
import { CallFlag, Root } from "../../bindings/abi.ts";
import { groupNames, loadGroup } from "../differential/groups.ts";
import { Draw, WRONG_TYPE_KEYS } from "../differential/generator.ts";
import { readyGenerators } from "../differential/runner.ts";
import { showCommand } from "../support/command-line.ts";
import { TestEngine } from "../support/engine.ts";

const SEED = Number(process.env["KVASM_SEED"] ?? 20240);
const ROUNDS = Number(process.env["KVASM_FUZZ_ROUNDS"] ?? 50);
const MS_PER_ROUND_MAX = 1000;
const MEMORY_MAX = 6 << 20;
const COMMANDS_BEFORE = 150;
const COMMANDS_STARVED = 60;

/** Commands that take many members or keys and have no way back: the first of them may be in when one does not fit. */
const ONE_BY_ONE = new Set([
  "MSET",
  "MSETNX",
  "HMSET",
  "HSET",
  "SADD",
  "ZADD",
  "GEOADD",
  "PFADD",
  "RPUSH",
  "LPUSH",
  "HSETEX",
]);

const generators = (await Promise.all(groupNames().map(loadGroup))).flatMap(readyGenerators);

class Subject {
  readonly of = new TestEngine({ memoryMax: MEMORY_MAX });
  readonly record: number;
  readonly #ballast: number[] = [];
  readonly log: string[] = [];

  constructor() {
    this.record = this.of.engine.exports.clientOpen();
    this.of.engine.memory.refresh();
    // Made at first use and kept: they are nobody's leak.
    for (const argv of [
      ["RPUSH", "l", "x".repeat(3000)],
      ["ECHO", "x".repeat(200_000)],
      ["DUMP", "l"],
      ["FLUSHALL"],
    ])
      this.run(argv);
  }

  /** Runs a command as an AOF would, whatever maxmemory says. @returns its reply, up to the first line end */
  run(argv: readonly string[]): string {
    const { engine } = this.of;
    engine.call(
      this.record,
      argv.map((arg) => Buffer.from(arg, "latin1")),
      CallFlag.OBEY,
    );
    return this.#take();
  }

  /** Needs no memory but for the call's arguments, which there is. */
  digest(): string {
    this.of.engine.call(this.record, [Buffer.from("DEBUG"), Buffer.from("DIGEST")], CallFlag.DEBUG);
    return this.#take();
  }

  #take(): string {
    const { engine } = this.of;
    const reply = Buffer.from(engine.reply.subarray(0, 100)).toString("latin1");
    engine.exports.clearReply();
    engine.exports.clearEvents();
    engine.memory.refresh();
    engine.memory.setU32(engine.root + Root.interrupt, 0);
    return reply.slice(0, reply.indexOf("\r\n"));
  }

  /** Takes memory until there is none, largest pieces first, then gives some pieces back. */
  starve(draw: Draw): void {
    const { exports, memory } = this.of.engine;
    for (const size of [
      1 << 20,
      1 << 16,
      8192,
      1024,
      256,
      128,
      96,
      64,
      48,
      40,
      32,
      28,
      24,
      20,
      16,
      12,
      8,
      4,
    ]) {
      for (let block = exports.allocate(size); block !== 0; block = exports.allocate(size))
        this.#ballast.push(block);
    }
    const spared = draw.pick([0, 0, 1, 2, 5, 20, 100]);
    for (let i = 0; i < spared; i++)
      exports.release(this.#ballast.splice(draw.below(this.#ballast.length), 1)[0]!);
    memory.refresh();
  }

  feed(): void {
    for (const block of this.#ballast) this.of.engine.exports.release(block);
    this.#ballast.length = 0;
  }
}

describe(`at the end of memory (seed ${SEED})`, () => {
  it(
    "what answers OOM has changed nothing, and nothing is lost for good",
    () => {
      const draw = new Draw(SEED);
      const command = (): string[] => {
        const { command: name, make } = draw.pick(generators);
        return [...name.toUpperCase().split("|"), ...make(draw)];
      };
      let refused = 0;
      for (let round = 0; round < ROUNDS; round++) {
        const subject = new Subject();
        const empty = subject.of.usedMemory;
        for (const { setUp } of WRONG_TYPE_KEYS) setUp.forEach((argv) => subject.run(argv));
        for (let i = 0; i < COMMANDS_BEFORE; i++) subject.run(command());
        subject.starve(draw);
        for (let i = 0; i < COMMANDS_STARVED; i++) {
          const before = subject.digest();
          const argv = command();
          const reply = subject.run(argv);
          if (!reply.startsWith("-OOM")) continue;
          refused++;
          const after = subject.digest();
          if (after !== before && !ONE_BY_ONE.has(argv[0]!)) {
            expect.fail(`round ${round}: ${showCommand(argv)}\nanswered ${reply}, but changed the data`);
          }
        }
        subject.feed();
        for (let i = 0; i < 30; i++) subject.run(command());
        subject.run(["FLUSHALL"]);
        subject.of.cron(1000);
        const lost = subject.of.usedMemory - empty;
        // Buffers for arguments, replies and scans may have grown, and stay.
        if (lost > 300_000) expect.fail(`round ${round}: ${lost} bytes are lost`);
      }
      expect(refused).toBeGreaterThan(0);
    },
    30_000 + ROUNDS * MS_PER_ROUND_MAX,
  );

  it("what commands take, FLUSHALL gives back to the last byte", () => {
    const subject = new Subject();
    const cycle = (): number => {
      const draw = new Draw(SEED);
      for (const { setUp } of WRONG_TYPE_KEYS) setUp.forEach((argv) => subject.run(argv));
      for (let i = 0; i < 3000; i++) {
        const { command, make } = draw.pick(generators);
        subject.run([...command.toUpperCase().split("|"), ...make(draw)]);
      }
      for (let db = 0; db < 16; db++) subject.run(["SWAPDB", "0", String(db)]);
      // Generated commands leave transactions open.
      for (const argv of [["DISCARD"], ["UNWATCH"], ["CLIENT", "SETNAME", ""], ["FLUSHALL"]])
        subject.run(argv);
      subject.of.cron(1000);
      return subject.of.usedMemory;
    };
    // The first time round buffers grow that stay.
    cycle();
    const second = cycle();
    expect(cycle()).toBe(second);
  });
});
