/// <reference lib="esnext.disposable" preserve="true" />
/**
 * store: the embedded API: `open()` and the store it gives. Typed commands come from the table (generated/api.ts).
 *
 *   Store ─► Commands<string> ─┐
 *   Store.bytes ─► Commands<Uint8Array> ─► Caller ─► Session ─► Engine      one call, one crossing
 */
import { Root } from "./abi.ts";
import { Engine } from "./engine.ts";
import { KvasmError } from "./errors.ts";
import { Commands, TABLE_DIGEST } from "./generated/api.ts";
import { loadModule, type ModuleSource, packagedModule } from "./load.ts";
import { Caller } from "./store-caller.ts";
import { type Listener, type ListenOptions, startServer, StoreListener } from "./store-listen.ts";
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
}

/**
 * Opens an empty store in this process.
 * @throws KvasmError LOAD_FAILED, ABI_MISMATCH, OUT_OF_MEMORY; TypeError for an option that is none
 */
export async function open(options: OpenOptions = {}): Promise<Store> {
  const { wasm, ...engineOptions } = checkOptions(options);
  const module = await (wasm === undefined ? packagedModule() : loadModule(wasm));
  return new Store(module, engineOptions);
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
  #startsListening = false;
  #bytes: Commands<Uint8Array> | undefined;

  /** Use `open`, which finds the module. @throws KvasmError ABI_MISMATCH, OUT_OF_MEMORY */
  constructor(module: WebAssembly.Module, options: Omit<OpenOptions, "wasm"> = {}) {
    const engine = new Engine(module, options);
    if (engine.exports.tableDigest() >>> 0 !== TABLE_DIGEST) {
      throw new KvasmError("ABI_MISMATCH", "The engine's module is of another build than this package");
    }
    const session = new Session(engine);
    super(new Caller(session, true));
    this.#session = session;
  }

  /** The same commands with Uint8Arrays for strings in replies. */
  get bytes(): Commands<Uint8Array> {
    this.#bytes ??= new Commands<Uint8Array>(new Caller(this.#session, false));
    return this.#bytes;
  }

  /** Bytes of memory that keys and values take, with what holds them together. */
  get usedMemory(): number {
    return this.#session.engine.counter(Root.usedMemory);
  }

  /**
   * Serves this very store to Redis clients, on TCP or a Unix socket (Node, Deno, Bun). A client that sends SHUTDOWN
   * ends the listening, not the store. Commands of the server (INFO, CONFIG, EVAL, …) are answered to `command()` too
   * meanwhile.
   * @throws KvasmError LISTEN_FAILED, UNSUPPORTED, CLOSED; TypeError or RangeError for an option that is none
   */
  async listen(options: ListenOptions = {}): Promise<Listener> {
    const session = this.#session;
    const { engine, client } = session;
    if (session.host || this.#startsListening)
      throw new KvasmError("LISTEN_FAILED", "The store listens already");
    this.#startsListening = true;
    try {
      const server = await startServer(engine, client, options);
      if (session.closed) server.close();
      else session.host = server;
      session.checkOpen();
      server.onStopped = () => (session.host = undefined);
      return new StoreListener(server, options);
    } finally {
      this.#startsListening = false;
    }
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
  const { databases, memoryMax, seed, now } = options;
  checkNumber("databases", databases, 1, 2 ** 31 - 1);
  checkNumber("memoryMax", memoryMax, 1, 2 ** 32);
  if (seed !== undefined && typeof seed !== "bigint") throw new TypeError("seed is a bigint");
  if (now !== undefined && typeof now !== "function") throw new TypeError("now is a function");
  return options;
}

function checkNumber(name: string, value: number | undefined, min: number, max: number): void {
  if (value === undefined) return;
  if (typeof value !== "number") throw new TypeError(`${name} is a number`);
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new RangeError(`${name} is a whole number from ${min} to ${max}`);
  }
}
