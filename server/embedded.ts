/**
 * embedded: a server over the engine of a store in the same process: `listen()`. Network clients and the program's own
 * calls see one dataset; the program's commands of the host take the same gate as everybody's.
 *
 *   Store ─► Session ─► Engine ◄─ Server ◄─ clients
 *               └──── run, afterCall ──┘
 *
 * The program itself is no client of the server: it is not in CLIENT LIST and cannot be killed.
 */
import type { Engine } from "../bindings/engine.ts";
import { setClientResp } from "../bindings/records.ts";
import type { ListenOptions, StoreServer } from "../bindings/store-listen.ts";
import { Client, CLIENT_DENY_BLOCKING } from "./client.ts";
import { Config } from "./config/config.ts";
import { quoteArg, splitArgs, toByteString } from "./config/split-args.ts";
import { Connection } from "./net/connection.ts";
import { NullStream } from "./net/null-stream.ts";
import { ReadChunks } from "./net/read-chunks.ts";
import { Log } from "./observe/log.ts";
import { nodePlatform } from "./platform/node.ts";
import { portablePlatform } from "./platform/portable.ts";
import { Server } from "./server.ts";

const LOOPBACK = "127.0.0.1";

/**
 * Starts a server on a store's engine.
 * @param record  address of the store's client record     @throws Error, with nothing left open
 */
export async function startEmbedded(
  engine: Engine,
  record: number,
  options: ListenOptions,
): Promise<StoreServer> {
  const { port, host = LOOPBACK, path } = options;
  const config = new Config();
  setParameter(config, "loglevel", "nothing");
  // What a program keeps is its own affair, unless it says otherwise.
  setParameter(config, "save", '""');
  for (const [name, value] of Object.entries(options.config ?? {})) setParameter(config, name, String(value));
  setParameter(config, "bind", host);
  setParameter(config, "port", String(port ?? 0));
  if (path !== undefined) setParameter(config, "unixsocket", quoteArg(path));
  const platform = nodePlatform() ?? portablePlatform();
  const server = new Server({ config, log: new Log(), engine, platform, configFile: null });
  try {
    await server.start(port !== undefined || path === undefined);
  } catch (problem) {
    server.listener.close();
    throw problem;
  }
  return new EmbeddedServer(server, record);
}

/** @param value  as it would stand in redis.conf     @throws RangeError that names the parameter */
function setParameter(config: Config, name: string, value: string): void {
  const directive = config.find(name);
  if (!directive) throw new RangeError(`config: there is no parameter ${name}`);
  const words = splitArgs(toByteString(value));
  if (!words) throw new RangeError(`config: ${name}: unbalanced quotes`);
  try {
    config.setAtStart(directive, words);
  } catch (cause) {
    throw new RangeError(`config: ${name}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

class EmbeddedServer implements StoreServer {
  readonly port: number;
  onStopped: () => void = () => undefined;
  readonly #server: Server;
  /** Stands for the program where commands want a client. */
  readonly #client: Client;
  readonly #stopped: Promise<void>;

  constructor(server: Server, record: number) {
    this.#server = server;
    this.port = server.listener.hasTcp ? server.config.int("port") : 0;
    const connection = new Connection(server, new NullStream(), new ReadChunks(new Uint8Array(0)), true);
    this.#client = new Client({
      ...{
        id: server.clients.nextId(),
        connection,
        record,
        address: "embedded:0",
        localAddress: "embedded:0",
      },
      ...{ user: server.access.users.default, nowMs: Date.now() },
    });
    this.#client.flags = CLIENT_DENY_BLOCKING;
    this.#stopped = new Promise((resolve) => {
      server.onExit(() => {
        this.onStopped();
        resolve();
      });
    });
  }

  get busy(): string | null {
    return this.#server.scripting.busyError;
  }

  run(): void {
    const client = this.#client;
    this.#server.gate.run(client);
    client.flags = CLIENT_DENY_BLOCKING; // QUIT: the program says so by closing the store
    setClientResp(this.#server.engine, client.record, 3); // HELLO, RESET: the bindings read RESP3
  }

  afterCall(): void {
    const server = this.#server;
    server.drainNewEvents();
    server.blocking.resumeServed();
    server.persistence.aof.noteEffects();
  }

  takeOutOf(copy: Engine): void {
    const server = this.#server;
    server.blocking.takeOutOf(copy);
    server.scripting.takeOutOf(copy);
    // A snapshot that runs goes to this server's files, not to the copy's.
    copy.exports.snapshotEnd();
    for (const client of server.clients) copy.exports.clientClose(client.record);
  }

  stop(): Promise<void> {
    this.#server.shutDown("The store listens no more.");
    return this.#stopped;
  }

  close(): void {
    const server = this.#server;
    server.listener.close();
    server.cron.stop();
    for (const client of [...server.clients]) client.connection.close();
  }
}
