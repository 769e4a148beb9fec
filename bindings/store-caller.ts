/**
 * store-caller: one call of a typed command: arguments in, the engine runs it, the reply out. The generated methods
 * (generated/api.ts) are sequences of what is here:
 *
 *   call.begin(id, 1); call.value(key); call.token("EX"); call.value(seconds); return call.run();
 */
import { Invoke, Root } from "./abi.ts";
import { readBytes, readText, ReplyReader } from "./decode.ts";
import { type Argument, ArgumentWriter } from "./encode.ts";
import { ReplyError } from "./errors.ts";
import type { Session } from "./store-session.ts";

/** What the engine's `get` says instead of an address. */
const GET_MISSING = 0;
const GET_OTHERWISE = 1;
const GET_CLOCK = 2;

const DETAIL = Root.detail >>> 2;

export class Caller extends ArgumentWriter {
  readonly #session: Session;
  readonly #asText: boolean;
  readonly #reader: ReplyReader;
  #id = 0;

  /** @param asText  strings in replies are strings, not bytes */
  constructor(session: Session, asText: boolean) {
    super(session);
    this.#session = session;
    this.#asText = asText;
    this.#reader = new ReplyReader(asText);
  }

  /** Starts a command. @param id  its row     @param nameArguments  1, or 2 for a subcommand */
  command(id: number, nameArguments: number): void {
    this.#id = id;
    this.begin(nameArguments);
  }

  /** Runs it. @throws ReplyError, KvasmError CLOSED, UNSUPPORTED */
  run(): unknown {
    this.#session.invoke(this.#id, this.table, this.argc, this.#session.now());
    return this.#finish();
  }

  /** As run, of a command to which the exact time does not matter. */
  runTimeless(): unknown {
    this.#session.invoke(this.#id, this.table, this.argc, this.#session.recent());
    return this.#finish();
  }

  /** Runs a command by its name. @throws as run, ArgumentError */
  runNamed(name: string, args: readonly Argument[]): unknown {
    this.begin(0);
    this.value(name);
    for (const argument of args) this.value(argument);
    this.#session.invoke(Invoke.BY_NAME, this.table, this.argc, this.#session.now());
    return this.#finish();
  }

  /** GET, where nothing stands in the way without a reply: the value is read where it lies. @param id  its row */
  get(id: number, key: Argument): unknown {
    const session = this.#session;
    session.checkBusy();
    const length = this.lone(key);
    if (length < 0) return this.#getGeneric(id, key);
    let at = session.exports.get(session.client, id, this.room, length, session.recent(), 0) >>> 0;
    if (at === GET_CLOCK) {
      at = session.exports.get(session.client, id, this.room, length, session.now(), 1) >>> 0;
    }
    if (at === GET_MISSING) return null;
    if (at === GET_OTHERWISE) return this.#getGeneric(id, key);
    session.memory.refresh();
    const { bytes, words } = session.memory;
    const size = words[session.root + DETAIL]!;
    return this.#asText ? readText(bytes, at, size) : readBytes(bytes, at, size);
  }

  #getGeneric(id: number, key: Argument): unknown {
    this.command(id, 1);
    this.value(key);
    return this.run();
  }

  #finish(): unknown {
    const session = this.#session;
    const at = session.reply;
    const reply = at === 0 ? null : this.#reader.read(session.memory.bytes, at);
    session.endCall();
    this.end();
    if (reply instanceof ReplyError) throw reply;
    return reply;
  }
}
