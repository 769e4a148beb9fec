/**
 * cjson: JSON, as Redis' Lua has it: numbers with 14 digits, arrays that may have holes but not too many, what is nested
 * deeper than 1000 refused, cjson.null for null. Settings hold until they are changed, from script to script.
 */
import { GLOBALS, type LuaState, LuaType } from "../lua/state.ts";
import type { Sandbox } from "../sandbox.ts";
import { ByteWriter } from "./byte-writer.ts";
import { JsonParser } from "./json-parser.ts";

const INT_MAX = 2 ** 31 - 1;
const PRECISION_MAX = 14;
const SLOTS = 4;

/** Settings of one instance of the library (cjson.new makes more). */
export interface JsonSettings {
  sparseConvert: boolean;
  sparseRatio: number;
  sparseSafe: number;
  encodeMaxDepth: number;
  decodeMaxDepth: number;
  precision: number;
  keepBuffer: boolean;
  encodeInvalid: boolean | "null";
  decodeInvalid: boolean;
}

const DEFAULTS: Readonly<JsonSettings> = {
  sparseConvert: false,
  sparseRatio: 2,
  sparseSafe: 10,
  encodeMaxDepth: 1000,
  decodeMaxDepth: 1000,
  precision: PRECISION_MAX,
  keepBuffer: true,
  encodeInvalid: false,
  decodeInvalid: true,
};

export function openCjson(lua: LuaState, sandbox: Sandbox): void {
  pushLibrary(lua, sandbox, lua.main);
  lua.api.lua_setfield(lua.main, GLOBALS, lua.cString("cjson"));
}

/** Pushes a table with the library's functions and settings of its own. */
function pushLibrary(lua: LuaState, sandbox: Sandbox, L: number): void {
  const { api } = lua;
  const settings = { ...DEFAULTS };
  const encoder = new Encoder(lua, sandbox, settings);
  const parser = new JsonParser(lua, settings);
  const options = new Options(lua);
  api.lua_createtable(L, 0, 16);
  const table = api.lua_gettop(L);
  const functions = {
    encode: (thread: number) => encoder.encode(thread),
    decode: (thread: number) => parser.decode(thread),
    encode_sparse_array: (thread: number) => {
      options.begin(thread, 3);
      options.flag(thread, 1, settings, "sparseConvert");
      options.integer(thread, 2, settings, "sparseRatio", 0, INT_MAX);
      options.integer(thread, 3, settings, "sparseSafe", 0, INT_MAX);
      return 3;
    },
    encode_max_depth: (thread: number) => {
      options.begin(thread, 1);
      return options.integer(thread, 1, settings, "encodeMaxDepth", 1, INT_MAX);
    },
    decode_max_depth: (thread: number) => {
      options.begin(thread, 1);
      return options.integer(thread, 1, settings, "decodeMaxDepth", 1, INT_MAX);
    },
    encode_number_precision: (thread: number) => {
      options.begin(thread, 1);
      return options.integer(thread, 1, settings, "precision", 1, PRECISION_MAX);
    },
    encode_keep_buffer: (thread: number) => {
      options.begin(thread, 1);
      return options.flag(thread, 1, settings, "keepBuffer");
    },
    encode_invalid_numbers: (thread: number) => {
      options.begin(thread, 1);
      return options.flag(thread, 1, settings, "encodeInvalid", true);
    },
    decode_invalid_numbers: (thread: number) => {
      options.begin(thread, 1);
      return options.flag(thread, 1, settings, "decodeInvalid");
    },
    new: (thread: number) => {
      pushLibrary(lua, sandbox, thread);
      return 1;
    },
  };
  const names = Object.keys(functions);
  lua.addFunctions(Object.values(functions)).forEach((index, i) => {
    api.lua_pushcclosure(L, index, 0);
    api.lua_setfield(L, table, lua.cString(names[i]!));
  });
  api.lua_pushlightuserdata(L, 0);
  api.lua_setfield(L, table, lua.cString("null"));
  lua.setText(L, table, "_NAME", "cjson");
  lua.setText(L, table, "_VERSION", "2.1.0");
}

/** Arguments of the functions that set something and answer what is set. */
class Options {
  readonly #lua: LuaState;

  constructor(lua: LuaState) {
    this.#lua = lua;
  }

  begin(L: number, count: number): void {
    if (this.#lua.api.lua_gettop(L) > count) {
      this.#lua.argumentError(L, count + 1, "found too many arguments");
    }
    this.#lua.api.lua_settop(L, count);
  }

  flag<Name extends "sparseConvert" | "keepBuffer" | "decodeInvalid" | "encodeInvalid">(
    L: number,
    index: number,
    settings: JsonSettings,
    name: Name,
    mayBeNull = false,
  ): number {
    const { api } = this.#lua;
    const type = api.lua_type(L, index);
    if (type === LuaType.BOOLEAN) settings[name] = api.lua_toboolean(L, index) !== 0;
    else if (type !== LuaType.NIL) {
      this.#lua.checkString(L, index);
      const text = this.#lua.text();
      const value =
        text === "on" ? true : text === "off" ? false : text === "null" && mayBeNull ? "null" : undefined;
      if (value === undefined) this.#lua.argumentError(L, index, `invalid option '${text}'`);
      settings[name] = value as JsonSettings[Name];
    }
    const value = settings[name];
    if (typeof value === "boolean") api.lua_pushboolean(L, value ? 1 : 0);
    else this.#lua.pushText(L, "null");
    return 1;
  }

  integer(
    L: number,
    index: number,
    settings: JsonSettings,
    name: "sparseRatio" | "sparseSafe" | "encodeMaxDepth" | "decodeMaxDepth" | "precision",
    min: number,
    max: number,
  ): number {
    const { api } = this.#lua;
    if (api.lua_type(L, index) !== LuaType.NIL) {
      const value = Math.trunc(api.luaL_checknumber(L, index));
      if (!(value >= min && value <= max)) {
        this.#lua.argumentError(L, index, `expected integer between ${min} and ${max}`);
      }
      settings[name] = value;
    }
    api.lua_pushnumber(L, settings[name]);
    return 1;
  }
}

/** What stands for bytes that cannot stand for themselves; empty for the others. */
const ESCAPES: readonly string[] = Array.from({ length: 256 }, (_, code) => {
  const short = { 8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r", 34: '\\"', 47: "\\/", 92: "\\\\" }[
    code
  ];
  if (short !== undefined) return short;
  return code < 32 || code === 127 ? `\\u${code.toString(16).padStart(4, "0")}` : "";
});

const NEEDS_ESCAPE = Uint8Array.from(ESCAPES, (escape) => (escape === "" ? 0 : 1));

class Encoder {
  readonly #lua: LuaState;
  readonly #sandbox: Sandbox;
  readonly #settings: JsonSettings;
  readonly #out = new ByteWriter();

  constructor(lua: LuaState, sandbox: Sandbox, settings: JsonSettings) {
    this.#lua = lua;
    this.#sandbox = sandbox;
    this.#settings = settings;
  }

  encode(L: number): number {
    if (this.#lua.api.lua_gettop(L) !== 1) this.#lua.argumentError(L, 1, "expected 1 argument");
    this.#out.clear();
    this.#value(L, 0);
    this.#out.push(this.#lua, L);
    return 1;
  }

  /** Writes the value at the top, and leaves it there. */
  #value(L: number, depth: number): void {
    const lua = this.#lua;
    const { api } = lua;
    switch (api.lua_type(L, -1)) {
      case LuaType.STRING:
        lua.str(L, -1);
        return this.#string(lua.ptr, lua.len);
      case LuaType.NUMBER:
        return this.#number(L, api.lua_tonumber(L, -1));
      case LuaType.BOOLEAN:
        return this.#out.text(api.lua_toboolean(L, -1) ? "true" : "false");
      case LuaType.TABLE:
        return this.#table(L, depth + 1);
      case LuaType.NIL:
        return this.#out.text("null");
      case LuaType.LIGHT_USERDATA:
        if (api.lua_touserdata(L, -1) === 0) return this.#out.text("null");
    }
    this.#refuse(L, -1, "type not supported");
  }

  #refuse(L: number, index: number, why: string): never {
    return this.#lua.raiseHere(L, `Cannot serialise ${this.#lua.typeName(L, index)}: ${why}`);
  }

  #string(at: number, length: number): void {
    const out = this.#out;
    const { bytes } = this.#lua;
    out.byte(0x22);
    out.reserve(length);
    let from = at;
    for (let i = at; i < at + length; i++) {
      if (NEEDS_ESCAPE[bytes[i]!] === 0) continue;
      out.copy(bytes, from, i - from);
      out.text(ESCAPES[bytes[i]!]!);
      from = i + 1;
    }
    out.copy(bytes, from, at + length - from);
    out.byte(0x22);
  }

  #number(L: number, value: number): void {
    if (Number.isFinite(value)) return this.#finite(L, value);
    const invalid = this.#settings.encodeInvalid;
    if (invalid === false) this.#refuse(L, -1, "must not be NaN or Inf");
    if (invalid === "null") this.#out.text("null");
    else this.#out.text(Number.isNaN(value) ? "nan" : value < 0 ? "-inf" : "inf");
  }

  #finite(L: number, value: number): void {
    const lua = this.#lua;
    const { precision } = this.#settings;
    if (precision !== PRECISION_MAX) return this.#out.text(formatGeneral(value, precision));
    if (value === (value | 0) && value !== 0) return this.#out.text(String(value));
    // As Lua prints numbers itself; a copy, because tolstring turns the number into a string.
    lua.api.lua_pushvalue(L, -1);
    lua.str(L, -1);
    this.#out.copy(lua.bytes, lua.ptr, lua.len);
    lua.pop(L);
  }

  #table(L: number, depth: number): void {
    const lua = this.#lua;
    const { api } = lua;
    if (depth > this.#settings.encodeMaxDepth || !api.lua_checkstack(L, SLOTS)) {
      lua.raiseHere(L, `Cannot serialise, excessive nesting (${depth})`);
    }
    this.#sandbox.reveal(L, api.lua_gettop(L));
    const length = this.#arrayLength(L);
    if (length > 0) this.#array(L, length, depth);
    else this.#object(L, depth);
  }

  /** The highest index; 0 where the table is no array. */
  #arrayLength(L: number): number {
    const lua = this.#lua;
    const { api } = lua;
    let highest = 0;
    let count = 0;
    api.lua_pushnil(L);
    while (api.lua_next(L, -2)) {
      const key = api.lua_type(L, -2) === LuaType.NUMBER ? api.lua_tonumber(L, -2) : 0;
      if (!(key >= 1 && Number.isInteger(key))) {
        lua.pop(L, 2);
        return 0;
      }
      highest = Math.max(highest, key);
      count++;
      lua.pop(L);
    }
    const { sparseRatio, sparseSafe, sparseConvert } = this.#settings;
    if (sparseRatio > 0 && highest > count * sparseRatio && highest > sparseSafe) {
      if (!sparseConvert) this.#refuse(L, -1, "excessively sparse array");
      return 0;
    }
    return highest;
  }

  #array(L: number, length: number, depth: number): void {
    const { api } = this.#lua;
    this.#out.byte(0x5b);
    for (let i = 1; i <= length; i++) {
      if (i > 1) this.#out.byte(0x2c);
      api.lua_rawgeti(L, -1, i);
      this.#value(L, depth);
      this.#lua.pop(L);
    }
    this.#out.byte(0x5d);
  }

  #object(L: number, depth: number): void {
    const lua = this.#lua;
    const { api } = lua;
    const out = this.#out;
    out.byte(0x7b);
    let first = true;
    api.lua_pushnil(L);
    while (api.lua_next(L, -2)) {
      if (!first) out.byte(0x2c);
      first = false;
      const type = api.lua_type(L, -2);
      if (type === LuaType.NUMBER) {
        out.byte(0x22);
        api.lua_pushvalue(L, -2);
        this.#number(L, api.lua_tonumber(L, -1));
        lua.pop(L);
        out.byte(0x22);
      } else if (type === LuaType.STRING) {
        lua.str(L, -2);
        this.#string(lua.ptr, lua.len);
      } else this.#refuse(L, -2, "table key must be a number or string");
      out.byte(0x3a);
      this.#value(L, depth);
      lua.pop(L);
    }
    out.byte(0x7d);
  }
}

/** C's %.Ng */
export function formatGeneral(value: number, precision: number): string {
  if (Object.is(value, -0)) return "-0";
  if (Number.isInteger(value) && Math.abs(value) < 10 ** Math.min(precision, 15)) return String(value);
  const [mantissa = "", exponentText = "0"] = value.toExponential(precision - 1).split("e");
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= precision) {
    const sign = exponent < 0 ? "-" : "+";
    return `${withoutZeros(mantissa)}e${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  return withoutZeros(value.toFixed(Math.max(0, precision - 1 - exponent)));
}

function withoutZeros(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}
