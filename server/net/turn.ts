/**
 * turn: what has come from all clients in one turn of the event loop. Chunks are laid side by side in linear memory,
 * executed one after the other when all sockets that were ready have been read, and only then the replies leave, straight
 * from the engine's reply buffer.
 *
 *   input area     │ chunk of A │ chunk of B │ …            reply buffer   │ to A │ to B │ …
 *
 * Why not each at once: a client that reads one reply wakes up for one, so on both sides of the wire the system calls for
 * waking and waiting are shared by fewer commands; and code that runs over and over stays in the processor's caches, which
 * reading, executing and writing in turn would push out. A small chunk that comes alone does not wait: what the turn
 * costs by itself is then more than it saves. Measured in docs/decisions/turns.md.
 *
 * Always true
 *   1. Replies that are noted are written before the host does anything else for anybody: what clients see is in order.
 *   2. Between turns no chunk waits, but from the read of the first to the end of that phase of the event loop.
 */
import { Root, Status } from "../../bindings/abi.ts";
import { COMMANDS } from "../../bindings/command-table.ts";
import type { Engine } from "../../bindings/engine.ts";
import { hostCommandId } from "../../bindings/records.ts";
import { TURN_ALONE, TURN_BYTES, TURN_LEAST, TURN_REPLY_BYTES } from "../limits.ts";
import type { Connection } from "./connection.ts";

/** By number: commands that run a script, which is mostly short. Others may take long, and nobody's reply waits for them. */
const SCRIPTS = COMMANDS.map((row) => /^(eval|fcall)/.test(row.name));

const isScript = (id: number): boolean => SCRIPTS[id] === true;

export class Turn {
  /** Even small chunks wait for the others of the turn: what they change is written to disk in one go. */
  gathers = false;
  readonly #engine: Engine;
  readonly #afterwards: () => void;
  /** So many small chunks to come do not wait: the last that did was alone in its turn. */
  #alone = 0;
  /** The chunks that wait: whose, where in the input area, how long. */
  readonly #connections: Connection[] = [];
  readonly #offsets: number[] = [];
  readonly #sizes: number[] = [];
  #count = 0;
  #used = 0;
  /** Of the chunks that are being executed: the next, and how many there are. */
  #next = 0;
  #end = 0;
  /** The replies that wait: whose, and where they end, from the start of the reply buffer. */
  readonly #receivers: Connection[] = [];
  readonly #ends: number[] = [];
  #noted = 0;
  #notedEnd = 0;
  /** Replies of scripts, in front of which the engine's buffer must be empty: copies, whose, and where they end. */
  readonly #kept = new Uint8Array(TURN_REPLY_BYTES);
  #keptSize = 0;
  #keepers: Connection[] = [];
  #keptEnds: number[] = [];
  /** The chunk that is executed may leave its replies here. */
  #keeps = false;

  /** @param afterwards  called when all chunks have been executed and answered */
  constructor(engine: Engine, afterwards: () => void) {
    this.#engine = engine;
    this.#afterwards = afterwards;
  }

  /** Takes a copy of a chunk, at most as large as a read; it is executed within this turn of the event loop, or at once. */
  add(connection: Connection, chunk: Uint8Array): void {
    const isFirst = this.#count === 0;
    this.#engine.layInput(chunk, this.#used);
    this.#connections[this.#count] = connection;
    this.#offsets[this.#count] = this.#used;
    this.#sizes[this.#count++] = chunk.length;
    this.#used += chunk.length;
    if (this.#used >= TURN_BYTES || (isFirst && this.#goesAtOnce(chunk.length))) this.run();
    else if (isFirst) setImmediate(this.#readsOver);
  }

  #goesAtOnce(size: number): boolean {
    if (this.#alone === 0 || size >= TURN_LEAST || this.gathers) return false;
    this.#alone--;
    return true;
  }

  /** All sockets that were ready have been read. */
  readonly #readsOver = (): void => {
    if (this.#count === 1) this.#alone = TURN_ALONE;
    this.run();
  };

  /** Executes all that waits. */
  readonly run = (): void => {
    if (this.#count === 0) return;
    this.#end = this.#count;
    this.#count = 0;
    const engine = this.#engine;
    const nowMs = engine.now();
    for (this.#next = 0; this.#next < this.#end;) {
      const i = this.#next++;
      const connection = this.#connections[i]!;
      const status = connection.executeInput(this.#offsets[i]!, this.#sizes[i]!, nowMs);
      if (status === Status.DONE && engine.word(Root.eventsUsed) === 0) this.#note(connection);
      else {
        this.#writeReplies();
        this.#keeps = status === Status.HOST_COMMAND && isScript(hostCommandId(engine));
        if (!this.#keeps) this.writeKept();
        connection.goOn(status);
        this.#keeps = false;
      }
    }
    this.#writeReplies();
    this.writeKept();
    this.#used = 0;
    this.#afterwards();
  };

  /**
   * A chunk with scripts is done, and its replies are in the buffer: they wait for the end of the turn as others do.
   * @returns false = they cannot
   */
  keep(connection: Connection): boolean {
    const engine = this.#engine;
    const { replyLength } = engine;
    if (!this.#keeps || this.#keptSize + replyLength > this.#kept.length) return false;
    this.#kept.set(engine.reply, this.#keptSize);
    this.#keptSize += replyLength;
    this.#keepers.push(connection);
    this.#keptEnds.push(this.#keptSize);
    engine.exports.clearReply();
    return true;
  }

  /** Writes what has been kept. */
  writeKept(): void {
    if (this.#keepers.length === 0) return;
    const keepers = this.#keepers;
    const ends = this.#keptEnds;
    this.#keepers = [];
    this.#keptEnds = [];
    this.#keptSize = 0;
    let from = 0;
    keepers.forEach((connection, i) => {
      connection.writeKept(this.#kept, from, ends[i]!);
      from = ends[i]!;
    });
  }

  /** Takes out the chunks behind the one that is being executed: it will not end soon. The bytes are views. */
  takeWaiting(take: (connection: Connection, chunk: Uint8Array) => void): void {
    while (this.#next < this.#end) {
      const i = this.#next++;
      take(this.#connections[i]!, this.#engine.input(this.#offsets[i]!, this.#sizes[i]!));
    }
  }

  /** What has been added to the replies is for this connection. */
  #note(connection: Connection): void {
    const end = this.#engine.replyLength;
    if (end === this.#notedEnd) return;
    this.#receivers[this.#noted] = connection;
    this.#ends[this.#noted++] = end;
    this.#notedEnd = end;
    if (end >= TURN_REPLY_BYTES) this.#writeReplies();
  }

  /** Writes what has been noted, and takes it out of the reply buffer. */
  #writeReplies(): void {
    const engine = this.#engine;
    let from = 0;
    for (let i = 0; i < this.#noted; i++) {
      const end = this.#ends[i]!;
      const start = engine.word(Root.replyStart);
      this.#receivers[i]!.write(engine.memory.bytes, start + from, start + end);
      from = end;
    }
    this.#noted = 0;
    this.#notedEnd = 0;
    engine.dropReply(from);
  }
}
