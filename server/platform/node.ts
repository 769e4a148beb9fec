/**
 * node: sockets on Node's own stream handles, the layer below net.Socket.
 *
 * Why so low: at one command per packet, system calls are most of the work, and what net.Socket puts on top (streams,
 * events, a timer, a write request per reply) is a good part of the rest. A handle costs one call into JavaScript per
 * read and one out per write, tells at once whether a write is done and whether listening works, and an idle connection
 * keeps no stream machinery alive. Measured in docs/decisions/raw-socket-handles.md.
 *
 * The handles come from `process.binding`, which Node has kept for compatibility but may drop: `nodePlatform` returns
 * null then, and platform/portable.ts serves.
 */
import { readSync, writeSync } from "node:fs";
import net from "node:net";
import { getSystemErrorName } from "node:util";
import type {
  ByteStream,
  Listening,
  NetPlatform,
  OnStream,
  SocketAddress,
  StreamSink,
  TcpOptions,
  UnixOptions,
} from "../net/stream.ts";

/** One read takes at most this; the engine's input area is as large. */
const READ_SIZE = 65536;

/** uv_tcp_bind's flag: an IPv6 address does not take IPv4 as well. */
const IPV6_ONLY = 1;

/** uv's UNKNOWN: an error that has no number. */
const UNKNOWN_ERROR = -4094;

/** What of Node's handles is used here. Methods return 0 or a negative error number. */
interface Handle {
  owner?: NodeStream;
  onread: (this: Handle) => void;
  onconnection: (status: number, client: Handle | undefined) => void;
  readonly fd: number;
  readStart(): number;
  readStop(): number;
  useUserBuffer(buffer: Uint8Array): void;
  writeBuffer(request: WriteRequest, bytes: Uint8Array): number;
  listen(backlog: number): number;
  close(done?: () => void): void;
}

interface TcpHandle extends Handle {
  bind(address: string, port: number): number;
  bind6(address: string, port: number, flags: number): number;
  setNoDelay(on: boolean): number;
  setKeepAlive(on: boolean, seconds: number): number;
  getsockname(into: Partial<SocketAddress>): number;
  getpeername(into: Partial<SocketAddress>): number;
}

interface PipeHandle extends Handle {
  bind(path: string): number;
}

interface WriteRequest {
  oncomplete?: (status: number) => void;
}

interface Bindings {
  newTcpServer(): TcpHandle;
  newPipeServer(): PipeHandle;
  newWriteRequest(): WriteRequest;
  /** Results of the last call that are not its return value, as Node's stream_base leaves them. */
  readonly state: Int32Array;
  /** Positions in `state`. */
  readonly readResult: number;
  readonly lastWriteWasAsync: number;
}

export function nodePlatform(): NetPlatform | null {
  const bindings = loadBindings();
  return bindings && new NodePlatform(bindings);
}

function loadBindings(): Bindings | null {
  interface HandleModule {
    readonly TCP: new (type: number) => TcpHandle;
    readonly Pipe: new (type: number) => PipeHandle;
    readonly constants: { readonly SERVER: number };
  }
  interface StreamModule {
    readonly WriteWrap: new () => WriteRequest;
    readonly streamBaseState: Int32Array;
    readonly kReadBytesOrError: number;
    readonly kLastWriteWasAsync: number;
  }
  const load = (process as { binding?: (name: string) => unknown }).binding;
  if (typeof load !== "function" || "Bun" in globalThis || "Deno" in globalThis) return null;
  try {
    const tcp = load("tcp_wrap") as HandleModule;
    const pipe = load("pipe_wrap") as HandleModule;
    const stream = load("stream_wrap") as StreamModule;
    const probe = new tcp.TCP(tcp.constants.SERVER);
    const usable = typeof probe.useUserBuffer === "function" && typeof probe.writeBuffer === "function";
    probe.close();
    if (!usable || stream.streamBaseState === undefined || stream.kLastWriteWasAsync === undefined)
      return null;
    return {
      newTcpServer: () => new tcp.TCP(tcp.constants.SERVER),
      newPipeServer: () => new pipe.Pipe(pipe.constants.SERVER),
      newWriteRequest: () => new stream.WriteWrap(),
      state: stream.streamBaseState,
      readResult: stream.kReadBytesOrError,
      lastWriteWasAsync: stream.kLastWriteWasAsync,
    };
  } catch {
    return null;
  }
}

/** Shared by the streams of a platform. */
interface Shared {
  readonly bindings: Bindings;
  readonly readBuffer: Uint8Array;
  /** A write request that is free: one serves all writes that end at once. */
  request: WriteRequest;
}

class NodePlatform implements NetPlatform {
  readonly name = "node handles";
  readonly readBuffer: Uint8Array = Buffer.allocUnsafeSlow(READ_SIZE);
  readonly #shared: Shared;

  constructor(bindings: Bindings) {
    this.#shared = {
      bindings,
      readBuffer: this.readBuffer,
      request: bindings.newWriteRequest(),
    };
  }

  listenTcp(options: TcpOptions, onStream: OnStream): Listening {
    return this.#listenTcp(options, (client) => onStream(new NodeStream(client, "tcp", this.#shared)));
  }

  listenSockets(options: TcpOptions, onSocket: (socket: net.Socket) => void): Listening {
    return this.#listenTcp(options, (handle) => {
      const given = { handle, readable: true, writable: true };
      onSocket(new net.Socket(given));
    });
  }

  #listenTcp(options: TcpOptions, onHandle: (client: Handle) => void): Listening {
    const handle = this.#shared.bindings.newTcpServer();
    const { address, port, family } = options;
    const bound = family === 6 ? handle.bind6(address, port, IPV6_ONLY) : handle.bind(address, port);
    this.#listen(handle, bound, options.backlog, onHandle);
    const name: Partial<SocketAddress> = {};
    handle.getsockname(name);
    return { port: name.port ?? port, close: () => handle.close() };
  }

  listenUnix(options: UnixOptions, onStream: OnStream): Listening {
    const handle = this.#shared.bindings.newPipeServer();
    this.#listen(handle, handle.bind(options.path), options.backlog, (client) =>
      onStream(new NodeStream(client, "unix", this.#shared)),
    );
    return { port: 0, close: () => handle.close() };
  }

  #listen(handle: Handle, bound: number, backlog: number, onHandle: (client: Handle) => void): void {
    handle.onconnection = (status, client) => {
      // A failed accept (no file descriptor left, or the peer has gone) concerns nobody else.
      if (status === 0 && client) onHandle(client);
    };
    const status = bound !== 0 ? bound : handle.listen(backlog);
    if (status === 0) return;
    handle.close();
    throw systemError(bound !== 0 ? "bind" : "listen", status);
  }
}

function systemError(call: string, status: number): NodeJS.ErrnoException {
  const code = getSystemErrorName(status);
  return Object.assign(new Error(`${call} ${code}`), { code, errno: status, syscall: call });
}

/** Queued replies are joined up to this size before they are written. */
const WRITE_JOIN_MAX = 1024 * 1024;

/** Sizes of the blocks that small replies wait in. */
const BLOCK_MIN = 1024;
const BLOCK_MAX = 64 * 1024;

class NodeStream implements ByteStream {
  readonly kind: "tcp" | "unix";
  pendingBytes = 0;
  readonly #handle: Handle;
  /** File descriptor; -1 where the system has none. */
  readonly #fd: number;
  readonly #shared: Shared;
  #sink: StreamSink | null = null;
  /** Replies behind the write that is under way. */
  #queue: Uint8Array[] = [];
  /** The last of them, as a block that is being filled; null = none. */
  #block: Buffer | null = null;
  #blockUsed = 0;
  /** Size of the next block: the more waits, the larger. */
  #blockSize = BLOCK_MIN;
  #writing = false;
  #closing = false;
  /** A write has failed; the sink will hear of it. */
  #failed = false;
  #closed = false;

  constructor(handle: Handle, kind: "tcp" | "unix", shared: Shared) {
    this.#handle = handle;
    this.kind = kind;
    this.#shared = shared;
    handle.owner = this;
    this.#fd = handle.fd;
  }

  get fd(): number {
    return this.#closed ? -1 : this.#fd;
  }

  start(sink: StreamSink): void {
    this.#sink = sink;
    const handle = this.#handle;
    handle.onread = onRead;
    handle.useUserBuffer(this.#shared.readBuffer);
    handle.readStart();
  }

  pause(): void {
    if (!this.#closed) this.#handle.readStop();
  }

  resume(): void {
    if (!this.#closed && !this.#closing) this.#handle.readStart();
  }

  readNow(): number {
    if (this.#closed || this.#closing || this.#failed || this.#fd < 0) return 0;
    try {
      return readSync(this.#fd, this.#shared.readBuffer, 0, READ_SIZE, null);
    } catch {
      return 0; // nothing there, or an error that the event loop will find as well
    }
  }

  /** From onRead: the state of the last read is in the bindings. */
  takeRead(): void {
    const { bindings } = this.#shared;
    const result = bindings.state[bindings.readResult]!;
    if (this.#closed || this.#closing || this.#failed) return;
    if (result > 0) this.#sink!.onBytes(result);
    else if (result < 0) this.#end(result);
  }

  write(source: Uint8Array, start: number, end: number): void {
    if (this.#closed || this.#failed || end === start) return;
    if (this.#writing) return this.#enqueue(source, start, end);
    const taken = this.#writeNow(source, start, end - start);
    if (taken >= 0 && start + taken < end) this.#send(Buffer.from(source.subarray(start + taken, end)));
  }

  /**
   * Writes what the kernel takes at once, from where it lies: nearly always all of it.
   * @returns bytes taken; -1 = the write has failed
   */
  #writeNow(source: Uint8Array, start: number, size: number): number {
    if (this.#fd < 0) return 0;
    try {
      return writeSync(this.#fd, source, start, size);
    } catch (problem) {
      const { code, errno } = problem as NodeJS.ErrnoException;
      if (code === "EAGAIN") return 0;
      this.#fail(errno ?? UNKNOWN_ERROR);
      return -1;
    }
  }

  writeShared(bytes: Uint8Array): boolean {
    const { length } = bytes;
    if (this.#closed || this.#failed || length === 0) return false;
    if (!this.#writing) {
      this.#send(bytes);
      return this.#writing;
    }
    if (length < BLOCK_MAX) {
      this.#enqueue(bytes, 0, length);
      return false;
    }
    this.#sealBlock();
    this.#queue.push(bytes);
    this.pendingBytes += length;
    return true;
  }

  /** Copies bytes behind those that wait: small ones share a block, for a block of each would be mostly overhead. */
  #enqueue(source: Uint8Array, start: number, end: number): void {
    const size = end - start;
    this.pendingBytes += size;
    if (this.#block === null || size > this.#block.length - this.#blockUsed) {
      this.#sealBlock();
      if (size >= BLOCK_MAX) {
        this.#queue.push(source.slice(start, end));
        return;
      }
      this.#block = Buffer.allocUnsafeSlow(Math.max(size, this.#blockSize));
      this.#blockSize = Math.min(BLOCK_MAX, 2 * this.#blockSize);
    }
    this.#block.set(source.subarray(start, end), this.#blockUsed);
    this.#blockUsed += size;
  }

  #sealBlock(): void {
    if (this.#block) this.#queue.push(this.#block.subarray(0, this.#blockUsed));
    this.#block = null;
    this.#blockUsed = 0;
  }

  closeAfterWrites(): void {
    if (this.#closed || this.#closing) return;
    this.#closing = true;
    this.#handle.readStop();
    if (!this.#writing && !this.#failed) this.destroy();
  }

  destroy(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#queue = [];
    this.#block = null;
    this.pendingBytes = 0;
    this.#handle.close();
  }

  setNoDelay(on: boolean): void {
    if (this.kind === "tcp") (this.#handle as TcpHandle).setNoDelay(on);
  }

  setKeepAlive(seconds: number): void {
    if (this.kind === "tcp") (this.#handle as TcpHandle).setKeepAlive(seconds > 0, seconds);
  }

  localAddress(): SocketAddress | null {
    return this.#address("getsockname");
  }

  peerAddress(): SocketAddress | null {
    return this.#address("getpeername");
  }

  #address(method: "getsockname" | "getpeername"): SocketAddress | null {
    if (this.kind !== "tcp" || this.#closed) return null;
    const into: Partial<SocketAddress> = {};
    return (this.#handle as TcpHandle)[method](into) === 0 ? (into as SocketAddress) : null;
  }

  /** Writes bytes that are nobody else's, in the kernel's own time. */
  #send(bytes: Uint8Array): void {
    const shared = this.#shared;
    const { bindings, request } = shared;
    const status = this.#handle.writeBuffer(request, bytes);
    if (status !== 0) return this.#fail(status);
    if (bindings.state[bindings.lastWriteWasAsync] === 0) return;

    shared.request = bindings.newWriteRequest();
    this.#writing = true;
    this.pendingBytes += bytes.length;
    request.oncomplete = (result) => this.#written(bytes.length, result);
  }

  #written(size: number, status: number): void {
    this.#writing = false;
    if (this.#closed) return;
    this.pendingBytes -= size;
    if (status !== 0) return this.#end(status);
    this.#sealBlock();
    if (this.#queue.length > 0) this.#sendQueue();
    if (this.#writing || this.#closed || this.#failed) return;
    this.#blockSize = BLOCK_MIN;
    if (this.#closing) this.destroy();
    else this.#sink!.onDrained();
  }

  #sendQueue(): void {
    while (this.#queue.length > 0 && !this.#writing && !this.#closed && !this.#failed) {
      let size = 0;
      let count = 0;
      while (count < this.#queue.length && (count === 0 || size < WRITE_JOIN_MAX))
        size += this.#queue[count++]!.length;
      const bytes = count === 1 ? this.#queue[0]! : Buffer.concat(this.#queue.slice(0, count), size);
      this.#queue.splice(0, count);
      this.pendingBytes -= size;
      this.#send(bytes);
    }
  }

  /** A write failed: told later, since the caller is in the middle of something. */
  #fail(status: number): void {
    this.#failed = true;
    this.#handle.readStop();
    process.nextTick(() => {
      if (!this.#closed) this.#end(status);
    });
  }

  #end(status: number): void {
    const name = getSystemErrorName(status);
    this.destroy();
    this.#sink?.onClosed(name === "EOF" ? "" : name);
  }
}

function onRead(this: Handle): void {
  this.owner?.takeRead();
}
