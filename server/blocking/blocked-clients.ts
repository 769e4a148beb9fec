/**
 * blocked-clients: who waits in BLPOP, XREAD and their like, and who is next.
 *
 * The engine keeps no blocked clients. A command that finds nothing ends with Status.BLOCK; its client is parked here with
 * a copy of the command, and the engine told which keys are of interest. When it says that one of them may serve
 * (EventKind.READY), the same commands are run again, and whoever gets a reply goes on.
 *
 *   #keys  "db:key" ─► Key ─► Set of Wait, in the order in which they came
 *   #ready "db:key" …          keys that may serve, in the order in which they became so
 *
 * In what order, as in Redis 8: keys as they became ready; for each, the clients as they blocked; one that still finds
 * nothing goes to the end of the queue. Keys that this makes ready (BLMOVE pushes) come after all of these. Whether a key
 * holds what a client waits for is looked at just before its turn: a client that waits for a list is not told of a set.
 *
 * Always true
 *   1. A client is parked once: client.wait is in the set of each of its keys, and nowhere else.
 *   2. A key has waits, and the engine knows of each of them; keys without are forgotten.
 *   3. What a client has sent behind its command runs only after the batch of whoever served it: see `resumeServed`.
 */
import { ClientFlag, Ready, Root, type Status as StatusCode, Status } from "../../bindings/abi.ts";
import { COMMANDS } from "../../bindings/command-table.ts";
import type { Engine } from "../../bindings/engine.ts";
import {
  argumentBytes,
  argumentCount,
  clientDb,
  clientResp,
  countCall,
  hasClientFlag,
  hostCommandId,
  setClientFlag,
} from "../../bindings/records.ts";
import { encodeReply, NULL_ARRAY, type Reply } from "../../bindings/reply-tree.ts";
import type { Client } from "../client.ts";
import { TIMER_MAX_MS } from "../limits.ts";
import { noteDuration } from "../observe/durations.ts";
import { cutArguments } from "../observe/slowlog.ts";
import type { Server } from "../server.ts";

/** Types of values as the engine numbers them (assembly/types/ids.ts), by group of the command that waits. */
const TYPE_BY_GROUP: Readonly<Record<string, number>> = { list: 1, "sorted-set": 3, stream: 6 };

export const UNBLOCKED = "UNBLOCKED client unblocked via CLIENT UNBLOCK";

/** A key that somebody waits for. */
interface Key {
  readonly name: string;
  readonly db: number;
  readonly bytes: Uint8Array;
  readonly waits: Set<Wait>;
}

/** A client that waits. */
export interface Wait {
  readonly client: Client;
  readonly commandId: number;
  readonly argv: readonly Uint8Array[];
  readonly keys: readonly Key[];
  /** Type of value that it waits for. */
  readonly type: number;
  /** It is to know when a key goes, too: the consumer group goes with it. */
  readonly evenWithoutKey: boolean;
  /** When its time is up, by performance.now(); Infinity = never. */
  readonly untilMs: number;
  timer: NodeJS.Timeout | null;
}

export class BlockedClients {
  readonly #server: Server;
  readonly #engine: Engine;
  readonly #keys = new Map<string, Key>();
  #ready = new Set<string>();
  #serving = false;
  /** Served, with input that waits. */
  #served: Client[] = [];
  #count = 0;
  /** Clients by the type of value that they wait for. */
  readonly #countByType = new Map<number, number>();
  #withTimeout = 0;

  constructor(server: Server) {
    this.#server = server;
    this.#engine = server.engine;
  }

  get count(): number {
    return this.#count;
  }

  get countWithTimeout(): number {
    return this.#withTimeout;
  }

  get keyCount(): number {
    return this.#keys.size;
  }

  /** Keys whose deletion, too, somebody waits for. */
  get keyCountEvenWithoutKey(): number {
    let count = 0;
    for (const { waits } of this.#keys.values()) {
      for (const wait of waits) {
        if (!wait.evenWithoutKey) continue;
        count++;
        break;
      }
    }
    return count;
  }

  // --- parking ---

  /** Parks a client whose command has just ended with Status.BLOCK; the caller suspends the rest of its input. */
  park(client: Client): void {
    const engine = this.#engine;
    const commandId = hostCommandId(engine);
    const row = COMMANDS[commandId]!;
    const argv = Array.from({ length: argumentCount(engine) }, (_, i) => argumentBytes(engine, i));
    const timeoutMs = engine.memory.f64(engine.root + Root.blockTimeoutMs);
    const wait: Wait = {
      client,
      commandId,
      argv,
      keys: this.#keysOf(argv, clientDb(engine, client.record)),
      type: TYPE_BY_GROUP[row.group] ?? -1,
      evenWithoutKey: row.name === "xreadgroup",
      untilMs: timeoutMs === 0 ? Infinity : performance.now() + timeoutMs,
      timer: null,
    };
    for (const key of wait.keys) this.#register(key, wait);
    client.wait = wait;
    this.#count++;
    this.#countType(wait.type, 1);
    if (timeoutMs !== 0) this.#withTimeout++;
    this.#startTimer(wait);
  }

  /** The keys that the engine has named by their places in argv, each once. */
  #keysOf(argv: readonly Uint8Array[], db: number): Key[] {
    const engine = this.#engine;
    const last = engine.word(Root.blockLast);
    const step = engine.word(Root.blockStep);
    const keys = new Map<string, Key>();
    for (let i = engine.word(Root.blockFirst); i <= last; i += step) {
      const bytes = argv[i]!;
      const name = keyName(db, bytes);
      keys.set(name, this.#keys.get(name) ?? { name, db, bytes, waits: new Set() });
    }
    return [...keys.values()];
  }

  #register(key: Key, wait: Wait): void {
    this.#keys.set(key.name, key);
    key.waits.add(wait);
    this.#engine.blockKey(key.db, key.bytes);
  }

  #startTimer(wait: Wait): void {
    if (wait.untilMs === Infinity) return;
    const leftMs = Math.max(0, wait.untilMs - performance.now());
    wait.timer = setTimeout(
      () => {
        if (leftMs > TIMER_MAX_MS) return this.#startTimer(wait);
        this.#endInVain(wait, NULL_ARRAY);
        this.resumeServed();
      },
      Math.min(leftMs, TIMER_MAX_MS),
    );
  }

  /** The client waits no more. */
  #leave(wait: Wait): void {
    for (const key of wait.keys) {
      key.waits.delete(wait);
      this.#engine.unblockKey(key.db, key.bytes);
      if (key.waits.size === 0) this.#keys.delete(key.name);
    }
    if (wait.timer) clearTimeout(wait.timer);
    if (wait.untilMs !== Infinity) this.#withTimeout--;
    wait.client.wait = null;
    this.#count--;
    this.#countType(wait.type, -1);
  }

  /** In a copy of the engine nobody waits. */
  takeOutOf(copy: Engine): void {
    for (const { db, bytes, waits } of this.#keys.values()) {
      for (let i = waits.size; i > 0; i--) copy.unblockKey(db, bytes);
    }
  }

  /** What the engine knows of these clients: database, key as a byte string, how often. */
  blockedOn(): [number, string, number][] {
    return Array.from(this.#keys.values(), ({ db, bytes, waits }) => [
      db,
      Buffer.from(bytes).toString("latin1"),
      waits.size,
    ]);
  }

  // --- in vain ---

  /** CLIENT UNBLOCK. @param error  the reply is an error, not that of a timeout     @returns whether it was blocked */
  unblock(client: Client, error: boolean): boolean {
    if (!client.wait) return false;
    if (error) this.#server.stats.countError(UNBLOCKED);
    this.#endInVain(client.wait, error ? { kind: "error", text: UNBLOCKED } : NULL_ARRAY);
    return true;
  }

  /** The connection is over. */
  forget(client: Client): void {
    if (client.wait) this.#leave(client.wait);
  }

  #endInVain(wait: Wait, reply: Reply): void {
    const { client } = wait;
    this.#leave(wait);
    countCall(this.#engine, wait.commandId, 0, reply !== NULL_ARRAY);
    noteDuration(this.#server, COMMANDS[wait.commandId]!, 0, client, () =>
      cutArguments(wait.argv.length, (i) => Buffer.from(wait.argv[i]!).toString("latin1")),
    );
    const bytes = encodeReply(reply, clientResp(this.#engine, client.record));
    if (!this.#isMuted(client)) client.connection.write(bytes, 0, bytes.length);
    this.#served.push(client);
  }

  // --- being served ---

  /**
   * A key may serve now (EventKind.READY). Where nobody at all waits for its type it is not ready, though it may hold what
   * somebody waits for by the time he would be served: so it is in Redis.
   * @param type  of what it holds; or Ready.GONE: a stream has gone, which only readers of its groups want to know
   */
  keyReady(db: number, key: Uint8Array, type: number): void {
    const name = keyName(db, key);
    if (type === Ready.GONE ? hasEvenWithoutKey(this.#keys.get(name)) : this.#isWaitedFor(type)) {
      this.#ready.add(name);
    }
  }

  #isWaitedFor(type: number): boolean {
    return (this.#countByType.get(type) ?? 0) > 0;
  }

  #countType(type: number, by: number): void {
    this.#countByType.set(type, (this.#countByType.get(type) ?? 0) + by);
  }

  /** Runs the commands of those whom the ready keys may serve. To be called when all events have been taken. */
  serve(): void {
    if (this.#serving) return;
    this.#serving = true;
    while (this.#ready.size > 0) {
      const round = this.#ready;
      this.#ready = new Set();
      for (const name of round) this.#serveKey(name);
    }
    this.#serving = false;
  }

  #serveKey(name: string): void {
    const key = this.#keys.get(name);
    if (!key) return;
    for (const wait of [...key.waits]) {
      // Nobody but those who are served leaves here, so a wait of the list is one still, if not served by way of another.
      if (!key.waits.has(wait)) continue;
      const type = this.#engine.keyType(key.db, key.bytes);
      if (type === wait.type || wait.evenWithoutKey) this.#runAgain(wait);
      else if (type < 0 && key.waits.size > 1 && !hasEvenWithoutKey(key)) return;
    }
  }

  #runAgain(wait: Wait): void {
    const engine = this.#engine;
    const { client } = wait;
    const mark = engine.replyLength;
    const { current } = this.#server;
    this.#server.current = client;
    const status: StatusCode = engine.call(client.record, wait.argv);
    if (status === Status.BLOCK) {
      for (const { waits } of wait.keys) {
        waits.delete(wait);
        waits.add(wait);
      }
    } else {
      this.#leave(wait);
      const start = engine.word(Root.replyStart) + mark;
      const end = engine.word(Root.replyPos);
      if (!this.#isMuted(client)) client.connection.write(engine.memory.bytes, start, end);
      engine.truncateReply(mark);
      this.#served.push(client);
    }
    this.#server.drainEvents();
    this.#server.current = current;
  }

  /** CLIENT REPLY OFF or SKIP was in force when the command blocked; SKIP is for this reply alone. */
  #isMuted(client: Client): boolean {
    const { record } = client;
    const muted = hasClientFlag(this.#engine, record, ClientFlag.REPLY_OFF | ClientFlag.REPLY_SKIP);
    setClientFlag(this.#engine, record, ClientFlag.REPLY_SKIP, false);
    return muted;
  }

  /** Goes on with the input of clients that wait no more. To be called when no batch is being worked on. */
  resumeServed(): void {
    while (this.#served.length > 0) {
      const served = this.#served;
      this.#served = [];
      for (const client of served) client.connection.resumeInput();
    }
  }
}

function keyName(db: number, key: Uint8Array): string {
  return `${db}:${Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString("latin1")}`;
}

function hasEvenWithoutKey(key: Key | undefined): boolean {
  for (const wait of key?.waits ?? []) if (wait.evenWithoutKey) return true;
  return false;
}
