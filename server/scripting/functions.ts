/**
 * functions: libraries of FUNCTION LOAD and the functions that they register.
 *
 * Libraries live in the same Lua state as scripts, in globals of their own: one table for all of them, whose contents
 * are another while a library loads (register_function and log, nothing else). A library is loaded whole or not at all.
 * Where the state is replaced, libraries are loaded again from their code: what they keep in local variables is lost.
 */
import type { Server } from "../server.ts";
import { LOAD_TIME_MAX_MS } from "./limits.ts";
import { decodeLibraries, encodeLibraries } from "./function-payload.ts";
import { isName, NAME_RULE, parseLibraryHeader } from "./library-header.ts";
import { LuaStatus, type LuaState, LuaType, REGISTRY } from "./lua/state.ts";
import type { Machine } from "./machine.ts";
import { log, raiseTable, setFunctions, setConstants } from "./redis-library.ts";
import { FLAG_NAMES, flagsOf, type ScriptFlags } from "./shebang.ts";

export interface LuaFunction {
  readonly name: string;
  readonly description: string | null;
  readonly flagNames: readonly string[];
  readonly flags: ScriptFlags;
  readonly reference: number;
  readonly library: string;
}

export interface Library {
  readonly name: string;
  readonly code: Uint8Array;
  readonly functions: readonly LuaFunction[];
}

export type RestorePolicy = "flush" | "append" | "replace";

const CHUNK_NAME = "@user_function";
const REGISTERING = "ERR Error registering functions: ";

/** A library that loads. */
interface Loading {
  readonly library: string;
  readonly functions: Map<string, LuaFunction>;
  readonly endsAtMs: number;
}

export class Functions {
  readonly #server: Server;
  readonly #libraries = new Map<string, Library>();
  readonly #functions = new Map<string, LuaFunction>();
  #loading: Loading | null = null;

  constructor(server: Server) {
    this.#server = server;
  }

  get libraries(): ReadonlyMap<string, Library> {
    return this.#libraries;
  }

  /** Bytes of the libraries' code. */
  get codeBytes(): number {
    let bytes = 0;
    for (const { code } of this.#libraries.values()) bytes += code.length;
    return bytes;
  }

  get count(): number {
    return this.#functions.size;
  }

  find(name: string): LuaFunction | undefined {
    return this.#functions.get(name);
  }

  // --- the Lua side ---

  /** Makes what libraries see of a new machine, and loads the libraries into it. */
  attach(machine: Machine): void {
    const { lua } = machine;
    const { api, main: L } = lua;
    api.lua_createtable(L, 0, 16);
    const table = api.lua_gettop(L);
    setFunctions(lua, table, {
      register_function: (thread) => this.#register(lua, thread),
      log: (thread) => log(this.#server, lua, thread),
    });
    setConstants(lua, table);
    for (const name of ["REPL_NONE", "REPL_AOF", "REPL_SLAVE", "REPL_REPLICA", "REPL_ALL"]) {
      api.lua_pushnil(L);
      api.lua_setfield(L, table, lua.cString(name));
    }
    machine.sandbox.openLibraryGlobals(L);
    const libraries = [...this.#libraries.values()];
    this.#libraries.clear();
    this.#functions.clear();
    for (const library of libraries) this.#loadInto(machine, library.code, false);
  }

  /** The time limit of loading; called now and then. */
  tick(lua: LuaState, L: number): void {
    if (this.#loading && Date.now() > this.#loading.endsAtMs) raiseTable(lua, L, "ERR FUNCTION LOAD timeout");
  }

  get isLoading(): boolean {
    return this.#loading !== null;
  }

  // --- FUNCTION LOAD ---

  /** @returns its name, or what is wrong with it */
  load(machine: Machine, code: Uint8Array, replace: boolean): { name: string } | { error: string } {
    return this.#loadInto(machine, code, replace);
  }

  #loadInto(machine: Machine, code: Uint8Array, replace: boolean): { name: string } | { error: string } {
    const header = parseLibraryHeader(code);
    if ("error" in header) return header;
    const { name } = header;
    const old = this.#libraries.get(name);
    if (old && !replace) return { error: `ERR Library '${name}' already exists` };
    const made = machine.compile(code.subarray(header.codeAt), CHUNK_NAME);
    if ("error" in made) return { error: `ERR Error compiling function: ${made.error}` };
    const loading: Loading = { library: name, functions: new Map(), endsAtMs: Date.now() + LOAD_TIME_MAX_MS };
    const error = this.#runLibrary(machine, made.reference, loading) ?? this.#conflict(loading, old);
    machine.release(made.reference);
    if (error !== null) {
      for (const registered of loading.functions.values()) machine.release(registered.reference);
      return { error };
    }
    if (old) this.#unlink(machine, old);
    this.#libraries.set(name, { name, code, functions: [...loading.functions.values()] });
    for (const registered of loading.functions.values()) this.#functions.set(registered.name, registered);
    return { name };
  }

  #runLibrary(machine: Machine, reference: number, loading: Loading): string | null {
    const { lua, sandbox } = machine;
    const nested = this.#loading;
    this.#loading = loading;
    sandbox.switchLibraryGlobals(true);
    machine.begin(reference);
    sandbox.useLibraryGlobals(machine.thread, -1);
    const status = machine.resume(0);
    sandbox.switchLibraryGlobals(false);
    this.#loading = nested;
    if (status !== LuaStatus.OK) return REGISTERING + machine.takeError(status).text;
    lua.api.lua_settop(machine.thread, 0);
    return loading.functions.size === 0 ? "ERR No functions registered" : null;
  }

  #conflict(loading: Loading, old: Library | undefined): string | null {
    for (const name of loading.functions.keys()) {
      const present = this.#functions.get(name);
      if (present && present.library !== old?.name) return `ERR Function ${name} already exists`;
    }
    return null;
  }

  // --- register_function ---

  #register(lua: LuaState, L: number): number {
    const loading = this.#loading;
    if (!loading)
      raiseTable(lua, L, "ERR redis.register_function can only be called on FUNCTION LOAD command");
    const { api } = lua;
    const argc = api.lua_gettop(L);
    if (argc < 1 || argc > 2) raiseTable(lua, L, "ERR wrong number of arguments to redis.register_function");
    const made = argc === 1 ? this.#namedArguments(lua, L) : this.#plainArguments(lua, L);
    if (!isName(made.name)) raiseTable(lua, L, NAME_RULE);
    if (loading.functions.has(made.name)) {
      raiseTable(lua, L, "ERR Function already exists in the library");
    }
    const reference = api.luaL_ref(L, REGISTRY);
    loading.functions.set(made.name, {
      name: made.name,
      description: made.description,
      flagNames: made.flags,
      flags: flagsOf(new Set(made.flags)),
      reference,
      library: loading.library,
    });
    return 0;
  }

  /** Leaves the function at the top. */
  #plainArguments(lua: LuaState, L: number): { name: string; description: null; flags: string[] } {
    const { api } = lua;
    const name = lua.textAt(L, 1);
    if (name === undefined)
      raiseTable(lua, L, "ERR first argument to redis.register_function must be a string");
    if (api.lua_type(L, 2) !== LuaType.FUNCTION) {
      raiseTable(lua, L, "ERR second argument to redis.register_function must be a function");
    }
    return { name, description: null, flags: [] };
  }

  /** Leaves the function at the top. */
  #namedArguments(lua: LuaState, L: number): { name: string; description: string | null; flags: string[] } {
    const { api } = lua;
    const fail = (text: string): never => raiseTable(lua, L, `ERR ${text}`);
    if (api.lua_type(L, 1) !== LuaType.TABLE) {
      fail(
        "calling redis.register_function with a single argument is only applicable to Lua table (representing named arguments).",
      );
    }
    let name: string | undefined;
    let description: string | null = null;
    let flags: string[] = [];
    let hasCallback = false;
    api.lua_settop(L, 1);
    api.lua_pushnil(L); // at 2: the function
    api.lua_pushnil(L);
    while (api.lua_next(L, 1)) {
      const key = api.lua_type(L, -2) === LuaType.STRING ? lua.textAt(L, -2) : "";
      if (key === "function_name") {
        name = lua.textAt(L, -1);
        if (name === undefined) {
          fail("function_name argument given to redis.register_function must be a string");
        }
      } else if (key === "description") {
        description =
          lua.textAt(L, -1) ?? fail("description argument given to redis.register_function must be a string");
      } else if (key === "callback") {
        if (api.lua_type(L, -1) !== LuaType.FUNCTION) {
          fail("callback argument given to redis.register_function must be a function");
        }
        api.lua_pushvalue(L, -1);
        api.lua_replace(L, 2);
        hasCallback = true;
      } else if (key === "flags") {
        if (api.lua_type(L, -1) !== LuaType.TABLE) {
          fail("flags argument to redis.register_function must be a table representing function flags");
        }
        flags = this.#flags(lua, L);
      } else fail("unknown argument given to redis.register_function");
      lua.pop(L);
    }
    if (name === undefined) return fail("redis.register_function must get a function name argument");
    if (!hasCallback) fail("redis.register_function must get a callback argument");
    api.lua_settop(L, 2);
    return { name, description, flags };
  }

  #flags(lua: LuaState, L: number): string[] {
    const { api } = lua;
    const names: string[] = [];
    for (let i = 1; ; i++) {
      api.lua_rawgeti(L, -1, i);
      if (api.lua_type(L, -1) === LuaType.NIL) break;
      const name = lua.textAt(L, -1) ?? "";
      if (!FLAG_NAMES.includes(name)) raiseTable(lua, L, "ERR unknown flag given");
      names.push(name);
      lua.pop(L);
    }
    lua.pop(L);
    return FLAG_NAMES.filter((name) => names.includes(name));
  }

  // --- the rest of FUNCTION ---

  /** @returns whether there was one */
  delete(machine: Machine, name: string): boolean {
    const library = this.#libraries.get(name);
    if (!library) return false;
    this.#unlink(machine, library);
    return true;
  }

  #unlink(machine: Machine, library: Library): void {
    this.#libraries.delete(library.name);
    for (const registered of library.functions) {
      machine.release(registered.reference);
      this.#functions.delete(registered.name);
    }
  }

  flush(machine: Machine): void {
    for (const library of [...this.#libraries.values()]) this.#unlink(machine, library);
  }

  dump(): Uint8Array {
    return encodeLibraries([...this.#libraries.values()].map((library) => library.code));
  }

  /** @returns what is wrong; then nothing has changed */
  restore(machine: Machine, payload: Uint8Array, policy: RestorePolicy): string | null {
    const codes = decodeLibraries(payload);
    if (codes === "bad checksum") return "ERR DUMP payload version or checksum are wrong";
    if (codes === "bad content") return "ERR given type is not a function";
    const before = [...this.#libraries.values()].map((library) => library.code);
    if (policy === "flush") this.flush(machine);
    for (const code of codes) {
      const loaded = this.load(machine, code, policy === "replace");
      if (!("error" in loaded)) continue;
      // RESTORE says it without the quotes.
      const exists = /^ERR Library '(.*)' already exists$/.exec(loaded.error);
      this.flush(machine);
      for (const old of before) this.load(machine, old, false);
      return exists ? `ERR Library ${exists[1]} already exists` : loaded.error;
    }
    return null;
  }
}
