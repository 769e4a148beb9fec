/**
 * stream: what the server needs of a byte stream to a client, whatever carries it: TCP, a Unix socket, TLS.
 *
 * Reading: all streams of one platform read into one buffer, `readBuffer`, in turn. `onBytes(size)` says that its first
 * `size` bytes are new; they are gone when the call returns.
 *
 * Writing: `write` takes its own copy of what the kernel does not take at once. `pendingBytes` of them wait; when none
 * do any more, `onDrained` is called.
 */

import type { Socket } from "node:net";

export interface ByteStream {
  readonly kind: "tcp" | "unix";
  /** Bytes that were written and that the kernel has not taken. */
  readonly pendingBytes: number;
  /** File descriptor, -1 when it is not known. */
  readonly fd: number;
  /** Begins to read. Called once. */
  start(sink: StreamSink): void;
  pause(): void;
  resume(): void;
  /**
   * Reads what has come, into the read buffer, while the event loop stands still.
   * @returns how many bytes; 0 = none, or this stream cannot be read so
   */
  readNow(): number;
  /**
   * Writes `source[start, end)`. An error ends the stream: `onClosed` is called later, never from within.
   */
  write(source: Uint8Array, start: number, end: number): void;
  /**
   * Writes bytes that do not change as long as the stream keeps them.
   * @returns whether it does keep them
   */
  writeShared(bytes: Uint8Array): boolean;
  /** Ends the stream once everything pending is written; nothing is read any more. */
  closeAfterWrites(): void;
  /** Ends the stream now. May be called twice; `onClosed` is not called. */
  destroy(): void;
  setNoDelay(on: boolean): void;
  /** @param seconds  of silence before the first probe; 0 = no probes */
  setKeepAlive(seconds: number): void;
  localAddress(): SocketAddress | null;
  peerAddress(): SocketAddress | null;
}

export interface SocketAddress {
  readonly address: string;
  readonly port: number;
  readonly family: "IPv4" | "IPv6";
}

export interface StreamSink {
  onBytes(size: number): void;
  onDrained(): void;
  /** The peer has closed, or an error has. `reason` is empty for an orderly end, else a system error name. */
  onClosed(reason: string): void;
}

export interface Listening {
  /** The port in use: of interest when 0 was asked for. */
  readonly port: number;
  close(): void;
}

export interface TcpOptions {
  readonly address: string;
  readonly family: 4 | 6;
  readonly port: number;
  readonly backlog: number;
}

export interface UnixOptions {
  readonly path: string;
  readonly backlog: number;
}

export type OnStream = (stream: ByteStream) => void;

/** What differs by runtime. Listening throws, or rejects, with a system error (`code`). */
export interface NetPlatform {
  readonly name: string;
  /** See above; the view stays the same for the life of the platform. */
  readonly readBuffer: Uint8Array;
  listenTcp(options: TcpOptions, onStream: OnStream): Listening | Promise<Listening>;
  /** As listenTcp, for who puts a layer of its own on the sockets (TLS). */
  listenSockets(options: TcpOptions, onSocket: (socket: Socket) => void): Listening | Promise<Listening>;
  listenUnix(options: UnixOptions, onStream: OnStream): Listening | Promise<Listening>;
}
