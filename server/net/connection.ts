/**
 * connection: between a byte stream and the engine. A chunk goes in, the engine runs its commands, host commands take
 * their turn, and all replies leave in one write.
 *
 *   chunk ─► engine.execute ─► DONE ──────────────► write replies
 *                 ▲    └─────► HOST_COMMAND ─► gate ─┐
 *                 │            FLUSH ─► write ───────┤
 *                 └───────────────── resume ◄────────┘
 *
 * Always true
 *   1. Nothing here allocates per command of the engine, or per chunk.
 *   2. While a chunk is being worked on, no other client's is: the engine's rows point into the input area.
 *   3. After `close` the engine's record is gone, and nothing is called with it.
 */
import { Root, Status } from "../../bindings/abi.ts";
import type { Engine } from "../../bindings/engine.ts";
import { clientResp, hostCommandId } from "../../bindings/records.ts";
import { encodeReply, NULL_ARRAY } from "../../bindings/reply-tree.ts";
import { CLIENT_CLOSE_AFTER_REPLY, type Client } from "../client.ts";
import type { Server } from "../server.ts";
import type { SoftLimitState } from "./output.ts";
import type { ReadChunks } from "./read-chunks.ts";
import type { ByteStream, StreamSink } from "./stream.ts";

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
  #closed = false;

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

  /** Reply bytes that the kernel has not taken. */
  get pendingBytes(): number {
    return this.#stream.pendingBytes;
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
    this.#working = true;
    this.#run(this.#engine.execute(client.record, this.#chunks.of(size)));
    this.#working = false;
    client.lastCommand = hostCommandId(this.#engine);
    if (client.flags & CLIENT_CLOSE_AFTER_REPLY) this.closeAfterReplies();
  }

  /** Works through a chunk, from the first status on. */
  #run(first: Status): void {
    let status = first;
    const client = this.#client!;
    const engine = this.#engine;
    for (;;) {
      switch (status) {
        case Status.DONE:
          this.#writeReplies();
          return;
        case Status.HOST_COMMAND:
          this.#server.gate.run(client);
          break;
        case Status.FLUSH:
          this.#writeReplies();
          break;
        case Status.PROTOCOL_ERROR:
          this.#server.log.verbose(`Protocol error from client ${client.address}`);
          client.setFlag(CLIENT_CLOSE_AFTER_REPLY, true);
          this.#writeReplies();
          return;
        case Status.GATE:
          status = this.#server.gate.inspect(client)
            ? engine.proceed(client.record)
            : engine.resume(client.record);
          continue;
        case Status.BLOCK:
          // Clients cannot wait yet: the command answers as if its time were up.
          engine.appendReply(encodeReply(NULL_ARRAY, clientResp(engine, client.record)));
          break;
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

  #writeReplies(): void {
    const engine = this.#engine;
    const start = engine.word(Root.replyStart);
    const end = engine.word(Root.replyPos);
    if (end > start) this.write(engine.memory.bytes, start, end);
    engine.exports.clearReply();
  }

  /** Writes bytes of any origin: replies, pushed messages. */
  write(source: Uint8Array, start: number, end: number): void {
    if (this.#closed) return;
    const { stats } = this.#server;
    stats.writes++;
    stats.outputBytes += end - start;
    this.#stream.write(source, start, end);
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
    if (reason !== "" && this.#client) {
      this.#server.log.verbose(`Reading from or writing to client ${this.#client.address}: ${reason}`);
    }
    this.close();
  }

  /** Nothing is read any more; what is written still leaves. May be called twice. */
  closeAfterReplies(): void {
    if (this.#closed) return;
    this.#stream.closeAfterWrites();
    this.#forget();
  }

  /** Ends the connection now. May be called twice. In the middle of its own chunk, the end comes after it. */
  close(): void {
    if (this.#closed) return;
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
