/** command-keys: keys and their flags among arguments; expected values were seen in Redis 8.0. */
import { describe, expect, it } from "vitest";
import { argumentsOf, commandKeys, hasKeys, slotNames } from "../../../bindings/command-keys.ts";
import { resolveCommand, type CommandRow } from "../../../bindings/command-table.ts";

function row(argv: readonly string[]): CommandRow {
  const found = resolveCommand(argv[0] ?? "", argv[1]);
  if (found === undefined) throw new Error(`no command ${argv.join(" ")}`);
  return found;
}

function keys(line: string): string {
  const argv = line.split(" ").map((argument) => (argument === "''" ? "" : argument));
  return commandKeys(row(argv), argumentsOf(argv))
    .map(({ position, flags }) => `${argv[position]}:${flags.join(",")}`)
    .join(" ");
}

describe("by key specs", () => {
  it.each([
    ["GET a", "a:RO,access"],
    ["MSET a 1 b 2", "a:OW,update b:OW,update"],
    ["BLPOP a b 0", "a:RW,access,delete b:RW,access,delete"],
    ["RENAME a b", "a:RW,access,delete b:OW,update"],
    ["OBJECT ENCODING a", "a:RO"],
    ["EVAL script 2 a b c", "a:RW,access,update b:RW,access,update"],
    ["ZUNIONSTORE d 2 a b WEIGHTS 1 2", "d:OW,update a:RO,access b:RO,access"],
    ["XREAD COUNT 1 STREAMS a b 0 0", "a:RO,access b:RO,access"],
    ["GEORADIUS a 0 0 1 km STORE b", "a:RO,access b:OW,update"],
    ["PING", ""],
  ])("%s", (line, expected) => {
    expect(keys(line)).toBe(expected);
  });

  it.each([
    "EVAL script 0",
    "EVAL script 3 a b",
    "EVAL script x a",
    "EVAL script -1 a",
    "ZUNION 2 a",
    "XREAD STREAMS",
  ])("%s has none", (line) => {
    expect(keys(line)).toBe("");
  });
});

describe("by options", () => {
  it.each([
    ["SET a b", "a:OW,update"],
    ["SET a b EX 1 get", "a:RW,access,update"],
    ["BITFIELD a GET u8 0 OVERFLOW SAT GET u8 8", "a:RO,access"],
    ["BITFIELD a GET u8 0 SET u8 0 1", "a:RW,access,update"],
    ["SORT a BY STORE GET x LIMIT 0 1", "a:RO,access"],
    ["SORT a STORE b STORE c", "a:RO,access c:OW,update"],
    ["SORT_RO a BY b", "a:RO,access"],
    ["MIGRATE host 1 a 0 10", "a:RW,access,delete"],
    ["MIGRATE host 1 '' 0 10 AUTH KEYS KEYS a b", "a:RW,access,delete b:RW,access,delete"],
    ["MIGRATE host 1 x 0 10 KEYS a b", ""],
  ])("%s", (line, expected) => {
    expect(keys(line)).toBe(expected);
  });
});

describe("channels of sharded pub/sub", () => {
  it("are no keys, but decide the slot", () => {
    const argv = ["SPUBLISH", "channel", "message"];
    expect(hasKeys(row(argv))).toBe(false);
    expect(commandKeys(row(argv), argumentsOf(argv))).toEqual([]);
    expect(slotNames(row(argv), argumentsOf(argv)).map(({ position }) => position)).toEqual([1]);
  });
});
