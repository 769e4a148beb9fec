/**
 * reply-to-lua: a command's reply, as RESP bytes in the engine's memory → the Lua value that redis.call returns.
 *
 *   RESP2  : number · $ string · $-1 *-1 false · * array · + {ok=…} · - {err=…}
 *   RESP3  _ nil · # boolean · , {double=…} · ( {big_number=…} · = {verbatim_string={string=…, format=…}}
 *          % {map={…}} · ~ {set={member=true}}
 *
 * Bytes go from memory to memory; nothing becomes a JavaScript string.
 */
import type { Engine } from "../../bindings/engine.ts";
import { byteString, type LuaState } from "./lua/state.ts";

/** Field of an error that was a command's reply: INFO errorstats knows of it. Redis calls it so, too. */
export const COUNTED_ERROR = "ignore_error_stats_update";
const CR = 0x0d;
const MINUS = 0x2d;
const ZERO = 0x30;
/** Slots of the Lua stack that one level of a reply needs. */
const SLOTS = 6;

export class ReplyToLua {
  readonly #lua: LuaState;
  readonly #engine: Engine;
  readonly #names: Record<
    "ok" | "err" | "ignore" | "double" | "bigNumber" | "verbatim" | "string" | "format" | "map" | "set",
    number
  >;
  /** Where the next value begins. */
  #at = 0;

  constructor(lua: LuaState, engine: Engine) {
    this.#lua = lua;
    this.#engine = engine;
    this.#names = {
      ok: lua.cString("ok"),
      err: lua.cString("err"),
      ignore: lua.cString(COUNTED_ERROR),
      double: lua.cString("double"),
      bigNumber: lua.cString("big_number"),
      verbatim: lua.cString("verbatim_string"),
      string: lua.cString("string"),
      format: lua.cString("format"),
      map: lua.cString("map"),
      set: lua.cString("set"),
    };
  }

  /** Pushes the reply at an address. @returns whether it is an error */
  push(L: number, at: number): boolean {
    this.#at = at;
    const isError = this.#engine.memory.bytes[at] === MINUS;
    this.#value(L);
    return isError;
  }

  #value(L: number): void {
    const { api } = this.#lua;
    const names = this.#names;
    const { bytes } = this.#engine.memory;
    const type = bytes[this.#at++]!;
    switch (type) {
      case 0x24: // $
        return this.#bulk(L);
      case 0x3a: // :
        return this.#lua.pushNumber(L, this.#integer());
      case 0x2b: // +
        api.lua_createtable(L, 0, 1);
        this.#line(L);
        return api.lua_setfield(L, -2, names.ok);
      case MINUS:
        api.lua_createtable(L, 0, 2);
        this.#line(L);
        api.lua_setfield(L, -2, names.err);
        api.lua_pushboolean(L, 1);
        return api.lua_setfield(L, -2, names.ignore);
      case 0x2a: // *
        return this.#array(L);
      case 0x5f: // _
        this.#at += 2;
        return api.lua_pushnil(L);
      case 0x23: // #
        api.lua_pushboolean(L, bytes[this.#at] === 0x74 ? 1 : 0);
        this.#at += 3;
        return;
      case 0x2c: // ,
        api.lua_createtable(L, 0, 1);
        api.lua_pushnumber(L, toDouble(this.#lineText()));
        return api.lua_setfield(L, -2, names.double);
      case 0x28: // (
        api.lua_createtable(L, 0, 1);
        this.#line(L);
        return api.lua_setfield(L, -2, names.bigNumber);
      case 0x3d: // =
        return this.#verbatim(L);
      case 0x25: // %
        return this.#map(L);
      case 0x7e: // ~
        return this.#set(L);
      default:
        throw new Error(`a reply of type ${String.fromCharCode(type)} is not for scripts`);
    }
  }

  /** A number of the protocol, exact to 2^53 as Lua's numbers are. */
  #integer(): number {
    const { bytes } = this.#engine.memory;
    let at = this.#at;
    const negative = bytes[at] === MINUS;
    if (negative) at++;
    let value = 0;
    for (; bytes[at] !== CR; at++) value = value * 10 + bytes[at]! - ZERO;
    // Many digits would be rounded at each step: once is what a conversion does.
    if (at - this.#at > 15) value = Math.abs(Number(byteString(bytes, this.#at, at - this.#at)));
    this.#at = at + 2;
    return negative ? -value : value;
  }

  #lineEnd(): number {
    const { bytes } = this.#engine.memory;
    let end = this.#at;
    while (bytes[end] !== CR) end++;
    return end;
  }

  #line(L: number): void {
    const end = this.#lineEnd();
    this.#lua.pushBytes(L, this.#engine.memory.bytes, this.#at, end - this.#at);
    this.#at = end + 2;
  }

  #lineText(): string {
    const end = this.#lineEnd();
    const text = byteString(this.#engine.memory.bytes, this.#at, end - this.#at);
    this.#at = end + 2;
    return text;
  }

  #bulk(L: number): void {
    const size = this.#integer();
    if (size < 0) return this.#lua.pushBoolean(L, false);
    this.#lua.pushBytes(L, this.#engine.memory.bytes, this.#at, size);
    this.#at += size + 2;
  }

  #verbatim(L: number): void {
    const { api } = this.#lua;
    const { bytes } = this.#engine.memory;
    const size = this.#integer();
    api.lua_createtable(L, 0, 1);
    api.lua_createtable(L, 0, 2);
    this.#lua.pushBytes(L, bytes, this.#at + 4, size - 4);
    api.lua_setfield(L, -2, this.#names.string);
    this.#lua.pushBytes(L, bytes, this.#at, 3);
    api.lua_setfield(L, -2, this.#names.format);
    api.lua_setfield(L, -2, this.#names.verbatim);
    this.#at += size + 2;
  }

  #array(L: number): void {
    const { api } = this.#lua;
    const count = this.#integer();
    if (count < 0) return this.#lua.pushBoolean(L, false);
    this.#reserve(L);
    api.lua_createtable(L, count, 0);
    for (let i = 1; i <= count; i++) {
      this.#value(L);
      api.lua_rawseti(L, -2, i);
    }
  }

  #map(L: number): void {
    const { api } = this.#lua;
    const count = this.#integer();
    this.#reserve(L);
    api.lua_createtable(L, 0, 1);
    api.lua_createtable(L, 0, count);
    for (let i = 0; i < count; i++) {
      this.#value(L);
      this.#value(L);
      api.lua_rawset(L, -3);
    }
    api.lua_setfield(L, -2, this.#names.map);
  }

  #set(L: number): void {
    const { api } = this.#lua;
    const count = this.#integer();
    this.#reserve(L);
    api.lua_createtable(L, 0, 1);
    api.lua_createtable(L, 0, count);
    for (let i = 0; i < count; i++) {
      this.#value(L);
      api.lua_pushboolean(L, 1);
      api.lua_rawset(L, -3);
    }
    api.lua_setfield(L, -2, this.#names.set);
  }

  #reserve(L: number): void {
    if (!this.#lua.api.lua_checkstack(L, SLOTS)) this.#lua.raise(L, "reached lua stack limit");
  }
}

function toDouble(text: string): number {
  if (text === "inf") return Infinity;
  return text === "-inf" ? -Infinity : Number(text); // "nan" is none, so it is NaN
}
