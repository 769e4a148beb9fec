/**
 * connection: between a byte stream and the engine. A chunk goes in, the engine runs its commands, host commands take
 * their turn, and all replies leave in one write.
 *
 *   chunk ─► turn ─► execute ─► DONE ─────────────► turn writes the replies
 *                 ▲    └─────► HOST_COMMAND ─► gate ─┐
 *                 │            FLUSH ─► write ───────┤
 *                 │            BLOCK ─► park         │
 *                 └───────────────── resume ◄────────┘
 *
 * Always true
 *   1. Nothing here allocates per command of the engine, or per chunk.
 *   2. While a chunk is being worked on, no other client's is: the engine's rows point into the input area.
 *   3. After `close` the engine's record is gone, and nothing is called with it.
 */
import { ClientFlag, ERROR_QUERY_BUFFER, Root, Status } from "../../bindings/abi.ts";
import type { Engine } from "../../bindings/engine.ts";
import { hasClientFlag, hostCommandId } from "../../bindings/records.ts";
import type { Verdict } from "../gate.ts";
import { CLIENT_CLOSE_AFTER_REPLY, CLIENT_MONITOR, type Client } from "../client.ts";
import type { Server } from "../server.ts";
import type { SoftLimitState } from "./output.ts";
import type { ReadChunks } from "./read-chunks.ts";
import type { ByteStream, StreamSink } from "./stream.ts";

const NO_BYTES = new Uint8Array(0);

export class Connection implements StreamSink, SoftLimitState {
  readonly kind: "tcp" | "unix";
  readonly isLocal: boolean;
  softSinceMs = 0;
  readonly #server: Server;
  readonly #engine: Engine;
  readonly #stream: ByteStream;
  readonly #chunks: ReadChunks;
  #client: Client | null = null;
  #working = false;
  /** The turn has replies for it. */
  #isKept = false;
  #closed = false;
  /** What has come while the client waits, and how many bytes; null while it does not. */
  #held: Uint8Array[] | null = null;
  #heldBytes = 0;
  /** Messages to this client that its own command has brought about: they go behind the reply. */
  #own: Uint8Array[] = [];
  /** The ranges of the fanout's arena that it gets at the end of the turn; start < 0 = none. */
  #rangeStart = -1;
  #rangeEnd = 0;
  /** Further ranges, start and end in turn, before that one. */
  #rangesBefore: number[] = [];

  constructor(server: Server, stream: ByteStream, chunks: ReadChunks, isLocal: boolean) {
    this.#server = server;
    this.#engine = server.engine;
    this.#stream = stream;
    this.#chunks = chunks;
    this.kind = stream.kind;
    this.isLocal = isLocal;
  }

  get fd(): number {
    return this.#stream.fd;
  }

  /** Whose connection it is; null before `start`. */
  get client(): Client | null {
    return this.#client;
  }

  /** Reply bytes that the kernel has not taken. */
  get pendingBytes(): number {
    return this.#stream.pendingBytes;
  }

  /** Bytes that the client has sent while it waits. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  start(client: Client): void {
    this.#client = client;
    this.#stream.start(this);
  }

  onBytes(size: number): void {
    const client = this.#client!;
    const { stats } = this.#server;
    client.lastInteractionMs = this.#server.tickMs;
    stats.reads++;
    stats.inputBytes += size;
    if (this.#held) this.#hold(this.#chunks.of(size));
    else this.#server.turn.add(this, this.#chunks.of(size));
  }

  /**
   * Begins with a chunk that is laid down in the input area.
   * @returns DONE: that was it, and its replies are in the buffer; else `goOn` is to be called with the status
   */
  executeInput(offset: number, size: number, nowMs: number): Status {
    if (this.#closed) return Status.DONE;
    if (this.#held) {
      this.#hold(this.#engine.input(offset, size));
      return Status.DONE;
    }
    const client = this.#client!;
    const { monitors } = this.#server;
    if (monitors.isPending && client.has(CLIENT_MONITOR)) monitors.flush();
    const status = this.#engine.executeInput(client.record, offset, size, nowMs);
    client.lastCommand = hostCommandId(this.#engine);
    return status;
  }

  /** Does what the status asks for, up to the end of the chunk, and writes all replies, which are this connection's. */
  goOn(status: Status): void {
    const client = this.#client!;
    this.#working = true;
    this.#server.current = client;
    this.#run(status);
    this.#working = false;
    this.#server.current = null;
    client.lastCommand = hostCommandId(this.#engine);
    if (client.flags & CLIENT_CLOSE_AFTER_REPLY) this.closeAfterReplies();
  }

  /** Works through a chunk, from the first status on. */
  #run(first: Status): void {
    let status = first;
    let verdict: Verdict;
    const client = this.#client!;
    const engine = this.#engine;
    for (;;) {
      this.#appendOwnMessages();
      switch (status) {
        case Status.DONE:
          this.#writeLastReplies();
          this.#server.drainNewEvents();
          return;
        case Status.HOST_COMMAND:
          this.#server.gate.run(client);
          if (this.#server.scripting.isWaiting(client)) return this.#standStill();
          break;
        case Status.FLUSH:
          this.#writeReplies();
          break;
        case Status.PROTOCOL_ERROR:
          if (engine.word(Root.detail) === ERROR_QUERY_BUFFER) this.#server.stats.queryLimitDisconnections++;
          this.#server.log.verbose(`Protocol error from client ${client.address}`);
          client.setFlag(CLIENT_CLOSE_AFTER_REPLY, true);
          this.#writeReplies();
          return;
        case Status.GATE:
          verdict = this.#server.gate.inspect(client);
          if (verdict === "wait") return this.#waitForPause(client);
          status = verdict === "run" ? engine.proceed(client.record) : engine.resume(client.record);
          continue;
        case Status.BLOCK:
          this.#server.blocking.park(client);
          this.#standStill();
          this.#server.drainNewEvents();
          return;
        case Status.INTERRUPT:
          this.#server.drainEvents();
          break;
        default:
          throw new Error(`status ${status} of the engine is not known here`);
      }
      if (this.#closed || client.flags & CLIENT_CLOSE_AFTER_REPLY) {
        // What the client sent behind QUIT, or behind its own death, is not run.
        engine.suspend(client.record);
        if (this.#closed) engine.exports.clearReply();
        else this.#writeReplies();
        return;
      }
      status = engine.resume(client.record);
    }
  }

  // --- while a script has the event loop to itself ---

  /** What has come, as a view; null = nothing, or the client waits. */
  readNow(): Uint8Array | null {
    if (this.#closed || this.#held || this.#working) return null;
    const size = this.#stream.readNow();
    if (size === 0) return null;
    const { stats } = this.#server;
    this.#client!.lastInteractionMs = Date.now();
    stats.reads++;
    stats.inputBytes += size;
    return this.#chunks.of(size);
  }

  /** The event loop goes on: bytes that were read in the meantime, and that nobody has answered, come first. */
  takeBack(bytes: Uint8Array): void {
    if (this.#closed) return;
    this.#held = [];
    this.#hold(bytes);
    setImmediate(() => this.resumeInput());
  }

  // --- while the client waits, for keys or for its own script ---

  /** Keeps what the client has sent behind the command that runs, and what it will send. */
  #standStill(): void {
    this.#engine.suspend(this.#client!.record);
    this.#writeReplies();
    this.#held = [];
  }

  /** CLIENT PAUSE: the command that was about to run is the first to run afterwards. */
  #waitForPause(client: Client): void {
    this.#engine.rewind(client.record);
    this.#writeReplies();
    this.#held = [];
    this.#server.pause.wait(client);
    this.#server.drainNewEvents();
  }

  #hold(chunk: Uint8Array): void {
    const { config, log } = this.#server;
    this.#held!.push(new Uint8Array(chunk)); // a copy: `slice` of a Buffer would be none
    this.#heldBytes += chunk.length;
    if (this.#heldBytes <= config.int("client-query-buffer-limit")) return;
    this.#server.stats.queryLimitDisconnections++;
    log.warning(`Closing client that reached max query buffer length: ${this.#client!.address}`);
    this.close();
  }

  /** The client waits no more: on with what it has sent behind its command, up to the next that makes it wait. */
  resumeInput(): void {
    const chunks = this.#held ?? [];
    this.#held = null;
    this.#heldBytes = 0;
    this.#resume(NO_BYTES);
    for (const chunk of chunks) this.#resume(chunk);
  }

  #resume(chunk: Uint8Array): void {
    const client = this.#client!;
    if (this.#closed || client.has(CLIENT_CLOSE_AFTER_REPLY)) return;
    if (this.#held) this.#hold(chunk);
    else this.goOn(this.#engine.execute(client.record, chunk));
  }

  /** The client's script has ended, and its reply is in the engine's buffer. */
  goOnAfterScript(): void {
    if (this.#closed) this.#engine.exports.clearReply();
    else this.resumeInput();
  }

  // --- messages ---

  /**
   * A message that lies in the fanout's arena.
   * @returns true = from now on this connection waits for the end of the turn
   */
  sendRange(start: number, end: number): boolean {
    if (this.#closed) return false;
    if (this.#working) {
      this.#own.push(new Uint8Array(this.#server.fanout.view(start, end)));
      return false;
    }
    if (this.#rangeStart < 0) {
      this.#rangeStart = start;
      this.#rangeEnd = end;
      return true;
    }
    if (start !== this.#rangeEnd) {
      this.#rangesBefore.push(this.#rangeStart, this.#rangeEnd);
      this.#rangeStart = start;
    }
    this.#rangeEnd = end;
    return false;
  }

  /** A message in a buffer of its own, which nobody will change. */
  sendShared(bytes: Uint8Array): void {
    if (this.#closed) return;
    if (this.#working) {
      this.#own.push(bytes);
      return;
    }
    this.flushPushes();
    this.#writeShared(bytes);
  }

  /** Writes the messages that wait for the end of the turn. */
  flushPushes(): void {
    if (this.#rangeStart < 0) return;
    const { fanout } = this.#server;
    const last = fanout.view(this.#rangeStart, this.#rangeEnd);
    this.#rangeStart = -1;
    if (this.#rangesBefore.length === 0) {
      if (this.#writeShared(last)) fanout.keep();
      return;
    }
    const ranges = this.#rangesBefore;
    this.#rangesBefore = [];
    const parts: Uint8Array[] = [];
    for (let i = 0; i < ranges.length; i += 2) parts.push(fanout.view(ranges[i]!, ranges[i + 1]!));
    this.#writeShared(Buffer.concat([...parts, last]));
  }

  /** @returns whether the stream keeps the bytes */
  #writeShared(bytes: Uint8Array): boolean {
    if (this.#isKept) this.#server.turn.writeKept();
    if (this.#closed) return false;
    this.#server.persistence.aof.beforeReply();
    this.#countWrite(bytes.length);
    const kept = this.#stream.writeShared(bytes);
    this.#checkPending();
    return kept;
  }

  /** Messages to the client itself stand behind the reply to its command, or to EXEC where that has run the command. */
  #appendOwnMessages(): void {
    const engine = this.#engine;
    if (engine.word(Root.eventsUsed) > 0) this.#server.takeEvents();
    if (this.#own.length === 0 || hasClientFlag(engine, this.#client!.record, ClientFlag.EXECUTING)) return;
    for (const message of this.#own) engine.appendReply(message);
    this.#own = [];
    engine.keepReply();
  }

  #writeReplies(): void {
    const engine = this.#engine;
    const start = engine.word(Root.replyStart);
    const end = engine.word(Root.replyPos);
    if (end > start) this.write(engine.memory.bytes, start, end);
    engine.exports.clearReply();
  }

  /** The chunk is done: where others are executed in this turn, the replies leave with theirs. */
  #writeLastReplies(): void {
    const { turn, monitors } = this.#server;
    const keeps = !monitors.isPending && !this.#client!.has(CLIENT_CLOSE_AFTER_REPLY) && turn.keep(this);
    if (keeps) this.#isKept = true;
    else this.#writeReplies();
  }

  /** Replies that the turn has kept. */
  writeKept(source: Uint8Array, start: number, end: number): void {
    this.#isKept = false;
    this.write(source, start, end);
  }

  /** Writes bytes of any origin: replies, pushed messages. */
  write(source: Uint8Array, start: number, end: number): void {
    if (this.#isKept) this.#server.turn.writeKept();
    if (this.#closed) return;
    this.flushPushes();
    this.#server.persistence.aof.beforeReply();
    this.#countWrite(end - start);
    this.#stream.write(source, start, end);
    this.#checkPending();
  }

  #countWrite(size: number): void {
    const { stats } = this.#server;
    stats.writes++;
    stats.outputBytes += size;
  }

  #checkPending(): void {
    if (this.#stream.pendingBytes === 0) return;
    this.#server.slowReaders.add(this);
    this.checkOutputLimit(Date.now());
  }

  /** Cuts the client off when too much waits for it. */
  checkOutputLimit(nowMs: number): void {
    const client = this.#client;
    if (!client || this.#closed) return;
    const { outputLimits, stats, log } = this.#server;
    if (outputLimits.check(client.type, this.#stream.pendingBytes, this, nowMs) === "fine") return;
    stats.outputLimitDisconnections++;
    log.warning(
      `Client id=${client.id} addr=${client.address} closed for overcoming of output buffer limits.`,
    );
    this.close();
  }

  onDrained(): void {
    this.#server.slowReaders.delete(this);
    this.softSinceMs = 0;
  }

  onClosed(reason: string): void {
    this.#server.turn.run(); // what the client sent before it went counts
    if (reason !== "" && this.#client) {
      this.#server.log.verbose(`Reading from or writing to client ${this.#client.address}: ${reason}`);
    }
    this.close();
  }

  /** Nothing is read any more; what is written still leaves. May be called twice. */
  closeAfterReplies(): void {
    if (this.#closed) return;
    if (this.#isKept) this.#server.turn.writeKept();
    this.flushPushes();
    this.#stream.closeAfterWrites();
    this.#forget();
  }

  /** Ends the connection now. May be called twice. In the middle of its own chunk, the end comes after it. */
  close(): void {
    if (this.#closed) return;
    if (this.#isKept) this.#server.turn.writeKept();
    this.#stream.destroy();
    this.#forget();
  }

  #forget(): void {
    this.#closed = true;
    this.#server.slowReaders.delete(this);
    const client = this.#client;
    if (!client) return;
    // The engine still works on this client's chunk: its record goes when that is over.
    if (this.#working) setImmediate(() => this.#server.forgetClient(client));
    else this.#server.forgetClient(client);
  }
}
