/**
 * store-session: what the typed commands of one store share: its engine, its client record, its clock, and the end of it.
 *
 * No timer runs for a store. Background work (expired keys that nobody reads, the rest of a resize, large values freed
 * bit by bit) is done by the calls themselves: now and then one of them spends a slice of it first, bounded in time. So
 * a store keeps no process alive, costs nothing while nobody calls, and can be forgotten without being closed.
 */
import { ClientField, type EngineExports, Invoke, Root, Status } from "./abi.ts";
import { DefinedCommands } from "./defined-commands.ts";
import type { Engine } from "./engine.ts";
import { KvasmError, ReplyError } from "./errors.ts";
import { LinearMemory } from "./memory.ts";

/** Between slices where there was nothing left to do, ms: Redis' hz 10. */
const IDLE_INTERVAL_MS = 100;
/** Between slices where there was, ms. With the budget: at most a quarter of the time. */
const BUSY_INTERVAL_MS = 1;
/** One slice of background work, ms. */
const SLICE_BUDGET_MS = 0.25;
/** Work of the engine between two looks at the time: some 10 µs. */
const SLICE_UNITS = 64;

/** Calls that may share one look at the clock (`recent`). */
const RECENT_CALLS = 64;
/** Settles what is to happen when the running turn is over. */
const TURN_END = Promise.resolve();

/** Replies from here on make the engine look whether its buffer has grown too large, bytes. */
const LARGE_REPLY = 65536;

/** The server that shares a store's engine, while the store listens (server/embedded.ts). */
export interface SessionHost {
  /** Why no command may run just now; null when one may. */
  readonly busy: string | null;
  /** Answers the host command that the engine has stopped at, into the reply buffer. */
  run(): void;
  /** Other names mean other commands from now on. */
  namesChanged(): void;
  /** Does what a call has brought about: blocked clients served, events told. */
  afterCall(): void;
  /** Takes its clients out of a copy of the engine, which will never hear from them. */
  takeOutOf(copy: Engine): void;
  /** Ends it all at once. */
  close(): void;
}

export class Session {
  memory: LinearMemory;
  /** Word index of the root block. */
  readonly root: number;
  /** Address of the client record. */
  readonly client: number;
  exports: EngineExports;
  host: SessionHost | undefined;
  /** Commands that the program has defined. */
  readonly defined: DefinedCommands;
  #engine: Engine | undefined;
  readonly #now: () => number;
  #nowMs = 0;
  #sliceAtMs = 0;
  /** Calls that may still use #nowMs for the time, and whether the end of the turn will set it to 0. */
  #recentCalls = 0;
  #turnNoted = false;

  /**
   * @param client  record to go on with, in a copied engine; a new one without
   * @param defined  of the store that this one goes on from     @throws KvasmError OUT_OF_MEMORY
   */
  constructor(engine: Engine, client?: number, defined?: DefinedCommands) {
    this.defined = new DefinedCommands(defined);
    if (client !== undefined) this.defined.tell(engine, new Map());
    this.#engine = engine;
    this.#now = engine.now;
    this.memory = engine.memory;
    this.root = engine.root >>> 2;
    this.exports = engine.exports;
    this.client = client ?? engine.exports.clientOpen() >>> 0;
    this.memory.refresh();
    if (this.client === 0) throw new KvasmError("OUT_OF_MEMORY", "No memory for a client");
    this.memory.setU32(this.client + ClientField.resp, 3);
  }

  /** @throws KvasmError CLOSED */
  get engine(): Engine {
    if (!this.#engine) throw closedError();
    return this.#engine;
  }

  get closed(): boolean {
    return this.exports === CLOSED;
  }

  /** Lets go of the engine; whatever is called afterwards throws CLOSED. */
  close(): void {
    if (this.closed) return;
    this.host?.close();
    this.exports.clientClose(this.client);
    this.exports = CLOSED;
    this.memory = noMemory();
    this.host = undefined;
    this.#engine = undefined;
  }

  /** The time, ms since 1970; does background work when it is due. */
  now(): number {
    const nowMs = this.#now();
    this.#nowMs = nowMs;
    if (nowMs >= this.#sliceAtMs) this.#slice(nowMs);
    return nowMs;
  }

  /**
   * The time of a call shortly before: some calls ago at most, and in the same turn of the event loop. For calls in which
   * time decides nothing, but only becomes a key's time of access: to ask for it would be a third of their cost.
   */
  recent(): number {
    if (--this.#recentCalls < 0) this.#refreshRecent();
    return this.#nowMs;
  }

  #refreshRecent(): void {
    this.now();
    this.#recentCalls = RECENT_CALLS;
    if (this.#turnNoted) return;
    this.#turnNoted = true;
    void TURN_END.then(this.#turnEnded);
  }

  readonly #turnEnded = (): void => {
    this.#recentCalls = 0;
    this.#turnNoted = false;
  };

  /** The clock has been put to another time: nothing that was read from it holds. */
  clockMoved(): void {
    this.#recentCalls = 0;
    this.#sliceAtMs = 0;
  }

  /** Background work for as long as a slice may take. */
  #slice(nowMs: number): void {
    const until = performance.now() + SLICE_BUDGET_MS;
    let more: number;
    do more = this.exports.cron(SLICE_UNITS, nowMs);
    while (more !== 0 && performance.now() < until);
    this.memory.refresh();
    this.#sliceAtMs = nowMs + (more !== 0 ? BUSY_INTERVAL_MS : IDLE_INTERVAL_MS);
  }

  /**
   * Runs a command. Its reply is in the reply buffer.
   * @param which  a row's number or Invoke.BY_NAME     @throws ReplyError BUSY, KvasmError CLOSED
   */
  invoke(which: number, table: number, argc: number, nowMs: number): void {
    this.checkBusy();
    let status = this.exports.invoke(this.client, which, table, argc, nowMs);
    this.memory.refresh();
    while (status === Status.HOST_COMMAND) {
      if (this.host) this.host.run();
      else this.#runWithoutHost();
      this.memory.refresh();
      status = this.exports.invoke(this.client, Invoke.GO_ON, 0, 0, nowMs);
      this.memory.refresh();
    }
  }

  #runWithoutHost(): void {
    const caller = { record: this.client, refusal: () => null };
    const done = this.defined.runStopped(this.engine, caller);
    this.engine.appendReply(done === null ? SERVER_COMMAND : done.reply);
  }

  /** @throws KvasmError CLOSED */
  checkOpen(): void {
    if (this.closed) throw closedError();
  }

  /** @throws ReplyError BUSY while a script of another client stands still */
  checkBusy(): void {
    const busy = this.host?.busy;
    if (busy) throw new ReplyError(busy);
  }

  /** The reply of a call has been read. */
  endCall(): void {
    this.#clearReply();
    if (this.host) this.host.afterCall();
    else if (this.memory.words[this.root + EVENTS_USED] !== 0) this.exports.clearEvents();
  }

  /** Address of the reply; 0 = there is none (CLIENT REPLY OFF, SHUTDOWN). */
  get reply(): number {
    const { words } = this.memory;
    const start = words[this.root + REPLY_START]!;
    return words[this.root + REPLY_POS] === start ? 0 : start;
  }

  #clearReply(): void {
    const { words } = this.memory;
    const start = words[this.root + REPLY_START]!;
    if (words[this.root + REPLY_POS]! - start > LARGE_REPLY) this.exports.clearReply();
    else words[this.root + REPLY_POS] = start;
  }

  /** A block in linear memory. @throws KvasmError OUT_OF_MEMORY, CLOSED */
  allocate(size: number): number {
    const address = this.exports.allocate(size) >>> 0;
    this.memory.refresh();
    if (address === 0) throw new KvasmError("OUT_OF_MEMORY", `No memory for ${size} bytes of arguments`);
    return address;
  }

  release(address: number): void {
    this.exports.release(address);
  }
}

const REPLY_START = Root.replyStart >>> 2;
const REPLY_POS = Root.replyPos >>> 2;
const EVENTS_USED = Root.eventsUsed >>> 2;

/** What a command of the host is answered while there is none. */
const SERVER_COMMAND = new TextEncoder().encode(
  "-UNSUPPORTED this is a command of the server, which answers it while the store listens\r\n",
);

/** Stands in for the exports of a closed store: every one of them throws. */
const CLOSED = new Proxy({} as EngineExports, {
  get() {
    return () => {
      throw closedError();
    };
  },
});

let empty: LinearMemory | undefined;

/** The memory of all closed stores. */
function noMemory(): LinearMemory {
  return (empty ??= new LinearMemory(new WebAssembly.Memory({ initial: 0 })));
}

function closedError(): KvasmError {
  return new KvasmError("CLOSED", "The store has been closed");
}
