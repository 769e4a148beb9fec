/**
 * state: one Lua state, with what every JavaScript function of ours needs: bytes in and out of its memory, texts as C
 * strings, errors raised as Lua raises them.
 *
 * Strings stay bytes: an address and a length in the instance's memory. `str` finds them and leaves them in `ptr` and
 * `len`, so that reading a string allocates nothing. Memory may grow in any call: `bytes` is another array then.
 *
 * Always true
 *   1. No JavaScript exception passes through Lua's frames, but LONGJMP, which is Lua's own (`callback` sees to it).
 *   2. Where one does (V8's stack has ended in the midst of C code) the state is `ruined` and must be thrown away.
 */
import { LONGJMP, instantiateLua, type LuaCallback, type LuaExports, type LuaInstance } from "./module.ts";

export const LuaType = {
  NONE: -1,
  NIL: 0,
  BOOLEAN: 1,
  LIGHT_USERDATA: 2,
  NUMBER: 3,
  STRING: 4,
  TABLE: 5,
  FUNCTION: 6,
  USERDATA: 7,
  THREAD: 8,
} as const;

export const LuaStatus = { OK: 0, YIELD: 1, RUNTIME: 2, SYNTAX: 3, MEMORY: 4 } as const;

export const REGISTRY = -10000;
export const GLOBALS = -10002;
export const MULTIPLE_RESULTS = -1;

/** lua_gc: a full cycle; kilobytes in use. */
export const GC_COLLECT = 2;
export const GC_COUNT = 3;

/** lua_upvalueindex */
export const upvalue = (i: number): number => GLOBALS - i;

/** lua_State on wasm32: first free place of the stack, first argument of the function that runs. */
const TOP = 8;
const BASE = 12;
/** TValue: the value (a double, an address, a boolean), its type behind it. */
const VALUE_SIZE = 16;
const VALUE_TYPE = 8;
/** TString: its length; the bytes follow the header. */
const STRING_LENGTH = 12;
const STRING_HEADER = 16;

/** lua_Debug on wasm32. */
const RECORD_SIZE = 128;
const RECORD_WHAT = 12;
const RECORD_SOURCE = 16;
const RECORD_LINE = 20;

/** Where an error came from. */
export interface Position {
  readonly source: string;
  readonly line: number;
}

/** Bytes up to which a loop is faster than `set`. */
const SHORT = 32;
const SCRATCH_MIN = 4096;

export class LuaState {
  readonly api: LuaExports;
  /** The main thread. */
  readonly main: number;
  /** Address and length of what `str` found. */
  ptr = 0;
  len = 0;
  /** A foreign exception has passed through C code. */
  ruined = false;
  /** The instance's memory; another array whenever it has grown, so not to be kept over a call. */
  bytes!: Uint8Array;
  readonly #instance: LuaInstance;
  readonly #cStrings = new Map<string, number>();
  readonly #record: number;
  readonly #lengthAt: number;
  #words!: Uint32Array;
  #doubles!: Float64Array;
  #scratch = 0;
  #scratchSize = 0;

  constructor(module: WebAssembly.Module) {
    this.#instance = instantiateLua(module);
    this.api = this.#instance.exports;
    this.#instance.onGrowth = () => this.#refresh();
    this.#refresh();
    this.#record = this.api.malloc(RECORD_SIZE);
    this.#lengthAt = this.api.malloc(8);
    this.main = this.api.luaL_newstate();
    this.#checkLayout();
  }

  // --- memory ---

  #refresh(): void {
    const { buffer } = this.api.memory;
    this.bytes = new Uint8Array(buffer);
    this.#words = new Uint32Array(buffer);
    this.#doubles = new Float64Array(buffer);
  }

  u32(at: number): number {
    return this.#words[at >>> 2]!;
  }

  /** Bytes of the instance's memory. */
  get size(): number {
    return this.bytes.length;
  }

  /** Kilobytes that Lua has in use. */
  get usedKilobytes(): number {
    return this.api.lua_gc(this.main, GC_COUNT, 0);
  }

  /** A buffer of at least `size` bytes, until the next call of this. 0 = out of memory */
  scratch(size: number): number {
    if (size > this.#scratchSize) {
      if (this.#scratch) this.api.free(this.#scratch);
      this.#scratchSize = Math.max(size, SCRATCH_MIN);
      this.#scratch = this.api.malloc(this.#scratchSize);
      if (!this.#scratch) this.#scratchSize = 0;
    }
    return this.#scratch;
  }

  /** A constant text as a C string, kept for ever: for names, never for what a user wrote. */
  cString(text: string): number {
    let at = this.#cStrings.get(text);
    if (at !== undefined) return at;
    at = this.api.malloc(text.length + 1);
    const { bytes } = this;
    for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
    bytes[at + text.length] = 0;
    this.#cStrings.set(text, at);
    return at;
  }

  // --- functions ---

  /** JavaScript functions as C functions that are safe to call from Lua. @returns indices for lua_pushcclosure */
  addFunctions(functions: readonly LuaCallback[]): number[] {
    return this.#instance.addFunctions(functions.map((f) => this.#callback(f)));
  }

  addHook(hook: (L: number) => void): number {
    return this.#instance.addHook((L) => this.#guard(L, hook));
  }

  /** The C function behind an index of the table. */
  cFunction(index: number): LuaCallback {
    return this.api.__indirect_function_table.get(index) as LuaCallback;
  }

  #callback(f: LuaCallback): LuaCallback {
    return (L) => {
      try {
        return f(L);
      } catch (thrown) {
        if (thrown === LONGJMP) throw thrown;
        return this.#foreign(L, thrown);
      }
    };
  }

  #guard(L: number, f: (L: number) => void): void {
    try {
      f(L);
    } catch (thrown) {
      if (thrown === LONGJMP) throw thrown;
      this.#foreign(L, thrown);
    }
  }

  /** A RangeError is V8's stack at its end; anything else is a bug of ours, which a script must not hide. */
  #foreign(L: number, thrown: unknown): number {
    if (!(thrown instanceof RangeError)) {
      this.ruined = true;
      throw thrown;
    }
    this.ruined = true;
    this.pushText(L, "stack overflow");
    return this.api.lua_error(L);
  }

  // --- the stack, read where it lies: a call into Lua for each look would be most of what redis.call costs ---

  /** As lua_gettop. */
  count(L: number): number {
    return (this.#words[(L + TOP) >>> 2]! - this.#words[(L + BASE) >>> 2]!) / VALUE_SIZE;
  }

  /** As lua_type, of an argument that is there. */
  argumentType(L: number, index: number): number {
    return this.#words[(this.#argument(L, index) + VALUE_TYPE) >>> 2]!;
  }

  /** The number that an argument is. */
  argumentNumber(L: number, index: number): number {
    return this.#doubles[this.#argument(L, index) >>> 3]!;
  }

  /** Finds the string that an argument is, as `str`. */
  argumentString(L: number, index: number): void {
    this.#find(this.#argument(L, index));
  }

  /** As lua_type(L, -1). */
  topType(L: number): number {
    return this.#words[(this.#words[(L + TOP) >>> 2]! - VALUE_SIZE + VALUE_TYPE) >>> 2]!;
  }

  topNumber(L: number): number {
    return this.#doubles[(this.#words[(L + TOP) >>> 2]! - VALUE_SIZE) >>> 3]!;
  }

  topString(L: number): void {
    this.#find(this.#words[(L + TOP) >>> 2]! - VALUE_SIZE);
  }

  /** As lua_pushnumber. */
  pushNumber(L: number, value: number): void {
    const at = this.#words[(L + TOP) >>> 2]!;
    this.#doubles[at >>> 3] = value;
    this.#words[(at + VALUE_TYPE) >>> 2] = LuaType.NUMBER;
    this.#words[(L + TOP) >>> 2] = at + VALUE_SIZE;
  }

  /** As lua_pushboolean. */
  pushBoolean(L: number, value: boolean): void {
    const at = this.#words[(L + TOP) >>> 2]!;
    this.#words[at >>> 2] = value ? 1 : 0;
    this.#words[(at + VALUE_TYPE) >>> 2] = LuaType.BOOLEAN;
    this.#words[(L + TOP) >>> 2] = at + VALUE_SIZE;
  }

  #argument(L: number, index: number): number {
    return this.#words[(L + BASE) >>> 2]! + (index - 1) * VALUE_SIZE;
  }

  #find(at: number): void {
    const string = this.#words[at >>> 2]!;
    this.ptr = string + STRING_HEADER;
    this.len = this.#words[(string + STRING_LENGTH) >>> 2]!;
  }

  /** @throws Error where the module lays its state out in another way than what stands above */
  #checkLayout(): void {
    const { api, main: L } = this;
    this.pushNumber(L, 0.5);
    this.pushText(L, "layout");
    this.pushBoolean(L, true);
    const fits =
      this.count(L) === api.lua_gettop(L) &&
      api.lua_tonumber(L, 1) === this.argumentNumber(L, 1) &&
      api.lua_toboolean(L, 3) === 1 &&
      this.argumentType(L, 2) === LuaType.STRING &&
      this.textAt(L, 2) === "layout";
    const { ptr, len } = this;
    this.argumentString(L, 2);
    if (!fits || ptr !== this.ptr || len !== this.len)
      throw new Error("liblua5.1.wasm is not the one expected");
    this.pop(L, 3);
  }

  // --- values ---

  /** Finds the string at an index (a number there becomes one). @returns whether there is one */
  str(L: number, index: number): boolean {
    const at = this.api.lua_tolstring(L, index, this.#lengthAt);
    if (at === 0) return false;
    this.ptr = at;
    this.len = this.u32(this.#lengthAt);
    return true;
  }

  /** As luaL_checklstring: an error where there is no string. */
  checkString(L: number, index: number): void {
    this.ptr = this.api.luaL_checklstring(L, index, this.#lengthAt);
    this.len = this.u32(this.#lengthAt);
  }

  /** A copy of the string that `str` found. */
  copy(): Uint8Array {
    return this.bytes.slice(this.ptr, this.ptr + this.len);
  }

  /** The string that `str` found, a character for each byte. */
  text(): string {
    return byteString(this.bytes, this.ptr, this.len);
  }

  /** The string at an index as a text; undefined where there is none. */
  textAt(L: number, index: number): string | undefined {
    return this.str(L, index) ? this.text() : undefined;
  }

  /** Pushes bytes of any array. */
  pushBytes(L: number, source: Uint8Array, start: number, length: number): void {
    const to = this.scratch(length);
    if (to === 0 && length > 0) this.raise(L, "not enough memory");
    const { bytes } = this;
    if (length > SHORT) bytes.set(source.subarray(start, start + length), to);
    else for (let i = 0; i < length; i++) bytes[to + i] = source[start + i]!;
    this.api.lua_pushlstring(L, to, length);
  }

  /** Pushes a byte string. */
  pushText(L: number, text: string): void {
    const { length } = text;
    const to = this.scratch(length);
    const { bytes } = this;
    for (let i = 0; i < length; i++) bytes[to + i] = text.charCodeAt(i);
    this.api.lua_pushlstring(L, to, length);
  }

  /** A field of the table at an index set to a text. The index is not relative to the top. */
  setText(L: number, table: number, name: string, text: string): void {
    this.pushText(L, text);
    this.api.lua_setfield(L, table, this.cString(name));
  }

  setNumber(L: number, table: number, name: string, value: number): void {
    this.api.lua_pushnumber(L, value);
    this.api.lua_setfield(L, table, this.cString(name));
  }

  /** Whether a field of the table at an index below the top is true; no code of a script runs for that. */
  hasTrue(L: number, index: number, name: string): boolean {
    this.api.lua_pushlstring(L, this.cString(name), name.length);
    this.api.lua_rawget(L, index - 1);
    const found = this.api.lua_toboolean(L, -1) !== 0;
    this.pop(L);
    return found;
  }

  typeName(L: number, index: number): string {
    return cText(this.bytes, this.api.lua_typename(L, this.api.lua_type(L, index)));
  }

  pop(L: number, count = 1): void {
    this.#words[(L + TOP) >>> 2]! -= count * VALUE_SIZE;
  }

  // --- errors ---

  /** Raises a text as it is. */
  raise(L: number, text: string): never {
    this.pushText(L, text);
    this.api.lua_error(L);
    throw new Error("lua_error has returned");
  }

  /** Raises a text with the position of the calling Lua function before it: luaL_error. */
  raiseHere(L: number, text: string): never {
    this.api.luaL_where(L, 1);
    this.pushText(L, text);
    this.api.lua_concat(L, 2);
    this.api.lua_error(L);
    throw new Error("lua_error has returned");
  }

  /** `bad argument #1 to 'encode' (…)`. The text may hold what a user wrote. */
  argumentError(L: number, argument: number, text: string): never {
    const at = this.scratch(text.length + 1);
    const { bytes } = this;
    for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
    bytes[at + text.length] = 0;
    this.api.luaL_argerror(L, argument, at);
    throw new Error("luaL_argerror has returned");
  }

  /** Where the function at `level` is; null where there is none. */
  position(L: number, level: number): (Position & { isC: boolean }) | null {
    const { api } = this;
    const record = this.#record;
    if (!api.lua_getstack(L, level, record)) return null;
    api.lua_getinfo(L, this.cString("Sl"), record);
    const { bytes } = this;
    return {
      isC: cText(bytes, this.u32(record + RECORD_WHAT)) === "C",
      source: cText(bytes, this.u32(record + RECORD_SOURCE)),
      line: this.u32(record + RECORD_LINE) | 0,
    };
  }
}

/** One character for each byte. */
export function byteString(bytes: Uint8Array, at: number, length: number): string {
  if (length > SHORT) {
    const PIECE = 8192;
    let text = "";
    for (let i = 0; i < length; i += PIECE) {
      text += String.fromCharCode(...bytes.subarray(at + i, at + Math.min(i + PIECE, length)));
    }
    return text;
  }
  let text = "";
  for (let i = 0; i < length; i++) text += String.fromCharCode(bytes[at + i]!);
  return text;
}

/** A C string. */
function cText(bytes: Uint8Array, at: number): string {
  let end = at;
  while (bytes[end] !== 0) end++;
  return byteString(bytes, at, end - at);
}
