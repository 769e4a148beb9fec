/**
 * cmsgpack: MessagePack, as Redis has it: strings are raw (no bin, no ext), numbers take the shortest form, a double that
 * a float holds exactly is one, tables are arrays when their keys are 1…n, and what is nested deeper than 16 is nil.
 * https://github.com/msgpack/msgpack/blob/master/spec.md
 */
import { GLOBALS, type LuaState, LuaType } from "../lua/state.ts";
import { setFunctions } from "../redis-library.ts";
import type { Sandbox } from "../sandbox.ts";
import { ByteWriter } from "./byte-writer.ts";

const NESTING_MAX = 16;
/** Input may be nested deeper, until JavaScript's stack would end. */
const INPUT_NESTING_MAX = 2000;
const WORD = 2 ** 32;
const SLOTS = 4;

export function openCmsgpack(lua: LuaState, sandbox: Sandbox): void {
  const { api, main } = lua;
  const packer = new Packer(lua, sandbox);
  const unpacker = new Unpacker(lua);
  const integer = (L: number, index: number, otherwise: number): number =>
    api.lua_type(L, index) > LuaType.NIL ? Math.trunc(api.luaL_checknumber(L, index)) : otherwise;
  api.lua_createtable(main, 0, 8);
  const table = api.lua_gettop(main);
  setFunctions(lua, table, {
    pack: (L) => packer.pack(L),
    unpack: (L) => unpacker.unpack(L, 0, 0),
    unpack_one: (L) => {
      const offset = integer(L, 2, 0);
      return unpacker.unpack(L, 1, offset);
    },
    unpack_limit: (L) => {
      const limit = Math.trunc(api.luaL_checknumber(L, 2));
      return unpacker.unpack(L, limit, integer(L, 3, 0));
    },
  });
  lua.setText(main, table, "_NAME", "cmsgpack");
  lua.setText(main, table, "_VERSION", "lua-cmsgpack 0.4.0");
  lua.setText(main, table, "_COPYRIGHT", "Copyright (C) 2012, Salvatore Sanfilippo");
  lua.setText(main, table, "_DESCRIPTION", "MessagePack C implementation for Lua");
  api.lua_setfield(main, GLOBALS, lua.cString("cmsgpack"));
}

class Packer {
  readonly #lua: LuaState;
  readonly #sandbox: Sandbox;
  readonly #writer = new ByteWriter();
  readonly #double = new DataView(new ArrayBuffer(8));

  constructor(lua: LuaState, sandbox: Sandbox) {
    this.#lua = lua;
    this.#sandbox = sandbox;
  }

  pack(L: number): number {
    const { api } = this.#lua;
    const argc = api.lua_gettop(L);
    if (argc === 0) this.#lua.argumentError(L, 0, "MessagePack pack needs input.");
    if (!api.lua_checkstack(L, argc))
      this.#lua.argumentError(L, 0, "Too many arguments for MessagePack pack.");
    this.#writer.clear();
    for (let i = 1; i <= argc; i++) {
      api.lua_pushvalue(L, i);
      this.#value(L, 0);
    }
    this.#writer.push(this.#lua, L);
    return 1;
  }

  /** Takes the value at the top. */
  #value(L: number, level: number): void {
    const lua = this.#lua;
    const { api } = lua;
    const writer = this.#writer;
    switch (api.lua_type(L, -1)) {
      case LuaType.STRING:
        lua.str(L, -1);
        this.#header(lua.len, 0xa0, 32, 0xd9, 0xda);
        writer.copy(lua.bytes, lua.ptr, lua.len);
        break;
      case LuaType.BOOLEAN:
        writer.byte(api.lua_toboolean(L, -1) ? 0xc3 : 0xc2);
        break;
      case LuaType.NUMBER:
        this.#number(api.lua_tonumber(L, -1));
        break;
      case LuaType.TABLE:
        if (level === NESTING_MAX) writer.byte(0xc0);
        else this.#table(L, level);
        break;
      default:
        writer.byte(0xc0);
    }
    lua.pop(L);
  }

  /** @param byteForm  the form with one byte of length; 0: there is none */
  #header(count: number, fixed: number, fixedEnd: number, byteForm: number, wordForm: number): void {
    const writer = this.#writer;
    if (count < fixedEnd) writer.byte(fixed | count);
    else if (byteForm !== 0 && count <= 0xff) {
      writer.byte(byteForm);
      writer.byte(count);
    } else if (count <= 0xffff) {
      writer.byte(wordForm);
      writer.big(count, 2);
    } else {
      writer.byte(wordForm + 1);
      writer.big(count, 4);
    }
  }

  #number(value: number): void {
    if (Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63) this.#integer(value);
    else this.#doubleValue(value);
  }

  #integer(value: number): void {
    const writer = this.#writer;
    const put = (form: number, width: number): void => {
      writer.byte(form);
      if (width < 8) writer.big(value < 0 ? value + 2 ** (8 * width) : value, width);
      else {
        this.#double.setBigInt64(0, BigInt(value));
        for (let i = 0; i < 8; i++) writer.byte(this.#double.getUint8(i));
      }
    };
    if (value >= 0) {
      if (value <= 0x7f) writer.byte(value);
      else if (value <= 0xff) put(0xcc, 1);
      else if (value <= 0xffff) put(0xcd, 2);
      else if (value < WORD) put(0xce, 4);
      else put(0xcf, 8);
    } else if (value >= -32) writer.byte(value + 256);
    else if (value >= -0x80) put(0xd0, 1);
    else if (value >= -0x8000) put(0xd1, 2);
    else if (value >= -WORD / 2) put(0xd2, 4);
    else put(0xd3, 8);
  }

  #doubleValue(value: number): void {
    const writer = this.#writer;
    const view = this.#double;
    if (Math.fround(value) === value) {
      writer.byte(0xca);
      view.setFloat32(0, value);
      for (let i = 0; i < 4; i++) writer.byte(view.getUint8(i));
      return;
    }
    writer.byte(0xcb);
    if (Number.isNaN(value))
      view.setBigUint64(0, 0xfff8000000000000n); // what 0/0 is on x86
    else view.setFloat64(0, value);
    for (let i = 0; i < 8; i++) writer.byte(view.getUint8(i));
  }

  #table(L: number, level: number): void {
    const lua = this.#lua;
    const { api } = lua;
    if (!api.lua_checkstack(L, SLOTS)) lua.raiseHere(L, "stack overflow (in function mp_encode_lua_table)");
    this.#sandbox.reveal(L, api.lua_gettop(L));
    const { count, isArray } = this.#measure(L);
    if (isArray) {
      this.#header(count, 0x90, 16, 0, 0xdc);
      for (let i = 1; i <= count; i++) {
        api.lua_rawgeti(L, -1, i);
        this.#value(L, level + 1);
      }
      return;
    }
    this.#header(count, 0x80, 16, 0, 0xde);
    api.lua_pushnil(L);
    while (api.lua_next(L, -2)) {
      api.lua_pushvalue(L, -2);
      this.#value(L, level + 1);
      this.#value(L, level + 1);
    }
  }

  #measure(L: number): { count: number; isArray: boolean } {
    const { api } = this.#lua;
    let count = 0;
    let highest = 0;
    let isArray = true;
    api.lua_pushnil(L);
    while (api.lua_next(L, -2)) {
      this.#lua.pop(L);
      count++;
      if (!isArray) continue;
      const key = api.lua_type(L, -1) === LuaType.NUMBER ? api.lua_tonumber(L, -1) : 0;
      if (key >= 1 && Number.isInteger(key)) highest = Math.max(highest, key);
      else isArray = false;
    }
    return { count, isArray: isArray && highest === count };
  }
}

class Unpacker {
  readonly #lua: LuaState;
  readonly #view = new DataView(new ArrayBuffer(8));
  #at = 0;
  #end = 0;

  constructor(lua: LuaState) {
    this.#lua = lua;
  }

  /** @param limit  values at most; 0 with offset 0: all of them, without the offset before them */
  unpack(L: number, limit: number, offset: number): number {
    const lua = this.#lua;
    const { api } = lua;
    lua.checkString(L, 1);
    const start = lua.ptr;
    const length = lua.len;
    api.lua_settop(L, 1);
    const all = limit === 0 && offset === 0;
    if (offset < 0 || limit < 0) {
      lua.raiseHere(L, `Invalid request to unpack with offset of ${offset} and limit of ${length}.`);
    }
    if (offset > length) {
      lua.raiseHere(L, `Start offset ${offset} greater than input length ${length}.`);
    }
    this.#at = start + offset;
    this.#end = start + length;
    let count = 0;
    for (; this.#at < this.#end && (all || count < limit || limit === 0); count++) this.#value(L, 0);
    if (!all) {
      api.lua_pushnumber(L, this.#at === this.#end ? -1 : this.#at - start);
      api.lua_insert(L, 2);
      count++;
    }
    return count;
  }

  #need(L: number, count: number): void {
    if (this.#end - this.#at < count) this.#lua.raiseHere(L, "Missing bytes in input.");
  }

  /** An unsigned big-endian integer. */
  #unsigned(L: number, width: number): number {
    this.#need(L, width);
    const { bytes } = this.#lua;
    let value = 0;
    for (let i = 0; i < width; i++) value = value * 256 + bytes[this.#at + i]!;
    this.#at += width;
    return value;
  }

  #load(L: number, width: number): DataView {
    this.#need(L, width);
    const { bytes } = this.#lua;
    for (let i = 0; i < width; i++) this.#view.setUint8(i, bytes[this.#at + i]!);
    this.#at += width;
    return this.#view;
  }

  #value(L: number, depth: number): void {
    const lua = this.#lua;
    const { api } = lua;
    if (depth > INPUT_NESTING_MAX || !api.lua_checkstack(L, SLOTS)) {
      lua.raiseHere(L, "stack overflow (in function mp_decode_to_lua_type)");
    }
    this.#need(L, 1);
    const form = lua.bytes[this.#at++]!;
    if (form <= 0x7f) return api.lua_pushnumber(L, form);
    if (form >= 0xe0) return api.lua_pushnumber(L, form - 256);
    if (form <= 0x8f) return this.#map(L, form & 15, depth);
    if (form <= 0x9f) return this.#array(L, form & 15, depth);
    if (form <= 0xbf) return this.#string(L, form & 31);
    switch (form) {
      case 0xc0:
        return api.lua_pushnil(L);
      case 0xc2:
      case 0xc3:
        return api.lua_pushboolean(L, form & 1);
      case 0xca:
        return api.lua_pushnumber(L, this.#load(L, 4).getFloat32(0));
      case 0xcb:
        return api.lua_pushnumber(L, this.#load(L, 8).getFloat64(0));
      case 0xcc:
        return api.lua_pushnumber(L, this.#unsigned(L, 1));
      case 0xcd:
        return api.lua_pushnumber(L, this.#unsigned(L, 2));
      case 0xce:
        return api.lua_pushnumber(L, this.#unsigned(L, 4));
      case 0xcf: // unsigned, yet pushed as a signed integer by the library
      case 0xd3:
        return api.lua_pushnumber(L, Number(this.#load(L, 8).getBigInt64(0)));
      case 0xd0:
        return api.lua_pushnumber(L, this.#load(L, 1).getInt8(0));
      case 0xd1:
        return api.lua_pushnumber(L, this.#load(L, 2).getInt16(0));
      case 0xd2:
        return api.lua_pushnumber(L, this.#load(L, 4).getInt32(0));
      case 0xd9:
        return this.#string(L, this.#unsigned(L, 1));
      case 0xda:
        return this.#string(L, this.#unsigned(L, 2));
      case 0xdb:
        return this.#string(L, this.#unsigned(L, 4));
      case 0xdc:
        return this.#array(L, this.#unsigned(L, 2), depth);
      case 0xdd:
        return this.#array(L, this.#unsigned(L, 4), depth);
      case 0xde:
        return this.#map(L, this.#unsigned(L, 2), depth);
      case 0xdf:
        return this.#map(L, this.#unsigned(L, 4), depth);
      default:
        lua.raiseHere(L, "Bad data format in input.");
    }
  }

  #string(L: number, length: number): void {
    this.#need(L, length);
    this.#lua.api.lua_pushlstring(L, this.#at, length);
    this.#at += length;
  }

  #array(L: number, count: number, depth: number): void {
    const { api } = this.#lua;
    api.lua_createtable(L, 0, 0);
    for (let i = 1; i <= count; i++) {
      this.#value(L, depth + 1);
      api.lua_rawseti(L, -2, i);
    }
  }

  #map(L: number, count: number, depth: number): void {
    const { api } = this.#lua;
    api.lua_createtable(L, 0, 0);
    for (let i = 0; i < count; i++) {
      this.#value(L, depth + 1);
      this.#value(L, depth + 1);
      api.lua_settable(L, -3); // a key may be nil: the error is Lua's
    }
  }
}
