/**
 * redis-library: the table `redis` (also `server`): call and pcall, replies, protocol version, log, and what scripts
 * ask about the server.
 */
import { createHash } from "node:crypto";
import { setClientResp } from "../../bindings/records.ts";
import type { Server } from "../server.ts";
import { REDIS_VERSION } from "../version.ts";
import type { CommandCalls } from "./command-call.ts";
import type { LuaCallback } from "./lua/module.ts";
import { GLOBALS, type LuaState, LuaType } from "./lua/state.ts";

const LEVELS = ["debug", "verbose", "notice", "warning"] as const;
const REPLICATION = { REPL_NONE: 0, REPL_AOF: 1, REPL_SLAVE: 2, REPL_REPLICA: 2, REPL_ALL: 3 };

/** Redis' number of a version: 8.0.2 → 0x00080002. */
function versionNumber(version: string): number {
  const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
  return (major << 16) | (minor << 8) | patch;
}

/** Functions that both scripts and libraries that load may call. */
export function openRedisLibrary(server: Server, lua: LuaState, calls: CommandCalls): void {
  const { api, main: L } = lua;
  const functions: Record<string, LuaCallback> = {
    call: (thread) => calls.call(thread),
    pcall: (thread) => calls.pcall(thread),
    error_reply: (thread) => singleField(lua, thread, "err", errorText),
    status_reply: (thread) => singleField(lua, thread, "ok", (text) => text),
    sha1hex: (thread) => sha1hex(lua, thread),
    log: (thread) => log(server, lua, thread),
    setresp: (thread) => setResp(server, lua, thread, calls),
    set_repl: (thread) => setReplication(lua, thread, calls),
    replicate_commands: (thread) => {
      api.lua_pushboolean(thread, 1);
      return 1;
    },
    breakpoint: (thread) => {
      api.lua_pushboolean(thread, 0);
      return 1;
    },
    debug: () => 0,
    acl_check_cmd: (thread) => aclCheck(lua, thread, calls),
  };
  api.lua_createtable(L, 0, 32);
  const table = api.lua_gettop(L);
  setFunctions(lua, table, functions);
  setConstants(lua, table);
  api.lua_pushvalue(L, table);
  api.lua_setfield(L, GLOBALS, lua.cString("redis"));
  api.lua_settop(L, table - 1);
}

/** Sets fields of the table at an index to JavaScript functions. */
export function setFunctions(lua: LuaState, table: number, functions: Record<string, LuaCallback>): void {
  const names = Object.keys(functions);
  lua.addFunctions(Object.values(functions)).forEach((index, i) => {
    lua.api.lua_pushcclosure(lua.main, index, 0);
    lua.api.lua_setfield(lua.main, table, lua.cString(names[i]!));
  });
}

/** Levels of log, kinds of replication, versions. */
export function setConstants(lua: LuaState, table: number): void {
  LEVELS.forEach((level, i) => lua.setNumber(lua.main, table, `LOG_${level.toUpperCase()}`, i));
  for (const [name, value] of Object.entries(REPLICATION)) lua.setNumber(lua.main, table, name, value);
  lua.setText(lua.main, table, "REDIS_VERSION", REDIS_VERSION);
  lua.setNumber(lua.main, table, "REDIS_VERSION_NUM", versionNumber(REDIS_VERSION));
}

/** Raises an error as the functions of this table do: a table with its text, no position. */
export function raiseTable(lua: LuaState, L: number, text: string): never {
  const { api } = lua;
  pushError(lua, L, text);
  api.lua_error(L);
  throw new Error("lua_error has returned");
}

function pushError(lua: LuaState, L: number, text: string): void {
  lua.api.lua_createtable(L, 0, 1);
  lua.pushText(L, text);
  lua.api.lua_setfield(L, -2, lua.cString("err"));
}

/** error_reply and status_reply: a table with one field. Wrong arguments make an error of it, which is not raised. */
function singleField(lua: LuaState, L: number, field: string, change: (text: string) => string): number {
  const { api } = lua;
  if (api.lua_gettop(L) !== 1 || api.lua_type(L, 1) !== LuaType.STRING) {
    pushError(lua, L, "ERR wrong number or type of arguments");
    return 1;
  }
  lua.str(L, 1);
  const text = change(lua.text());
  api.lua_createtable(L, 0, 1);
  lua.pushText(L, text);
  api.lua_setfield(L, -2, lua.cString(field));
  return 1;
}

/** An error has a code; where a script has not given one, it is ERR. */
function errorText(text: string): string {
  if (text.startsWith("-")) return text.includes(" ") ? text.slice(1) : `ERR ${text.slice(1)}`;
  return text.includes(" ") ? text : `ERR ${text}`;
}

function sha1hex(lua: LuaState, L: number): number {
  if (lua.api.lua_gettop(L) !== 1) raiseTable(lua, L, "ERR wrong number of arguments");
  const bytes = lua.str(L, 1) ? lua.copy() : new Uint8Array(0);
  lua.pushText(L, createHash("sha1").update(bytes).digest("hex"));
  return 1;
}

export function log(server: Server, lua: LuaState, L: number): number {
  const { api } = lua;
  const argc = api.lua_gettop(L);
  if (argc < 2) raiseTable(lua, L, "ERR redis.log() requires two arguments or more.");
  if (!api.lua_isnumber(L, 1)) raiseTable(lua, L, "ERR First argument must be a number (log level).");
  const level = LEVELS[Math.trunc(api.lua_tonumber(L, 1))];
  if (level === undefined) raiseTable(lua, L, "ERR Invalid log level.");
  const parts: string[] = [];
  for (let i = 2; i <= argc; i++) {
    const part = lua.textAt(L, i);
    if (part !== undefined) parts.push(part);
  }
  server.log[level](parts.join(" "));
  return 0;
}

function setResp(server: Server, lua: LuaState, L: number, calls: CommandCalls): number {
  const { api } = lua;
  if (api.lua_gettop(L) !== 1) raiseTable(lua, L, "ERR redis.setresp() requires one argument.");
  const version = api.lua_tonumber(L, -1);
  if (version !== 2 && version !== 3) raiseTable(lua, L, "ERR RESP version must be 2 or 3.");
  setClientResp(server.engine, calls.record, version);
  return 0;
}

function setReplication(lua: LuaState, L: number, calls: CommandCalls): number {
  const { api } = lua;
  if (api.lua_gettop(L) !== 1) raiseTable(lua, L, "ERR redis.set_repl() requires one argument.");
  const flags = api.lua_tonumber(L, -1);
  if ((flags & ~REPLICATION.REPL_ALL) !== 0) {
    raiseTable(lua, L, "ERR Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.");
  }
  if (calls.caller) calls.caller.replication = flags;
  return 0;
}

function aclCheck(lua: LuaState, L: number, calls: CommandCalls): number {
  const command = calls.resolve(L);
  if (command === null) raiseTable(lua, L, "ERR Invalid command passed to redis.acl_check_cmd()");
  lua.api.lua_pushboolean(L, calls.isAllowed(command) ? 1 : 0);
  return 1;
}
