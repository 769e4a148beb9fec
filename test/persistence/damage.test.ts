/** Files cut at every byte, and with bytes changed: what is sound is loaded, the rest is refused; nothing traps or leaks. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Root } from "../../bindings/abi.ts";
import { finish } from "../../server/persistence/steps.ts";
import { RdbError, RdbLoad } from "../../server/persistence/rdb-load.ts";
import { MemoryDisk } from "../support/memory-disk.ts";
import { Prng } from "../support/prng.ts";
import { POPULATION } from "./population.ts";
import { Subject } from "./subject.ts";

const MUTATIONS = Number(process.env["KVASM_MUTATIONS"] ?? 2000);
const ITEMS = { aux: () => undefined, library: () => null };
const FILE = "dump.rdb";

let subject: Subject;
let sound: Uint8Array;

/** Small keys of every type and encoding: every byte of the file counts. */
const SMALL = POPULATION.filter((command) => command.join(" ").length < 2000);

beforeAll(async () => {
  const disk = new MemoryDisk();
  const writer = await new Subject(disk, { databases: "16" }).start();
  for (const command of SMALL.filter(([name]) => name !== "SELECT")) writer.run(...command);
  expect(writer.server.persistence.rdb.saveNow()).toBe(true);
  const file = disk.open(FILE);
  sound = new Uint8Array(file.size);
  file.read(sound, 0);
  subject = await new Subject(new MemoryDisk(), {}).start();
});

afterAll(() => subject.server.persistence.close());

/** Loads bytes as a file. @returns why that failed, or null */
function load(bytes: Uint8Array, onlyCheck: boolean, checksum: boolean): RdbError | null {
  const file = {
    size: bytes.length,
    read(into: Uint8Array, position: number) {
      const part = bytes.subarray(position, position + into.length);
      into.set(part);
      return part.length;
    },
    close: () => undefined,
  };
  const options = { keepExpired: true, checksum, replace: true, onlyCheck };
  try {
    finish(new RdbLoad(subject.engine, file, ITEMS, options).steps());
    return null;
  } catch (problem) {
    if (problem instanceof RdbError) return problem;
    throw problem;
  }
}

const used = (): number => subject.engine.counter(Root.usedMemory);

describe("an RDB file", () => {
  it("loads whole", () => {
    expect(load(sound, true, true)).toBeNull();
  });

  it("that is cut anywhere is refused, and nothing is left behind", () => {
    load(sound, true, true);
    const before = used();
    for (let size = 0; size < sound.length; size += size < 6000 ? 1 : 97) {
      const problem = load(sound.subarray(0, size), true, true);
      expect(problem, `cut at ${size}`).not.toBeNull();
      expect(problem!.offset).toBeLessThanOrEqual(size);
    }
    expect(used()).toBe(before);
  });

  it(`with changed bytes never traps [${MUTATIONS} of them]`, () => {
    const prng = new Prng(1);
    subject.run("FLUSHALL", "SYNC");
    for (let i = 0; i < MUTATIONS; i++) {
      const bytes = new Uint8Array(sound);
      for (let n = prng.below(3); n >= 0; n--) bytes[9 + prng.below(bytes.length - 9)] = prng.below(256);
      load(bytes, i % 8 !== 0, false);
      if (i % 8 !== 0) continue;
      const keys = subject
        .run("KEYS", "*")
        .split("\r\n")
        .filter((_, line) => line > 0 && line % 2 === 0);
      for (const key of keys) subject.run("DUMP", key);
      subject.run("FLUSHALL", "SYNC");
    }
    expect(load(sound, true, true)).toBeNull();
  });
});

describe("an append-only file", () => {
  const COMMANDS = [
    ["RPUSH", "key:1", "a", "b"],
    ["MULTI"],
    ["RPUSH", "key:2", "c"],
    ["RPUSH", "key:2", "d"],
    ["EXEC"],
    ["RPUSH", "key:1", "e"],
  ];
  const MANIFEST = "file appendonly.aof.1.incr.aof seq 1 type i\n";
  const encode = (command: readonly string[]): string =>
    `*${command.length}\r\n${command.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`;

  it("that is cut anywhere keeps what is complete, and goes on there", async () => {
    const text = COMMANDS.map(encode).join("");
    const ends = [0, encode(COMMANDS[0]!).length];
    ends.push(COMMANDS.slice(0, 5).map(encode).join("").length, text.length);
    const states = ["", "key:1=*2 $1 a $1 b ", "", ""];
    states[2] = `${states[1]}\nkey:2=*2 $1 c $1 d `;
    states[3] = "key:1=*3 $1 a $1 b $1 e \nkey:2=*2 $1 c $1 d ";
    for (let size = 0; size <= text.length; size++) {
      const disk = new MemoryDisk();
      disk.writeText("appendonlydir/appendonly.aof.manifest", MANIFEST);
      disk.writeText("appendonlydir/appendonly.aof.1.incr.aof", text.slice(0, size));
      const cut = await new Subject(disk, { appendonly: "yes" }).start();
      const state = ends.findLastIndex((end) => end <= size);
      expect(cut.dataset(), `cut at ${size}`).toBe(states[state]);
      expect(disk.size("appendonlydir/appendonly.aof.1.incr.aof")).toBe(ends[state]);
      cut.server.persistence.aof.switchOff();
    }
  });
});
