/**
 * scripting: runs scripts: the cache of EVAL and SCRIPT LOAD, a script's way from its arguments to its reply, time and
 * memory limits. The Lua state itself (machine.ts) is made for the first script, and anew where one has left it too big.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { Root } from "../../bindings/abi.ts";
import {
  argumentBytes,
  clientDb,
  clientResp,
  hasClientFlag,
  setClientDb,
  setClientResp,
} from "../../bindings/records.ts";
import type { RespVersion } from "../../bindings/reply-tree.ts";
import type { Client } from "../client.ts";
import type { CommandContext } from "../commands/context.ts";
import type { Server } from "../server.ts";
import { type Caller, REPLICATE_ALL } from "./command-call.ts";
import { EVAL_SCRIPTS_MAX, HOOK_INSTRUCTIONS, LUA_MEMORY_KEPT_MAX, SLOW_HOOK_INSTRUCTIONS } from "./limits.ts";
import { LuaStatus, REGISTRY } from "./lua/state.ts";
import { Machine } from "./machine.ts";
import { parseShebang, type ScriptFlags } from "./shebang.ts";

void hasClientFlag;

/** A script in the cache. Its function is compiled when it is called, and again after the state was replaced. */
interface Script {
  readonly sha: string;
  readonly body: Uint8Array;
  readonly flags: ScriptFlags | null;
  readonly codeAt: number;
  /** The function, in the machine of that number. */
  reference: number;
  generation: number;
  /** Came with EVAL: goes again when there are too many of those. */
  evicted: boolean;
}

/** A script or function that runs. */
export class Running implements Caller {
  replication = REPLICATE_ALL;
  wrote = false;
  killed = false;
  /** Past busy-reply-threshold. */
  isSlow = false;
  readonly startedAtMs = Date.now();
  readonly client: Client;
  readonly readOnly: boolean;
  readonly nowMs: number;
  /** SHA1 of a script, name of a function. */
  readonly name: string;
  /** The command as it was sent, for FUNCTION STATS. */
  readonly isFunction: boolean;

  constructor(client: Client, name: string, readOnly: boolean, nowMs: number, isFunction: boolean) {
    this.client = client;
    this.name = name;
    this.readOnly = readOnly;
    this.nowMs = nowMs;
    this.isFunction = isFunction;
  }
}

const CHUNK_NAME = "@user_script";
const NO_SCRIPT = "NOSCRIPT No matching script. Please use EVAL.";
export const NOT_BUSY = "NOTBUSY No scripts in execution right now.";
const SHA_LENGTH = 40;

let compiled: WebAssembly.Module | undefined;

/** The module beside this program: read and compiled at the first script. */
function luaModule(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(readFileSync(new URL("./liblua5.1.wasm", import.meta.url)));
  return compiled;
}

export class Scripting {
  running: Running | null = null;
  readonly #server: Server;
  readonly #scripts = new Map<string, Script>();
  /** Scripts of EVAL by their text; the order is that of their last use. */
  readonly #byBody = new Map<string, Script>();
  #machine: Machine | null = null;
  #generation = 0;
  #record = 0;
  evictedScripts = 0;

  constructor(server: Server) {
    this.#server = server;
  }

  /** The Lua state, made where there is none. */
  get machine(): Machine {
    if (this.#machine) return this.#machine;
    const { engine } = this.#server;
    if (this.#record === 0) {
      this.#record = engine.exports.clientOpen();
      engine.memory.refresh();
    }
    this.#generation++;
    this.#machine = new Machine(this.#server, luaModule(), this.#record, (L) => this.#tick(L));
    return this.#machine;
  }

  /** Bytes that Lua's memory has grown to; 0 before the first script. */
  get luaMemory(): number {
    return this.#machine?.lua.size ?? 0;
  }

  /** Bytes in use in it. */
  get luaUsed(): number {
    return this.#machine ? this.#machine.lua.usedKilobytes * 1024 : 0;
  }

  get count(): number {
    return this.#scripts.size;
  }

  // --- EVAL and EVALSHA ---

  eval(context: CommandContext, readOnly: boolean): void {
    const keys = this.#countKeys(context);
    if (keys === null) return;
    const body = context.text(1);
    let script = this.#byBody.get(body);
    if (script === undefined) {
      const made = this.#add(argumentBytes(this.#server.engine, 1), true);
      if ("error" in made) return context.error(made.error);
      script = made;
      if (script.evicted) this.#byBody.set(body, script);
      this.#evict();
    }
    this.#run(context, script, keys, readOnly);
  }

  evalSha(context: CommandContext, readOnly: boolean): void {
    const sha = context.text(1);
    if (sha.length !== SHA_LENGTH) return context.error(NO_SCRIPT);
    const keys = this.#countKeys(context);
    if (keys === null) return;
    const script = this.#scripts.get(sha) ?? this.#scripts.get(sha.toLowerCase());
    if (script === undefined) return context.error(NO_SCRIPT);
    this.#run(context, script, keys, readOnly);
  }

  #countKeys(context: CommandContext): number | null {
    const count = context.integer(2);
    if (count === null) context.error("ERR value is not an integer or out of range");
    else if (count > context.argc - 3) context.error("ERR Number of keys can't be greater than number of args");
    else if (count < 0) context.error("ERR Number of keys can't be negative");
    else return count;
    return null;
  }

  #run(context: CommandContext, script: Script, keys: number, readOnly: boolean): void {
    const machine = this.machine;
    if (script.generation !== this.#generation) {
      const made = machine.compile(script.body.subarray(script.codeAt), CHUNK_NAME);
      if ("error" in made) return context.error(`ERR Error compiling script (new function): ${made.error}`);
      script.reference = made.reference;
      script.generation = this.#generation;
    }
    const refusal = this.refusal(script.flags);
    if (refusal !== null) return context.error(refusal);
    this.#setGlobalArguments(machine, "KEYS", 3, keys);
    this.#setGlobalArguments(machine, "ARGV", 3 + keys, context.argc - 3 - keys);
    machine.begin(script.reference);
    const noWrites = readOnly || script.flags?.noWrites === true;
    this.execute(context, new Running(context.client, script.sha, noWrites, this.#server.engine.now(), false), 0);
  }

  /** Whether the state of the server forbids a script with these flags. @returns the error */
  refusal(_flags: ScriptFlags | null): string | null {
    return null;
  }

  /** A global table of the arguments from an index on. */
  #setGlobalArguments(machine: Machine, name: string, from: number, count: number): void {
    const { lua, sandbox } = machine;
    const L = lua.main;
    lua.api.lua_rawgeti(L, REGISTRY, sandbox.globals);
    this.pushArguments(machine, L, from, count);
    lua.api.lua_setfield(L, -2, lua.cString(name));
    lua.pop(L);
  }

  /** Pushes a table of the command's arguments from an index on. */
  pushArguments(machine: Machine, L: number, from: number, count: number): void {
    const { lua } = machine;
    const { memory } = this.#server.engine;
    const argv = this.#server.engine.word(Root.argv);
    lua.api.lua_createtable(L, count, 0);
    for (let i = 0; i < count; i++) {
      const pair = argv + 8 * (from + i);
      lua.pushBytes(L, memory.bytes, memory.u32(pair), memory.u32(pair + 4));
      lua.api.lua_rawseti(L, -2, i + 1);
    }
  }

  // --- running ---

  /** Runs what the machine has been given, and replies. */
  execute(context: CommandContext, running: Running, args: number): void {
    const machine = this.machine;
    const { engine } = this.#server;
    const record = this.#record;
    setClientDb(engine, record, clientDb(engine, context.client.record));
    setClientResp(engine, record, 2);
    machine.calls.caller = running;
    this.running = running;
    const status = machine.resume(args);
    this.#finish(context, machine, running, status);
  }

  #finish(context: CommandContext, machine: Machine, running: Running, status: number): void {
    const { engine } = this.#server;
    this.running = null;
    machine.calls.caller = null;
    if (status === LuaStatus.OK) {
      machine.keepOneResult();
      const resp: RespVersion = clientResp(engine, running.client.record);
      const reply = machine.toReply.convert(machine.thread, resp, clientResp(engine, this.#record));
      engine.appendReply(reply);
    } else {
      const { text, place } = machine.takeError(status);
      context.error(place === "" ? text : `${text} script: ${running.name}, on ${place}.`);
    }
    if (running.isSlow) machine.setHook(machine.thread, HOOK_INSTRUCTIONS, false);
    if (machine.lua.ruined || machine.lua.size > LUA_MEMORY_KEPT_MAX) this.#discardMachine();
  }

  #discardMachine(): void {
    this.#machine?.close();
    this.#machine = null;
  }

  /** Called every so many instructions of a script. */
  #tick(L: number): void {
    const running = this.running;
    if (!running) return;
    const machine = this.#machine!;
    if (running.killed) {
      // Every line raises it again, so that no pcall keeps the script alive.
      machine.setHook(L, 1, true);
      machine.lua.raise(L, "Script killed by user with SCRIPT KILL.");
    }
    const threshold = this.#server.config.int("busy-reply-threshold");
    const elapsed = Date.now() - running.startedAtMs;
    if (threshold <= 0 || elapsed < threshold) return;
    if (!running.isSlow) {
      running.isSlow = true;
      machine.setHook(L, SLOW_HOOK_INSTRUCTIONS, false);
      this.#server.log.warning(
        `Slow script detected: still in execution after ${elapsed} milliseconds. ` +
          `You can try killing the script using the SCRIPT KILL command. Script name is: ${running.name}.`,
      );
    }
  }

  // --- the cache ---

  /** Compiles and keeps a script. */
  #add(body: Uint8Array, byEval: boolean): Script | { error: string } {
    const sha = createHash("sha1").update(body).digest("hex");
    const present = this.#scripts.get(sha);
    if (present) {
      if (!byEval) present.evicted = false;
      return present;
    }
    const header = parseShebang(body);
    if ("error" in header) return header;
    const made = this.machine.compile(body.subarray(header.codeAt), CHUNK_NAME);
    if ("error" in made) return { error: `ERR Error compiling script (new function): ${made.error}` };
    const script: Script = {
      sha,
      body,
      flags: header.flags,
      codeAt: header.codeAt,
      reference: made.reference,
      generation: this.#generation,
      evicted: byEval,
    };
    this.#scripts.set(sha, script);
    return script;
  }

  /** Too many scripts of EVAL: the one that came first goes. */
  #evict(): void {
    if (this.#byBody.size <= EVAL_SCRIPTS_MAX) return;
    for (const [body, script] of this.#byBody) {
      this.#byBody.delete(body);
      if (!script.evicted) continue;
      this.#scripts.delete(script.sha);
      if (script.generation === this.#generation) this.#machine?.release(script.reference);
      this.evictedScripts++;
      return;
    }
  }

  /** SCRIPT LOAD. @returns its SHA1 */
  load(body: Uint8Array): { sha: string } | { error: string } {
    return this.#add(body, false);
  }

  /** SCRIPT EXISTS */
  has(sha: string): boolean {
    return this.#scripts.has(sha.toLowerCase());
  }

  /** SCRIPT FLUSH */
  flush(): void {
    for (const script of this.#scripts.values()) {
      if (script.generation === this.#generation) this.#machine?.release(script.reference);
    }
    this.#scripts.clear();
    this.#byBody.clear();
    this.#machine?.collect();
  }
}
