/**
 * listener: opens the ports, takes connections in or refuses them: protected mode, `maxclients`.
 */
import { chmodSync, existsSync, lstatSync, unlinkSync } from "node:fs";
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { dirname } from "node:path";
import { fromByteString } from "../config/split-args.ts";
import { reasonOf } from "../config/file.ts";
import type { Server } from "../server.ts";
import type { ByteStream, Listening, NetPlatform, TcpOptions } from "./stream.ts";
import { TlsAcceptor } from "./tls.ts";

/** What a port speaks. */
type Transport = "tcp" | "tls";

/** The server cannot listen as configured; the message is for the log. */
export class ListenError extends Error {}

const DENIED =
  "-DENIED Redis is running in protected mode because protected mode is enabled and no password is set for the default user. " +
  "In this mode connections are only accepted from the loopback interface. " +
  "If you want to connect from external computers to Redis you may adopt one of the following solutions: " +
  "1) Just disable protected mode sending the command 'CONFIG SET protected-mode no' from the loopback interface by connecting to Redis " +
  "from the same host the server is running, however MAKE SURE Redis is not publicly accessible from internet if you do so. " +
  "Use CONFIG REWRITE to make this change permanent. " +
  "2) Alternatively you can just disable the protected mode by editing the Redis configuration file, and setting the protected mode option to 'no', " +
  "and then restarting the server. " +
  "3) If you started the server manually just for testing, restart it with the '--protected-mode no' option. " +
  "4) Set up an authentication password for the default user. " +
  "NOTE: You only need to do one of the above things in order for the server to start accepting connections from the outside.\r\n";
const FULL = "-ERR max number of clients reached\r\n";

const NAME_UNKNOWN = "Name or service not known";

/** Errors that an optional address (`-::1`) may have, as Redis takes them. */
const OPTIONAL_ERRORS = new Set(["EADDRNOTAVAIL", "EAFNOSUPPORT", "EPROTONOSUPPORT", "ENOTFOUND", "EINVAL"]);

export class Listener {
  readonly #server: Server;
  readonly #platform: NetPlatform;
  readonly #acceptor: TlsAcceptor;
  #tcp: Listening[] = [];
  #tls: Listening[] = [];
  #unix: Listening | null = null;
  #unixPath = "";

  constructor(server: Server, platform: NetPlatform) {
    this.#server = server;
    this.#platform = platform;
    this.#acceptor = new TlsAcceptor(server.config, server.log, platform.readBuffer, (stream) =>
      this.#onStream(stream),
    );
  }

  get hasTls(): boolean {
    return this.#tls.length > 0;
  }

  get hasTcp(): boolean {
    return this.#tcp.length > 0;
  }

  get hasUnix(): boolean {
    return this.#unix !== null;
  }

  /**
   * Opens everything that is configured. Where the platform opens ports at once, no connection is served before the
   * caller has gone on: names are looked up first.
   * @param anyPort  port 0 is one that the system chooses, not none     @throws ListenError
   */
  async open(anyPort = false): Promise<void> {
    const { config } = this.#server;
    const port = config.int("port");
    if (port !== 0 || anyPort) {
      const targets = await Promise.all(bindAddresses(config.text("bind")).map(resolveName));
      const opened = this.#listenAll(targets, port, "tcp");
      this.#tcp = opened instanceof Promise ? await opened : opened;
      if (this.#tcp.length === 0) throw new ListenError(`Failed listening on port ${port} (tcp), aborting.`);
      if (port === 0) config.force("port", String(this.#tcp[0]!.port));
    }
    await this.#openTls();
    const path = fromByteString(config.text("unixsocket"));
    if (path !== "") await this.#openUnix(path);
    if (!this.hasTcp && !this.hasTls && !this.hasUnix)
      throw new ListenError("Configured to not listen anywhere, exiting.");
  }

  async #openTls(): Promise<void> {
    const port = this.#server.config.int("tls-port");
    if (port === 0) return;
    if (!this.#acceptor.configure()) {
      throw new ListenError("Failed to configure TLS. Check logs for more info.");
    }
    const targets = await Promise.all(bindAddresses(this.#server.config.text("bind")).map(resolveName));
    const opened = this.#listenAll(targets, port, "tls");
    this.#tls = opened instanceof Promise ? await opened : opened;
    if (this.#tls.length === 0) throw new ListenError(`Failed listening on port ${port} (tls), aborting.`);
  }

  /** A parameter of TLS has changed. @returns the error for CONFIG SET, or null */
  reconfigureTls(changed: ReadonlySet<string>): string | null {
    if (this.#server.config.int("tls-port") !== 0 && !this.#acceptor.configure()) {
      return "Unable to update TLS configuration. Check server logs.";
    }
    return changed.has("tls-port")
      ? this.#reopenTls("Unable to listen on this port. Check server logs.")
      : null;
  }

  /**
   * `bind` or `port` has changed. The old sockets go first, because new ones may overlap with them; when the new ones
   * fail, the caller puts the values back and calls again.
   * @returns the error for CONFIG SET, or null
   */
  reopen(changed: ReadonlySet<string>): string | null {
    const failed = changed.has("port")
      ? "Unable to listen on this port. Check server logs."
      : "Failed to bind to specified addresses.";
    const tcpProblem = this.#reopenTcp(failed);
    if (tcpProblem !== null || !changed.has("bind")) return tcpProblem;
    return this.#reopenTls(failed);
  }

  #reopenTcp(failed: string): string | null {
    const port = this.#server.config.int("port");
    return this.#replace(this.#tcp, port, "tcp", failed, (opened) => (this.#tcp = opened));
  }

  #reopenTls(failed: string): string | null {
    const port = this.#server.config.int("tls-port");
    return this.#replace(this.#tls, port, "tls", failed, (opened) => (this.#tls = opened));
  }

  /** Closes sockets that listen and opens others. @returns the error for CONFIG SET, or null */
  #replace(
    old: readonly Listening[],
    port: number,
    transport: Transport,
    failed: string,
    set: (opened: Listening[]) => void,
  ): string | null {
    for (const listening of old) listening.close();
    set([]);
    if (port === 0) return null;
    try {
      const opened = this.#listenAll(bindAddresses(this.#server.config.text("bind")), port, transport);
      if (opened instanceof Promise) void opened.then(set);
      else set(opened);
      return null;
    } catch (problem) {
      if (problem instanceof ListenError) return failed;
      throw problem;
    }
  }

  /** @throws ListenError, with nothing left open */
  #listenAll(
    targets: readonly BindAddress[],
    port: number,
    transport: Transport,
  ): Listening[] | Promise<Listening[]> {
    const backlog = this.#server.config.int("tcp-backlog");
    const opened: (Listening | Promise<Listening>)[] = [];
    const tried: BindAddress[] = [];
    for (const target of targets) {
      try {
        const family = isIP(target.address);
        if (family === 0)
          throw target.problem ?? Object.assign(new Error(NAME_UNKNOWN), { code: "ENOTFOUND" });
        const options = { address: target.address, family: family === 6 ? 6 : 4, port, backlog } as const;
        opened.push(this.#listen(options, transport));
        tried.push(target);
      } catch (problem) {
        if (target.optional && OPTIONAL_ERRORS.has(codeOf(problem))) continue;
        for (const listening of opened) if (!(listening instanceof Promise)) listening.close();
        throw this.#failed(target, port, transport, problem);
      }
    }
    const now = opened.filter((listening): listening is Listening => !(listening instanceof Promise));
    return now.length === opened.length ? now : this.#gather(opened, tried, port, transport);
  }

  /** For platforms that open ports in their own time. */
  async #gather(
    opening: readonly (Listening | Promise<Listening>)[],
    targets: readonly BindAddress[],
    port: number,
    transport: Transport,
  ): Promise<Listening[]> {
    const opened: Listening[] = [];
    const results = await Promise.allSettled(opening.map((listening) => Promise.resolve(listening)));
    for (const result of results) if (result.status === "fulfilled") opened.push(result.value);
    results.forEach((result, i) => {
      const target = targets[i]!;
      if (result.status === "fulfilled" || (target.optional && OPTIONAL_ERRORS.has(codeOf(result.reason))))
        return;
      for (const listening of opened) listening.close();
      throw this.#failed(target, port, transport, result.reason);
    });
    return opened;
  }

  #listen(options: TcpOptions, transport: Transport): Listening | Promise<Listening> {
    if (transport === "tcp") return this.#platform.listenTcp(options, this.#onStream);
    return this.#platform.listenSockets(options, (socket) => this.#acceptor.accept(socket));
  }

  #failed(target: BindAddress, port: number, transport: Transport, problem: unknown): ListenError {
    const step = codeOf(problem) === "ENOTFOUND" ? "" : "bind: ";
    this.#server.log.warning(
      `Warning: Could not create server ${transport.toUpperCase()} listening socket ${target.shown}:${port}: ${step}${reasonOf(problem)}`,
    );
    return new ListenError(`Failed listening on port ${port} (${transport}), aborting.`, { cause: problem });
  }

  async #openUnix(path: string): Promise<void> {
    const { config } = this.#server;
    try {
      if (lstatSync(path, { throwIfNoEntry: false })?.isSocket()) unlinkSync(path); // left by a server that was killed
      const opened = this.#platform.listenUnix({ path, backlog: config.int("tcp-backlog") }, this.#onStream);
      this.#unix = opened instanceof Promise ? await opened : opened;
      const mode = parseInt(config.text("unixsocketperm"), 8);
      if (mode !== 0) chmodSync(path, mode);
      this.#unixPath = path;
    } catch (problem) {
      // libuv says EACCES for a folder that is not there.
      const why = existsSync(dirname(path)) ? reasonOf(problem) : "No such file or directory";
      throw new ListenError(`Failed opening Unix socket: bind: ${why}`, { cause: problem });
    }
  }

  /** Takes no more connections. May be called twice. */
  close(): void {
    for (const listening of [...this.#tcp, ...this.#tls]) listening.close();
    this.#tcp = [];
    this.#tls = [];
    if (!this.#unix) return;
    this.#unix.close();
    this.#unix = null;
    try {
      unlinkSync(this.#unixPath);
    } catch {
      // Somebody has removed it already.
    }
  }

  readonly #onStream = (stream: ByteStream): void => {
    const server = this.#server;
    const peer = stream.peerAddress();
    if (stream.kind === "tcp" && peer === null) return stream.destroy(); // gone already
    const isLocal = stream.kind === "unix" || isLoopback(peer!.address);
    if (server.clients.count >= server.maxClients) return refuse(stream, FULL, server);
    if (!isLocal && server.config.flag("protected-mode") && server.access.users.default.noPassword) {
      return refuse(stream, DENIED, server);
    }
    stream.setNoDelay(true);
    const keepAliveSeconds = server.config.int("tcp-keepalive");
    if (keepAliveSeconds > 0) stream.setKeepAlive(keepAliveSeconds);
    const socketName = `${this.#unixPath}:0`;
    server.addClient(
      stream,
      isLocal,
      peer ? shownAddress(peer) : socketName,
      peer ? shownAddress(stream.localAddress() ?? peer) : socketName,
    );
  };
}

function refuse(stream: ByteStream, why: string, server: Server): void {
  server.stats.connectionsRejected++;
  stream.write(Buffer.from(why, "latin1"), 0, why.length);
  stream.closeAfterWrites();
}

interface BindAddress {
  /** Of an interface; a name until it is resolved. */
  readonly address: string;
  readonly optional: boolean;
  /** As configured. */
  readonly shown: string;
  /** Why a name could not be resolved. */
  readonly problem?: unknown;
}

async function resolveName(target: BindAddress): Promise<BindAddress> {
  if (isIP(target.address) !== 0) return target;
  try {
    return { ...target, address: (await lookup(target.address)).address };
  } catch (problem) {
    return { ...target, problem };
  }
}

function codeOf(problem: unknown): string {
  return (problem as NodeJS.ErrnoException).code ?? "";
}

/** `* -::*` → addresses; `-` marks those that need not exist. */
function bindAddresses(text: string): BindAddress[] {
  return text
    .split(" ")
    .filter((word) => word !== "")
    .map((word) => {
      const optional = word.startsWith("-");
      const shown = optional ? word.slice(1) : word;
      const address = shown === "*" ? "0.0.0.0" : shown === "::*" ? "::" : shown;
      return { address, optional, shown };
    });
}

function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address === "::1" || address.startsWith("::ffff:127.");
}

function shownAddress({ address, port }: { address: string; port: number }): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
