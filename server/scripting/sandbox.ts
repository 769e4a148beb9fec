/**
 * sandbox: what a script finds in its globals, and that it can change none of it.
 *
 * Redis marks tables read-only inside its Lua. This Lua knows no such mark, so what scripts see of a protected table is
 * a proxy: an empty table whose metatable reads from the real one and refuses writes. Functions that go around
 * metatables (rawset, next, table.insert, …) are wrapped: they know a proxy by its address.
 *
 *   globals ─► proxy {} ─ __index ─► real globals ─ __index ─► "nonexistent global variable"
 *                 └────── __newindex ─► "Attempt to modify a readonly table"
 *
 * Always true
 *   1. No script gets hold of a real table: pairs and next hand out the proxy.
 *   2. Bytecode is not loaded: it could do anything to the state.
 */
import { LUA_MEMORY_MAX } from "./limits.ts";
import { Random } from "./random.ts";
import { formatInteger, integerDirective } from "./integer-format.ts";
import type { LuaCallback } from "./lua/module.ts";
import { GLOBALS, type LuaState, LuaType, MULTIPLE_RESULTS, REGISTRY } from "./lua/state.ts";

export const READ_ONLY = "Attempt to modify a readonly table";

const INT_MAX = 2 ** 31 - 1;
const INT_LIMIT = 2 ** 31;
/** The first byte of bytecode. */
const ESCAPE = 27;
/** A numeric string shorter than this is below 2^31. */
const WIDE_DIGITS = 10;

/** Functions of the base library that scripts do not get: they read files, print, or reach other environments. */
const REMOVED = [
  "dofile",
  "loadfile",
  "print",
  "newproxy",
  "getfenv",
  "setfenv",
  "require",
  "module",
  "io",
  "package",
  "debug",
];

export class Sandbox {
  readonly #lua: LuaState;
  readonly #random = new Random();
  /** Address of a proxy → reference to the real table. */
  readonly #protected = new Map<number, number>();
  readonly #refusal: number;
  readonly #nonexistent: number;
  #globalsProxy = 0;
  #globalsMetatable = 0;
  #stringMetatable = 0;
  #libraryGlobals = 0;
  #libraryPointer = 0;
  #loadGlobals = 0;
  #runGlobals = 0;

  /** Reference to the real globals: what is set there, scripts see. */
  globals = 0;
  /** Whether a thread is a script's own, in which Redis' scripts are not in a coroutine. */
  isScriptThread: (L: number) => boolean = () => false;

  constructor(lua: LuaState) {
    this.#lua = lua;
    [this.#refusal, this.#nonexistent] = lua.addFunctions([
      (L) => lua.raiseHere(L, READ_ONLY),
      (L) => {
        const name = lua.textAt(L, 2) ?? "";
        return lua.raiseHere(L, `Script attempted to access nonexistent global variable '${name}'`);
      },
    ]) as [number, number];
  }

  /** Opens Lua's own libraries, without what scripts must not have, and mends what 32 bits get wrong. */
  openLibraries(): void {
    const { api, main: L } = this.#lua;
    api.luaL_openlibs(L);
    for (const name of REMOVED) {
      api.lua_pushnil(L);
      api.lua_setfield(L, GLOBALS, this.#lua.cString(name));
    }
    this.#wrap(GLOBALS, "", this.#baseFunctions());
    for (const [table, functions] of Object.entries(this.#libraryFunctions())) {
      api.lua_getfield(L, GLOBALS, this.#lua.cString(table));
      this.#wrap(api.lua_gettop(L), table, functions);
      this.#lua.pop(L);
    }
    this.#replaceOs();
    this.#nameNull();
  }

  /**
   * Makes everything read-only: the tables in the globals, then the globals. Call once, when all libraries are there.
   * @param tables  names of the tables
   */
  seal(tables: readonly string[]): void {
    const lua = this.#lua;
    const { api, main: L } = lua;
    for (const name of tables) {
      api.lua_getfield(L, GLOBALS, lua.cString(name));
      if (name === "string") this.#sealStrings();
      this.protect(L);
      api.lua_setfield(L, GLOBALS, lua.cString(name));
    }
    api.lua_pushvalue(L, GLOBALS);
    this.globals = this.#keep(L, -1);
    // the real globals: what is missing there does not exist
    api.lua_createtable(L, 0, 1);
    api.lua_pushcclosure(L, this.#nonexistent, 0);
    api.lua_setfield(L, -2, lua.cString("__index"));
    api.lua_pushvalue(L, -1);
    api.lua_setmetatable(L, -3);
    this.protect(L);
    this.#globalsMetatable = this.#keep(L, -1);
    lua.pop(L);
    this.protect(L);
    this.#globalsProxy = api.lua_topointer(L, -1);
    api.lua_pushvalue(L, -1);
    api.lua_setfield(L, GLOBALS, lua.cString("_G"));
    api.lua_replace(L, GLOBALS);
  }

  /**
   * Makes the globals of libraries, from a table at the top (which goes): `redis` while a library loads. When one of
   * their functions runs they are those of scripts, without KEYS and ARGV.
   */
  openLibraryGlobals(L: number): void {
    const lua = this.#lua;
    const { api } = lua;
    // while loading: redis alone, in which a missing field is a mistake
    api.lua_rawgeti(L, REGISTRY, this.#protected.get(this.#metatablePointer())!);
    api.lua_setmetatable(L, -2);
    this.protect(L);
    api.lua_createtable(L, 0, 2);
    api.lua_pushvalue(L, -2);
    api.lua_setfield(L, -2, lua.cString("redis"));
    api.lua_pushvalue(L, -2);
    api.lua_setfield(L, -2, lua.cString("server"));
    this.#setMissing(L);
    this.#loadGlobals = api.luaL_ref(L, REGISTRY);
    lua.pop(L);
    // while running
    api.lua_createtable(L, 0, 32);
    api.lua_rawgeti(L, REGISTRY, this.globals);
    api.lua_pushnil(L);
    while (api.lua_next(L, -2)) {
      const name = lua.textAt(L, -2);
      if (name === "KEYS" || name === "ARGV") {
        lua.pop(L);
        continue;
      }
      api.lua_pushvalue(L, -2);
      api.lua_insert(L, -2);
      api.lua_rawset(L, -5);
    }
    lua.pop(L);
    this.#setMissing(L);
    this.protect(L);
    this.#libraryPointer = api.lua_topointer(L, -1);
    api.lua_rawgeti(L, REGISTRY, this.#protected.get(this.#libraryPointer)!);
    api.lua_pushvalue(L, -2);
    api.lua_setfield(L, -2, lua.cString("_G"));
    this.#runGlobals = api.luaL_ref(L, REGISTRY);
    this.#libraryGlobals = api.luaL_ref(L, REGISTRY);
  }

  /** The table at the top gets the metatable that complains about missing globals. */
  #setMissing(L: number): void {
    const { api } = this.#lua;
    api.lua_rawgeti(L, REGISTRY, this.#protected.get(this.#metatablePointer())!);
    api.lua_setmetatable(L, -2);
  }

  #metatablePointer(): number {
    const { api, main: L } = this.#lua;
    api.lua_rawgeti(L, REGISTRY, this.#globalsMetatable);
    const pointer = api.lua_topointer(L, -1);
    this.#lua.pop(L);
    return pointer;
  }

  /** What libraries find in their globals from now on. */
  switchLibraryGlobals(loading: boolean): void {
    const { api, main: L } = this.#lua;
    const real = loading ? this.#loadGlobals : this.#runGlobals;
    api.lua_rawgeti(L, REGISTRY, this.#libraryGlobals);
    api.lua_getmetatable(L, -1);
    api.lua_rawgeti(L, REGISTRY, real);
    api.lua_setfield(L, -2, this.#lua.cString("__index"));
    this.#lua.pop(L, 2);
    this.#protected.set(this.#libraryPointer, real);
  }

  /** The function at an index has the globals of libraries. */
  useLibraryGlobals(L: number, index: number): void {
    const { api } = this.#lua;
    api.lua_rawgeti(L, REGISTRY, this.#libraryGlobals);
    api.lua_setfenv(L, index - 1);
  }

  /** Puts a proxy in the place of the table at the top. */
  protect(L: number): void {
    const { api } = this.#lua;
    const real = this.#keep(L, -1);
    api.lua_createtable(L, 0, 0);
    api.lua_createtable(L, 0, 2);
    api.lua_rawgeti(L, REGISTRY, real);
    api.lua_setfield(L, -2, this.#lua.cString("__index"));
    api.lua_pushcclosure(L, this.#refusal, 0);
    api.lua_setfield(L, -2, this.#lua.cString("__newindex"));
    api.lua_setmetatable(L, -2);
    this.#protected.set(api.lua_topointer(L, -1), real);
    api.lua_remove(L, -2);
    this.#keep(L, -1); // a proxy lives as long as the state: its address must not become another table's
  }

  /** Puts the real table in the place of the proxy at `index`; nothing where there is none. */
  reveal(L: number, index: number): boolean {
    const { api } = this.#lua;
    if (api.lua_type(L, index) !== LuaType.TABLE) return false;
    const real = this.#protected.get(api.lua_topointer(L, index));
    if (real === undefined) return false;
    api.lua_rawgeti(L, REGISTRY, real);
    api.lua_replace(L, index);
    return true;
  }

  /** Loads a chunk as text, whatever it is. @returns a status, with the function or the error pushed */
  load(L: number, code: Uint8Array, name: string): number {
    const { api } = this.#lua;
    const asText = code[0] === ESCAPE ? 1 : 0;
    const nameAt = this.#lua.cString(name);
    const at = this.#lua.scratch(code.length + 1);
    const { bytes } = this.#lua;
    bytes[at] = 0x20;
    bytes.set(code, at + asText);
    return api.luaL_loadbuffer(L, at, code.length + asText, nameAt);
  }

  #keep(L: number, index: number): number {
    const { api } = this.#lua;
    api.lua_pushvalue(L, index);
    return api.luaL_ref(L, REGISTRY);
  }

  #isProtected(L: number, index: number): boolean {
    const { api } = this.#lua;
    return api.lua_type(L, index) === LuaType.TABLE && this.#protected.has(api.lua_topointer(L, index));
  }

  /** Strings have a metatable of their own, which leads to the real functions; scripts see a proxy of it. */
  #sealStrings(): void {
    const { api, main: L } = this.#lua;
    this.#lua.pushText(L, "");
    api.lua_getmetatable(L, -1);
    this.protect(L);
    this.#stringMetatable = this.#keep(L, -1);
    this.#lua.pop(L, 2);
  }

  /** The null of cjson prints as native's does; light userdata share one metatable, and scripts do not see it. */
  #nameNull(): void {
    const lua = this.#lua;
    const { api, main: L } = lua;
    const [toString] = lua.addFunctions([
      (thread) => {
        lua.pushText(thread, "userdata: (nil)");
        return 1;
      },
    ]);
    api.lua_pushlightuserdata(L, 0);
    api.lua_createtable(L, 0, 1);
    api.lua_pushcclosure(L, toString!, 0);
    api.lua_setfield(L, -2, lua.cString("__tostring"));
    api.lua_setmetatable(L, -2);
    lua.pop(L);
  }

  /** os has clock, and nothing else. */
  #replaceOs(): void {
    const lua = this.#lua;
    const { api, main: L } = lua;
    const [clock] = lua.addFunctions([
      (thread) => {
        api.lua_pushnumber(thread, performance.now() / 1000);
        return 1;
      },
    ]);
    api.lua_createtable(L, 0, 1);
    api.lua_pushcclosure(L, clock!, 0);
    api.lua_setfield(L, -2, lua.cString("clock"));
    api.lua_setfield(L, GLOBALS, lua.cString("os"));
  }

  /** Replaces functions of the table at an index; each wrapper gets the one that it replaces. */
  #wrap(
    table: number,
    _name: string,
    wrappers: Record<string, (original: LuaCallback) => LuaCallback>,
  ): void {
    const lua = this.#lua;
    const { api, main: L } = lua;
    const names = Object.keys(wrappers);
    const wrapped = names.map((name) => {
      api.lua_getfield(L, table, lua.cString(name));
      const index = api.lua_tocfunction(L, -1);
      lua.pop(L);
      return wrappers[name]!(index === 0 ? () => 0 : lua.cFunction(index));
    });
    lua.addFunctions(wrapped).forEach((index, i) => {
      // The replaced function goes along: pairs needs the real next.
      api.lua_getfield(L, table, lua.cString(names[i]!));
      api.lua_pushcclosure(L, index, 1);
      api.lua_setfield(L, table, lua.cString(names[i]!));
    });
  }

  // --- wrapped functions ---

  #baseFunctions(): Record<string, (original: LuaCallback) => LuaCallback> {
    const lua = this.#lua;
    const { api } = lua;
    const revealing = (original: LuaCallback) => (L: number) => {
      this.reveal(L, 1);
      return original(L);
    };
    const refusing = (original: LuaCallback) => (L: number) => {
      if (this.#isProtected(L, 1)) lua.raise(L, READ_ONLY);
      return original(L);
    };
    let realNext = 0;
    return {
      next: (original) => {
        api.lua_getfield(lua.main, GLOBALS, lua.cString("next"));
        realNext = this.#keep(lua.main, -1);
        lua.pop(lua.main);
        return revealing(original);
      },
      pairs: () => (L) => {
        api.luaL_checktype(L, 1, LuaType.TABLE);
        if (this.#isProtected(L, 1)) api.lua_getfield(L, GLOBALS, lua.cString("next"));
        else api.lua_rawgeti(L, REGISTRY, realNext);
        api.lua_pushvalue(L, 1);
        api.lua_pushnil(L);
        return 3;
      },
      rawget: revealing,
      rawset: refusing,
      setmetatable: refusing,
      getmetatable: (original) => (L) => {
        const type = api.lua_type(L, 1);
        if (type === LuaType.STRING) {
          api.lua_rawgeti(L, REGISTRY, this.#stringMetatable);
          return 1;
        }
        if (type === LuaType.LIGHT_USERDATA) {
          api.lua_pushnil(L);
          return 1;
        }
        if (type !== LuaType.TABLE || !this.#protected.has(api.lua_topointer(L, 1))) return original(L);
        if (api.lua_topointer(L, 1) === this.#globalsProxy)
          api.lua_rawgeti(L, REGISTRY, this.#globalsMetatable);
        else api.lua_pushnil(L);
        return 1;
      },
      pcall: () => (L) => this.#pcall(L),
      loadstring: (original) => (L) => this.#loadString(L, original),
      load: (original) => (L) => this.#load(L, original),
      tonumber: (original) => (L) => this.#toNumber(L, original),
    };
  }

  #libraryFunctions(): Record<string, Record<string, (original: LuaCallback) => LuaCallback>> {
    const lua = this.#lua;
    const { api } = lua;
    const refusing = (original: LuaCallback) => (L: number) => {
      if (this.#isProtected(L, 1)) lua.raise(L, READ_ONLY);
      return original(L);
    };
    const revealing = (original: LuaCallback) => (L: number) => {
      this.reveal(L, 1);
      return original(L);
    };
    const clamping =
      (...indices: number[]) =>
      (original: LuaCallback) =>
      (L: number) => {
        for (const index of indices) {
          if (api.lua_type(L, index) !== LuaType.NUMBER) continue;
          const value = api.lua_tonumber(L, index);
          if (value < INT_LIMIT && value > -INT_LIMIT) continue;
          api.lua_pushnumber(L, value > 0 ? INT_MAX : -INT_MAX);
          api.lua_replace(L, index);
        }
        return original(L);
      };
    return {
      table: { insert: refusing, foreach: revealing },
      math: {
        random: () => (L) => this.#mathRandom(L),
        randomseed: () => (L) => {
          this.#random.seed(api.luaL_checknumber(L, 1));
          return 0;
        },
      },
      string: {
        sub: clamping(2, 3),
        byte: clamping(2, 3),
        find: clamping(3),
        match: clamping(3),
        rep: (original) => (L) => this.#repeat(L, original),
        format: (original) => (L) => this.#format(L, original),
      },
      coroutine: {
        yield: (original) => (L) => {
          if (this.isScriptThread(L)) lua.raise(L, "attempt to yield across metamethod/C-call boundary");
          return original(L);
        },
        running: (original) => (L) => {
          if (!this.isScriptThread(L)) return original(L);
          api.lua_pushnil(L);
          return 1;
        },
      },
    };
  }

  /** An error of redis.call is a table; who catches it with pcall gets its text, as scripts had it before Redis 7. */
  #pcall(L: number): number {
    const { api } = this.#lua;
    const argc = api.lua_gettop(L);
    if (argc === 0) api.lua_pushboolean(L, 1);
    const status = api.lua_pcall(L, Math.max(0, argc - 1), MULTIPLE_RESULTS, 0);
    if (status !== 0 && api.lua_type(L, -1) === LuaType.TABLE) {
      api.lua_getfield(L, -1, this.#lua.cString("err"));
      if (api.lua_type(L, -1) === LuaType.STRING) api.lua_replace(L, -2);
      else this.#lua.pop(L);
    }
    api.lua_pushboolean(L, status === 0 ? 1 : 0);
    api.lua_insert(L, 1);
    return api.lua_gettop(L);
  }

  /** loadstring of bytecode: read as text, in which it is an error. */
  #loadString(L: number, original: LuaCallback): number {
    const lua = this.#lua;
    lua.checkString(L, 1);
    if (lua.len === 0 || lua.bytes[lua.ptr] !== ESCAPE) return original(L);
    if (lua.api.lua_gettop(L) < 2) lua.api.lua_pushvalue(L, 1);
    this.#spaceBefore(L, 1);
    return original(L);
  }

  #spaceBefore(L: number, index: number): void {
    const { api } = this.#lua;
    this.#lua.pushText(L, " ");
    api.lua_pushvalue(L, index);
    api.lua_concat(L, 2);
    api.lua_replace(L, index);
  }

  /** load: its pieces are put together first, so that the first byte of the whole is known. */
  #load(L: number, original: LuaCallback): number {
    const lua = this.#lua;
    const { api } = lua;
    api.luaL_checktype(L, 1, LuaType.FUNCTION);
    api.lua_settop(L, 2);
    lua.pushText(L, "");
    for (;;) {
      api.lua_pushvalue(L, 1);
      if (api.lua_pcall(L, 0, 1, 0) !== 0) return this.#nilAndError(L);
      const type = api.lua_type(L, -1);
      if (type === LuaType.NIL) break;
      if (type !== LuaType.STRING && type !== LuaType.NUMBER) {
        lua.pushText(L, "reader function must return a string");
        return this.#nilAndError(L);
      }
      if (api.lua_objlen(L, -1) === 0) break;
      api.lua_concat(L, 2);
    }
    lua.pop(L);
    if (api.lua_type(L, 2) === LuaType.NIL) {
      lua.pushText(L, "=(load)");
      api.lua_replace(L, 2);
    }
    // loadstring does the rest: code, name
    api.lua_pushvalue(L, 2);
    api.lua_remove(L, 1);
    api.lua_remove(L, 1);
    void original;
    api.lua_getfield(L, GLOBALS, lua.cString("loadstring"));
    api.lua_insert(L, 1);
    api.lua_call(L, 2, MULTIPLE_RESULTS);
    return api.lua_gettop(L);
  }

  #nilAndError(L: number): number {
    const { api } = this.#lua;
    api.lua_pushnil(L);
    api.lua_insert(L, -2);
    return 2;
  }

  #toNumber(L: number, original: LuaCallback): number {
    const lua = this.#lua;
    const { api } = lua;
    if (api.lua_gettop(L) < 2 || api.lua_type(L, 2) === LuaType.NIL) {
      // "0x" is no number, whatever this C library says.
      if (api.lua_type(L, 1) === LuaType.STRING && lua.str(L, 1) && lua.len <= 3 && isBareHex(lua.text())) {
        api.lua_pushnil(L);
        return 1;
      }
      return original(L);
    }
    const base = Math.trunc(api.luaL_checknumber(L, 2));
    if (base === 10) return original(L);
    // Native looks at the text first, then at the base.
    if (api.lua_type(L, 1) !== LuaType.STRING && api.lua_type(L, 1) !== LuaType.NUMBER) return original(L);
    if (base < 2 || base > 36) return original(L);
    api.lua_settop(L, 2);
    lua.checkString(L, 1);
    const value = parseUnsigned(lua.text(), base);
    if (value === null) api.lua_pushnil(L);
    else api.lua_pushnumber(L, value);
    return 1;
  }

  #mathRandom(L: number): number {
    const lua = this.#lua;
    const { api } = lua;
    const r = this.#random.next();
    const argc = api.lua_gettop(L);
    if (argc === 0) {
      api.lua_pushnumber(L, r);
      return 1;
    }
    if (argc > 2) lua.raiseHere(L, "wrong number of arguments");
    const first = api.luaL_checknumber(L, 1) | 0;
    const low = argc === 1 ? 1 : first;
    const high = argc === 1 ? first : api.luaL_checknumber(L, 2) | 0;
    if (low > high) lua.argumentError(L, argc, "interval is empty");
    api.lua_pushnumber(L, Math.floor(r * (high - low + 1)) + low);
    return 1;
  }

  /** string.rep: Lua's own adds piece by piece; here the whole doubles, and what cannot fit is refused at once. */
  #repeat(L: number, original: LuaCallback): number {
    const lua = this.#lua;
    const { api } = lua;
    if (api.lua_type(L, 1) !== LuaType.STRING || api.lua_type(L, 2) !== LuaType.NUMBER) return original(L);
    const count = Math.max(0, api.lua_tonumber(L, 2) | 0); // an int in C: 2^32 is 0
    lua.str(L, 1);
    const { ptr, len } = lua;
    const size = len * count;
    if (size > LUA_MEMORY_MAX) lua.raise(L, "not enough memory");
    const to = api.malloc(size + 1);
    if (to === 0) lua.raise(L, "not enough memory");
    const { bytes } = lua;
    if (size > 0) bytes.copyWithin(to, ptr, ptr + len);
    for (let done = len; done < size; done *= 2) {
      bytes.copyWithin(to + done, to, to + Math.min(done, size - done));
    }
    try {
      api.lua_pushlstring(L, to, size);
    } finally {
      api.free(to);
    }
    return 1;
  }

  /** Integers that need more than 32 bits are formatted here, and handed on as texts for %s. */
  #format(L: number, original: LuaCallback): number {
    const lua = this.#lua;
    const { api } = lua;
    const argc = api.lua_gettop(L);
    let wide = false;
    for (let i = 2; i <= argc && !wide; i++) wide = this.#isWide(L, i);
    if (!wide || !lua.str(L, 1)) return original(L);
    const format = lua.text();
    let result = "";
    let argument = 1;
    for (let at = 0; at < format.length;) {
      const percent = format.indexOf("%", at);
      if (percent < 0 || format[percent + 1] === "%") {
        const end = percent < 0 ? format.length : percent + 2;
        result += format.slice(at, end);
        at = end;
        continue;
      }
      argument++;
      const directive = integerDirective(format, percent + 1);
      if (!directive || !api.lua_isnumber(L, argument)) {
        result += format.slice(at, percent + 1);
        at = percent + 1;
        continue;
      }
      lua.pushText(L, formatInteger(directive, api.lua_tonumber(L, argument)));
      api.lua_replace(L, argument);
      result += `${format.slice(at, percent)}%s`;
      at = percent + 1 + directive[0].length;
    }
    lua.pushText(L, result);
    api.lua_replace(L, 1);
    return original(L);
  }

  #isWide(L: number, index: number): boolean {
    const { api } = this.#lua;
    const type = api.lua_type(L, index);
    if (type === LuaType.STRING) {
      if (api.lua_objlen(L, index) < WIDE_DIGITS && this.#firstByte(L, index) !== 0x2d) return false;
      if (!api.lua_isnumber(L, index)) return false;
    } else if (type !== LuaType.NUMBER) return false;
    const value = api.lua_tonumber(L, index);
    return !(value >= 0 && value < INT_LIMIT);
  }

  #firstByte(L: number, index: number): number {
    return this.#lua.str(L, index) && this.#lua.len > 0 ? this.#lua.bytes[this.#lua.ptr]! : 0;
  }
}

function isBareHex(text: string): boolean {
  return /^[-+]?0[xX]$/.test(text);
}

const ULONG_MAX = 2n ** 64n - 1n;

/** strtoul with 64 bits, then a double; null where there is more than a number. */
function parseUnsigned(text: string, base: number): number | null {
  const found = /^[\t-\r ]*([-+]?)(.*?)[\t-\r ]*$/s.exec(text);
  if (!found) return null;
  let digits = found[2]!.toLowerCase();
  if (base === 16 && /^0x[0-9a-f]/.test(digits)) digits = digits.slice(2);
  if (digits === "") return null;
  let value = 0n;
  for (const digit of digits) {
    const n = Number.parseInt(digit, 36);
    if (Number.isNaN(n) || n >= base) return null;
    value = value * BigInt(base) + BigInt(n);
  }
  if (value > ULONG_MAX) return Number(ULONG_MAX);
  if (found[1] === "-") value = BigInt.asUintN(64, -value);
  return Number(value);
}
