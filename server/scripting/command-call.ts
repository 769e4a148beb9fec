/**
 * command-call: redis.call and redis.pcall: arguments from Lua's memory into the engine's, the command through the
 * engine's `call` (or the gate, where it is the host's), its reply from the engine's buffer to a Lua value.
 *
 * A script's commands run for a client record of their own: SELECT and the protocol version in a script concern the
 * script only, and a transaction of the caller queues none of them.
 */
import { CallFlag, Root, Status } from "../../bindings/abi.ts";
import type { CommandArguments } from "../../bindings/command-keys.ts";
import type { Engine } from "../../bindings/engine.ts";
import { countRejected } from "../../bindings/records.ts";
import { formatDouble } from "../../bindings/reply-tree.ts";
import type { Client } from "../client.ts";
import type { Server } from "../server.ts";
import { type Callable, CommandNames } from "./command-names.ts";
import { byteString, type LuaState, LuaType } from "./lua/state.ts";
import { COUNTED_ERROR, type ReplyToLua } from "./reply-to-lua.ts";

/** What concerns the script that runs, for the commands that it calls. */
export interface Caller {
  /** Who called the script. */
  readonly client: Client;
  /** Memory is above its limit: until the first write, commands that need memory are refused. */
  readonly isShort: boolean;
  /** No writes: EVAL_RO, flag no-writes. */
  readonly readOnly: boolean;
  /** The clock stands still while a script runs. */
  readonly nowMs: number;
  /** What redis.set_repl has said. */
  replication: number;
  /** It has called a command that writes: it cannot be killed any more. */
  wrote: boolean;
}

export const OUT_OF_MEMORY = "OOM command not allowed when used memory > 'maxmemory'.";

/** redis.REPL_ALL */
export const REPLICATE_ALL = 3;

const CALL_FLAGS = CallFlag.DENY_BLOCKING | CallFlag.ANY_MEMORY;
const PAIR = 8;
/** Commands up to this size are laid in an area of our own, which need not be asked for. */
const AREA_SIZE = 2048;
const SHORT = 32;
const ARGUMENTS = "ERR Lua redis lib command arguments must be strings or integers";

export class CommandCalls {
  /** Address of the scripts' client record. */
  readonly record: number;
  caller: Caller | null = null;
  readonly #server: Server;
  readonly #engine: Engine;
  readonly #lua: LuaState;
  readonly #replies: ReplyToLua;
  readonly #names: CommandNames;
  /** Arguments: addresses and lengths in Lua's memory; a number's text instead, where it is one. */
  readonly #at: number[] = [];
  readonly #length: number[] = [];
  readonly #text: (string | null)[] = [];
  /** How many there are. */
  #argc = 0;
  readonly #arguments: CommandArguments;
  /** Address of that area in the engine's memory. */
  readonly #area: number;

  constructor(server: Server, lua: LuaState, replies: ReplyToLua, record: number) {
    this.#server = server;
    this.#engine = server.engine;
    this.#lua = lua;
    this.#replies = replies;
    this.record = record;
    this.#names = new CommandNames(server.renames);
    this.#area = server.engine.exports.allocate(AREA_SIZE);
    server.engine.memory.refresh();
    const argc = (): number => this.#argc;
    this.#arguments = {
      get length() {
        return argc();
      },
      text: (index) => this.#argument(index),
    };
  }

  /** Gives the engine back what is its own. @param engine  this one, or a copy of it */
  release(engine: Engine): void {
    if (this.#area !== 0) engine.exports.release(this.#area);
  }

  /** redis.call: an error is raised. */
  call(L: number): number {
    return this.#run(L, true);
  }

  /** redis.pcall: an error is a value. */
  pcall(L: number): number {
    return this.#run(L, false);
  }

  /**
   * redis.acl_check_cmd and the first part of redis.call: the arguments, and which command they are.
   * @returns null where there is no such command     @throws (Lua) where the arguments are none
   */
  resolve(L: number): Callable | null {
    const problem = this.#collect(L, this.#lua.count(L));
    if (problem !== null) this.#fail(L, problem, true);
    return this.#find(this.#lua.count(L));
  }

  #run(L: number, raise: boolean): number {
    const lua = this.#lua;
    const argc = lua.count(L);
    const problem = this.#collect(L, argc);
    if (problem !== null) return this.#fail(L, problem, raise);
    const command = this.#find(argc);
    const refusal =
      command === null
        ? "ERR Unknown Redis command called from script"
        : (this.#check(command, argc) ?? this.#aclRefusal(command));
    if (refusal !== null) {
      this.#server.stats.countError(refusal);
      if (command !== null) countRejected(this.#engine, command.row.id);
      return this.#fail(L, refusal, raise, true);
    }
    const { monitors } = this.#server;
    if (monitors.count > 0) monitors.noteScript(this.record, command!.row, this.#arguments);
    const failed = this.#execute(L, command!, argc);
    if (failed && raise) return lua.api.lua_error(L);
    return 1;
  }

  /** @returns what is wrong with the arguments */
  #collect(L: number, argc: number): string | null {
    const lua = this.#lua;
    this.#argc = argc;
    if (argc === 0) return "ERR Please specify at least one argument for this redis lib call";
    for (let i = 0; i < argc; i++) {
      const type = lua.argumentType(L, i + 1);
      if (type === LuaType.STRING) {
        lua.argumentString(L, i + 1);
        this.#at[i] = lua.ptr;
        this.#length[i] = lua.len;
        this.#text[i] = null;
      } else if (type === LuaType.NUMBER) {
        const text = numberText(lua.argumentNumber(L, i + 1));
        this.#at[i] = 0;
        this.#length[i] = text.length;
        this.#text[i] = text;
      } else return ARGUMENTS;
    }
    return null;
  }

  #find(argc: number): Callable | null {
    const { bytes } = this.#lua;
    if (this.#text[0] !== null) return null;
    const command = this.#names.find(bytes, this.#at[0]!, this.#length[0]!);
    if (command === undefined || !command.isContainer || argc === 1) return command ?? null;
    if (this.#text[1] !== null) return null;
    return this.#names.findSubcommand(command, bytes, this.#at[1]!, this.#length[1]!) ?? null;
  }

  #check(command: Callable, argc: number): string | null {
    const { arity } = command.row;
    if (arity > 0 ? argc !== arity : argc < -arity) {
      return "ERR Wrong number of args calling Redis command from script";
    }
    if (command.isForbidden && !this.#server.scripting.allowsAllCommands)
      return "ERR This Redis command is not allowed from script";
    if (!command.row.ready) return "ERR Unknown Redis command called from script";
    const caller = this.caller;
    if (caller === null) return "ERR redis.call can only be called inside a script invocation";
    if (command.mayReplicate && caller.readOnly)
      return "ERR Write commands are not allowed from read-only scripts.";
    if (!command.isWrite) return null;
    const refusal = this.#server.persistence.writeRefusal;
    if (refusal !== null) return refusal;
    if (command.needsMemory && caller.isShort && !caller.wrote) return OUT_OF_MEMORY;
    caller.wrote = true;
    return null;
  }

  /** A script may not do what its caller may not. */
  #aclRefusal(command: Callable): string | null {
    const { client } = this.caller!;
    if (client.user.isUnrestricted) return null;
    const refusal = this.#server.access.refusal(client, command.row, this.#arguments, "lua");
    return refusal?.replace(/^NOPERM /, "ERR ACL failure in script: ") ?? null;
  }

  /** redis.acl_check_cmd: whether the script's caller may run the command that `resolve` has found. */
  isAllowed(command: Callable): boolean {
    const user = this.caller?.client.user;
    return user === undefined || user.check(command.row, this.#arguments) === null;
  }

  /** An argument as a byte string. */
  #argument(index: number): string {
    return this.#text[index] ?? byteString(this.#lua.bytes, this.#at[index]!, this.#length[index]!);
  }

  /** Runs the command and pushes what it replies. @returns whether that is an error */
  #execute(L: number, command: Callable, argc: number): boolean {
    const engine = this.#engine;
    const { exports, memory, root } = engine;
    const caller = this.caller!;
    const mark = engine.word(Root.replyPos) - engine.word(Root.replyStart);
    const argv = this.#layOut(argc);
    if (argv === 0) {
      this.#pushError(L, OUT_OF_MEMORY);
      return true;
    }
    const propagating = engine.word(Root.propagating);
    if (propagating !== 0 && caller.replication !== REPLICATE_ALL) memory.setU32(root + Root.propagating, 0);
    const nowMs = command.isClock ? engine.now() : caller.nowMs;
    const status = exports.call(this.record, argv, argc, CALL_FLAGS, nowMs);
    memory.refresh();
    if (propagating !== 0) memory.setU32(root + Root.propagating, propagating);
    if (status === Status.HOST_COMMAND) this.#runInHost(command, argv, argc);
    else if (status === Status.BLOCK) {
      this.#lua.api.lua_pushboolean(L, 0);
      return false;
    }
    const at = engine.word(Root.replyStart) + mark;
    const failed = this.#replies.push(L, at);
    memory.setU32(root + Root.replyPos, at);
    return failed;
  }

  /** The arguments in the engine's memory. @returns the table's address; 0 = out of memory */
  #layOut(argc: number): number {
    const { exports, memory } = this.#engine;
    let size = argc * PAIR;
    for (let i = 0; i < argc; i++) size += this.#length[i]!;
    const argv = size <= AREA_SIZE ? this.#area : exports.reserveCall(size);
    if (argv === 0) return 0;
    memory.refresh();
    const { bytes, words } = memory;
    const from = this.#lua.bytes;
    let to = argv + argc * PAIR;
    for (let i = 0; i < argc; i++) {
      const length = this.#length[i]!;
      const text = this.#text[i]!;
      words[(argv >>> 2) + 2 * i] = to;
      words[(argv >>> 2) + 2 * i + 1] = length;
      const at = this.#at[i]!;
      if (text !== null) for (let j = 0; j < length; j++) bytes[to + j] = text.charCodeAt(j);
      else if (length > SHORT) bytes.set(from.subarray(at, at + length), to);
      else for (let j = 0; j < length; j++) bytes[to + j] = from[at + j]!;
      to += length;
    }
    return argv;
  }

  /** A command of the host: the gate finds its arguments where it finds those of any other. */
  #runInHost(command: Callable, argv: number, argc: number): void {
    const { memory, root } = this.#engine;
    const saved = [Root.argv, Root.argc, Root.commandId].map((offset) => memory.u32(root + offset));
    memory.setU32(root + Root.argv, argv);
    memory.setU32(root + Root.argc, argc);
    memory.setU32(root + Root.commandId, command.row.id);
    const client = Object.create(this.caller!.client, { record: { value: this.record } }) as Client;
    this.#server.gate.run(client);
    [Root.argv, Root.argc, Root.commandId].forEach((offset, i) => memory.setU32(root + offset, saved[i]!));
  }

  #pushError(L: number, text: string, isCounted = false): void {
    const { api } = this.#lua;
    api.lua_createtable(L, 0, 2);
    this.#lua.pushText(L, text);
    api.lua_setfield(L, -2, this.#lua.cString("err"));
    if (!isCounted) return;
    api.lua_pushboolean(L, 1);
    api.lua_setfield(L, -2, this.#lua.cString(COUNTED_ERROR));
  }

  #fail(L: number, text: string, raise: boolean, isCounted = false): number {
    this.#pushError(L, text, isCounted);
    return raise ? this.#lua.api.lua_error(L) : 1;
  }
}

/** A number as an argument: whole ones plain, others with the fewest digits that read back the same. */
export function numberText(value: number): string {
  if (Number.isSafeInteger(value)) return String(value);
  return Number.isNaN(value) ? "-nan" : formatDouble(value);
}
