/**
 * struct: C structures as strings, after Roberto Ierusalimschy's library as Redis has it, sizes those of a 64-bit
 * machine: b B (1) h H (2) i I (4, or the number that follows, to 32) l L T (8) f d, s with its zero, cN, x,
 * `<` `>` byte order, `!N` alignment.
 */
import { toInt64 } from "../integer-format.ts";
import { byteString, GLOBALS, type LuaState, LuaType } from "../lua/state.ts";
import { setFunctions } from "../redis-library.ts";
import { ByteWriter } from "./byte-writer.ts";

const INTEGER_SIZE_MAX = 32;
const ALIGN_MAX = 8;
const INT_MAX = 2 ** 31 - 1;
/** Farther than any string reaches. */
const BEYOND = 2 ** 52;
const TOO_SHORT = "data string too short";

/** A format as it is read: options one by one, with byte order and alignment so far. */
class Format {
  little = true;
  align = 1;
  readonly #lua: LuaState;
  readonly #L: number;
  readonly #text: string;
  #at = 0;

  constructor(lua: LuaState, L: number) {
    this.#lua = lua;
    this.#L = L;
    lua.checkString(L, 1);
    // A C string: it ends at a zero.
    this.#text = byteString(lua.bytes, lua.ptr, lua.len).split("\0", 1)[0]!;
  }

  /** The next option's letter; empty at the end. */
  option(): string {
    return this.#text[this.#at++] ?? "";
  }

  #number(otherwise: number): number {
    let digit = this.#digit();
    if (digit < 0) return otherwise;
    let number = 0;
    for (; digit >= 0; digit = this.#digit()) {
      if (number * 10 + digit > INT_MAX) this.#lua.raiseHere(this.#L, "integral size overflow");
      number = number * 10 + digit;
      this.#at++;
    }
    return number;
  }

  #digit(): number {
    const code = this.#text.charCodeAt(this.#at) - 0x30;
    return code >= 0 && code <= 9 ? code : -1;
  }

  /** Bytes of an option; 0 for what has none. */
  size(option: string): number {
    switch (option) {
      case "b":
      case "B":
      case "x":
        return 1;
      case "h":
      case "H":
        return 2;
      case "l":
      case "L":
      case "T":
      case "d":
        return 8;
      case "f":
        return 4;
      case "c":
        return this.#number(1);
      case "i":
      case "I": {
        const size = this.#number(4);
        if (size > INTEGER_SIZE_MAX) {
          this.#lua.raiseHere(this.#L, `integral size ${size} is larger than limit of ${INTEGER_SIZE_MAX}`);
        }
        return size;
      }
      default:
        return 0;
    }
  }

  /** Bytes to leave out before an option at a position. */
  padding(position: number, option: string, size: number): number {
    if (size === 0 || option === "c") return 0;
    const unit = Math.min(size, this.align);
    return (unit - (position % unit)) % unit;
  }

  /** An option that is no value. */
  control(option: string): void {
    if (option === " ") return;
    if (option === ">") this.little = false;
    else if (option === "<") this.little = true;
    else if (option === "!") {
      const align = this.#number(ALIGN_MAX);
      if (align <= 0 || (align & (align - 1)) !== 0) {
        this.#lua.raiseHere(this.#L, `alignment ${align} is not a power of 2`);
      }
      this.align = align;
    } else this.#lua.argumentError(this.#L, 1, `invalid format option '${option}'`);
  }
}

export function openStruct(lua: LuaState): void {
  const { api, main } = lua;
  api.lua_createtable(main, 0, 3);
  setFunctions(lua, api.lua_gettop(main), {
    pack: (L) => pack(lua, L),
    unpack: (L) => unpack(lua, L),
    size: (L) => size(lua, L),
  });
  api.lua_setfield(main, GLOBALS, lua.cString("struct"));
}

const writer = new ByteWriter();
const floats = new DataView(new ArrayBuffer(8));

function pack(lua: LuaState, L: number): number {
  const { api } = lua;
  const format = new Format(lua, L);
  let argument = 2;
  writer.clear();
  api.lua_pushnil(L); // what a missing argument is
  for (let option = format.option(); option !== ""; option = format.option()) {
    const width = format.size(option);
    for (let i = format.padding(writer.size, option, width); i > 0; i--) writer.byte(0);
    if (isInteger(option)) {
      putInteger(api.luaL_checknumber(L, argument++), width, format.little);
    } else if (option === "x") writer.byte(0);
    else if (option === "f" || option === "d") {
      const value = api.luaL_checknumber(L, argument++);
      if (option === "f") floats.setFloat32(0, value, format.little);
      else floats.setFloat64(0, value, format.little);
      for (let i = 0; i < width; i++) writer.byte(floats.getUint8(i));
    } else if (option === "c" || option === "s") {
      lua.checkString(L, argument++);
      const length = width === 0 ? lua.len : width;
      if (lua.len < length) lua.argumentError(L, argument, "string too short");
      writer.copy(lua.bytes, lua.ptr, length);
      if (option === "s") writer.byte(0);
    } else format.control(option);
  }
  writer.push(lua, L);
  return 1;
}

function isInteger(option: string): boolean {
  return "bBhHlLTiI".includes(option);
}

/** 64 bits of a number; wider ones are filled with zeros, whatever the sign. */
function putInteger(value: number, width: number, little: boolean): void {
  let bits = BigInt.asUintN(64, value < 2 ** 63 ? toInt64(value) : BigInt(Math.min(value, 2 ** 64)));
  const start = writer.size;
  writer.reserve(width);
  writer.size += width;
  for (let i = 0; i < width; i++) {
    writer.bytes[little ? start + i : start + width - 1 - i] = Number(bits & 0xffn);
    bits >>= 8n;
  }
}

function unpack(lua: LuaState, L: number): number {
  const { api } = lua;
  const format = new Format(lua, L);
  lua.checkString(L, 2);
  const data = lua.ptr;
  const dataLength = lua.len;
  let position = 0;
  if (api.lua_type(L, 3) > LuaType.NIL) {
    const offset = Math.trunc(api.luaL_checknumber(L, 3));
    if (offset === 0) lua.argumentError(L, 3, "offset must be 1 or greater");
    position = offset < 0 ? BEYOND : offset - 1; // an unsigned number in C
  }
  let count = 0;
  for (let option = format.option(); option !== ""; option = format.option()) {
    let width = format.size(option);
    position += format.padding(position, option, width);
    if (width > dataLength || position > dataLength - width) lua.argumentError(L, 2, TOO_SHORT);
    if (!api.lua_checkstack(L, 2)) lua.raiseHere(L, "stack overflow (too many results)");
    if (isInteger(option)) {
      api.lua_pushnumber(L, getInteger(lua.bytes, data + position, width, format.little, option >= "a"));
      count++;
    } else if (option === "f" || option === "d") {
      for (let i = 0; i < width; i++) floats.setUint8(i, lua.bytes[data + position + i]!);
      api.lua_pushnumber(
        L,
        option === "f" ? floats.getFloat32(0, format.little) : floats.getFloat64(0, format.little),
      );
      count++;
    } else if (option === "c") {
      if (width === 0) {
        if (count === 0 || !api.lua_isnumber(L, -1)) lua.raiseHere(L, "format 'c0' needs a previous size");
        const asked = api.lua_tonumber(L, -1);
        width = asked < 0 ? BEYOND : Math.trunc(asked);
        lua.pop(L);
        count--;
        if (width > dataLength || position > dataLength - width) lua.argumentError(L, 2, TOO_SHORT);
      }
      api.lua_pushlstring(L, data + position, width);
      count++;
    } else if (option === "s") {
      const end = lua.bytes.subarray(data, data + dataLength).indexOf(0, position);
      if (end < 0) lua.raiseHere(L, "unfinished string in data");
      width = end - position + 1;
      api.lua_pushlstring(L, data + position, width - 1);
      count++;
    } else if (option !== "x") format.control(option);
    position += width;
  }
  api.lua_pushnumber(L, position + 1);
  return count + 1;
}

function getInteger(bytes: Uint8Array, at: number, width: number, little: boolean, signed: boolean): number {
  let bits = 0n;
  for (let i = 0; i < width; i++) {
    bits = (bits << 8n) | BigInt(bytes[at + (little ? width - 1 - i : i)]!);
  }
  bits = BigInt.asUintN(64, bits);
  if (!signed) return Number(bits);
  return Number(BigInt.asIntN(Math.min(64, width * 8), bits));
}

function size(lua: LuaState, L: number): number {
  const format = new Format(lua, L);
  let position = 0;
  for (let option = format.option(); option !== ""; option = format.option()) {
    const width = format.size(option);
    position += format.padding(position, option, width);
    if (option === "s") lua.argumentError(L, 1, "option 's' has no fixed size");
    if (option === "c" && width === 0) lua.argumentError(L, 1, "option 'c0' has no fixed size");
    if (!/[0-9A-Za-z]/.test(option)) format.control(option);
    position += width;
  }
  lua.api.lua_pushnumber(L, position);
  return 1;
}
