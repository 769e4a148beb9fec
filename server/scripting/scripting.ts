/**
 * scripting: runs scripts: the cache of EVAL and SCRIPT LOAD, a script's way from its arguments to its reply, time and
 * memory limits. The Lua state itself (machine.ts) is made for the first script, and anew where one has left it too big.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { ClientFlag, Root } from "../../bindings/abi.ts";
import type { Engine } from "../../bindings/engine.ts";
import {
  argumentBytes,
  clientDb,
  clientResp,
  hasClientFlag,
  setClientDb,
  setClientFlag,
  setClientResp,
} from "../../bindings/records.ts";
import { encodeReply, error, type RespVersion } from "../../bindings/reply-tree.ts";
import { Attention, setAttention } from "../attention.ts";
import type { Client } from "../client.ts";
import type { CommandContext } from "../commands/context.ts";
import type { Server } from "../server.ts";
import { BusyService } from "./busy-service.ts";
import { type Caller, OUT_OF_MEMORY, REPLICATE_ALL } from "./command-call.ts";
import {
  EVAL_SCRIPTS_MAX,
  HOOK_INSTRUCTIONS,
  LUA_MEMORY_KEPT_MAX,
  SLOW_HOOK_INSTRUCTIONS,
  SLOW_SLICE_MS,
} from "./limits.ts";
import { Functions } from "./functions.ts";
import { byteString, LuaStatus, REGISTRY } from "./lua/state.ts";
import { Machine } from "./machine.ts";
import { parseShebang, type ScriptFlags } from "./shebang.ts";

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
  isShort = false;
  wrote = false;
  killed = false;
  /** Past busy-reply-threshold. */
  isSlow = false;
  /** It stands still, and the event loop goes on. */
  isWaiting = false;
  /** What it writes is a transaction of its own in the propagation stream, not part of one. */
  ownsTransaction = false;
  /** When the slice that runs is over. */
  sliceEndsAtMs = 0;
  readonly startedAtMs = Date.now();
  readonly client: Client;
  readonly resp: RespVersion;
  /** In EXEC it cannot: the engine stands still in the midst of the queue. */
  readonly mayWait: boolean;
  readonly readOnly: boolean;
  readonly nowMs: number;
  /** SHA1 of a script, name of a function. */
  readonly name: string;
  /** The command as it was sent, for FUNCTION STATS. */
  readonly isFunction: boolean;

  constructor(engine: Engine, client: Client, name: string, readOnly: boolean, isFunction: boolean) {
    this.client = client;
    this.resp = clientResp(engine, client.record);
    this.mayWait = !hasClientFlag(engine, client.record, ClientFlag.EXECUTING);
    this.name = name;
    this.readOnly = readOnly;
    this.nowMs = engine.now();
    this.isFunction = isFunction;
  }
}

const CHUNK_NAME = "@user_script";
const NO_SCRIPT = "NOSCRIPT No matching script. Please use EVAL.";
export const NOT_BUSY = "NOTBUSY No scripts in execution right now.";
const UNKILLABLE =
  "UNKILLABLE Sorry the script already executed write commands against the dataset. " +
  "You can either wait the script termination or kill the server in a hard way using the SHUTDOWN NOSAVE command.";
const SHA_LENGTH = 40;

let compiled: WebAssembly.Module | undefined;

/** The module beside this program: read and compiled at the first script. */
function luaModule(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(readFileSync(new URL("./liblua5.1.wasm", import.meta.url)));
  return compiled;
}

export class Scripting {
  readonly functions: Functions;
  running: Running | null = null;
  /** DEBUG SET-DISABLE-DENY-SCRIPTS. */
  allowsAllCommands = false;
  readonly #server: Server;
  readonly #scripts = new Map<string, Script>();
  /** Scripts of EVAL by their text; the order is that of their last use. */
  readonly #byBody = new Map<string, Script>();
  /** Scripts that EVALSHA has called, by some bits of their SHA1. */
  readonly #bySha = new Map<number, Script>();
  readonly #busy: BusyService;
  #machine: Machine | null = null;
  #generation = 0;
  #record = 0;
  evictedScripts = 0;

  constructor(server: Server) {
    this.#server = server;
    this.functions = new Functions(server);
    this.#busy = new BusyService(server);
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
    this.functions.attach(this.#machine);
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

  /** Bytes of the scripts in the cache. */
  get codeBytes(): number {
    let bytes = 0;
    for (const { body } of this.#scripts.values()) bytes += body.length;
    return bytes;
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
    const script = this.#findBySha();
    if (script === undefined && context.text(1).length !== SHA_LENGTH) return context.error(NO_SCRIPT);
    const keys = this.#countKeys(context);
    if (keys === null) return;
    if (script === undefined) return context.error(NO_SCRIPT);
    this.#run(context, script, keys, readOnly);
  }

  /** The script whose SHA1 is the command's first argument, found without making a string of it. */
  #findBySha(): Script | undefined {
    const { engine } = this.#server;
    const { memory } = engine;
    const pair = engine.word(Root.argv) + 8;
    if (memory.u32(pair + 4) !== SHA_LENGTH) return undefined;
    const at = memory.u32(pair);
    const { bytes } = memory;
    const recent = this.#bySha.get(shaHash(bytes, at));
    if (recent !== undefined && isSha(recent.sha, bytes, at)) return recent;
    const script = this.#scripts.get(byteString(bytes, at, SHA_LENGTH).toLowerCase());
    if (script !== undefined) this.#bySha.set(shaHash(bytes, at), script);
    return script;
  }

  #countKeys(context: CommandContext): number | null {
    const { memory } = this.#server.engine;
    const pair = this.#server.engine.word(Root.argv) + 16;
    const digit = memory.bytes[memory.u32(pair)]! - 0x30;
    const isDigit = memory.u32(pair + 4) === 1 && digit >= 0 && digit <= 9;
    const count = isDigit ? digit : context.integer(2);
    if (count === null) context.error("ERR value is not an integer or out of range");
    else if (count > context.argc - 3)
      context.error("ERR Number of keys can't be greater than number of args");
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
    const isShort = this.#isShort;
    const refusal = this.refusal(script.flags, readOnly, isShort);
    if (refusal !== null) return context.error(refusal);
    this.#setGlobalArguments(machine, keys, context.argc - 3 - keys);
    machine.begin(script.reference);
    const noWrites = readOnly || script.flags?.noWrites === true;
    const running = new Running(this.#server.engine, context.client, script.sha, noWrites, false);
    running.isShort = isShort && script.flags?.allowOom !== true;
    this.execute(context, running, 0);
  }

  // --- FCALL ---

  callFunction(context: CommandContext, readOnly: boolean): void {
    const found = this.functions.find(context.text(1));
    if (found === undefined) return context.error("ERR Function not found");
    const keys = context.integer(2);
    if (keys === null) return context.error("ERR Bad number of keys provided");
    if (keys > context.argc - 3) {
      return context.error("ERR Number of keys can't be greater than number of args");
    }
    if (keys < 0) return context.error("ERR Number of keys can't be negative");
    const isShort = this.#isShort;
    const refusal = this.refusal(found.flags, readOnly, isShort);
    if (refusal !== null) return context.error(refusal);
    const machine = this.machine;
    // A machine made just now has loaded the libraries anew.
    machine.begin(this.functions.find(found.name)!.reference);
    this.pushArguments(machine, machine.thread, 3, keys);
    this.pushArguments(machine, machine.thread, 3 + keys, context.argc - 3 - keys);
    const running = new Running(this.#server.engine, context.client, found.name, found.flags.noWrites, true);
    running.isShort = isShort && !found.flags.allowOom;
    this.execute(context, running, 2);
  }

  /** Whether the state of the server forbids a script with these flags; none that has no shebang. @returns the error */
  refusal(flags: ScriptFlags | null, readOnly: boolean, isShort: boolean): string | null {
    if (flags === null || flags.noWrites) return null;
    if (isShort && !flags.allowOom) return OUT_OF_MEMORY;
    if (readOnly) return "ERR Can not execute a script with write flag using *_ro command.";
    return this.#server.persistence.writeRefusal;
  }

  get #isShort(): boolean {
    return this.#server.engine.exports.memoryShort() !== 0;
  }

  /** The globals KEYS and ARGV. */
  #setGlobalArguments(machine: Machine, keys: number, others: number): void {
    const { lua, sandbox } = machine;
    const { api, main: L } = lua;
    api.lua_rawgeti(L, REGISTRY, sandbox.globals);
    this.pushArguments(machine, L, 3, keys);
    api.lua_setfield(L, -2, machine.keysName);
    this.pushArguments(machine, L, 3 + keys, others);
    api.lua_setfield(L, -2, machine.argvName);
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
    // What a script reads its caller has read.
    const tracks = hasClientFlag(engine, context.client.record, ClientFlag.TRACKING);
    setClientFlag(engine, record, ClientFlag.TRACKING, tracks);
    machine.calls.caller = running;
    this.running = running;
    running.ownsTransaction = engine.exports.scriptBegin() !== 0;
    const status = machine.resume(args);
    if (status === LuaStatus.YIELD) return this.#wait(running);
    if (this.#finish(machine, running, status)) context.failed = true;
  }

  /** The script has ended: its reply is added to the others, and counted where it is an error. @returns whether it is */
  #finish(machine: Machine, running: Running, status: number): boolean {
    const { engine } = this.#server;
    this.running = null;
    machine.calls.caller = null;
    if (running.ownsTransaction) engine.exports.scriptEnd();
    let problem: string | null;
    let isCounted: boolean;
    if (status === LuaStatus.OK) {
      const { toReply } = machine;
      machine.keepOneResult();
      const scriptResp = clientResp(engine, this.#record);
      engine.appendReply(toReply.convert(machine.thread, running.resp, scriptResp));
      problem = toReply.error;
      isCounted = toReply.errorIsCounted;
    } else {
      const thrown = machine.takeError(status);
      isCounted = thrown.isCounted;
      problem = thrown.text;
      if (thrown.place !== "") problem += ` script: ${running.name}, on ${thrown.place}.`;
      engine.appendReply(encodeReply(error(problem), running.resp));
    }
    if (problem !== null && !isCounted) this.#server.stats.countError(problem);
    if (running.isSlow) this.#endSlow(machine);
    if (machine.lua.ruined || machine.lua.size > LUA_MEMORY_KEPT_MAX) this.#discardMachine();
    return problem !== null;
  }

  // --- scripts past their time limit ---

  /** What everybody else is told while a script is past its time limit; null while none is. */
  get busyError(): string | null {
    const { running } = this;
    if (!running?.isSlow) return null;
    const kind = running.isFunction ? "FUNCTION" : "SCRIPT";
    return `BUSY Redis is busy running a script. You can only call ${kind} KILL or SHUTDOWN NOSAVE.`;
  }

  /** Whether a client waits for its script, which stands still. */
  isWaiting(client: Client): boolean {
    return this.running?.isWaiting === true && this.running.client === client;
  }

  /** Lets others be heard, then goes on with the script. */
  #wait(running: Running): void {
    running.isWaiting = true;
    this.#busy.handBack();
    setImmediate(() => this.#goOn(running));
  }

  #beginSlow(running: Running, elapsedMs: number): void {
    running.isSlow = true;
    this.#gateClients(true);
    this.#server.log.warning(
      `Slow script detected: still in execution after ${elapsedMs} milliseconds. ` +
        `You can try killing the script using the SCRIPT KILL command. Script name is: ${running.name}.`,
    );
  }

  #endSlow(machine: Machine): void {
    for (const L of [machine.lua.main, machine.thread]) machine.setHook(L, HOOK_INSTRUCTIONS, false);
    this.#gateClients(false);
    this.#busy.handBack();
  }

  #gateClients(on: boolean): void {
    for (const client of this.#server.clients) {
      setAttention(this.#server.engine, client, Attention.BUSY, on);
    }
  }

  #goOn(running: Running): void {
    const machine = this.#machine!;
    running.sliceEndsAtMs = Date.now() + SLOW_SLICE_MS;
    const status = machine.resume(0);
    if (status === LuaStatus.YIELD) return this.#wait(running);
    this.#finish(machine, running, status);
    running.client.connection.goOnAfterScript();
    this.#server.drainEvents();
  }

  /** SCRIPT KILL and FUNCTION KILL. @returns the error; null: the script will end */
  kill(isFunction: boolean): string | null {
    const { running } = this;
    if (!running) return NOT_BUSY;
    if (running.isFunction !== isFunction) return this.busyError;
    if (running.wrote) return UNKILLABLE;
    running.killed = true;
    return null;
  }

  /** Address of the client record that scripts run with; 0 = none has run yet. */
  get record(): number {
    return this.#record;
  }

  /** A copy of the engine has no scripts. */
  takeOutOf(copy: Engine): void {
    if (this.#record !== 0) copy.exports.clientClose(this.#record);
    this.#machine?.calls.release(copy);
  }

  #discardMachine(): void {
    this.#machine?.close(this.#server.engine);
    this.#machine = null;
  }

  /** Called every so many instructions of a script. */
  #tick(L: number): void {
    const running = this.running;
    const machine = this.#machine;
    if (!machine) return;
    if (this.functions.isLoading) this.functions.tick(machine.lua, L);
    if (!running) return;
    this.#server.turn.writeKept(); // nobody's reply waits for a script that is not short
    if (running.killed) this.#raiseKilled(machine, running, L);
    const threshold = this.#server.config.int("busy-reply-threshold");
    const now = Date.now();
    const elapsed = now - running.startedAtMs;
    if (threshold <= 0 || elapsed < threshold) return;
    if (!running.isSlow) this.#beginSlow(running, elapsed);
    if (now < running.sliceEndsAtMs) return;
    if (running.mayWait) {
      // Another number each time: in step with a loop, the hook would always find it in the same place.
      machine.setHook(L, 1 + Math.floor(Math.random() * SLOW_HOOK_INSTRUCTIONS), false);
      if (machine.canYield(L)) {
        machine.lua.api.lua_yield(L, 0);
        return;
      }
    }
    this.#busy.serve(running.client);
    if (this.#server.isEnding) running.killed = true;
    if (running.killed) this.#raiseKilled(machine, running, L);
  }

  /** Ends the script: every line of any of its threads raises the error again, so that no pcall keeps it alive. */
  #raiseKilled(machine: Machine, running: Running, L: number): never {
    for (const thread of [L, machine.thread, machine.lua.main]) machine.setHook(thread, 1, true);
    const kind = running.isFunction ? "FUNCTION" : "SCRIPT";
    return machine.raiseUnhandled(L, `Script killed by user with ${kind} KILL...`);
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
      this.#bySha.clear();
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
    this.#bySha.clear();
    this.#byBody.clear();
    this.#machine?.collect();
  }
}

/** Thirty bits of the digest's text; letters in either case count the same. */
function shaHash(bytes: Uint8Array, at: number): number {
  let hash = 0;
  for (let i = 0; i < 6; i++) hash = (hash << 5) | ((bytes[at + i]! + (bytes[at + i]! >> 6) * 9) & 31);
  return hash;
}

function isSha(sha: string, bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < SHA_LENGTH; i++) {
    // 0x20 is set in digits, and makes small letters of capitals.
    if (sha.charCodeAt(i) !== (bytes[at + i]! | 0x20)) return false;
  }
  return true;
}
