/**
 * store-listen: the server of a store: what `listen()` and `connect()` take and give, and how the server's code is found.
 * It is imported only then, and in a way that no bundler follows, so nothing of Node is in what a browser gets.
 */
import type { DefinedCommands } from "./defined-commands.ts";
import type { Engine } from "./engine.ts";
import { KvasmError } from "./errors.ts";
import type { SessionHost } from "./store-session.ts";

/** Parameters as in redis.conf: { requirepass: "…", maxmemory: "100mb" }. */
export type Parameters = Readonly<Record<string, string | number>>;

export interface ListenOptions {
  /** TCP port; 0, the default where there is no `path`, for one that the system chooses. */
  port?: number;
  /** Address to bind, 127.0.0.1 by default. */
  host?: string;
  /** Path of a Unix socket. */
  path?: string;
  /** Set before anybody can connect. Of a server that runs already, only what CONFIG SET could change. */
  config?: Parameters;
}

/** A store that listens. */
export interface Listener {
  /** The TCP port in use; 0 = none. */
  readonly port: number;
  readonly host: string;
  /** Path of the Unix socket; "" = none. */
  readonly path: string;
  /** For clients: `redis://127.0.0.1:6379`, or the path of the socket. */
  readonly url: string;
  /** Stops listening: replies under way still leave. The store stays open. May be called twice. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** One end of a connection within the process: a Duplex of node:stream, as net.Socket is one. */
export interface ClientStream {
  readonly destroyed: boolean;
  readonly readable: boolean;
  readonly writable: boolean;
  on(event: "data", listener: (chunk: Uint8Array) => void): this;
  on(event: "close" | "end" | "drain" | "error", listener: () => void): this;
  write(bytes: string | Uint8Array): boolean;
  end(): this;
  destroy(): this;
}

/** A server that shares a store's engine. */
export interface StoreServer extends SessionHost {
  /** @returns the TCP port in use; 0 = none */
  listen(options: ListenOptions): Promise<number>;
  /** Takes no more connections, ends those there are when their replies have left; those of `connect` stay. */
  stopListening(): Promise<void>;
  /** A client of this process. */
  connect(): ClientStream;
  /** CONFIG SET. @throws RangeError */
  configure(parameters: Parameters): void;
  /** Called when it has stopped of itself: a client has sent SHUTDOWN. */
  onStopped: () => void;
}

/** What the server's module exports (server/embedded.ts). */
export interface ServerModule {
  /** @param client  address of the store's client record     @throws RangeError for a parameter that is none */
  startEmbedded(
    engine: Engine,
    client: number,
    parameters: Parameters,
    defined: DefinedCommands,
  ): Promise<StoreServer>;
}

/** @throws KvasmError UNSUPPORTED where the runtime has no sockets */
async function loadServer(): Promise<ServerModule> {
  // The package has the server in one file beside this one; the sources have it in a folder of their own.
  const file = import.meta.url.endsWith(".ts") ? "../server/embedded.ts" : "./listen.js";
  try {
    return (await import(/* @vite-ignore */ new URL(file, import.meta.url).href)) as ServerModule;
  } catch (cause) {
    throw new KvasmError("UNSUPPORTED", "listen() needs a runtime with sockets: Node, Deno or Bun", {
      cause,
    });
  }
}

/**
 * Starts a server on a store's engine.
 * @param client  address of the store's client record     @throws KvasmError UNSUPPORTED; RangeError
 */
export async function startServer(
  engine: Engine,
  client: number,
  parameters: Parameters,
  defined: DefinedCommands,
): Promise<StoreServer> {
  const { startEmbedded } = await loadServer();
  return startEmbedded(engine, client, parameters, defined);
}

/** Opens the ports of a store's server. @param onClosed  called when they are closed again     @throws KvasmError LISTEN_FAILED */
export async function startListening(
  server: StoreServer,
  options: ListenOptions,
  onClosed: () => void,
): Promise<Listener> {
  try {
    return new StoreListener(server, await server.listen(options), options, onClosed);
  } catch (cause) {
    const { message, cause: reason } = cause as Error & { cause?: Error };
    throw new KvasmError("LISTEN_FAILED", reason ? `${message} (${reason.message})` : message, { cause });
  }
}

/** The handle that `listen()` gives. */
class StoreListener implements Listener {
  readonly port: number;
  readonly host: string;
  readonly path: string;
  readonly #server: StoreServer;

  readonly #onClosed: () => void;
  #closing: Promise<void> | undefined;

  constructor(
    server: StoreServer,
    port: number,
    { host = "127.0.0.1", path = "" }: ListenOptions,
    onClosed: () => void,
  ) {
    this.#server = server;
    this.#onClosed = onClosed;
    this.port = port;
    this.host = host;
    this.path = path;
  }

  get url(): string {
    if (this.port === 0) return this.path;
    return `redis://${this.host.includes(":") ? `[${this.host}]` : this.host}:${this.port}`;
  }

  close(): Promise<void> {
    this.#closing ??= this.#server.stopListening().then(this.#onClosed);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** @throws TypeError, RangeError */
export function checkListenOptions({ port, host, path, config }: ListenOptions): void {
  if (port !== undefined && (!Number.isInteger(port) || port < 0 || port > 65535)) {
    throw new RangeError("port is a whole number from 0 to 65535");
  }
  if (host !== undefined && (typeof host !== "string" || host === ""))
    throw new TypeError("host is an address");
  if (path !== undefined && (typeof path !== "string" || path === "")) throw new TypeError("path is a path");
  checkParameters(config);
}

/** @throws TypeError */
export function checkParameters(config: unknown): void {
  if (config !== undefined && (typeof config !== "object" || config === null)) {
    throw new TypeError("config is an object of parameters");
  }
}
