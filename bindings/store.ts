/// <reference lib="esnext.disposable" preserve="true" />
/**
 * store: the embedded API: `open()` and the store it gives. Typed commands come from the table (generated/api.ts).
 *
 *   Store ─► Commands<string> ─┐
 *   Store.bytes ─► Commands<Uint8Array> ─► Caller ─► Session ─► Engine      one call, one crossing
 */
import { Root } from "./abi.ts";
import { Clock } from "./clock.ts";
import type { CommandBody, CommandOptions, DefinedCommands } from "./defined-commands.ts";
import { Engine, type EngineOptions, type MemoryContent } from "./engine.ts";
import { KvasmError } from "./errors.ts";
import { Commands, TABLE_DIGEST } from "./generated/api.ts";
import { contentOf, readImage, writeImage } from "./image.ts";
import { loadModule, type ModuleSource, packagedModule } from "./load.ts";
import { setClientDb } from "./records.ts";
import { Caller } from "./store-caller.ts";
import { type IoredisOptions, ioredisOptions } from "./store-connect.ts";
import {
  checkListenOptions,
  checkParameters,
  type ClientStream,
  type Listener,
  type ListenOptions,
  type Parameters,
  startListening,
  startServer,
  type StoreServer,
} from "./store-listen.ts";
import { Session } from "./store-session.ts";

export interface OpenOptions {
  /** The engine's module, where it is not to be found beside this package: its bytes, its URL, or compiled already. */
  wasm?: ModuleSource;
  /** Number of databases, 16 by default. */
  databases?: number;
  /** Bytes that the store may take, 4 GiB by default and at most: then writes answer with the error OOM. */
  memoryMax?: number;
  /** 64 random bits to start from: the same seed and the same calls at the same times give the same results. */
  seed?: bigint;
  /** The clock, in ms since 1970; Date.now by default. */
  now?: () => number;
  /** What `save()` gave: the store goes on where that one was. Databases and seed are in it. */
  image?: Uint8Array;
  /**
   * Parameters as in redis.conf, for a store with a server (Node, Deno, Bun): it answers scripts, PUBLISH, CONFIG and the
   * like from the beginning.
   */
  config?: Parameters;
}

/**
 * Opens a store in this process: an empty one, or one that goes on from an image.
 * @throws KvasmError LOAD_FAILED, ABI_MISMATCH, OUT_OF_MEMORY, IMAGE_INVALID; TypeError for an option that is none
 */
export function open(options: OpenOptions = {}): Promise<Store> {
  return Store.open(options);
}

/** What a store starts with when it goes on from another. */
interface Origin {
  readonly content: MemoryContent;
  /** Address of the store's client record. */
  readonly client: number;
  /** Blocks that were the other store's own. */
  readonly blocks: readonly number[];
  /** That of the other store, where it is there. */
  readonly clock?: Clock;
  readonly defined?: DefinedCommands;
}

/**
 * A Redis in this process. Every command is a method that answers at once: what a command requires comes first and in
 * the order of its syntax, what is optional in one object at the end. Strings travel as UTF-8.
 *
 *     db.set("greeting", "hello", { ex: 10, nx: true });
 *     db.get("greeting");                       // "hello"
 *     db.hset("user:1", { name: "Ada", born: 1815 });
 *     db.bytes.get("greeting");                 // Uint8Array
 *     db.command("OBJECT", "ENCODING", "greeting");
 *
 * What Redis answers with an error is thrown as a ReplyError.
 */
export class Store extends Commands<string> {
  readonly #session: Session;
  #listens = false;
  #starting: Promise<StoreServer> | undefined;
  #bytes: Commands<Uint8Array> | undefined;
  #bytesCaller: Caller | undefined;

  readonly #caller: Caller;
  readonly #options: EngineOptions;
  /** The time this store goes by: freeze it, set it, put it forward. */
  readonly clock: Clock;

  /** Use `open`, which finds the module. @throws KvasmError ABI_MISMATCH, OUT_OF_MEMORY, IMAGE_INVALID */
  constructor(
    module: WebAssembly.Module,
    options: Omit<OpenOptions, "wasm" | "config"> = {},
    origin?: Origin,
  ) {
    const { image, ...engineOptions } = options;
    if (image) origin = originOf(image, module);
    const moved = (): void => session.clockMoved();
    const clock = origin?.clock?.copy(moved) ?? new Clock(engineOptions.now, moved);
    const engine = new Engine(module, { ...engineOptions, now: clock.now }, origin?.content);
    if (engine.exports.tableDigest() >>> 0 !== TABLE_DIGEST) {
      throw new KvasmError("ABI_MISMATCH", "The engine's module is of another build than this package");
    }
    origin?.blocks.forEach((block) => engine.exports.release(block));
    const session = new Session(engine, origin?.client, origin?.defined);
    const caller = new Caller(session, true);
    super(caller);
    this.#session = session;
    this.#caller = caller;
    this.#options = engineOptions;
    this.clock = clock;
  }

  /** As `open`. */
  static async open(options: OpenOptions = {}): Promise<Store> {
    const { wasm, config, ...storeOptions } = checkOptions(options);
    const module = await (wasm === undefined ? packagedModule() : loadModule(wasm));
    const store = new Store(module, storeOptions);
    if (config) await store.#server(config);
    return store;
  }

  /** The same commands with Uint8Arrays for strings in replies. */
  get bytes(): Commands<Uint8Array> {
    this.#bytesCaller ??= new Caller(this.#session, false);
    this.#bytes ??= new Commands<Uint8Array>(this.#bytesCaller);
    return this.#bytes;
  }

  /** Bytes of memory that keys and values take, with what holds them together. */
  get usedMemory(): number {
    return this.#session.engine.counter(Root.usedMemory);
  }

  /**
   * Serves this very store to Redis clients, on TCP or a Unix socket (Node, Deno, Bun). A client that sends SHUTDOWN
   * ends the listening, not the store.
   * @throws KvasmError LISTEN_FAILED, UNSUPPORTED, CLOSED; TypeError or RangeError for an option that is none
   */
  async listen(options: ListenOptions = {}): Promise<Listener> {
    checkListenOptions(options);
    if (this.#listens) throw new KvasmError("LISTEN_FAILED", "The store listens already");
    this.#listens = true;
    try {
      const server = await this.#server(options.config);
      const listener = await startListening(server, options, () => (this.#listens = false));
      if (this.closed) await listener.close();
      this.#session.checkOpen();
      return listener;
    } catch (problem) {
      this.#listens = false;
      throw problem;
    }
  }

  /**
   * A connection without a socket, for clients in this process that take a stream (Node, Deno, Bun): a Duplex whose other
   * end is this store. Ends when the store is closed.
   * @throws KvasmError UNSUPPORTED, CLOSED
   */
  async connect(): Promise<ClientStream> {
    return (await this.#server()).connect();
  }

  /**
   * Options that make a client of ioredis talk to this store, without a socket: `new Redis({ ...db.ioredis })`. Clients
   * that it duplicates, and queues of BullMQ that are given these options, do the same.
   */
  get ioredis(): IoredisOptions {
    return ioredisOptions(() => this.connect());
  }

  /** The server of this store, started when it is first wanted. From then on commands of the server are answered. */
  async #server(parameters: Parameters = {}): Promise<StoreServer> {
    const isFirst = this.#starting === undefined;
    this.#starting ??= this.#startServer(parameters);
    const server = await this.#starting;
    this.#session.checkOpen();
    if (!isFirst) server.configure(parameters);
    return server;
  }

  async #startServer(parameters: Parameters): Promise<StoreServer> {
    const session = this.#session;
    let server: StoreServer;
    try {
      server = await startServer(session.engine, session.client, parameters, session.defined);
    } catch (problem) {
      this.#starting = undefined;
      throw problem;
    }
    if (session.closed) server.close();
    else session.host = server;
    server.onStopped = () => {
      session.host = undefined;
      this.#starting = undefined;
      this.#listens = false;
    };
    return server;
  }

  /**
   * Defines a command: a function that runs as one step, called as FCALL calls functions or by its own name, by
   * `command()` and by clients. What it writes is one transaction in what is persisted. It answers at once, and may be
   * defined again.
   *
   *     db.defineCommand("take", { keys: 1 }, (scope, [key], [wanted]) => {
   *       const left = Number(scope.call("GET", key!) ?? 0) - Number(wanted);
   *       return left < 0 ? null : scope.call("SET", key!, left, "GET");
   *     });
   *     db.command("TAKE", "stock:7", 3);
   *     db.command("FCALL", "take", 1, "stock:7", 3);
   *
   * @throws RangeError, TypeError for what is no definition; KvasmError OUT_OF_MEMORY, CLOSED
   */
  defineCommand(name: string, options: CommandOptions, body: CommandBody): void {
    const session = this.#settled();
    session.defined.define(name, options, body);
    if (session.host) session.host.namesChanged();
    else session.defined.tell(session.engine, new Map());
  }

  /**
   * Another store that goes on from here on its own: data, expiries, open transaction, clock, seed and all. What listens
   * to this one does not listen to it. About a millisecond for a small store, then O(memory in use).
   * @throws KvasmError OUT_OF_MEMORY, CLOSED; ReplyError BUSY while a script stands still
   */
  fork(): Store {
    const { engine, client, defined } = this.#settled();
    const blocks = this.#ownBlocks;
    const origin: Origin = { content: contentOf(engine), client, blocks, clock: this.clock, defined };
    const fork = new Store(engine.module, this.#options, origin);
    this.#session.host?.takeOutOf(fork.#session.engine);
    return fork;
  }

  /**
   * The whole store as bytes, for `open({ image })` of the same build of kvasm: for fixtures, not for the years. What
   * listens is left out. O(memory in use)
   * @throws KvasmError CLOSED; ReplyError BUSY while a script stands still
   */
  save(): Uint8Array<ArrayBuffer> {
    if (this.#session.host) {
      using copy = this.fork();
      return copy.save();
    }
    const { engine, client } = this.#settled();
    return writeImage(engine, { client, blocks: this.#ownBlocks });
  }

  /** Back to an empty store: no keys in any database, no open transaction, nothing watched, database 0. */
  reset(): void {
    const { engine, client } = this.#settled();
    engine.exports.clientReset(client);
    setClientDb(engine, client, 0);
    this.command("FLUSHALL", "SYNC");
  }

  /** The session, where no call stands still in the midst. */
  #settled(): Session {
    this.#session.checkOpen();
    this.#session.checkBusy();
    return this.#session;
  }

  get #ownBlocks(): readonly number[] {
    return [...this.#caller.ownBlocks, ...(this.#bytesCaller?.ownBlocks ?? [])];
  }

  get closed(): boolean {
    return this.#session.closed;
  }

  /** Lets go of everything, clients of `listen()` included. Commands throw CLOSED from here on; a second close does nothing. */
  close(): void {
    this.#session.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** @throws TypeError, RangeError */
function checkOptions(options: OpenOptions): OpenOptions {
  const { databases, memoryMax, seed, now, image, config } = options;
  checkParameters(config);
  checkNumber("databases", databases, 1, 2 ** 31 - 1);
  checkNumber("memoryMax", memoryMax, 1, 2 ** 32);
  if (seed !== undefined && typeof seed !== "bigint") throw new TypeError("seed is a bigint");
  if (now !== undefined && typeof now !== "function") throw new TypeError("now is a function");
  if (image !== undefined && !(image instanceof Uint8Array)) throw new TypeError("image is a Uint8Array");
  if (image && (databases ?? seed ?? memoryMax) !== undefined) {
    throw new TypeError("databases, seed and memoryMax are in the image");
  }
  return options;
}

/** @throws KvasmError IMAGE_INVALID */
function originOf(image: Uint8Array, module: WebAssembly.Module): Origin {
  const { client, blocks, ...content } = readImage(image, module);
  return { content, client, blocks };
}

function checkNumber(name: string, value: number | undefined, min: number, max: number): void {
  if (value === undefined) return;
  if (typeof value !== "number") throw new TypeError(`${name} is a number`);
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new RangeError(`${name} is a whole number from ${min} to ${max}`);
  }
}
