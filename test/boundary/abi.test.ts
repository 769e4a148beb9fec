/**
 * Both halves of the boundary say the same: offsets, numbers and exports of bindings/abi.ts against assembly's sources and
 * the built module. And numbers that reach disks and replicas are what they have always been.
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as abi from "../../bindings/abi.ts";
import { engineModule } from "../support/engine.ts";

const source = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

/** `export const NAME: u32 = 5;` and `= 1 << 3` of a source file, by name. */
function constantsOf(path: string): Map<string, number> {
  const constants = new Map<string, number>();
  for (const [, name, value] of source(path).matchAll(/const (\w+): \w+ = ([^;]+);/g)) {
    const shift = /^1 << (\d+)$/.exec(value!);
    const number = shift ? 2 ** Number(shift[1]) : Number(value);
    if (!Number.isNaN(number)) constants.set(name!, number);
  }
  return constants;
}

/** Those whose name begins so, without that. */
function numbered(path: string, prefix: string): Record<string, number> {
  const all = [...constantsOf(path)].filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(all.map(([name, value]) => [name.slice(prefix.length), value]));
}

const SIZES: Record<string, number> = { u8: 1, bool: 1, u16: 2, i16: 2, u32: 4, i32: 4, f32: 4, usize: 4, u64: 8, i64: 8, f64: 8 }; // prettier-ignore

/** Offsets of the fields of an `@unmanaged class`, laid out as asc does: in order, each aligned to its size. */
function offsetsOf(path: string, name: string): Record<string, number> {
  const body = new RegExp(`class ${name} \\{\\n([\\s\\S]*?)\\n\\}`).exec(source(path))?.[1];
  if (body === undefined) throw new Error(`${path} has no class ${name}`);
  const offsets: Record<string, number> = {};
  let at = 0;
  for (const [, field, type] of body.matchAll(/^ {2}(\w+): (\w+);$/gm)) {
    const size = SIZES[type!];
    if (size === undefined) throw new Error(`${path}: ${name}.${field} is of type ${type}`);
    at = Math.ceil(at / size) * size;
    offsets[field!] = at;
    at += size;
  }
  return offsets;
}

const pick = (all: Record<string, number>, names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, all[name]]));

describe("offsets that the host reads are the engine's", () => {
  it.each([
    ["Root", abi.Root, "assembly/root.ts", "Root"],
    ["ClientField", abi.ClientField, "assembly/client.ts", "Client"],
    ["QueuedField", abi.QueuedField, "assembly/transaction.ts", "Queued"],
    ["DatabaseField", abi.DatabaseField, "assembly/keyspace/keyspace.ts", "Database"],
  ] as const)("%s", (_, fields, path, name) => {
    expect(fields).toEqual(pick(offsetsOf(path, name), Object.keys(fields)));
  });

  it("DICT_COUNT", () => {
    expect(abi.DICT_COUNT).toBe(offsetsOf("assembly/structures/dict.ts", "Dict")["count"]);
  });
});

describe("numbers that cross are the engine's", () => {
  it.each([
    ["Status", abi.Status, "assembly/execute.ts", "STATUS_"],
    ["CallFlag", abi.CallFlag, "assembly/keyspace/lookup.ts", "CALL_"],
    ["Setting", abi.Setting, "assembly/settings.ts", "SETTING_"],
    ["EventKind", abi.EventKind, "assembly/keyspace/events.ts", "EVENT_"],
    ["Ready", abi.Ready, "assembly/keyspace/events.ts", "READY_"],
  ] as const)("%s", (_, numbers, path, prefix) => {
    expect(numbers).toEqual(numbered(path, prefix));
  });

  it("ClientFlag", () => {
    const flags = numbered("assembly/client.ts", "CLIENT_");
    expect(abi.ClientFlag).toEqual(pick(flags, Object.keys(abi.ClientFlag)));
  });

  it("Watching", () => {
    const bits = numbered("assembly/keyspace/events.ts", "WATCHING_");
    expect(abi.Watching).toEqual(pick(bits, Object.keys(abi.Watching)));
  });

  it("sizes and versions", () => {
    expect(abi.COMMAND_STATS_SIZE).toBe(constantsOf("assembly/execute.ts").get("COMMAND_STATS_SIZE"));
    expect(abi.ABI_VERSION).toBe(constantsOf("assembly/abi.ts").get("ABI_VERSION"));
  });
});

describe("the module", () => {
  /** Name and number of parameters of each function that bindings/abi.ts expects. */
  const declared = new Map<string, number>();
  const interfaceBody =
    /interface EngineExports \{\n([\s\S]*?)\n\}/.exec(source("bindings/abi.ts"))?.[1] ?? "";
  for (const [, name, parameters] of interfaceBody.matchAll(/^ {2}(\w+)\(([^)]*)\): \w+;$/gm)) {
    declared.set(name!, parameters === "" ? 0 : parameters!.split(",").length);
  }

  it("exports the memory and what bindings/abi.ts declares, no more and no less", () => {
    expect(declared.size).toBeGreaterThan(15);
    const exported = WebAssembly.Module.exports(engineModule("release"));
    expect(exported.filter(({ kind }) => kind === "memory").map(({ name }) => name)).toEqual(["memory"]);
    const functions = exported.filter(({ kind }) => kind === "function").map(({ name }) => name);
    expect(functions.sort()).toEqual([...declared.keys()].sort());
    expect(exported).toHaveLength(functions.length + 1);
  });

  it("has every export that docs/abi.md tells of", () => {
    const table = /## Exports\n([\s\S]*?)\n## /.exec(source("docs/abi.md"))![1]!;
    const rows = table.split("\n").map((row) => row.split("|")[1] ?? "");
    const told = rows.flatMap((names) => [...names.matchAll(/`(\w+)/g)].map(([, name]) => name!));
    expect(told.length).toBeGreaterThan(30);
    expect(told.filter((name) => !declared.has(name))).toEqual([]);
  });

  it("takes as many parameters as declared", () => {
    const stop = () => {
      throw new Error("not called");
    };
    const { exports } = new WebAssembly.Instance(engineModule("release"), {
      env: { abort: stop, clock: stop },
    });
    for (const [name, parameters] of declared) {
      expect((exports[name] as (...args: unknown[]) => unknown).length, name).toBe(parameters);
    }
  });

  it("imports a clock, and a way to say which assertion failed, nothing else", () => {
    const imports = WebAssembly.Module.imports(engineModule("release"));
    expect(imports.map(({ module, name, kind }) => `${kind} ${module}.${name}`).sort()).toEqual([
      "function env.abort",
      "function env.clock",
    ]);
  });
});

describe("numbers that reach disks and replicas stay what they are", () => {
  it("types", () => {
    expect(numbered("assembly/types/ids.ts", "TYPE_")).toEqual({
      STRING: 0,
      LIST: 1,
      SET: 2,
      ZSET: 3,
      HASH: 4,
      STREAM: 6,
    });
  });

  it("encodings", () => {
    expect(numbered("assembly/types/ids.ts", "ENC_")).toEqual({
      ...{ RAW: 0, INT: 1, HT: 2, INTSET: 6, SKIPLIST: 7, EMBSTR: 8, QUICKLIST: 9, STREAM: 10 },
      ...{ LISTPACK: 11, LISTPACK_EX: 12 },
    });
  });

  it("settings", () => {
    const first = ["MAXMEMORY", "MAXMEMORY_POLICY", "MAXMEMORY_SAMPLES", "LFU_LOG_FACTOR", "LFU_DECAY_TIME"];
    expect(Object.keys(abi.Setting).slice(0, first.length)).toEqual(first);
    expect(Object.values(abi.Setting)).toEqual(Object.keys(abi.Setting).map((_, i) => i));
  });

  it("RDB types", () => {
    expect(numbered("assembly/rdb/ids.ts", "RDB_")).toMatchObject({
      ...{ STRING: 0, LIST: 1, SET: 2, ZSET: 3, HASH: 4, ZSET_2: 5, HASH_ZIPMAP: 9, LIST_ZIPLIST: 10 },
      ...{ SET_INTSET: 11, ZSET_ZIPLIST: 12, HASH_ZIPLIST: 13, LIST_QUICKLIST: 14, STREAM_LISTPACKS: 15 },
      ...{
        HASH_LISTPACK: 16,
        ZSET_LISTPACK: 17,
        LIST_QUICKLIST_2: 18,
        STREAM_LISTPACKS_2: 19,
        SET_LISTPACK: 20,
      },
      ...{ STREAM_LISTPACKS_3: 21, HASH_METADATA_PRE_GA: 22, HASH_LISTPACK_EX_PRE_GA: 23, HASH_METADATA: 24 },
      ...{ HASH_LISTPACK_EX: 25, VERSION: 12, ENC_INT8: 0, ENC_INT16: 1, ENC_INT32: 2, ENC_LZF: 3 },
    });
  });

  it("classes of keyspace notifications, as notify-keyspace-events writes them in Redis", () => {
    expect(numbered("assembly/keyspace/events.ts", "NOTIFY_")).toMatchObject({
      ...{ GENERIC: 4, STRING: 8, LIST: 16, SET: 32, HASH: 64, ZSET: 128, EXPIRED: 256, EVICTED: 512 },
      ...{ STREAM: 1024, KEY_MISS: 2048, NEW: 16_384 },
    });
  });
});
