/**
 * replay: the commands of an append-only file into the engine, in slices between which clients are heard. The engine parses
 * and runs them as it does those of a client, with full batches; their replies are thrown away.
 */
import { ClientField, ClientFlag, Root, Status } from "../../../bindings/abi.ts";
import { hasClientFlag, setClientFlag } from "../../../bindings/records.ts";
import { Client } from "../../client.ts";
import { Connection } from "../../net/connection.ts";
import { NullStream } from "../../net/null-stream.ts";
import { ReadChunks } from "../../net/read-chunks.ts";
import type { Server } from "../../server.ts";
import type { InputFile } from "../files.ts";

/** How it went: to the end, or not. */
export type ReplayOutcome = "complete" | "truncated" | "format" | { readonly unknownCommand: string };

export class Replay {
  readonly #server: Server;
  readonly #file: InputFile;
  readonly #client: Client;
  #position: number;

  constructor(server: Server, file: InputFile, from: number) {
    this.#server = server;
    this.#file = file;
    this.#position = from;
    const { engine } = server;
    const record = engine.exports.clientOpen();
    engine.memory.refresh();
    setClientFlag(engine, record, ClientFlag.OBEY, true);
    const connection = new Connection(server, new NullStream(), new ReadChunks(new Uint8Array(0)), true);
    this.#client = new Client({
      id: 0,
      connection,
      record,
      address: "aof:0",
      localAddress: "aof:0",
      user: server.access.users.default,
      nowMs: Date.now(),
    });
  }

  /** Runs it, a chunk a step. */
  *steps(progress: (bytes: number) => void): Generator<void, ReplayOutcome> {
    try {
      for (;;) {
        const outcome = this.#piece();
        if (outcome !== null) return outcome;
        progress(this.#position);
        yield;
      }
    } finally {
      this.#close();
    }
  }

  #close(): void {
    const { engine } = this.#server;
    engine.exports.clearReply();
    engine.exports.clientClose(this.#client.record);
    engine.memory.refresh();
  }

  /** @returns how it ended; null = it goes on */
  #piece(): ReplayOutcome | null {
    const { engine } = this.#server;
    const size = this.#file.read(engine.input(0, engine.chunkSize), this.#position);
    if (size === 0) return this.#isIncomplete ? "truncated" : "complete";
    this.#position += size;
    return this.#execute(size);
  }

  #execute(size: number): ReplayOutcome | null {
    const { engine, gate } = this.#server;
    const client = this.#client;
    const errors = engine.counter(Root.statErrorReplies);
    let status = engine.executeInput(client.record, 0, size, engine.now());
    while (status !== Status.DONE) {
      if (status === Status.PROTOCOL_ERROR) return "format";
      if (status === Status.HOST_COMMAND) gate.run(client);
      else if (status === Status.INTERRUPT || status === Status.FLUSH) engine.exports.clearEvents();
      const unknown = this.#takeReplies(errors);
      if (unknown !== null) return { unknownCommand: unknown };
      status = engine.resume(client.record);
    }
    engine.exports.clearEvents();
    const unknown = this.#takeReplies(errors);
    return unknown === null ? null : { unknownCommand: unknown };
  }

  /** Throws the replies away. @returns a command that the engine does not know, or null; other errors are logged */
  #takeReplies(errors: number): string | null {
    const { engine, log } = this.#server;
    let unknown: string | null = null;
    if (engine.counter(Root.statErrorReplies) !== errors) {
      const text = Buffer.from(engine.reply).toString("latin1");
      for (const [line] of text.matchAll(/^-.*$/gm)) {
        unknown ??= /^-ERR unknown command '([^']*)'/.exec(line)?.[1] ?? null;
        log.warning(`== CRITICAL == An error on replay of the AOF: '${line.slice(1).trimEnd()}'`);
      }
    }
    engine.exports.clearReply();
    return unknown;
  }

  /** Part of a command is left, or a transaction is open. */
  get #isIncomplete(): boolean {
    const { engine } = this.#server;
    const { record } = this.#client;
    const left = [ClientField.queryUsed, ClientField.argsLeft, ClientField.argCount, ClientField.big];
    return (
      left.some((field) => engine.memory.u32(record + field) !== 0) ||
      hasClientFlag(engine, record, ClientFlag.MULTI)
    );
  }
}
