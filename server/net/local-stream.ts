/**
 * local-stream: a client in the same process. What a client library would write to a socket it writes to a Duplex here,
 * and the other end of that is the server's stream: no socket, no port, no copy by the kernel.
 *
 *   library ─► ClientEnd.write ─► gathered ─► read buffer ─► StreamSink (connection)
 *           ◄─ ClientEnd 'data' ◄─ gathered ◄────────────── LocalStream.write
 *
 * Always true
 *   1. Neither end runs code of the other within a call: both directions are handed over in a microtask. So a library may
 *      write in its own `data` handler, or in whatever the server has called.
 *   2. What is written within one such task goes over in one piece, as commands of one pipeline.
 */
import { Duplex } from "node:stream";
import type { ByteStream, StreamSink } from "./stream.ts";

/** Replies that the client does not read wait in the server's own queue beyond this, and count as pending. */
const HIGH_WATER_MARK = 1024 * 1024;

export class LocalStream implements ByteStream {
  readonly kind = "unix";
  readonly fd = -1;
  /** What the client library gets. */
  readonly client: Duplex;
  readonly #end: ClientEnd;
  readonly #readBuffer: Uint8Array;
  #sink: StreamSink | null = null;
  #requests: Uint8Array[] = [];
  #replies: Uint8Array[] = [];
  #replyBytes = 0;
  #requestsDue = false;
  #repliesDue = false;
  /** The client's buffer is full: it will say when it wants more. */
  #stalled = false;
  #paused = false;
  #ending = false;
  #closed = false;

  readonly #afterRead: () => void;
  readonly #onGone: () => void;

  /**
   * @param readBuffer  of the platform (see stream.ts)
   * @param afterRead  called when all that has come was handed over     @param onGone  called once, when it has ended
   */
  constructor(readBuffer: Uint8Array, afterRead: () => void, onGone: () => void) {
    this.#readBuffer = readBuffer;
    this.#afterRead = afterRead;
    this.#onGone = onGone;
    this.#end = new ClientEnd(this);
    this.client = this.#end;
  }

  get pendingBytes(): number {
    return this.#closed ? 0 : this.#replyBytes + this.#end.readableLength;
  }

  start(sink: StreamSink): void {
    this.#sink = sink;
  }

  /** While the event loop stands still, so does the client. */
  readNow(): number {
    return 0;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#askRequests();
  }

  // --- from the client ---

  /** The client has written. */
  take(chunk: Uint8Array): void {
    if (this.#closed || this.#ending) return;
    this.#requests.push(chunk);
    this.#askRequests();
  }

  /** The client will write no more. */
  takeEnd(): void {
    this.#askRequests();
    queueMicrotask(() => this.#clientGone());
  }

  /** The client has destroyed its end. */
  clientDestroyed(): void {
    if (this.#closed) return;
    queueMicrotask(() => this.#clientGone());
  }

  /** The client's buffer has room again. */
  wantMore(): void {
    if (!this.#stalled) return;
    this.#stalled = false;
    this.#askReplies();
    if (this.#replyBytes === 0) this.#sink?.onDrained();
  }

  #askRequests(): void {
    if (this.#requestsDue || this.#paused || this.#requests.length === 0) return;
    this.#requestsDue = true;
    queueMicrotask(this.#handRequests);
  }

  readonly #handRequests = (): void => {
    this.#requestsDue = false;
    const requests = this.#requests;
    this.#requests = [];
    let used = 0;
    for (const request of requests) {
      for (let at = 0; at < request.length;) {
        const part = request.subarray(at, at + this.#readBuffer.length - used);
        this.#readBuffer.set(part, used);
        used += part.length;
        at += part.length;
        if (used === this.#readBuffer.length) used = this.#handOver(used);
      }
    }
    this.#handOver(used);
    this.#afterRead();
  };

  #handOver(size: number): number {
    if (size > 0 && !this.#closed && !this.#ending) this.#sink!.onBytes(size);
    return 0;
  }

  #clientGone(): void {
    if (this.#closed) return;
    this.#handReplies(); // to what it wrote last
    this.destroy();
    this.#sink?.onClosed("");
  }

  // --- to the client ---

  write(source: Uint8Array, start: number, end: number): void {
    if (this.#closed || this.#ending || end === start) return;
    this.#replies.push(source.slice(start, end));
    this.#replyBytes += end - start;
    this.#askReplies();
  }

  writeShared(bytes: Uint8Array): boolean {
    if (this.#closed || this.#ending || bytes.length === 0) return false;
    // Whoever reads a Duplex may write to what it gets.
    this.write(bytes, 0, bytes.length);
    return false;
  }

  #askReplies(): void {
    if (this.#repliesDue || this.#stalled || this.#replies.length === 0) return;
    this.#repliesDue = true;
    queueMicrotask(this.#handReplies);
  }

  readonly #handReplies = (): void => {
    this.#repliesDue = false;
    const replies = this.#replies;
    const size = this.#replyBytes;
    this.#replies = [];
    this.#replyBytes = 0;
    if (this.#closed || size === 0 || this.#end.destroyed) return;
    const bytes = replies.length === 1 ? replies[0]! : Buffer.concat(replies, size);
    this.#stalled = !this.#end.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    if (this.#ending) this.destroy();
  };

  closeAfterWrites(): void {
    if (this.#closed || this.#ending) return;
    if (this.#replyBytes === 0) return this.destroy();
    this.#stalled = false;
    this.#askReplies();
    this.#ending = true;
  }

  destroy(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#requests = [];
    this.#replies = [];
    this.#replyBytes = 0;
    this.#end.endByServer();
    this.#onGone();
  }

  setNoDelay(): void {}
  setKeepAlive(): void {}

  localAddress(): null {
    return null;
  }

  peerAddress(): null {
    return null;
  }
}

/** The client's end. What libraries ask of a socket beyond a Duplex it takes without an effect. */
class ClientEnd extends Duplex {
  readonly #server: LocalStream;

  constructor(server: LocalStream) {
    super({ allowHalfOpen: false, readableHighWaterMark: HIGH_WATER_MARK, emitClose: true });
    this.#server = server;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    // A copy: the writer may use its buffer again when `done` has been called.
    this.#server.take(new Uint8Array(chunk));
    done();
  }

  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    for (const { chunk } of chunks) this.#server.take(new Uint8Array(chunk));
    done();
  }

  override _read(): void {
    this.#server.wantMore();
  }

  override _final(done: () => void): void {
    this.#server.takeEnd();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#server.clientDestroyed();
    done(error);
  }

  /** The server has closed. */
  endByServer(): void {
    if (this.destroyed) return;
    this.push(null);
    // Nobody may be reading: then the end would never come.
    if (this.readableLength === 0) this.resume();
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  setTimeout(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}
