/**
 * events: what the engine has to tell after a call (assembly/keyspace/events.ts), read one after the other. One reader
 * serves for ever; texts are made only of events that somebody asks about.
 *
 *   for (reader.open(); reader.next(); ) if (reader.kind === EventKind.READY) …
 */
import { Root } from "./abi.ts";
import type { Engine } from "./engine.ts";
import { byteString } from "./records.ts";

/** Offsets in an event, in bytes. */
const KIND = 4;
const DB = 8;
const CLASS = 12;
const NAME_LENGTH = 16;
const KEY_LENGTH = 20;
const NAME = 24;

// Those of a slow command (assembly/slow.ts).
const SLOW_ID = 8;
const SLOW_CLIENT = 12;
const SLOW_MICROS = 16;
const SLOW_ARGC = 24;
const SLOW_SHOWN = 28;
const SLOW_ARGUMENTS = 32;
/** Bytes that it keeps of an argument. */
const SLOW_ARGUMENT_BYTES = 128;

/** The head of an argument as a byte string, and how many bytes it had. */
export interface SlowArgument {
  readonly head: string;
  readonly length: number;
}

export interface SlowCommand {
  readonly id: number;
  /** Address of the client's record. */
  readonly client: number;
  readonly micros: number;
  readonly argc: number;
  /** The first of its arguments. */
  readonly args: readonly SlowArgument[];
}

export class EventReader {
  readonly #engine: Engine;
  #at = 0;
  #next = 0;
  #end = 0;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Begins with the first event, or the one at this offset. */
  open(offset = 0): void {
    const start = this.#engine.word(Root.eventsPtr);
    this.#next = start + offset;
    this.#end = start + this.#engine.word(Root.eventsUsed);
  }

  /** Goes to the next event. Nothing may be called in the engine between two. @returns false = there is none */
  next(): boolean {
    if (this.#next >= this.#end) return false;
    this.#at = this.#next;
    this.#next += this.#engine.memory.u32(this.#at);
    return true;
  }

  /** abi.EventKind */
  get kind(): number {
    return this.#engine.memory.u32(this.#at + KIND);
  }

  get db(): number {
    return this.#engine.memory.u32(this.#at + DB);
  }

  /** EventKind.READY: type of what may serve, or Ready.GONE. */
  get readyType(): number {
    return this.#engine.memory.u32(this.#at + CLASS);
  }

  /** EventKind.FLUSHED: all databases were emptied by FLUSHALL. */
  get isFlushAll(): boolean {
    return this.#engine.memory.u32(this.#at + CLASS) === 1;
  }

  /** Class of a notification, a bit of notify-keyspace-events. */
  get notifyClass(): number {
    return this.#engine.memory.u32(this.#at + CLASS);
  }

  /** EventKind.READ: address of the client's record. */
  get client(): number {
    return this.#engine.memory.u32(this.#at + CLASS);
  }

  /** The command that took long, for EventKind.SLOW. */
  slowCommand(): SlowCommand {
    const { memory } = this.#engine;
    const at = this.#at;
    const args: SlowArgument[] = [];
    let next = at + SLOW_ARGUMENTS;
    for (let left = memory.u32(at + SLOW_SHOWN); left > 0; left--) {
      const length = memory.u32(next);
      const kept = Math.min(length, SLOW_ARGUMENT_BYTES);
      next += 4;
      args.push({ length, head: byteString(memory.bytes.subarray(next, next + kept)) });
      next += (kept + 3) & ~3;
    }
    return {
      id: memory.u32(at + SLOW_ID),
      client: memory.u32(at + SLOW_CLIENT),
      micros: memory.u64(at + SLOW_MICROS),
      argc: memory.u32(at + SLOW_ARGC),
      args,
    };
  }

  /** A view of the event's name. */
  name(): Uint8Array {
    const at = this.#at + NAME;
    return this.#engine.memory.bytes.subarray(at, at + this.#engine.memory.u32(this.#at + NAME_LENGTH));
  }

  /** A view of the key. */
  key(): Uint8Array {
    const { memory } = this.#engine;
    const at = this.#at + NAME + memory.u32(this.#at + NAME_LENGTH);
    return memory.bytes.subarray(at, at + memory.u32(this.#at + KEY_LENGTH));
  }

  /** EventKind.READ: number of the command. */
  get commandId(): number {
    return this.#engine.memory.u32(this.#at + NAME);
  }

  /** EventKind.READ: the command's arguments, as byte strings. */
  arguments(): string[] {
    const { memory } = this.#engine;
    const count = memory.u32(this.#at + NAME + 4);
    const lengths = this.#at + NAME + 8;
    let at = lengths + 4 * count;
    return Array.from({ length: count }, (_, i) => {
      const end = at + memory.u32(lengths + 4 * i);
      const text = byteString(memory.bytes.subarray(at, end));
      at = end;
      return text;
    });
  }
}
