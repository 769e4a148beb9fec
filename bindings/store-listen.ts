/**
 * store-listen: what `listen()` of a store takes and gives, and how the server's code is found. It is imported only
 * then, and in a way that no bundler follows, so nothing of Node is in what a browser gets.
 */
import type { Engine } from "./engine.ts";
import { KvasmError } from "./errors.ts";
import type { SessionHost } from "./store-session.ts";

export interface ListenOptions {
  /** TCP port; 0, the default where there is no `path`, for one that the system chooses. */
  port?: number;
  /** Address to bind, 127.0.0.1 by default. */
  host?: string;
  /** Path of a Unix socket. */
  path?: string;
  /** Parameters as in redis.conf: { requirepass: "…", maxmemory: "100mb" }. */
  config?: Readonly<Record<string, string | number>>;
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

/** A server that shares a store's engine. */
export interface StoreServer extends SessionHost {
  /** The TCP port in use; 0 = none. */
  readonly port: number;
  /** Takes no more connections, ends those there are when their replies have left. */
  stop(): Promise<void>;
  /** Called when it has stopped of itself: a client has sent SHUTDOWN. */
  onStopped: () => void;
}

/** What the server's module exports (server/embedded.ts). */
export interface ServerModule {
  /** @param client  address of the store's client record     @throws Error that says why it cannot listen */
  startEmbedded(engine: Engine, client: number, options: ListenOptions): Promise<StoreServer>;
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
 * @param client  address of the store's client record     @throws KvasmError LISTEN_FAILED, UNSUPPORTED; TypeError, RangeError
 */
export async function startServer(
  engine: Engine,
  client: number,
  options: ListenOptions,
): Promise<StoreServer> {
  checkListenOptions(options);
  const { startEmbedded } = await loadServer();
  try {
    return await startEmbedded(engine, client, options);
  } catch (cause) {
    if (cause instanceof RangeError) throw cause;
    const { message, cause: reason } = cause as Error & { cause?: Error };
    throw new KvasmError("LISTEN_FAILED", reason ? `${message} (${reason.message})` : message, { cause });
  }
}

/** The handle that `listen()` gives. */
export class StoreListener implements Listener {
  readonly port: number;
  readonly host: string;
  readonly path: string;
  readonly #server: StoreServer;

  constructor(server: StoreServer, { host = "127.0.0.1", path = "" }: ListenOptions) {
    this.#server = server;
    this.port = server.port;
    this.host = host;
    this.path = path;
  }

  get url(): string {
    if (this.port === 0) return this.path;
    return `redis://${this.host.includes(":") ? `[${this.host}]` : this.host}:${this.port}`;
  }

  close(): Promise<void> {
    return this.#server.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** @throws TypeError, RangeError */
function checkListenOptions({ port, host, path, config }: ListenOptions): void {
  if (port !== undefined && (!Number.isInteger(port) || port < 0 || port > 65535)) {
    throw new RangeError("port is a whole number from 0 to 65535");
  }
  if (host !== undefined && (typeof host !== "string" || host === ""))
    throw new TypeError("host is an address");
  if (path !== undefined && (typeof path !== "string" || path === "")) throw new TypeError("path is a path");
  if (config !== undefined && (typeof config !== "object" || config === null)) {
    throw new TypeError("config is an object of parameters");
  }
}
