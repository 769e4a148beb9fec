/**
 * session: a conversation with a server that outlives its connections: who one is, which protocol and database one has
 * chosen come back after a reconnect.
 */
import type { CliOptions } from "./options.ts";
import { Connection } from "./connection.ts";
import { type Reply, textOf } from "./reply.ts";

export interface SessionEvents {
  /** A push, a message of pub/sub or a line of MONITOR. */
  unasked(reply: Reply): void;
  /** A command of the greeting was refused; the conversation goes on. */
  warning(line: string): void;
}

export class Session {
  readonly options: CliOptions;
  /** Is changed by SELECT. */
  database: number;
  /** MULTI was said, and neither EXEC nor DISCARD. */
  inTransaction = false;
  #user: string | null;
  #password: string | null;
  #resp: 2 | 3 | null;
  #connection: Connection | null = null;
  readonly #events: SessionEvents;

  constructor(options: CliOptions, events: SessionEvents) {
    this.options = options;
    this.database = options.database;
    this.#user = options.user;
    this.#password = options.password;
    this.#resp = options.resp;
    this.#events = events;
  }

  get connection(): Connection | null {
    return this.#connection?.isOpen === true ? this.#connection : null;
  }

  get isSubscribed(): boolean {
    return this.connection?.isSubscribed === true;
  }

  /** @returns the connection, a new one where there is none     @throws ConnectionError */
  async connect(): Promise<Connection> {
    if (this.#connection?.isOpen === true) return this.#connection;
    this.inTransaction = false;
    const connection = await Connection.open(this.options, (reply) => this.#events.unasked(reply));
    this.#connection = connection;
    await this.#greet(connection);
    return connection;
  }

  /**
   * Sends a command. A connection that had ended before is made anew.
   * @throws ConnectionError, ProtocolError
   */
  async call(argv: readonly string[]): Promise<Reply> {
    const connection = await this.connect();
    const reply = await connection.call(argv);
    this.#note(argv, reply);
    return reply;
  }

  /** As `call`, for what has only replies. */
  async callMany(commands: readonly (readonly string[])[]): Promise<Reply[]> {
    return (await this.connect()).callMany(commands);
  }

  close(): void {
    this.#connection?.close();
    this.#connection = null;
  }

  async #greet(connection: Connection): Promise<void> {
    const attempt = async (what: string, argv: readonly string[]): Promise<void> => {
      const reply = await connection.call(argv);
      if (reply.kind === "error") this.#events.warning(`${what} failed: ${reply.text}`);
    };
    if (this.#password !== null) {
      const user = this.#user === null ? [] : [this.#user];
      await attempt("AUTH", ["AUTH", ...user, this.#password]);
    }
    if (this.#resp !== null) await attempt(`HELLO ${this.#resp}`, ["HELLO", String(this.#resp)]);
    if (this.database !== 0) {
      const chosen = String(this.database);
      await attempt(`SELECT ${chosen}`, ["SELECT", chosen]);
    }
  }

  /** What a command has changed about the conversation. */
  #note(argv: readonly string[], reply: Reply): void {
    if (reply.kind === "error") {
      if (argv[0]!.toLowerCase() === "exec") this.inTransaction = false;
      return;
    }
    const name = argv[0]!.toLowerCase();
    const isQueued = reply.kind === "status" && textOf(reply) === "QUEUED";
    if (isQueued) return;
    if (name === "select") this.database = Number(argv[1]);
    else if (name === "multi") this.inTransaction = true;
    else if (name === "exec" || name === "discard") this.inTransaction = false;
    else if (name === "auth") {
      this.#password = argv.at(-1)!;
      this.#user = argv.length > 2 ? argv[1]! : null;
    } else if (name === "hello" && argv.length > 1) this.#resp = argv[1] === "3" ? 3 : 2;
    else if (name === "reset") {
      this.inTransaction = false;
      this.database = 0;
      this.#resp = null;
    }
  }
}
