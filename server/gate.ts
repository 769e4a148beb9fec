/**
 * gate: the one ordered path of a host command.
 *
 *   engine   exists → arity → authenticated          (before it hands the command over)
 *   here     for clients with a gate (attention.ts): ACL → a script stands still → monitors
 *            handler → run → count → slow log, latency monitor
 */
import { ClientFlag, Root } from "../bindings/abi.ts";
import type { CommandArguments } from "../bindings/command-keys.ts";
import { COMMANDS, type CommandRow, hasFlag } from "../bindings/command-table.ts";
import type { Engine } from "../bindings/engine.ts";
import {
  argumentBytes,
  argumentCount,
  argumentText,
  clientResp,
  countCall,
  countRejected,
  hasClientFlag,
  hostCommandId,
  noteLatency,
  setClientFlag,
} from "../bindings/records.ts";
import { isError, ReplyWriter, type Reply } from "../bindings/reply-tree.ts";
import { Attention } from "./attention.ts";
import { CLIENT_MONITOR, type Client } from "./client.ts";
import type { CommandContext } from "./commands/context.ts";
import { parseInt64 } from "./config/value-types.ts";
import { HANDLERS } from "./generated/handlers.ts";
import { noteDuration } from "./observe/durations.ts";
import { cutArguments } from "./observe/slowlog.ts";
import { refusalWhileSubscribed } from "./pubsub/subscribed-mode.ts";
import type { Server } from "./server.ts";

const NO_KEYS_FOR_MONITORS = "ERR Replica can't interact with the keyspace";

/** By number: whether a command writes. */
const WRITES = COMMANDS.map((row) => row.flags.includes("write"));

export type Verdict = "run" | "refused" | "wait";

export class Gate {
  readonly #server: Server;
  readonly #engine: Engine;
  readonly #context: HostCall;
  /** Those of the command that the engine has stopped at. */
  readonly #arguments: CommandArguments;

  constructor(server: Server) {
    this.#server = server;
    this.#engine = server.engine;
    this.#context = new HostCall(server);
    this.#arguments = {
      get length() {
        return argumentCount(server.engine);
      },
      text: (index) => argumentText(server.engine, index),
    };
  }

  /** Runs the host command that the engine has stopped at; its reply is in the engine's buffer. */
  run(client: Client): void {
    const engine = this.#engine;
    const id = hostCommandId(engine);
    const row = COMMANDS[id]!;
    const context = this.#context;
    // To those who ask, a client in EXEC runs EXEC.
    if (!hasClientFlag(engine, client.record, ClientFlag.EXECUTING)) client.lastCommand = id;
    const handler = HANDLERS[id];
    if (!handler) {
      context.begin(client, row);
      context.error(`ERR ${row.name.toUpperCase()} is not supported`);
      return;
    }
    // What the commands before have brought about is told before what this one does.
    if (engine.word(Root.eventsUsed) > 0) this.#server.takeEvents();
    const startedAt = performance.now();
    context.begin(client, row);
    handler(context);
    if (WRITES[id] && !context.failed) engine.exports.hostWrote();
    const micros = (performance.now() - startedAt) * 1000;
    countCall(engine, id, micros, context.failed);
    if (this.#server.latency.keepsHistograms) noteLatency(engine, id, micros);
    this.#server.noteSlowCommands(); // a script's, before the script
    if (micros < this.#server.reportMicros) return;
    noteDuration(this.#server, row, micros, client, () =>
      cutArguments(context.argc, (index) => context.text(index)),
    );
  }

  /** A command of a client that needs individual attention: what is to become of it. A refusal has been replied. */
  inspect(client: Client): Verdict {
    const server = this.#server;
    const row = COMMANDS[hostCommandId(this.#engine)]!;
    const reasons = client.attention;
    const isExecuting = hasClientFlag(this.#engine, client.record, ClientFlag.EXECUTING);
    let refusal: string | null = null;
    if (reasons & Attention.RESTRICTED) refusal = this.#aclRefusal(client, row, isExecuting);
    if (refusal === null && reasons & Attention.SUBSCRIBED && !isExecuting) {
      refusal = refusalWhileSubscribed(row, clientResp(this.#engine, client.record));
    }
    if (refusal === null && reasons & Attention.BUSY && !row.flags.includes("allow_busy")) {
      refusal = server.scripting.busyError;
    }
    if (refusal === null && reasons & Attention.DISK && !isExecuting) {
      refusal = server.persistence.refusal(row);
    }
    if (refusal === null && client.has(CLIENT_MONITOR) && touchesKeys(row)) refusal = NO_KEYS_FOR_MONITORS;
    if (refusal === null) {
      const verdict = isExecuting ? "run" : this.#runOrWait(client, row);
      if (verdict === "run" && reasons & Attention.MONITORED)
        server.monitors.note(client, row, this.#arguments);
      return verdict;
    }
    if (isExecuting) {
      this.#context.begin(client, row);
      this.#context.error(refusal);
    } else this.#refuse(client, row, refusal);
    return "refused";
  }

  #runOrWait(client: Client, row: CommandRow): Verdict {
    const { pause, tracking } = this.#server;
    if (client.attention & Attention.PAUSED && pause.stops(client, row)) {
      client.lastCommand = row.id;
      return "wait";
    }
    if (client.attention & Attention.TRACKING) tracking.beforeCommand(client, row.name.startsWith("client|"));
    return "run";
  }

  #aclRefusal(client: Client, row: CommandRow, isExecuting: boolean): string | null {
    const { access } = this.#server;
    if (isExecuting) return access.refusalInExec(client, row, this.#arguments);
    client.lastCommand = row.id;
    const inMulti = hasClientFlag(this.#engine, client.record, ClientFlag.MULTI);
    // The engine's own refusal comes first.
    if (inMulti && row.flags.includes("no_multi")) return null;
    return access.refusal(client, row, this.#arguments, inMulti ? "multi" : "toplevel");
  }

  /** A command that does not run: EXEC will abort where MULTI is open, and a refused EXEC aborts at once. */
  #refuse(client: Client, row: CommandRow, why: string): void {
    const engine = this.#engine;
    countRejected(engine, row.id);
    this.#context.begin(client, row);
    if (row.name === "exec") {
      engine.exports.clientReset(client.record);
      return this.#context.error(`EXECABORT Transaction discarded because of: ${why}`);
    }
    if (hasClientFlag(engine, client.record, ClientFlag.MULTI)) {
      setClientFlag(engine, client.record, ClientFlag.DIRTY_EXEC, true);
    }
    this.#context.error(why);
  }
}

function touchesKeys(row: CommandRow): boolean {
  return row.flags.includes("write") || row.flags.includes("readonly") || hasFlag(row, "may_replicate");
}

/** The context of each host command in turn. */
class HostCall implements CommandContext {
  readonly server: Server;
  client!: Client;
  command!: CommandRow;
  failed = false;
  readonly #engine: Engine;
  readonly #writer = new ReplyWriter();

  constructor(server: Server) {
    this.server = server;
    this.#engine = server.engine;
  }

  begin(client: Client, command: CommandRow): void {
    this.client = client;
    this.command = command;
    this.failed = false;
  }

  get argc(): number {
    return argumentCount(this.#engine);
  }

  get isExecuting(): boolean {
    return hasClientFlag(this.#engine, this.client.record, ClientFlag.EXECUTING);
  }

  text(index: number): string {
    return argumentText(this.#engine, index);
  }

  lower(index: number): string {
    return this.text(index).toLowerCase();
  }

  view(index: number): Uint8Array {
    return this.#engine.argument(index);
  }

  bytes(index: number): Uint8Array {
    return argumentBytes(this.#engine, index);
  }

  texts(from: number): string[] {
    const texts: string[] = [];
    for (let i = from; i < this.argc; i++) texts.push(this.text(i));
    return texts;
  }

  integer(index: number): number | null {
    const value = parseInt64(this.text(index));
    return value === null ? null : Number(value);
  }

  reply(reply: Reply): void {
    if (isError(reply)) this.#countError(reply);
    const writer = this.#writer;
    writer.write(reply, clientResp(this.#engine, this.client.record));
    this.#engine.appendReply(writer.bytes());
    writer.clear();
  }

  error(line: string): void {
    this.reply({ kind: "error", text: line });
  }

  #countError(reply: Reply): void {
    this.failed = true;
    const text = (reply as { text: string | Uint8Array }).text;
    this.server.stats.countError(typeof text === "string" ? text : Buffer.from(text).toString("latin1"));
  }
}
