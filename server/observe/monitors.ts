/**
 * monitors: MONITOR. Every command of every client, as a line for those who asked:
 *
 *   1339518083.107412 [0 127.0.0.1:60866] "keys" "*"          seconds, database after it, address or `lua`
 *
 * The gate tells of each command before it runs. Lines collect until the end of the turn, and leave in one write a monitor;
 * before a monitor's own commands run, those from before them do. So its replies stand where they belong, and many clients
 * cost one write.
 *
 * As in Redis: commands flagged admin are not shown, nor are those that wait for EXEC; EXEC comes behind what it runs.
 * Secrets are covered.
 */
import { ClientFlag, Root } from "../../bindings/abi.ts";
import type { CommandArguments } from "../../bindings/command-keys.ts";
import type { CommandRow } from "../../bindings/command-table.ts";
import { clientDb, hasClientFlag, queuedCommands } from "../../bindings/records.ts";
import { Attention, setAttention } from "../attention.ts";
import { type Client, CLIENT_MONITOR } from "../client.ts";
import { parseInt64 } from "../config/value-types.ts";
import { quoteArg } from "../config/split-args.ts";
import { MONITOR_LINES_MAX } from "../limits.ts";
import type { Server } from "../server.ts";
import { redact } from "./redact.ts";

/** Commands that MULTI does not queue. */
const UNQUEUED = new Set(["exec", "discard", "multi", "watch", "quit", "reset"]);
/** Nothing in it needs an escape. */
const PLAIN = /^[ !#-[\]-~]*$/;

export class Monitors {
  readonly #server: Server;
  readonly #clients = new Set<Client>();
  #lines = "";
  #scheduled = false;
  /** EXEC as its client wrote it, until the last of its commands has been shown. */
  #exec: { readonly client: Client; readonly word: string } | null = null;

  constructor(server: Server) {
    this.#server = server;
  }

  get count(): number {
    return this.#clients.size;
  }

  /** MONITOR. @returns false = it is one already */
  add(client: Client): boolean {
    if (this.#clients.has(client)) return false;
    this.#clients.add(client);
    client.setFlag(CLIENT_MONITOR, true);
    if (this.#clients.size === 1) this.#watchEverybody(true);
    return true;
  }

  /** RESET, or the end of the connection. */
  remove(client: Client): void {
    if (!this.#clients.delete(client)) return;
    client.setFlag(CLIENT_MONITOR, false);
    if (this.#clients.size === 0) this.#watchEverybody(false);
  }

  #watchEverybody(on: boolean): void {
    const { engine, clients } = this.#server;
    for (const client of clients) setAttention(engine, client, Attention.MONITORED, on);
  }

  /** A client's command is about to run, or to be queued. */
  note(client: Client, row: CommandRow, args: CommandArguments): void {
    const { engine } = this.#server;
    const isExecuting = hasClientFlag(engine, client.record, ClientFlag.EXECUTING);
    if (!isExecuting) {
      this.#noteExec();
      const isQueued = hasClientFlag(engine, client.record, ClientFlag.MULTI) && !UNQUEUED.has(row.name);
      if (isQueued) return;
      if (row.name === "exec" && hasClientFlag(engine, client.record, ClientFlag.MULTI)) {
        this.#exec = { client, word: args.text(0) };
        const fails = hasClientFlag(engine, client.record, ClientFlag.DIRTY_EXEC | ClientFlag.DIRTY_CAS);
        if (fails || queuedCommands(engine, client.record).count === 0) this.#noteExec();
        return;
      }
    }
    const from = client.connection.kind === "unix" ? unixName(client) : client.address;
    const db = dbAfter(row, args, clientDb(engine, client.record), this.#databases);
    this.#show(from, db, row, args);
    if (isExecuting && !queuedCommands(engine, client.record).hasNext) this.#noteExec(db);
  }

  /** A script's command. @param record  of the scripts' own client */
  noteScript(record: number, row: CommandRow, args: CommandArguments): void {
    this.#show("lua", dbAfter(row, args, clientDb(this.#server.engine, record), this.#databases), row, args);
  }

  get #databases(): number {
    return this.#server.engine.word(Root.databaseCount);
  }

  /** @param db  where the last of its commands is about to change it */
  #noteExec(db?: number): void {
    if (this.#exec === null) return;
    const { client, word } = this.#exec;
    this.#exec = null;
    const from = client.connection.kind === "unix" ? unixName(client) : client.address;
    this.#line(from, db ?? clientDb(this.#server.engine, client.record), [word]);
  }

  #show(from: string, db: number, row: CommandRow, args: CommandArguments): void {
    if (row.flags.includes("admin")) return;
    const words: string[] = [];
    const count = args.length;
    for (let i = 0; i < count; i++) words.push(args.text(i));
    this.#line(from, db, redact(row.name, words));
  }

  #line(from: string, db: number, words: readonly string[]): void {
    if (!this.#scheduled) {
      // For what runs outside of a turn.
      this.#scheduled = true;
      setImmediate(this.#flushLater);
    }
    let line = `+${timeStamp()} [${db} ${from}]`;
    for (const word of words) line += PLAIN.test(word) ? ` "${word}"` : ` ${quoteArg(word)}`;
    this.#lines += `${line}\r\n`;
    if (this.#lines.length > MONITOR_LINES_MAX) this.flush();
  }

  /** Whether there are lines to write. */
  get isPending(): boolean {
    return this.#lines !== "";
  }

  readonly #flushLater = (): void => {
    this.#scheduled = false;
    if (this.isPending) this.flush();
  };

  flush(): void {
    const bytes = Buffer.from(this.#lines, "latin1");
    this.#lines = "";
    for (const client of [...this.#clients]) client.connection.write(bytes, 0, bytes.length);
  }
}

/** `unix:PATH`; CLIENT LIST says `PATH:0` of the same. */
function unixName(client: Client): string {
  return `unix:${client.address.replace(/:0$/, "")}`;
}

/** The database that the client is in when the command has run. */
function dbAfter(row: CommandRow, args: CommandArguments, db: number, databases: number): number {
  if (row.name === "reset") return 0;
  if (row.name !== "select") return db;
  const asked = Number(parseInt64(args.text(1)) ?? -1);
  return asked >= 0 && asked < databases ? asked : db;
}

/** Seconds since 1970, to the microsecond. */
function timeStamp(): string {
  return ((performance.timeOrigin + performance.now()) / 1000).toFixed(6);
}
