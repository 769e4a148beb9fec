/**
 * module: PUC Lua 5.1.5, compiled to WebAssembly (see docs/decisions/lua-runtime.md), as a running instance: the imports
 * that Emscripten's C library wants, and a way to make JavaScript functions into C functions.
 *
 * There are no files, no environment variables and no clock for a script, so nearly every import says that it cannot.
 * What matters is `invoke_vii` with `_emscripten_throw_longjmp`: Lua's setjmp. C code that may fail is called through the
 * former; longjmp throws LONGJMP, and the nearest invoke_vii catches it. Any other exception that passes through Lua's
 * frames leaves the state in ruins (StateRuined).
 */
import { LUA_MEMORY_MAX } from "../limits.ts";

/** What longjmp throws; nobody else throws a number. */
export const LONGJMP = Infinity;

/** A JavaScript function that Lua calls: it gets the Lua thread and returns how many results it has pushed. */
export type LuaCallback = (L: number) => number;

/** What the module exports, as far as it is used. Addresses are numbers. */
export interface LuaExports {
  readonly memory: WebAssembly.Memory;
  readonly __indirect_function_table: WebAssembly.Table;
  __wasm_call_ctors(): void;
  malloc(size: number): number;
  free(at: number): void;
  stackSave(): number;
  stackRestore(at: number): void;
  setThrew(threw: number, value: number): void;
  luaL_newstate(): number;
  luaL_openlibs(L: number): void;
  luaL_loadbuffer(L: number, at: number, length: number, name: number): number;
  luaL_where(L: number, level: number): void;
  luaL_argerror(L: number, argument: number, text: number): number;
  luaL_checktype(L: number, index: number, type: number): void;
  luaL_checklstring(L: number, index: number, length: number): number;
  luaL_checknumber(L: number, index: number): number;
  luaL_ref(L: number, index: number): number;
  luaL_unref(L: number, index: number, ref: number): void;
  lua_close(L: number): void;
  lua_newthread(L: number): number;
  lua_gettop(L: number): number;
  lua_settop(L: number, index: number): void;
  lua_pushvalue(L: number, index: number): void;
  lua_remove(L: number, index: number): void;
  lua_insert(L: number, index: number): void;
  lua_replace(L: number, index: number): void;
  lua_checkstack(L: number, slots: number): number;
  lua_xmove(from: number, to: number, count: number): void;
  lua_type(L: number, index: number): number;
  lua_typename(L: number, type: number): number;
  lua_isnumber(L: number, index: number): number;
  lua_tonumber(L: number, index: number): number;
  lua_toboolean(L: number, index: number): number;
  lua_tolstring(L: number, index: number, length: number): number;
  lua_topointer(L: number, index: number): number;
  lua_tothread(L: number, index: number): number;
  lua_tocfunction(L: number, index: number): number;
  lua_touserdata(L: number, index: number): number;
  lua_iscfunction(L: number, index: number): number;
  lua_rawequal(L: number, a: number, b: number): number;
  lua_objlen(L: number, index: number): number;
  lua_pushnil(L: number): void;
  lua_pushnumber(L: number, value: number): void;
  lua_pushboolean(L: number, value: number): void;
  lua_pushlstring(L: number, at: number, length: number): void;
  lua_pushlightuserdata(L: number, at: number): void;
  lua_pushcclosure(L: number, index: number, upvalues: number): void;
  lua_gettable(L: number, index: number): void;
  lua_getfield(L: number, index: number, name: number): void;
  lua_rawget(L: number, index: number): void;
  lua_rawgeti(L: number, index: number, n: number): void;
  lua_createtable(L: number, arraySize: number, hashSize: number): void;
  lua_settable(L: number, index: number): void;
  lua_setfield(L: number, index: number, name: number): void;
  lua_rawset(L: number, index: number): void;
  lua_rawseti(L: number, index: number, n: number): void;
  lua_getmetatable(L: number, index: number): number;
  lua_setmetatable(L: number, index: number): number;
  lua_setfenv(L: number, index: number): number;
  lua_next(L: number, index: number): number;
  lua_concat(L: number, count: number): void;
  lua_call(L: number, args: number, results: number): void;
  lua_pcall(L: number, args: number, results: number, handler: number): number;
  lua_error(L: number): number;
  lua_yield(L: number, results: number): number;
  lua_resume(L: number, args: number): number;
  lua_status(L: number): number;
  lua_gc(L: number, what: number, data: number): number;
  lua_sethook(L: number, hook: number, mask: number, count: number): number;
  lua_getstack(L: number, level: number, record: number): number;
  lua_getinfo(L: number, what: number, record: number): number;
}

export interface LuaInstance {
  readonly exports: LuaExports;
  /** Makes C functions of JavaScript functions. @returns their indices, to be pushed as closures */
  addFunctions(functions: readonly LuaCallback[]): number[];
  /** A hook: gets the thread and an activation record. @returns its index */
  addHook(hook: (L: number, record: number) => void): number;
  /** Called when memory has grown: views on it are stale. */
  onGrowth: () => void;
}

const PAGE = 65536;
const FAILED = -1;
const NO_SUCH_CALL = -38; // ENOSYS
const BAD_DESCRIPTOR = 8; // EBADF in WASI

/** Starts the module. */
export function instantiateLua(module: WebAssembly.Module): LuaInstance {
  // Assigned below: the imports are called only once the module runs.
  // eslint-disable-next-line prefer-const
  let lua!: LuaExports;
  const bytes = (): Uint8Array => new Uint8Array(lua.memory.buffer);
  const nothing = (): number => 0;
  const cannot = (): number => NO_SUCH_CALL;
  const noDescriptor = (): number => BAD_DESCRIPTOR;

  // To ask the table each time would cost more than the call.
  const called: ((a: number, b: number) => void)[] = [];
  const calledAt = (index: number): ((a: number, b: number) => void) =>
    (called[index] ??= lua.__indirect_function_table.get(index) as (a: number, b: number) => void);

  const env: Record<string, (...args: number[]) => number | void> = {
    invoke_vii(index, a, b) {
      const stack = lua.stackSave();
      try {
        calledAt(index)(a, b);
      } catch (thrown) {
        lua.stackRestore(stack);
        if (thrown !== LONGJMP) throw thrown;
        lua.setThrew(1, 0);
      }
    },
    _emscripten_throw_longjmp() {
      throw LONGJMP;
    },
    emscripten_resize_heap(size) {
      if (size >>> 0 > LUA_MEMORY_MAX) return 0;
      const now = lua.memory.buffer.byteLength;
      const wanted = Math.min(LUA_MEMORY_MAX, Math.max(size >>> 0, now + now / 4));
      try {
        lua.memory.grow(Math.ceil((wanted - now) / PAGE));
        started.onGrowth();
        return 1;
      } catch {
        return 0;
      }
    },
    emscripten_memcpy_js(to, from, size) {
      bytes().copyWithin(to, from, from + size);
    },
    exit(code) {
      throw new Error(`Lua ended itself with code ${code}`);
    },
    emscripten_date_now: () => Date.now(),
    _emscripten_get_now_is_monotonic: () => 1,
    strftime: nothing,
    _emscripten_system: () => FAILED,
    _tzset_js: nothing,
    _mktime_js: nothing,
    _localtime_js: nothing,
    _gmtime_js: nothing,
    __syscall_openat: cannot,
    __syscall_fcntl64: cannot,
    __syscall_ioctl: cannot,
    __syscall_dup3: cannot,
    __syscall_unlinkat: cannot,
    __syscall_rmdir: cannot,
    __syscall_renameat: cannot,
    __syscall_readlinkat: cannot,
  };
  const wasi = {
    fd_write: noDescriptor,
    fd_read: noDescriptor,
    fd_close: noDescriptor,
    fd_seek: noDescriptor,
    environ_sizes_get(count: number, size: number): number {
      const view = new DataView(lua.memory.buffer);
      view.setUint32(count, 0, true);
      view.setUint32(size, 0, true);
      return 0;
    },
    environ_get: nothing,
  };
  const instance = new WebAssembly.Instance(module, { env, wasi_snapshot_preview1: wasi });
  lua = instance.exports as unknown as LuaExports;
  lua.__wasm_call_ctors();

  const add = (functions: readonly ((...args: number[]) => number | void)[], isHook: boolean): number[] => {
    const table = lua.__indirect_function_table;
    const first = table.grow(functions.length);
    const shims = makeShims(functions, isHook);
    shims.forEach((shim, i) => table.set(first + i, shim));
    return shims.map((_, i) => first + i);
  };
  const started: LuaInstance = {
    exports: lua,
    addFunctions: (functions) => add(functions, false),
    addHook: (hook) => add([hook], true)[0]!,
    onGrowth: () => undefined,
  };
  return started;
}

/**
 * A table of WebAssembly takes WebAssembly functions only: a module that imports the JavaScript functions and exports
 * them again makes them so, at no cost per call.
 */
function makeShims(functions: readonly unknown[], isHook: boolean): unknown[] {
  const count = functions.length;
  const I32 = 0x7f;
  const type = isHook ? [1, 0x60, 2, I32, I32, 0] : [1, 0x60, 1, I32, 1, I32];
  const imports = functions.flatMap((_, i) => [1, 0x65, ...name(i), 0, 0]);
  const exports = functions.flatMap((_, i) => [...name(i), 0, ...leb(i)]);
  const bytes = new Uint8Array([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, type),
    ...section(2, [...leb(count), ...imports]),
    ...section(7, [...leb(count), ...exports]),
  ]);
  const e = Object.fromEntries(functions.map((f, i) => [`f${i}`, f])) as WebAssembly.ModuleImports;
  const shims = new WebAssembly.Instance(new WebAssembly.Module(bytes), { e }).exports;
  return functions.map((_, i) => shims[`f${i}`]);

  function name(i: number): number[] {
    const text = Array.from(`f${i}`, (c) => c.charCodeAt(0));
    return [text.length, ...text];
  }
  function section(id: number, content: number[]): number[] {
    return [id, ...leb(content.length), ...content];
  }
  function leb(value: number): number[] {
    return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)];
  }
}
