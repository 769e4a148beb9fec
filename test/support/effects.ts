/** effects: what others hear of a command: keyspace events and the propagation stream, out of an engine without a server. */
import { Root } from "../../bindings/abi.ts";
import { parseCommand } from "./command-line.ts";
import { type TestClient, TestEngine } from "./engine.ts";
import { encodePipeline } from "./resp-client.ts";

const NOTIFY_ALL = 0xffff;
const EVENT_NOTIFY = 1;

export interface Effects {
  /** "event key", in order. */
  events: string[];
  /** Commands for AOF and replicas, arguments joined by blanks. */
  stream: string[];
}

/** An engine that tells everything, and a client of it. */
export class EffectsEngine {
  readonly engine = new TestEngine();
  readonly client: TestClient = this.engine.open();

  constructor() {
    const { memory, root } = this.engine.engine;
    memory.setU32(root + Root.notifyFlags, NOTIFY_ALL);
    memory.setU32(root + Root.propagating, 1);
    this.of("PING");
  }

  /** Runs commands; what was heard of them. */
  of(...lines: string[]): Effects {
    this.reply = this.client.feed(encodePipeline(lines.map(parseCommand)));
    return this.#take();
  }

  /** Replies of the last call, as they went over the wire. */
  reply = "";

  #take(): Effects {
    const raw = this.engine.engine;
    const events: string[] = [];
    const first = raw.word(Root.eventsPtr);
    for (let at = first; at < first + raw.word(Root.eventsUsed); at += raw.memory.u32(at)) {
      if (raw.memory.u32(at + 4) !== EVENT_NOTIFY) continue;
      const [nameLen, keyLen] = [raw.memory.u32(at + 16), raw.memory.u32(at + 20)];
      events.push(`${this.#text(at + 24, nameLen)} ${this.#text(at + 24 + nameLen, keyLen)}`);
    }
    const stream = commandsOf(this.#text(raw.word(Root.streamPtr), raw.word(Root.streamUsed)));
    raw.exports.clearEvents();
    raw.exports.clearStream();
    return { events, stream: stream.filter((command) => !command.startsWith("SELECT ")) };
  }

  #text(at: number, length: number): string {
    return Buffer.from(this.engine.engine.memory.bytes.subarray(at, at + length)).toString("latin1");
  }
}

/** The commands in a piece of RESP, their arguments joined by blanks. Arguments hold no line ends. */
function commandsOf(resp: string): string[] {
  const commands: string[] = [];
  const parts = resp.split("\r\n");
  for (let at = 0; at < parts.length - 1;) {
    const argc = Number((parts[at] as string).slice(1));
    commands.push(Array.from({ length: argc }, (_, i) => parts[at + 2 + 2 * i]).join(" "));
    at += 1 + 2 * argc;
  }
  return commands;
}
