/** runner: runs one command and prints what comes of it: the part that one-shot, piped and interactive use share. */
import { CONFIRMED, ConnectionError } from "./connection.ts";
import type { CliOptions } from "./options.ts";
import { type OutputForm, render } from "./render.ts";
import { itemsOf, type Reply, textOf } from "./reply.ts";
import { Session } from "./session.ts";
import { type Terminal, write } from "./terminal.ts";

/** Their replies are texts for people, and printed as they are; with a second word, that subcommand's only. */
const TEXTS: ReadonlySet<string> = new Set([
  ...["info", "lolwut", "debug htstats", "debug htstats-key", "memory malloc-stats", "memory doctor"],
  ...["cluster nodes", "cluster info", "client list", "client info", "latency graph", "latency doctor"],
]);
const SUBSCRIPTIONS = /^[ps]?(un)?subscribe$|^[ps]?message$/;

export class Runner {
  readonly options: CliOptions;
  readonly terminal: Terminal;
  readonly session: Session;
  readonly form: OutputForm;
  readonly #showPushes: boolean;
  /** Stands in for the plain output while a line is being edited. */
  print: (text: string) => Promise<void>;

  constructor(options: CliOptions, terminal: Terminal) {
    this.options = options;
    this.terminal = terminal;
    const isTerminal = terminal.output.isTTY;
    this.form = options.form ?? (isTerminal ? "standard" : "raw");
    this.#showPushes = options.showPushes ?? isTerminal;
    this.print = (text) => write(terminal.output, text);
    this.session = new Session(options, {
      // Behind the reply that came before it: whoever waits for that one has a turn first.
      unasked: (reply) => setImmediate(() => void this.#unasked(reply)),
      warning: (line) => terminal.errors.write(`${line}\n`),
    });
  }

  /**
   * Runs a command as often as asked for.
   * @returns false = an error ended it (`-e`)     @throws ConnectionError, ProtocolError
   */
  async repeat(argv: readonly string[], times: number): Promise<boolean> {
    const { intervalMs } = this.options;
    for (let i = 0; i < times; i++) {
      if (i > 0 && intervalMs > 0) await new Promise((resolve) => setTimeout(resolve, intervalMs));
      if (!(await this.run(argv))) return false;
    }
    return true;
  }

  /** As `repeat`, once. */
  async run(argv: readonly string[]): Promise<boolean> {
    const name = argv[0]!.toLowerCase();
    let reply: Reply;
    try {
      reply = await this.session.call(argv);
    } catch (problem) {
      // That is what it is for.
      if (name === "shutdown" && problem instanceof ConnectionError && this.session.connection === null) {
        return true;
      }
      throw problem;
    }
    if (reply.kind === "error" && this.options.errorsEndIt) {
      this.terminal.errors.write(`${reply.text}\n`);
      return false;
    }
    if (reply !== CONFIRMED) await this.print(isText(argv) ? plainText(reply) : this.#text(reply));
    if (name === "monitor" && reply.kind !== "error") this.session.connection?.beginMonitoring();
    return true;
  }

  /** Waits until the server goes: SUBSCRIBE and MONITOR have no end of their own. */
  async listen(): Promise<void> {
    await this.session.connection?.closed;
    throw new ConnectionError("Server closed the connection");
  }

  #text(reply: Reply): string {
    const { elementDelimiter, replyDelimiter } = this.options;
    return render(reply, this.form, { element: elementDelimiter, reply: replyDelimiter });
  }

  async #unasked(reply: Reply): Promise<void> {
    const word = textOf(itemsOf(reply)[0]);
    const isPush = reply.kind === "push" && !SUBSCRIPTIONS.test(word);
    if (isPush && !this.#showPushes) return;
    if (isPush && word === "invalidate" && this.form === "standard") {
      const names = itemsOf(itemsOf(reply)[1]).map((key) => `'${textOf(key)}'`);
      return this.print(`-> invalidate: ${names.length > 0 ? names.join(", ") : "(nil)"}\n`);
    }
    await this.print(this.#text(reply));
  }
}

function isText(argv: readonly string[]): boolean {
  const name = argv[0]!.toLowerCase();
  return TEXTS.has(name) || TEXTS.has(`${name} ${(argv[1] ?? "").toLowerCase()}`);
}

/** Most end in a line break of their own. */
function plainText(reply: Reply): string {
  const text = render(reply, "raw", { element: "\n", reply: "" });
  return text.endsWith("\n") ? text : `${text}\n`;
}
