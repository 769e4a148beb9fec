/**
 * json-parser: cjson.decode: from bytes in Lua's memory to Lua values, with the same tolerance and the same complaints
 * as the library that Redis has. A string without escapes goes to Lua as it lies there.
 */
import { byteString, type LuaState } from "../lua/state.ts";
import { ByteWriter } from "./byte-writer.ts";
import type { JsonSettings } from "./cjson.ts";

const Token = {
  OBJECT_BEGIN: "T_OBJ_BEGIN",
  OBJECT_END: "T_OBJ_END",
  ARRAY_BEGIN: "T_ARR_BEGIN",
  ARRAY_END: "T_ARR_END",
  STRING: "T_STRING",
  NUMBER: "T_NUMBER",
  BOOLEAN: "T_BOOLEAN",
  NULL: "T_NULL",
  COLON: "T_COLON",
  COMMA: "T_COMMA",
  END: "T_END",
  ERROR: "T_ERROR",
} as const;
type Token = (typeof Token)[keyof typeof Token];

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;
const ZERO = 0x30;
const LETTER_CASE = 0x20;
/** Digits that a loop adds up exactly. */
const EXACT_DIGITS = 15;
/** Bytes of a number that are looked at. */
const NUMBER_MAX = 1100;
const SLOTS = 3;
const FLOAT =
  /^[-+]?(?:infinity|inf|nan|0x[0-9a-f]*\.?[0-9a-f]*(?:p[-+]?\d+)?|\d+\.?\d*(?:e[-+]?\d+)?|\.\d+(?:e[-+]?\d+)?)/i;
const SIMPLE_ESCAPES: Readonly<Record<number, number>> = {
  0x22: 0x22,
  0x5c: 0x5c,
  0x2f: 0x2f,
  0x62: 8,
  0x66: 12,
  0x6e: 10,
  0x72: 13,
  0x74: 9,
};

export class JsonParser {
  readonly #lua: LuaState;
  readonly #settings: JsonSettings;
  readonly #unescaped = new ByteWriter();
  /** First byte, the next one, the end. */
  #start = 0;
  #at = 0;
  #end = 0;
  #depth = 0;
  // The token just read.
  #tokenAt = 0;
  #number = 0;
  #boolean = 0;
  #error = "";
  /** A string's bytes: in Lua's memory, or in `unescaped`. */
  #stringAt = 0;
  #stringLength = 0;
  #isUnescaped = false;

  constructor(lua: LuaState, settings: JsonSettings) {
    this.#lua = lua;
    this.#settings = settings;
  }

  decode(L: number): number {
    const lua = this.#lua;
    if (lua.api.lua_gettop(L) !== 1) lua.argumentError(L, 1, "expected 1 argument");
    lua.checkString(L, 1);
    this.#start = lua.ptr;
    this.#at = lua.ptr;
    this.#end = lua.ptr + lua.len;
    this.#depth = 0;
    if (lua.len >= 2 && (lua.bytes[lua.ptr] === 0 || lua.bytes[lua.ptr + 1] === 0)) {
      lua.raiseHere(L, "JSON parser does not support UTF-16 or UTF-32");
    }
    this.#value(L, this.#next());
    const token = this.#next();
    if (token !== Token.END) this.#complain(L, "the end", token);
    return 1;
  }

  #complain(L: number, expected: string, token: Token): never {
    const found = token === Token.ERROR ? this.#error : token;
    const character = this.#tokenAt - this.#start + 1;
    return this.#lua.raiseHere(L, `Expected ${expected} but found ${found} at character ${character}`);
  }

  // --- values ---

  #value(L: number, token: Token): void {
    const { api } = this.#lua;
    switch (token) {
      case Token.STRING:
        return this.#pushString(L);
      case Token.NUMBER:
        return api.lua_pushnumber(L, this.#number);
      case Token.BOOLEAN:
        return api.lua_pushboolean(L, this.#boolean);
      case Token.OBJECT_BEGIN:
        return this.#object(L);
      case Token.ARRAY_BEGIN:
        return this.#array(L);
      case Token.NULL:
        return api.lua_pushlightuserdata(L, 0);
      default:
        this.#complain(L, "value", token);
    }
  }

  #pushString(L: number): void {
    if (this.#isUnescaped) this.#unescaped.push(this.#lua, L);
    else this.#lua.api.lua_pushlstring(L, this.#stringAt, this.#stringLength);
  }

  #descend(L: number): void {
    this.#depth++;
    if (this.#depth <= this.#settings.decodeMaxDepth && this.#lua.api.lua_checkstack(L, SLOTS)) return;
    this.#lua.raiseHere(
      L,
      `Found too many nested data structures (${this.#depth}) at character ${this.#at - this.#start}`,
    );
  }

  #object(L: number): void {
    const { api } = this.#lua;
    this.#descend(L);
    api.lua_createtable(L, 0, 0);
    let token = this.#next();
    while (token !== Token.OBJECT_END) {
      if (token !== Token.STRING) this.#complain(L, "object key string", token);
      this.#pushString(L);
      token = this.#next();
      if (token !== Token.COLON) this.#complain(L, "colon", token);
      this.#value(L, this.#next());
      api.lua_rawset(L, -3);
      token = this.#next();
      if (token === Token.OBJECT_END) break;
      if (token !== Token.COMMA) this.#complain(L, "comma or object end", token);
      token = this.#next();
      if (token === Token.OBJECT_END) this.#complain(L, "object key string", token);
    }
    this.#depth--;
  }

  #array(L: number): void {
    const { api } = this.#lua;
    this.#descend(L);
    api.lua_createtable(L, 0, 0);
    let token = this.#next();
    for (let i = 1; token !== Token.ARRAY_END; i++) {
      this.#value(L, token);
      api.lua_rawseti(L, -2, i);
      token = this.#next();
      if (token === Token.ARRAY_END) break;
      if (token !== Token.COMMA) this.#complain(L, "comma or array end", token);
      token = this.#next();
      if (token === Token.ARRAY_END) this.#complain(L, "value", token);
    }
    this.#depth--;
  }

  // --- tokens ---

  /** The byte at an address; 0 at the end, as a C string has it. */
  #byte(at: number): number {
    return at < this.#end ? this.#lua.bytes[at]! : 0;
  }

  #next(): Token {
    let byte = this.#byte(this.#at);
    while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) byte = this.#byte(++this.#at);
    this.#tokenAt = this.#at;
    switch (byte) {
      case 0x7b:
        return this.#single(Token.OBJECT_BEGIN);
      case 0x7d:
        return this.#single(Token.OBJECT_END);
      case 0x5b:
        return this.#single(Token.ARRAY_BEGIN);
      case 0x5d:
        return this.#single(Token.ARRAY_END);
      case 0x3a:
        return this.#single(Token.COLON);
      case 0x2c:
        return this.#single(Token.COMMA);
      case 0:
        return Token.END;
      case QUOTE:
        return this.#string();
    }
    if (byte === MINUS || (byte >= ZERO && byte <= ZERO + 9)) {
      if (!this.#settings.decodeInvalid && this.#isInvalidNumber()) return this.#failed("invalid number");
      return this.#readNumber();
    }
    if (this.#matches("true")) return this.#word(4, 1);
    if (this.#matches("false")) return this.#word(5, 0);
    if (this.#matches("null")) {
      this.#at += 4;
      return Token.NULL;
    }
    if (this.#settings.decodeInvalid && this.#isInvalidNumber()) return this.#readNumber();
    return this.#failed("invalid token");
  }

  #single(token: Token): Token {
    this.#at++;
    return token;
  }

  #word(length: number, value: number): Token {
    this.#at += length;
    this.#boolean = value;
    return Token.BOOLEAN;
  }

  #failed(error: string): Token {
    this.#tokenAt = this.#at;
    this.#error = error;
    return Token.ERROR;
  }

  #matches(word: string): boolean {
    for (let i = 0; i < word.length; i++) if (this.#byte(this.#at + i) !== word.charCodeAt(i)) return false;
    return true;
  }

  /** Numbers that JSON forbids and strtod knows: +1, 0x10, 01, inf, nan. */
  #isInvalidNumber(): boolean {
    let at = this.#at;
    if (this.#byte(at) === 0x2b) return true;
    if (this.#byte(at) === MINUS) at++;
    const first = this.#byte(at);
    if (first === ZERO) {
      const second = this.#byte(at + 1);
      return (second | LETTER_CASE) === 0x78 || (second >= ZERO && second <= ZERO + 9);
    }
    if (first <= ZERO + 9) return false;
    const word = byteString(this.#lua.bytes, at, Math.min(3, this.#end - at)).toLowerCase();
    return word === "inf" || word === "nan";
  }

  #readNumber(): Token {
    const { bytes } = this.#lua;
    let at = this.#at;
    const negative = bytes[at] === MINUS;
    if (negative) at++;
    const digits = at;
    let value = 0;
    for (; at < this.#end; at++) {
      const digit = bytes[at]! - ZERO;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    const after = this.#byte(at);
    const plain =
      at > digits &&
      at - digits <= EXACT_DIGITS &&
      after !== 0x2e &&
      (after | LETTER_CASE) !== 0x65 &&
      (after | LETTER_CASE) !== 0x78;
    if (plain) {
      this.#number = negative ? -value : value;
      this.#at = at;
      return Token.NUMBER;
    }
    const text = byteString(bytes, this.#at, Math.min(NUMBER_MAX, this.#end - this.#at));
    const found = FLOAT.exec(text)?.[0];
    if (found === undefined) return this.#failed("invalid number");
    this.#number = toDouble(found);
    this.#at += found.length;
    return Token.NUMBER;
  }

  #string(): Token {
    const { bytes } = this.#lua;
    const from = ++this.#at;
    let at = from;
    while (at < this.#end && bytes[at] !== QUOTE && bytes[at] !== BACKSLASH && bytes[at] !== 0) at++;
    this.#stringAt = from;
    this.#stringLength = at - from;
    this.#isUnescaped = false;
    this.#at = at;
    if (this.#byte(at) === QUOTE) {
      this.#at++;
      return Token.STRING;
    }
    return this.#escapedString(from);
  }

  #escapedString(from: number): Token {
    const out = this.#unescaped;
    out.clear();
    out.copy(this.#lua.bytes, from, this.#at - from);
    this.#isUnescaped = true;
    for (;;) {
      const byte = this.#byte(this.#at);
      if (byte === 0) return this.#failed("unexpected end of string");
      if (byte === QUOTE) break;
      if (byte !== BACKSLASH) {
        out.byte(byte);
        this.#at++;
        continue;
      }
      const escape = this.#byte(this.#at + 1);
      const simple = SIMPLE_ESCAPES[escape];
      if (simple !== undefined) {
        out.byte(simple);
        this.#at += 2;
      } else if (escape === 0x75) {
        if (!this.#unicode()) return this.#failed("invalid unicode escape code");
      } else return this.#failed("invalid escape code");
    }
    this.#at++;
    return Token.STRING;
  }

  /** \uXXXX, or two of them for a surrogate pair, as UTF-8. */
  #unicode(): boolean {
    let point = this.#hex4(this.#at + 2);
    let length = 6;
    if (point < 0) return false;
    if ((point & 0xf800) === 0xd800) {
      if (point & 0x400) return false;
      if (this.#byte(this.#at + 6) !== BACKSLASH || this.#byte(this.#at + 7) !== 0x75) return false;
      const low = this.#hex4(this.#at + 8);
      if (low < 0 || (low & 0xfc00) !== 0xdc00) return false;
      point = 0x10000 + ((point & 0x3ff) << 10) + (low & 0x3ff);
      length = 12;
    }
    const out = this.#unescaped;
    if (point < 0x80) out.byte(point);
    else {
      if (point < 0x800) out.byte(0xc0 | (point >> 6));
      else {
        if (point < 0x10000) out.byte(0xe0 | (point >> 12));
        else {
          out.byte(0xf0 | (point >> 18));
          out.byte(0x80 | ((point >> 12) & 0x3f));
        }
        out.byte(0x80 | ((point >> 6) & 0x3f));
      }
      out.byte(0x80 | (point & 0x3f));
    }
    this.#at += length;
    return true;
  }

  #hex4(at: number): number {
    let value = 0;
    for (let i = 0; i < 4; i++) {
      const digit = Number.parseInt(String.fromCharCode(this.#byte(at + i)), 16);
      if (Number.isNaN(digit)) return -1;
      value = value * 16 + digit;
    }
    return value;
  }
}

/** strtod of what FLOAT has matched. */
function toDouble(text: string): number {
  const negative = text.startsWith("-");
  const body = text.replace(/^[-+]/, "").toLowerCase();
  let value: number;
  if (body.startsWith("inf")) value = Infinity;
  else if (body === "nan") value = NaN;
  else if (body.startsWith("0x")) value = hexDouble(body.slice(2));
  else value = Number(body);
  return negative ? -value : value;
}

function hexDouble(text: string): number {
  const [mantissa = "", exponent = "0"] = text.split("p");
  const [whole = "", fraction = ""] = mantissa.split(".");
  let value = 0;
  for (const digit of whole + fraction) value = value * 16 + Number.parseInt(digit, 16);
  return value * 2 ** (Number(exponent) - 4 * fraction.length);
}
