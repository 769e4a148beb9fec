/**
 * lua-to-reply: what a script returns → RESP bytes for the client that called it. The other way of reply-to-lua, with
 * what is lost on it: a number is cut to an integer, a table ends at its first nil, what has no counterpart is null.
 *
 * Fields are read past metatables, so converting runs no code of the script.
 */
import type { RespVersion } from "../../bindings/reply-tree.ts";
import { formatDouble } from "../../bindings/reply-tree.ts";
import { toInt64 } from "./integer-format.ts";
import { REPLY_DEPTH_MAX } from "./limits.ts";
import { COUNTED_ERROR } from "./reply-to-lua.ts";
import { type LuaState, LuaType } from "./lua/state.ts";

const CR = 0x0d;
const LF = 0x0a;
const SPACE = 0x20;
const INITIAL = 4096;
const KEPT = 65536;
const SLOTS = 8;

export class LuaToReply {
  readonly #lua: LuaState;
  #buffer = new Uint8Array(INITIAL);
  #size = 0;
  #resp: RespVersion = 2;
  #scriptResp: RespVersion = 2;
  /** The reply, not an element of it, is an error: its text. */
  error: string | null = null;
  /** That error was the reply of a command, and so is counted. */
  errorIsCounted = false;

  constructor(lua: LuaState) {
    this.#lua = lua;
  }

  /**
   * Converts the value at the top.
   * @param resp        version that the client speaks     @param scriptResp  what redis.setresp has said
   * @returns           a view, valid until the next call
   */
  convert(L: number, resp: RespVersion, scriptResp: RespVersion): Uint8Array {
    this.#resp = resp;
    this.#scriptResp = scriptResp;
    this.#size = 0;
    this.error = null;
    if (this.#buffer.length > KEPT) this.#buffer = new Uint8Array(INITIAL);
    this.#value(L, 0);
    return this.#buffer.subarray(0, this.#size);
  }

  /** Takes the value at the top. */
  #value(L: number, depth: number): void {
    const lua = this.#lua;
    const { api } = lua;
    switch (lua.topType(L)) {
      case LuaType.STRING:
        lua.topString(L);
        this.#bulk(lua.ptr, lua.len);
        break;
      case LuaType.NUMBER:
        this.#number(lua.topNumber(L));
        break;
      case LuaType.BOOLEAN:
        this.#boolean(api.lua_toboolean(L, -1) !== 0);
        break;
      case LuaType.TABLE:
        this.#table(L, depth);
        break;
      default:
        this.#null();
    }
    lua.pop(L);
  }

  #boolean(value: boolean): void {
    if (this.#scriptResp === 3) {
      if (this.#resp === 3) this.#text(value ? "#t\r\n" : "#f\r\n");
      else this.#text(value ? ":1\r\n" : ":0\r\n");
    } else if (value) this.#text(":1\r\n");
    else this.#null();
  }

  #null(): void {
    this.#text(this.#resp === 3 ? "_\r\n" : "$-1\r\n");
  }

  #number(value: number): void {
    const whole = Math.trunc(value);
    this.#text(Number.isSafeInteger(whole) ? `:${whole}\r\n` : `:${toInt64(value)}\r\n`);
  }

  #table(L: number, depth: number): void {
    const lua = this.#lua;
    const { api } = lua;
    if (depth > REPLY_DEPTH_MAX || !api.lua_checkstack(L, SLOTS)) {
      this.#text("-ERR reached lua stack limit\r\n");
      return;
    }
    if (this.#field(L, "err", LuaType.STRING)) {
      if (depth === 0) {
        lua.str(L, -1);
        this.error = lua.text();
        this.errorIsCounted = lua.hasTrue(L, -2, COUNTED_ERROR);
      }
      this.#line(L, "-");
    } else if (this.#field(L, "ok", LuaType.STRING)) this.#line(L, "+");
    else if (this.#field(L, "double", LuaType.NUMBER)) this.#double(L);
    else if (this.#field(L, "map", LuaType.TABLE)) this.#map(L, depth);
    else if (this.#field(L, "set", LuaType.TABLE)) this.#set(L, depth);
    else if (this.#field(L, "big_number", LuaType.STRING)) this.#bigNumber(L);
    else if (this.#field(L, "verbatim_string", LuaType.TABLE)) this.#verbatim(L, depth);
    else this.#array(L, depth);
  }

  /** Pushes a field where it has the type. */
  #field(L: number, name: string, type: number): boolean {
    const { api } = this.#lua;
    const at = this.#lua.cString(name);
    api.lua_pushlstring(L, at, name.length);
    api.lua_rawget(L, -2);
    if (api.lua_type(L, -1) === type) return true;
    this.#lua.pop(L);
    return false;
  }

  /** `+text` or `-text`, with line ends as spaces. */
  #line(L: number, prefix: string): void {
    const lua = this.#lua;
    lua.str(L, -1);
    this.#text(prefix);
    const start = this.#size;
    this.#bytes(lua.ptr, lua.len);
    for (let i = start; i < this.#size; i++) {
      if (this.#buffer[i] === CR || this.#buffer[i] === LF) this.#buffer[i] = SPACE;
    }
    this.#text("\r\n");
    lua.pop(L);
  }

  #double(L: number): void {
    const text = formatDouble(this.#lua.api.lua_tonumber(L, -1));
    this.#lua.pop(L);
    this.#text(this.#resp === 3 ? `,${text}\r\n` : `$${text.length}\r\n${text}\r\n`);
  }

  #bigNumber(L: number): void {
    const lua = this.#lua;
    if (this.#resp === 3) return this.#line(L, "(");
    lua.str(L, -1);
    this.#bulk(lua.ptr, lua.len);
    lua.pop(L);
  }

  #verbatim(L: number, depth: number): void {
    const lua = this.#lua;
    if (!this.#field(L, "format", LuaType.STRING)) return this.#notVerbatim(L, depth);
    const format = (lua.textAt(L, -1) ?? "").slice(0, 3);
    lua.pop(L);
    if (!this.#field(L, "string", LuaType.STRING)) return this.#notVerbatim(L, depth);
    lua.str(L, -1);
    if (this.#resp === 3) {
      this.#text(`=${lua.len + 4}\r\n${format.padEnd(3)}:`);
      this.#bytes(lua.ptr, lua.len);
      this.#text("\r\n");
    } else this.#bulk(lua.ptr, lua.len);
    lua.pop(L, 2);
  }

  #notVerbatim(L: number, depth: number): void {
    this.#lua.pop(L);
    this.#array(L, depth);
  }

  /** Elements up to the first nil; the count is known at the end, so it is put in then. */
  #array(L: number, depth: number): void {
    const { api } = this.#lua;
    const start = this.#size;
    let count = 0;
    for (;;) {
      api.lua_rawgeti(L, -1, count + 1);
      if (api.lua_type(L, -1) === LuaType.NIL) break;
      this.#value(L, depth + 1);
      count++;
    }
    this.#lua.pop(L);
    this.#header(start, "*", count);
  }

  #map(L: number, depth: number): void {
    const { api } = this.#lua;
    const start = this.#size;
    let count = 0;
    api.lua_pushnil(L);
    while (api.lua_next(L, -2)) {
      api.lua_pushvalue(L, -2);
      this.#value(L, depth + 1);
      this.#value(L, depth + 1);
      count++;
    }
    this.#lua.pop(L);
    if (this.#resp === 3) this.#header(start, "%", count);
    else this.#header(start, "*", 2 * count);
  }

  #set(L: number, depth: number): void {
    const { api } = this.#lua;
    const start = this.#size;
    let count = 0;
    api.lua_pushnil(L);
    while (api.lua_next(L, -2)) {
      this.#lua.pop(L);
      api.lua_pushvalue(L, -1);
      this.#value(L, depth + 1);
      count++;
    }
    this.#lua.pop(L);
    this.#header(start, this.#resp === 3 ? "~" : "*", count);
  }

  /** Puts `*3` before what has been written since `start`. */
  #header(start: number, prefix: string, count: number): void {
    const text = `${prefix}${count}\r\n`;
    this.#reserve(text.length);
    this.#buffer.copyWithin(start + text.length, start, this.#size);
    for (let i = 0; i < text.length; i++) this.#buffer[start + i] = text.charCodeAt(i);
    this.#size += text.length;
  }

  #bulk(at: number, length: number): void {
    this.#text(`$${length}\r\n`);
    this.#bytes(at, length);
    this.#text("\r\n");
  }

  #bytes(at: number, length: number): void {
    this.#reserve(length);
    const { bytes } = this.#lua;
    if (length > 64) this.#buffer.set(bytes.subarray(at, at + length), this.#size);
    else for (let i = 0; i < length; i++) this.#buffer[this.#size + i] = bytes[at + i]!;
    this.#size += length;
  }

  #text(text: string): void {
    this.#reserve(text.length);
    for (let i = 0; i < text.length; i++) this.#buffer[this.#size + i] = text.charCodeAt(i);
    this.#size += text.length;
  }

  #reserve(extra: number): void {
    const needed = this.#size + extra;
    if (needed <= this.#buffer.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.#buffer.length));
    grown.set(this.#buffer.subarray(0, this.#size));
    this.#buffer = grown;
  }
}
