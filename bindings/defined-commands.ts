/**
 * defined-commands: commands that a program writes itself: a function of keys and arguments, run as one step. They are
 * called as functions are (FCALL), or by their own name, by the program and by whoever is connected.
 *
 * A body calls commands through a client record of its own, opened for the time of the call: the caller's MULTI, database
 * and protocol stay as they are. What it may call is what a Lua script of the same caller might.
 *
 * The engine knows the names by the block of assembly/renames.ts, as names of FCALL that take any number of arguments.
 */
import { CallFlag, Root, Status } from "./abi.ts";
import { type CommandRow, findCommand } from "./command-table.ts";
import { ReplyReader } from "./decode.ts";
import type { Argument } from "./encode.ts";
import type { Engine } from "./engine.ts";
import { KvasmError, ReplyError } from "./errors.ts";
import {
  argumentBytes,
  argumentCount,
  byteString,
  clientDb,
  clientResp,
  hostCommandId,
  setClientDb,
  setClientResp,
  setRenames,
} from "./records.ts";
import { double, encodeReply, error, map, type Reply, set } from "./reply-tree.ts";

export type CommandFlag = "no-writes" | "allow-oom";

export interface CommandOptions {
  /** How many of the arguments are keys, where the command is called by its own name; 0 by default. */
  keys?: number;
  /** As those of Lua functions: it calls nothing that writes; it may run while memory is above maxmemory. */
  flags?: readonly CommandFlag[];
}

/** What a defined command may answer. Objects and Maps become maps, undefined null. */
export type CommandResult =
  | string
  | number
  | bigint
  | boolean
  | Uint8Array
  | null
  | undefined
  | void
  | readonly CommandResult[]
  | ReadonlySet<CommandResult>
  | ReadonlyMap<CommandResult, CommandResult>
  | { readonly [name: string]: CommandResult };

/** What a defined command has to work with, while it runs. */
export interface CommandScope {
  /** Runs a command. @throws ReplyError for what Redis answers with an error */
  call(name: string, ...args: Argument[]): unknown;
  /** The same, with Uint8Arrays for strings in the reply. */
  callBytes(name: string, ...args: Argument[]): unknown;
  /** The time of the whole call, ms since 1970: it stands still meanwhile. */
  readonly now: number;
}

export type CommandBody = (scope: CommandScope, keys: string[], args: string[]) => CommandResult;

export interface DefinedCommand {
  readonly name: string;
  readonly keys: number;
  readonly noWrites: boolean;
  readonly allowOom: boolean;
  readonly body: CommandBody;
}

/** Who calls, and what it may. */
export interface DefinedCaller {
  /** Its client record. */
  readonly record: number;
  /** Why it may not run a command; null = it may. */
  refusal(row: CommandRow, args: readonly Uint8Array[]): string | null;
  /** Runs a command of the host that the engine has stopped at, for a record; absent: there is none. */
  runInHost?(record: number, row: CommandRow): void;
}

const NAME = /^[A-Za-z0-9_.:-]+$/;
const FLAGS: readonly string[] = ["no-writes", "allow-oom"];
const OUT_OF_MEMORY = "OOM command not allowed when used memory > 'maxmemory'.";
const CALL_FLAGS = CallFlag.DENY_BLOCKING | CallFlag.ANY_MEMORY;
const COUNT = 4;
const ENTRY_SIZE = 12;
/** Bit of a number in the block: the name takes any number of arguments (assembly/renames.ts). */
const ANY_ARITY = 0x10000;

const FCALL = findCommand("fcall")!.id;
const FCALL_RO = findCommand("fcall_ro")!.id;

export class DefinedCommands {
  readonly #byName: Map<string, DefinedCommand>;

  /** @param from  those of another store */
  constructor(from?: DefinedCommands) {
    this.#byName = new Map(from ? from.#byName : []);
  }

  get count(): number {
    return this.#byName.size;
  }

  /** @param name  in any case */
  find(name: string): DefinedCommand | undefined {
    return this.#byName.size === 0 ? undefined : this.#byName.get(name.toLowerCase());
  }

  /** @throws TypeError, RangeError for what is no definition */
  define(name: string, options: CommandOptions, body: CommandBody): void {
    const { keys = 0, flags = [] } = options;
    if (!NAME.test(name)) throw new RangeError(`A command cannot be named '${name}'`);
    if (findCommand(name.toLowerCase())) throw new RangeError(`There is a command ${name} already`);
    if (!Number.isInteger(keys) || keys < 0)
      throw new RangeError("keys is how many of the arguments are keys");
    for (const flag of flags) if (!FLAGS.includes(flag)) throw new RangeError(`There is no flag '${flag}'`);
    if (typeof body !== "function") throw new TypeError("A command is a function");
    const command = {
      name,
      keys,
      body,
      noWrites: flags.includes("no-writes"),
      allowOom: flags.includes("allow-oom"),
    };
    this.#byName.set(name.toLowerCase(), command);
  }

  /** @param others  names with other meanings (rename-command): they go along. @throws KvasmError OUT_OF_MEMORY */
  tell(engine: Engine, others: ReadonlyMap<string, number>): void {
    const names = [
      ...others,
      ...Array.from(this.#byName.keys(), (name) => [name, FCALL | ANY_ARITY] as const),
    ];
    const old = engine.word(Root.renames);
    if (names.length === 0) engine.memory.setU32(engine.root + Root.renames, 0);
    else tellNames(engine, names);
    if (old !== 0) engine.exports.release(old);
  }

  /**
   * Runs the FCALL or FCALL_RO that the engine has stopped at, where it means one of these.
   * @returns the reply, encoded; null = it means something else
   */
  runStopped(engine: Engine, caller: DefinedCaller): { reply: Uint8Array; error: string | null } | null {
    const id = hostCommandId(engine);
    if (this.#byName.size === 0 || (id !== FCALL && id !== FCALL_RO)) return null;
    const argv = Array.from({ length: argumentCount(engine) }, (_, i) => argumentBytes(engine, i));
    const resp = clientResp(engine, caller.record);
    try {
      const found = this.#meant(argv);
      if (found === null) return null;
      const { command, keys, args } = found;
      if (id === FCALL_RO && !command.noWrites) {
        throw new ReplyError("ERR Can not execute a script with write flag using *_ro command.");
      }
      const result = this.#run(engine, caller, command, keys.map(decode), args.map(decode));
      return { reply: encodeReply(replyOf(result), resp), error: null };
    } catch (thrown) {
      if (thrown instanceof KvasmError && !(thrown instanceof ReplyError)) throw thrown;
      const text = errorText(thrown);
      return { reply: encodeReply(error(text), resp), error: text };
    }
  }

  #meant(
    argv: readonly Uint8Array[],
  ): { command: DefinedCommand; keys: Uint8Array[]; args: Uint8Array[] } | null {
    const own = this.find(byteString(argv[0]!));
    if (own) {
      if (argv.length <= own.keys) {
        throw new ReplyError(`ERR wrong number of arguments for '${own.name.toLowerCase()}' command`);
      }
      return { command: own, keys: argv.slice(1, 1 + own.keys), args: argv.slice(1 + own.keys) };
    }
    const command = this.find(byteString(argv[1]!));
    if (!command) return null;
    const text = byteString(argv[2]!);
    if (!/^-?\d{1,18}$/.test(text)) throw new ReplyError("ERR Bad number of keys provided");
    const count = Number(text);
    if (count > argv.length - 3) {
      throw new ReplyError("ERR Number of keys can't be greater than number of args");
    }
    if (count < 0) throw new ReplyError("ERR Number of keys can't be negative");
    return { command, keys: argv.slice(3, 3 + count), args: argv.slice(3 + count) };
  }

  #run(
    engine: Engine,
    caller: DefinedCaller,
    command: DefinedCommand,
    keys: string[],
    args: string[],
  ): CommandResult {
    const isShort = engine.exports.memoryShort() !== 0 && !command.allowOom;
    if (isShort && !command.noWrites) throw new ReplyError(OUT_OF_MEMORY);
    const scope = new Scope(engine, caller, command);
    const ownsTransaction = engine.exports.scriptBegin() !== 0;
    try {
      const result = command.body(scope, keys, args);
      if (result instanceof Promise) throw new ReplyError("ERR a defined command must answer at once");
      return result;
    } finally {
      if (ownsTransaction) engine.exports.scriptEnd();
      scope.close();
    }
  }
}

/** One call. */
class Scope implements CommandScope {
  readonly now: number;
  readonly #engine: Engine;
  readonly #caller: DefinedCaller;
  readonly #command: DefinedCommand;
  #record: number;

  constructor(engine: Engine, caller: DefinedCaller, command: DefinedCommand) {
    this.#engine = engine;
    this.#caller = caller;
    this.#command = command;
    this.now = engine.now();
    this.#record = engine.exports.clientOpen() >>> 0;
    engine.memory.refresh();
    if (this.#record === 0) throw new ReplyError("OOM no memory for the call of a command");
    setClientDb(engine, this.#record, clientDb(engine, caller.record));
    setClientResp(engine, this.#record, 3);
  }

  call(name: string, ...args: Argument[]): unknown {
    return this.#call(true, name, args);
  }

  callBytes(name: string, ...args: Argument[]): unknown {
    return this.#call(false, name, args);
  }

  #call(asText: boolean, name: string, args: readonly Argument[]): unknown {
    if (this.#record === 0) throw new TypeError("The command has ended: its scope calls nothing any more");
    const engine = this.#engine;
    const argv = [name, ...args].map(encode);
    const row = rowOf(argv);
    const refusal = row && this.#refusal(row, argv);
    if (refusal) throw new ReplyError(refusal);
    const mark = engine.replyLength;
    const argvAt = engine.layCall(argv);
    const status = engine.exports.call(this.#record, argvAt, argv.length, CALL_FLAGS, this.now);
    engine.memory.refresh();
    if (status === Status.HOST_COMMAND) this.#runInHost(row!, argvAt, argv.length);
    if (status === Status.BLOCK) return null;
    const at = engine.word(Root.replyStart) + mark;
    const isSilent = engine.replyLength === mark;
    const reply = isSilent ? null : new ReplyReader(asText).read(engine.memory.bytes, at);
    engine.truncateReply(mark);
    if (reply instanceof ReplyError) throw reply;
    return reply;
  }

  #refusal(row: CommandRow, argv: readonly Uint8Array[]): string | null {
    if (row.flags.includes("noscript")) return "ERR This Redis command is not allowed from script";
    const writes = row.flags.includes("write") || row.internalFlags?.includes("may_replicate") === true;
    if (writes && this.#command.noWrites) return "ERR Write commands are not allowed from read-only scripts.";
    return this.#caller.refusal(row, argv);
  }

  #runInHost(row: CommandRow, argv: number, argc: number): void {
    const { memory, root } = this.#engine;
    if (!this.#caller.runInHost)
      throw new KvasmError("UNSUPPORTED", `${row.name} is a command of the server`);
    const places = [Root.argv, Root.argc, Root.commandId];
    const saved = places.map((place) => memory.u32(root + place));
    [argv, argc, row.id].forEach((value, i) => memory.setU32(root + places[i]!, value));
    this.#caller.runInHost(this.#record, row);
    saved.forEach((value, i) => memory.setU32(root + places[i]!, value));
  }

  close(): void {
    this.#engine.exports.clientClose(this.#record);
    this.#record = 0;
  }
}

function rowOf(argv: readonly Uint8Array[]): CommandRow | undefined {
  const name = byteString(argv[0]!).toLowerCase();
  const row = findCommand(name);
  if (!row?.subcommands || argv.length < 2) return row;
  return findCommand(`${name}|${byteString(argv[1]!).toLowerCase()}`) ?? row;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

const decode = (bytes: Uint8Array): string => decoder.decode(bytes);

function encode(argument: Argument): Uint8Array {
  if (argument instanceof Uint8Array) return argument;
  if (typeof argument === "string" || typeof argument === "number" || typeof argument === "bigint") {
    return encoder.encode(String(argument));
  }
  throw new TypeError("An argument is a string, a number, a bigint or a Uint8Array");
}

function replyOf(result: CommandResult): Reply {
  if (result === undefined || result === null) return null;
  if (typeof result === "string") return encoder.encode(result);
  if (typeof result === "number") return Number.isSafeInteger(result) ? result : double(result);
  if (typeof result !== "object" || result instanceof Uint8Array) return result;
  if (Array.isArray(result)) return result.map(replyOf);
  if (result instanceof Set) return set(Array.from(result as ReadonlySet<CommandResult>, replyOf));
  const entries =
    result instanceof Map ? result.entries() : Object.entries(result as Record<string, CommandResult>);
  return map(Array.from(entries, ([key, value]) => [replyOf(key as CommandResult), replyOf(value)]));
}

/** An error of a command goes on as it is; another gets a code. */
function errorText(thrown: unknown): string {
  if (thrown instanceof ReplyError) return thrown.message;
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return byteString(encoder.encode(`ERR ${text}`));
}

function tellNames(engine: Engine, pairs: readonly (readonly [string, number])[]): void {
  const names = pairs.map(([name, id]) => ({ bytes: encoder.encode(name), id }));
  const textAt = COUNT + names.length * ENTRY_SIZE;
  const size = names.reduce((sum, { bytes }) => sum + bytes.length, textAt);
  setRenames(engine, size, (block, address) => {
    const view = new DataView(block.buffer, block.byteOffset, size);
    view.setUint32(0, names.length, true);
    let to = textAt;
    names.forEach(({ bytes, id }, i) => {
      const at = COUNT + i * ENTRY_SIZE;
      view.setUint32(at, address + to, true);
      view.setUint32(at + 4, bytes.length, true);
      view.setInt32(at + 8, id, true);
      block.set(bytes, to);
      to += bytes.length;
    });
  });
}
