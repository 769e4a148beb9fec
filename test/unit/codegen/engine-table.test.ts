/** engine-table: the look-up compiled into the engine finds every name in any case, and nothing else. */
import { beforeAll, describe, expect, it } from "vitest";
import { FLAG_NAMES, flagBits, flagConstant } from "../../../bindings/codegen/flags.ts";
import { COMMANDS, type CommandRow } from "../../../bindings/command-table.ts";
import { Prng } from "../../support/prng.ts";
import { VerifyEngine } from "../../support/verify-engine.ts";

/** Over-read by the look-up: garbage that must not matter. */
const SLACK = 8;

let engine: VerifyEngine;
let buffer: number;
beforeAll(() => {
  engine = new VerifyEngine();
  buffer = engine.alloc(64);
});

function put(name: string): number {
  engine.bytes(buffer, name.length + SLACK).fill(0xaa);
  return engine.write(buffer, name);
}

function lookup(name: string): number {
  return Number(engine.big("testCommandLookup", buffer, put(name)));
}

function subcommandLookup(container: number, name: string): number {
  return Number(engine.big("testSubcommandLookup", container, buffer, put(name)));
}

function findRow(row: CommandRow, spell: (name: string) => string): number {
  if (row.container === undefined) return lookup(spell(row.name));
  const container = COMMANDS[row.container] as CommandRow;
  return subcommandLookup(container.id, spell(row.name.slice(container.name.length + 1)));
}

describe("look-up", () => {
  it("finds every command and subcommand, in lower, upper and mixed case", () => {
    const prng = new Prng(Prng.seed());
    const mixed = (name: string): string =>
      [...name].map((c) => (prng.below(2) === 0 ? c.toLowerCase() : c.toUpperCase())).join("");
    for (const row of COMMANDS) {
      expect(
        findRow(row, (name) => name.toLowerCase()),
        row.name,
      ).toBe(row.id);
      expect(
        findRow(row, (name) => name.toUpperCase()),
        row.name,
      ).toBe(row.id);
      expect(findRow(row, mixed), `${row.name}, seed ${prng.seed}`).toBe(row.id);
    }
  });

  it("refuses every name that differs in one byte", () => {
    const names = new Set(
      COMMANDS.filter((row) => row.container === undefined).map((row) => row.name.toLowerCase()),
    );
    const wrong: string[] = [];
    for (const name of names) {
      for (let at = 0; at < name.length; at++) {
        for (let byte = 0; byte < 256; byte++) {
          const changed = name.slice(0, at) + String.fromCharCode(byte) + name.slice(at + 1);
          if (lookup(changed) >= 0 !== names.has(changed.toLowerCase())) wrong.push(changed);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it("refuses names cut short, made longer, empty or longer than any", () => {
    expect(lookup("")).toBe(-1);
    expect(lookup("ge")).toBe(-1);
    expect(lookup("get ")).toBe(-1);
    expect(lookup("get\0")).toBe(-1);
    expect(lookup("georadiusbymember_ro_and_more")).toBe(-1);
  });

  it("finds a subcommand in its own container only", () => {
    const id = (name: string): number => COMMANDS.findIndex((row) => row.name === name);
    expect(subcommandLookup(id("client"), "LIST")).toBe(id("client|list"));
    expect(subcommandLookup(id("acl"), "list")).toBe(id("acl|list"));
    expect(subcommandLookup(id("object"), "list")).toBe(-1);
    expect(subcommandLookup(id("get"), "list")).toBe(-1);
    expect(subcommandLookup(id("client"), "")).toBe(-1);
  });
});

it("rows have the facts of the table", () => {
  for (const row of COMMANDS) {
    const fact = (name: string): number => Number(engine.big(name, row.id));
    expect({
      name: engine.text(engine.call("testCommandNamePtr", row.id), fact("testCommandNameLen")),
      arity: fact("testCommandArity"),
      keys: [fact("testCommandFirstKey"), fact("testCommandLastKey"), fact("testCommandKeyStep")],
      flags: (fact("testCommandFlags") & word(STATED)) >>> 0,
    }).toEqual({
      name: row.name,
      arity: row.arity,
      keys: [row.firstKey, row.lastKey, row.keyStep],
      flags: flagWord(row),
    });
  }
});

/** Flags that the row itself says; the generator derives further ones for the engine's own use. */
const STATED = [...FLAG_NAMES.map(flagConstant), "CMD_HOST", "CMD_PLANNED", "CMD_CONTAINER"];

function flagWord(row: CommandRow): number {
  return word([
    ...[...row.flags, ...(row.internalFlags ?? [])].map(flagConstant),
    ...(row.runs === "host" ? ["CMD_HOST"] : []),
    ...(row.ready ? [] : ["CMD_PLANNED"]),
    ...(row.subcommands === undefined ? [] : ["CMD_CONTAINER"]),
  ]);
}

function word(names: readonly string[]): number {
  const bits = flagBits();
  return names.reduce((sum, name) => sum + 2 ** (bits.get(name) as number), 0);
}
