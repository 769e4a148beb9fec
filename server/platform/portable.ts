/**
 * portable: sockets by node:net alone, for runtimes that have no handles to work on (see node.ts). The same contract,
 * one layer higher; chunks are copied to the shared buffer, and each reply gets a copy of its own.
 */
import net from "node:net";
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

const READ_SIZE = 65536;

export function portablePlatform(): NetPlatform {
  return new PortablePlatform();
}

class PortablePlatform implements NetPlatform {
  readonly name = "node:net";
  readonly readBuffer: Uint8Array = Buffer.allocUnsafeSlow(READ_SIZE);

  listenTcp({ address, port, family, backlog }: TcpOptions, onStream: OnStream): Promise<Listening> {
    return this.listenSockets({ address, port, family, backlog }, (socket) =>
      onStream(new SocketStream(socket, "tcp", this.readBuffer)),
    );
  }

  listenSockets(
    { address, port, family, backlog }: TcpOptions,
    onSocket: (socket: net.Socket) => void,
  ): Promise<Listening> {
    return this.#listen({ host: address, port, backlog, ipv6Only: family === 6 }, onSocket);
  }

  listenUnix({ path, backlog }: UnixOptions, onStream: OnStream): Promise<Listening> {
    return this.#listen({ path, backlog }, (socket) =>
      onStream(new SocketStream(socket, "unix", this.readBuffer)),
    );
  }

  #listen(options: net.ListenOptions, onSocket: (socket: net.Socket) => void): Promise<Listening> {
    const server = net.createServer(onSocket);
    return new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen(options, () => {
        server.off("error", reject);
        server.on("error", () => undefined); // a failed accept concerns nobody else
        const address = server.address();
        const port = typeof address === "object" && address !== null ? address.port : 0;
        resolve({ port, close: () => server.close() });
      });
    });
  }
}

/** A stream over a socket of Node: TCP, Unix, TLS. */
export class SocketStream implements ByteStream {
  readonly kind: "tcp" | "unix";
  readonly fd = -1;
  readonly #socket: net.Socket;
  readonly #readBuffer: Uint8Array;
  #sink: StreamSink | null = null;
  #closed = false;

  constructor(socket: net.Socket, kind: "tcp" | "unix", readBuffer: Uint8Array) {
    this.#socket = socket;
    this.kind = kind;
    this.#readBuffer = readBuffer;
  }

  get pendingBytes(): number {
    return this.#socket.writableLength;
  }

  start(sink: StreamSink): void {
    this.#sink = sink;
    const socket = this.#socket;
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
    socket.on("drain", () => this.#sink?.onDrained());
    socket.on("error", (error: NodeJS.ErrnoException) => this.#end(error.code ?? error.message));
    socket.on("end", () => this.#end(""));
    socket.on("close", () => this.#end(""));
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  readNow(): number {
    return 0;
  }

  #take(chunk: Buffer): void {
    for (let at = 0; at < chunk.length && !this.#closed; at += READ_SIZE) {
      const part = chunk.subarray(at, at + READ_SIZE);
      this.#readBuffer.set(part);
      this.#sink?.onBytes(part.length);
    }
  }

  write(source: Uint8Array, start: number, end: number): void {
    if (!this.#closed && end > start) this.#socket.write(source.slice(start, end));
  }

  writeShared(bytes: Uint8Array): boolean {
    this.write(bytes, 0, bytes.length);
    return false;
  }

  closeAfterWrites(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.pause();
    this.#socket.end(() => this.#socket.destroy());
  }

  destroy(): void {
    this.#closed = true;
    this.#socket.destroy();
  }

  setNoDelay(on: boolean): void {
    this.#socket.setNoDelay(on);
  }

  setKeepAlive(seconds: number): void {
    this.#socket.setKeepAlive(seconds > 0, seconds * 1000);
  }

  localAddress(): SocketAddress | null {
    const { localAddress, localPort, localFamily } = this.#socket;
    return addressOf(localAddress, localPort, localFamily);
  }

  peerAddress(): SocketAddress | null {
    const { remoteAddress, remotePort, remoteFamily } = this.#socket;
    return addressOf(remoteAddress, remotePort, remoteFamily);
  }

  #end(reason: string): void {
    if (this.#closed) return;
    this.destroy();
    this.#sink?.onClosed(reason);
  }
}

function addressOf(address?: string, port?: number, family?: string): SocketAddress | null {
  if (address === undefined || port === undefined) return null;
  return { address, port, family: family === "IPv6" ? "IPv6" : "IPv4" };
}
