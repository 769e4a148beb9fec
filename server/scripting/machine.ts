/**
 * machine: a Lua state made ready for scripts: sandbox, libraries, the bridge to the engine, and one Lua thread that
 * runs one script after the other.
 *
 * Scripts run under lua_resume, not lua_pcall: so one that takes too long can stand still (in its hook) while others
 * are heard. A thread that has ended with an error is replaced.
 */
import type { Engine } from "../../bindings/engine.ts";
import type { Server } from "../server.ts";
import { CommandCalls } from "./command-call.ts";
import { openBit } from "./libraries/bit.ts";
import { openCjson } from "./libraries/cjson.ts";
import { openCmsgpack } from "./libraries/cmsgpack.ts";
import { openStruct } from "./libraries/struct.ts";
import { HOOK_INSTRUCTIONS } from "./limits.ts";
import { GC_COLLECT, GLOBALS, LuaState, LuaStatus, LuaType, REGISTRY } from "./lua/state.ts";
import { LuaToReply } from "./lua-to-reply.ts";
import { openRedisLibrary } from "./redis-library.ts";
import { COUNTED_ERROR, ReplyToLua } from "./reply-to-lua.ts";
import { Sandbox } from "./sandbox.ts";

const MASK_LINE = 4;
const MASK_COUNT = 8;
/** nCcalls and baseCcalls of a lua_State: calls of C functions now, and when it was resumed. */
const C_CALLS = 52;
const BASE_C_CALLS = 54;
/** Its errfunc: the place on the stack of xpcall's handler, 0 = none. */
const ERROR_HANDLER = 116;

const TABLES = ["string", "table", "math", "os", "coroutine", "redis", "cjson", "cmsgpack", "struct", "bit"];

/** An error that has ended a script. */
export interface ScriptError {
  /** With its code: `ERR user_script:1: …`. */
  readonly text: string;
  /** `@user_script:1`, empty where it is not known. */
  readonly place: string;
  /** It was a command's reply, and so is counted. */
  readonly isCounted: boolean;
}

export type Compiled = { readonly reference: number } | { readonly error: string };

export class Machine {
  readonly lua: LuaState;
  readonly sandbox: Sandbox;
  readonly calls: CommandCalls;
  readonly toReply: LuaToReply;
  /** The names KEYS and ARGV as C strings. */
  readonly keysName: number;
  readonly argvName: number;
  /** The thread that scripts run in. */
  thread = 0;
  #threadReference = 0;
  readonly #hook: number;

  /** @param record  client record of the engine for the scripts' commands     @param onTick  called now and then */
  constructor(server: Server, module: WebAssembly.Module, record: number, onTick: (L: number) => void) {
    const lua = new LuaState(module);
    this.lua = lua;
    this.sandbox = new Sandbox(lua);
    this.calls = new CommandCalls(server, lua, new ReplyToLua(lua, server.engine), record);
    this.toReply = new LuaToReply(lua);
    this.keysName = lua.cString("KEYS");
    this.argvName = lua.cString("ARGV");
    this.sandbox.openLibraries();
    openRedisLibrary(server, lua, this.calls);
    openCjson(lua, this.sandbox);
    openCmsgpack(lua, this.sandbox);
    openStruct(lua);
    openBit(lua);
    this.sandbox.seal(TABLES);
    this.#addServerAlias();
    this.sandbox.isScriptThread = (L) => L === this.thread;
    this.#hook = lua.addHook(onTick);
    lua.api.lua_sethook(lua.main, this.#hook, MASK_COUNT, HOOK_INSTRUCTIONS);
    this.#newThread();
  }

  /** Compiles a chunk. The function stays until it is released. */
  compile(code: Uint8Array, chunkName: string): Compiled {
    const { lua } = this;
    const L = lua.main;
    const status = this.sandbox.load(L, code, chunkName);
    if (status === LuaStatus.OK) return { reference: lua.api.luaL_ref(L, REGISTRY) };
    const error = lua.textAt(L, -1) ?? "";
    lua.pop(L);
    return { error };
  }

  release(reference: number): void {
    this.lua.api.luaL_unref(this.lua.main, REGISTRY, reference);
  }

  /** Puts a function on the script's thread; its arguments follow. */
  begin(reference: number): void {
    this.lua.api.lua_settop(this.thread, 0);
    this.lua.api.lua_rawgeti(this.thread, REGISTRY, reference);
  }

  /** Runs what is on the thread, or goes on with it. @returns a status of Lua; YIELD: it stands still in its hook */
  resume(args: number): number {
    return this.lua.api.lua_resume(this.thread, args);
  }

  /** The one value that a script returned is at the top. */
  keepOneResult(): void {
    this.lua.api.lua_settop(this.thread, 1);
  }

  /** After an error: what and where. The thread is a new one then. */
  takeError(status: number): ScriptError {
    const { lua } = this;
    const { api } = lua;
    const L = this.thread;
    let text: string;
    let isCounted = false;
    if (api.lua_type(L, -1) === LuaType.TABLE) {
      lua.pushText(L, "err");
      api.lua_rawget(L, -2); // past metatables: nothing of the script runs any more
      text = lua.textAt(L, -1) ?? "ERR unknown error";
      lua.pop(L);
      isCounted = lua.hasTrue(L, -1, COUNTED_ERROR);
    } else text = `ERR ${this.#errorText(L)}`;
    let position = lua.position(L, 0);
    if (position?.isC) position = lua.position(L, 1);
    this.#newThread();
    if (status === LuaStatus.MEMORY) this.collect();
    const place = position === null ? "" : `${position.source}:${position.line}`;
    return { text, place, isCounted };
  }

  #errorText(L: number): string {
    const { lua } = this;
    switch (lua.api.lua_type(L, -1)) {
      case LuaType.STRING:
      case LuaType.NUMBER:
        return lua.textAt(L, -1)!;
      case LuaType.BOOLEAN:
        return lua.api.lua_toboolean(L, -1) ? "true" : "false";
      case LuaType.NIL:
        return "nil";
      default:
        return `(error object is a ${lua.typeName(L, -1)} value)`;
    }
  }

  collect(): void {
    this.lua.api.lua_gc(this.lua.main, GC_COLLECT, 0);
  }

  // --- the hook ---

  /** How often the hook is called from now on, in the thread that runs. */
  setHook(L: number, instructions: number, everyLine: boolean): void {
    this.lua.api.lua_sethook(L, this.#hook, everyLine ? MASK_COUNT | MASK_LINE : MASK_COUNT, instructions);
  }

  /** Whether the script can stand still: it is in no coroutine, and no C function is below it. */
  canYield(L: number): boolean {
    if (L !== this.thread) return false;
    const { bytes } = this.lua;
    const calls = bytes[L + C_CALLS]! | (bytes[L + C_CALLS + 1]! << 8);
    const base = bytes[L + BASE_C_CALLS]! | (bytes[L + BASE_C_CALLS + 1]! << 8);
    return calls <= base;
  }

  /** Raises an error from the hook that no handler of xpcall sees: hooks do not run in it, so it could run for ever. */
  raiseUnhandled(L: number, text: string): never {
    this.lua.bytes.fill(0, L + ERROR_HANDLER, L + ERROR_HANDLER + 4);
    return this.lua.raise(L, text);
  }

  #newThread(): void {
    const { api, main } = this.lua;
    if (this.#threadReference) api.luaL_unref(main, REGISTRY, this.#threadReference);
    this.thread = api.lua_newthread(main);
    this.#threadReference = api.luaL_ref(main, REGISTRY);
  }

  /** `server` is another name of `redis`. */
  #addServerAlias(): void {
    const { lua, sandbox } = this;
    const { api, main: L } = lua;
    api.lua_rawgeti(L, REGISTRY, sandbox.globals);
    api.lua_getfield(L, GLOBALS, lua.cString("redis"));
    api.lua_setfield(L, -2, lua.cString("server"));
    lua.pop(L);
  }

  /** Memory of Lua goes with the instance; closing it cleanly would only take time. */
  close(engine: Engine): void {
    this.calls.release(engine);
    this.thread = 0;
  }
}
