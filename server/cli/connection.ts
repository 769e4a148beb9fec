/**
 * connection: one connection of `kvasm cli` to a server. Replies are matched with commands in order; what comes unasked
 * (pushes of RESP3, messages of RESP2's subscribed mode, lines of MONITOR) goes to one listener.
 *
 * A command of pub/sub has no reply of its own but a confirmation for each channel: `call` waits for all of them, and the
 * listener sees them.
 */
import net from "node:net";
import tls from "node:tls";
import type { CliOptions } from "./options.ts";
import { encodeCommand, itemsOf, ProtocolError, type Reply, ReplyParser, textOf } from "./reply.ts";

/** There is no connection, or no more. */
export class ConnectionError extends Error {}

const SUBSCRIPTION = /^[ps]?(un)?subscribe$/;
const MESSAGES: ReadonlySet<string> = new Set(["message", "pmessage", "smessage"]);

interface Waiting {
  resolve(reply: Reply): void;
  reject(problem: Error): void;
  /** The verb of a command of pub/sub, and how many confirmations it gets. */
  readonly verb: string | null;
  confirmations: number;
}

/** What a command of pub/sub resolves to: everything has been said by its confirmations. */
export const CONFIRMED: Reply = { kind: "null" };

export class Connection {
  readonly #socket: net.Socket;
  readonly #parser: ReplyParser;
  readonly #waiting: Waiting[] = [];
  readonly #onUnasked: (reply: Reply) => void;
  #monitoring = false;
  /** Subscribed to anything: arrays that look like messages are messages. */
  #subscribed = false;
  #problem: Error | null = null;
  readonly closed: Promise<void>;

  private constructor(socket: net.Socket, onUnasked: (reply: Reply) => void) {
    this.#socket = socket;
    this.#onUnasked = onUnasked;
    this.#parser = new ReplyParser((reply) => this.#received(reply));
    this.closed = new Promise((resolve) => {
      socket.once("close", () => {
        this.#fail(new ConnectionError("Server closed the connection"));
        resolve();
      });
    });
    socket.on("error", (problem) => this.#fail(new ConnectionError(problem.message)));
    socket.on("data", (chunk: Buffer) => {
      try {
        this.#parser.feed(chunk);
      } catch (problem) {
        if (!(problem instanceof ProtocolError)) throw problem;
        this.#fail(problem);
        socket.destroy();
      }
    });
  }

  /** @throws ConnectionError that says to where there is none */
  static open(options: CliOptions, onUnasked: (reply: Reply) => void): Promise<Connection> {
    const { host, port, socket: path, tls: secure, addressFamily: family, connectTimeoutMs } = options;
    const address = path === null ? { host, port, family } : { path };
    return new Promise((resolve, reject) => {
      const ready = secure === null ? "connect" : "secureConnect";
      // A certificate is for a name; an address is compared with those it lists.
      const servername = secure !== null && net.isIP(host) === 0 ? { servername: host } : {};
      const socket =
        secure === null ? net.connect(address) : tls.connect({ ...address, ...servername, ...secure });
      const fail = (why: string): void => {
        socket.destroy();
        const where = path ?? `${host}:${port}`;
        reject(new ConnectionError(`Could not connect to Redis at ${where}: ${why}`));
      };
      const timer =
        connectTimeoutMs > 0 ? setTimeout(() => fail("Connection timed out"), connectTimeoutMs) : undefined;
      const failed = (problem: NodeJS.ErrnoException): void => {
        clearTimeout(timer);
        fail(reasonOf(problem));
      };
      socket.once("error", failed);
      socket.once(ready, () => {
        clearTimeout(timer);
        socket.off("error", failed);
        socket.setNoDelay(true);
        resolve(new Connection(socket, onUnasked));
      });
    });
  }

  get isOpen(): boolean {
    return this.#problem === null;
  }

  get isSubscribed(): boolean {
    return this.#subscribed;
  }

  /** @throws ConnectionError, ProtocolError */
  call(argv: readonly string[]): Promise<Reply> {
    return this.#post(encodeCommand(argv), argv);
  }

  /** Many commands in one write. @throws ConnectionError, ProtocolError */
  callMany(commands: readonly (readonly string[])[]): Promise<Reply[]> {
    const bytes = Buffer.concat(commands.map(encodeCommand));
    const replies = commands.map((argv, i) => this.#post(i === 0 ? bytes : null, argv));
    return Promise.all(replies);
  }

  /** Bytes as they are; whatever they lead to goes to the listener. @returns when there is room for more */
  write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.write(bytes, (problem) => (problem ? reject(this.#problem ?? problem) : resolve()));
    });
  }

  get isMonitoring(): boolean {
    return this.#monitoring;
  }

  /** Every reply from here on is a line of MONITOR. */
  beginMonitoring(): void {
    this.#monitoring = true;
  }

  close(): void {
    this.#socket.destroy();
  }

  #post(bytes: Buffer | null, argv: readonly string[]): Promise<Reply> {
    if (this.#problem !== null) return Promise.reject(this.#problem);
    const verb = argv[0]!.toLowerCase();
    const confirmations = SUBSCRIPTION.test(verb) ? Math.max(1, argv.length - 1) : 0;
    const reply = new Promise<Reply>((resolve, reject) => {
      this.#waiting.push({ resolve, reject, verb: confirmations > 0 ? verb : null, confirmations });
    });
    if (bytes !== null) this.#socket.write(bytes);
    return reply;
  }

  #received(reply: Reply): void {
    if (this.#isUnasked(reply)) {
      const [word, , count] = itemsOf(reply);
      if (SUBSCRIPTION.test(textOf(word))) this.#subscribed = textOf(count) !== "0";
      this.#onUnasked(reply);
      this.#confirm(textOf(word));
      return;
    }
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#onUnasked(reply);
    else waiting.resolve(reply);
  }

  /** RESP2 has no pushes: there messages are arrays that look like them. */
  #isUnasked(reply: Reply): boolean {
    if (reply.kind === "push" || this.#monitoring) return true;
    if (reply.kind !== "array") return false;
    const word = textOf(reply.items[0]);
    if (MESSAGES.has(word)) return this.#subscribed;
    return this.#waiting[0]?.verb === word;
  }

  #confirm(word: string): void {
    const first = this.#waiting[0];
    if (first?.verb !== word || --first.confirmations > 0) return;
    this.#waiting.shift();
    first.resolve(CONFIRMED);
  }

  #fail(problem: Error): void {
    this.#problem ??= problem;
    for (const waiting of this.#waiting.splice(0)) waiting.reject(this.#problem);
  }
}

/** What C libraries call the problems that people meet. */
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "Connection refused",
  ENOENT: "No such file or directory",
  ENOTFOUND: "Name or service not known",
  EAI_AGAIN: "Temporary failure in name resolution",
  ETIMEDOUT: "Connection timed out",
  EHOSTUNREACH: "No route to host",
  ENETUNREACH: "Network is unreachable",
  EACCES: "Permission denied",
};

function reasonOf(problem: NodeJS.ErrnoException & { errors?: readonly Error[] }): string {
  // Several addresses were tried.
  const first = problem.message === "" ? (problem.errors?.[0] as NodeJS.ErrnoException | undefined) : problem;
  return REASONS[first?.code ?? problem.code ?? ""] ?? first?.message ?? problem.message;
}
