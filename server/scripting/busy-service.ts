/**
 * busy-service: what other clients send while a script has the event loop to itself, answered from within the script's
 * hook. A script can stand still only in plain Lua; inside pcall, a comparator of table.sort, an iterator, a metamethod, a
 * coroutine or EXEC the event loop cannot go on, so here the sockets are read and written without it.
 *
 *   hook ─► serve ─► chunks that wait in the turn ─┐
 *                    sockets, read without waiting ─┴─► split ─► gate ─► BUSY, or the few commands that may run
 *
 * Always true
 *   1. The script's own client is not read, nor one that waits for something (a key, the end of a pause).
 *   2. Bytes of commands that are not whole go to the engine, in order, as soon as the event loop is back.
 *   3. The batch that the engine has stopped in stays as it is: commands run through `call`, and the reply buffer is
 *      again as long as it was.
 */
import { ClientFlag, Root, Status } from "../../bindings/abi.ts";
import type { CommandRow } from "../../bindings/command-table.ts";
import { clientInputBytes, countRejected, hasClientFlag, setClientFlag } from "../../bindings/records.ts";
import { CLIENT_CLOSE_AFTER_REPLY, type Client } from "../client.ts";
import type { Connection } from "../net/connection.ts";
import type { Server } from "../server.ts";
import { CommandNames } from "./command-names.ts";
import { BUSY_INPUT_MAX, BUSY_POLL_SHARE, SLOW_SLICE_MS } from "./limits.ts";
import { splitCommand } from "./split-command.ts";

const NO_AUTH = "NOAUTH Authentication required.";

export class BusyService {
  readonly #server: Server;
  readonly #names: CommandNames;
  /** Bytes that no whole command has come of yet. */
  readonly #rests = new Map<Connection, Uint8Array>();
  #nextAtMs = 0;

  constructor(server: Server) {
    this.#server = server;
    this.#names = new CommandNames(server.renames);
  }

  /** Answers what has come; does nothing where it has just done so. Looking at all sockets takes a small share of the time. */
  serve(caller: Client): void {
    const startedAtMs = performance.now();
    if (startedAtMs < this.#nextAtMs) return;
    this.#server.turn.takeWaiting((connection, chunk) => this.#take(connection, chunk));
    for (const client of this.#server.clients) {
      if (client !== caller && !this.#server.isEnding) this.#read(client);
    }
    const now = performance.now();
    this.#nextAtMs = now + Math.max(SLOW_SLICE_MS, (now - startedAtMs) * BUSY_POLL_SHARE);
  }

  /** The event loop is about to go on: what was begun here ends there. */
  handBack(): void {
    for (const [connection, rest] of this.#rests) connection.takeBack(rest);
    this.#rests.clear();
    this.#nextAtMs = 0;
  }

  #read(client: Client): void {
    const { connection } = client;
    // A command that the engine has the first half of is the engine's.
    if (clientInputBytes(this.#server.engine, client.record) > 0) return;
    if ((this.#rests.get(connection)?.length ?? 0) > BUSY_INPUT_MAX) return;
    const chunk = connection.readNow();
    if (chunk !== null) this.#take(connection, chunk);
  }

  #take(connection: Connection, chunk: Uint8Array): void {
    const { client } = connection;
    if (client === null || connection.isClosed) return;
    const rest = this.#rests.get(connection);
    let bytes = rest === undefined ? new Uint8Array(chunk) : Buffer.concat([rest, chunk]);
    if (clientInputBytes(this.#server.engine, client.record) === 0) {
      bytes = bytes.subarray(this.#runAll(client, bytes));
    }
    if (connection.isClosed || bytes.length === 0) this.#rests.delete(connection);
    else this.#rests.set(connection, bytes);
  }

  /** Runs the whole commands at the beginning of bytes. @returns how many bytes those were */
  #runAll(client: Client, bytes: Uint8Array): number {
    let at = 0;
    for (;;) {
      const command = splitCommand(bytes, at);
      if (command === null) return at;
      if (command.argv.length > 0 && !this.#run(client, command.argv)) return at;
      at = command.end;
      if (!client.has(CLIENT_CLOSE_AFTER_REPLY)) continue;
      client.connection.closeAfterReplies();
      return bytes.length;
    }
  }

  /** @returns whether the command is done with; not where it must wait */
  #run(client: Client, argv: readonly Uint8Array[]): boolean {
    const { engine } = this.#server;
    const length = engine.replyLength;
    const row = this.#find(argv);
    const isDone = row === null ? this.#runInEngine(client, argv, -1) : this.#runKnown(client, argv, row);
    const reply = engine.reply.slice(length);
    engine.truncateReply(length);
    const { record } = client;
    const isMuted = hasClientFlag(engine, record, ClientFlag.REPLY_OFF | ClientFlag.REPLY_SKIP);
    setClientFlag(engine, record, ClientFlag.REPLY_SKIP, false);
    if (!isMuted) client.connection.write(reply, 0, reply.length);
    return isDone;
  }

  /** The command's row; null where there is no such command, or it has another number of arguments. */
  #find(argv: readonly Uint8Array[]): CommandRow | null {
    const [name, subcommand] = argv as [Uint8Array, Uint8Array?];
    let found = this.#names.find(name, 0, name.length);
    if (found?.isContainer && subcommand !== undefined) {
      found = this.#names.findSubcommand(found, subcommand, 0, subcommand.length);
    }
    if (!found || found.isContainer) return null;
    const { arity } = found.row;
    return arity > 0 ? (argv.length === arity ? found.row : null) : argv.length >= -arity ? found.row : null;
  }

  #runKnown(client: Client, argv: readonly Uint8Array[], row: CommandRow): boolean {
    const server = this.#server;
    const { engine } = server;
    if (hasClientFlag(engine, client.record, ClientFlag.UNAUTHENTICATED) && !row.flags.includes("no_auth")) {
      countRejected(engine, row.id);
      server.stats.countError(NO_AUTH);
      engine.appendReply(Buffer.from(`-${NO_AUTH}\r\n`));
      return true;
    }
    const verdict = this.#asStopped(engine.layCall(argv), argv.length, row.id, () =>
      server.gate.inspect(client),
    );
    if (verdict === "run") return this.#runInEngine(client, argv, row.id);
    return verdict === "refused";
  }

  /** @param id  of the command; -1 = the engine will refuse it */
  #runInEngine(client: Client, argv: readonly Uint8Array[], id: number): boolean {
    const server = this.#server;
    const { engine } = server;
    const { current } = server;
    server.current = client;
    if (id < 0 && hasClientFlag(engine, client.record, ClientFlag.MULTI)) {
      setClientFlag(engine, client.record, ClientFlag.DIRTY_EXEC, true);
    }
    if (engine.call(client.record, argv) === Status.HOST_COMMAND) {
      this.#asStopped(engine.layCall(argv), argv.length, id, () => server.gate.run(client));
    }
    server.current = current;
    return true;
  }

  /** Does something as if the engine had stopped at a command. */
  #asStopped<T>(argv: number, argc: number, id: number, run: () => T): T {
    const { memory, root } = this.#server.engine;
    const places = [Root.argv, Root.argc, Root.commandId];
    const saved = places.map((place) => memory.u32(root + place));
    [argv, argc, id].forEach((value, i) => memory.setU32(root + places[i]!, value));
    const result = run();
    saved.forEach((value, i) => memory.setU32(root + places[i]!, value));
    return result;
  }
}
