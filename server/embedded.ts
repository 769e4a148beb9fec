/**
 * embedded: a server over the engine of a store in the same process: `listen()`, `connect()`. Clients and the program's
 * own calls see one dataset; the program's commands of the host take the same gate as everybody's.
 *
 *   Store ─► Session ─► Engine ◄─ Server ◄─ clients over sockets, or of this process (LocalStream)
 *               └──── run, afterCall ──┘
 *
 * The program itself is no client of the server: it is not in CLIENT LIST and cannot be killed.
 */
import type { Duplex } from "node:stream";
import type { DefinedCommands } from "../bindings/defined-commands.ts";
import type { Engine } from "../bindings/engine.ts";
import { setClientResp } from "../bindings/records.ts";
import type { ListenOptions, Parameters, StoreServer } from "../bindings/store-listen.ts";
import { Client, CLIENT_DENY_BLOCKING } from "./client.ts";
import { Config } from "./config/config.ts";
import { quoteArg, splitArgs, toByteString } from "./config/split-args.ts";
import { Connection } from "./net/connection.ts";
import { LocalStream } from "./net/local-stream.ts";
import { NullStream } from "./net/null-stream.ts";
import { ReadChunks } from "./net/read-chunks.ts";
import { Log } from "./observe/log.ts";
import { nodePlatform } from "./platform/node.ts";
import { portablePlatform } from "./platform/portable.ts";
import { LOCAL_ADDRESS, Server } from "./server.ts";

const LOOPBACK = "127.0.0.1";

/** Parameters that say that something is to be kept on disk. */
const PERSISTENT = new Set(["save", "appendonly", "dir", "dbfilename", "appendfilename", "appenddirname"]);

/**
 * Starts a server on a store's engine. It listens nowhere yet.
 * @param record  address of the store's client record
 * @param parameters  as in redis.conf     @throws RangeError for a parameter that is none
 */
export async function startEmbedded(
  engine: Engine,
  record: number,
  parameters: Parameters,
  defined: DefinedCommands,
): Promise<StoreServer> {
  const config = new Config();
  setParameter(config, "loglevel", "nothing");
  // What a program keeps is its own affair, unless it says otherwise.
  setParameter(config, "save", '""');
  setParameter(config, "port", "0");
  for (const [name, value] of Object.entries(parameters)) setParameter(config, name, String(value));
  const platform = nodePlatform() ?? portablePlatform();
  const parts = { config, log: new Log(), engine, platform, configFile: null, isEmbedded: true, defined };
  const server = new Server(parts);
  if (Object.keys(parameters).some((name) => PERSISTENT.has(name))) await server.persistence.start();
  server.cron.start();
  server.cron.holdProcess(false);
  return new EmbeddedServer(server, record, platform.readBuffer);
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
  onStopped: () => void = () => undefined;
  readonly #server: Server;
  readonly #readBuffer: Uint8Array;
  /** Stands for the program where commands want a client. */
  readonly #client: Client;
  #localClients = 0;

  constructor(server: Server, record: number, readBuffer: Uint8Array) {
    this.#server = server;
    this.#readBuffer = readBuffer;
    const connection = new Connection(server, new NullStream(), new ReadChunks(new Uint8Array(0)), true);
    this.#client = new Client({
      ...{ id: server.clients.nextId(), connection, record },
      ...{ address: LOCAL_ADDRESS, localAddress: LOCAL_ADDRESS },
      ...{ user: server.access.users.default, nowMs: Date.now() },
    });
    this.#client.flags = CLIENT_DENY_BLOCKING;
    server.onExit(() => this.onStopped());
  }

  async listen({ port, host = LOOPBACK, path }: ListenOptions): Promise<number> {
    const { config, listener } = this.#server;
    setParameter(config, "bind", host);
    setParameter(config, "port", String(port ?? 0));
    setParameter(config, "unixsocket", quoteArg(path ?? ""));
    try {
      await listener.open(port !== undefined || path === undefined);
    } catch (problem) {
      listener.close();
      throw problem;
    }
    return listener.hasTcp ? config.int("port") : 0;
  }

  configure(parameters: Parameters): void {
    const pairs = Object.entries(parameters).flatMap(([name, value]) => [name, String(value)]);
    if (pairs.length === 0) return;
    const problem = this.#server.config.set(pairs, true);
    if (problem !== null) throw new RangeError(problem.replace(/^ERR /, "config: "));
  }

  connect(): Duplex {
    const server = this.#server;
    const stream = new LocalStream(this.#readBuffer, server.turn.run, () => {
      if (--this.#localClients === 0) server.cron.holdProcess(false);
    });
    if (this.#localClients++ === 0) server.cron.holdProcess(true);
    server.addLocalClient(stream);
    return stream.client;
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

  namesChanged(): void {
    const server = this.#server;
    server.defined.tell(server.engine, server.renames);
  }

  afterCall(): void {
    const server = this.#server;
    server.drainNewEvents();
    server.blocking.resumeServed();
    server.persistence.aof.commit();
  }

  takeOutOf(copy: Engine): void {
    const server = this.#server;
    server.blocking.takeOutOf(copy);
    server.scripting.takeOutOf(copy);
    // A snapshot that runs goes to this server's files, not to the copy's.
    copy.exports.snapshotEnd();
    for (const client of server.clients) copy.exports.clientClose(client.record);
  }

  stopListening(): Promise<void> {
    const server = this.#server;
    server.listener.close();
    const remote = Array.from(server.clients).filter(({ address }) => address !== LOCAL_ADDRESS);
    const connections = remote.map(({ connection }) => connection);
    return new Promise((resolve) => server.endConnections(connections, resolve));
  }

  close(): void {
    const server = this.#server;
    server.listener.close();
    server.cron.stop();
    server.persistence.finish({ save: null, force: true });
    server.persistence.close();
    for (const client of [...server.clients]) client.connection.close();
  }
}
