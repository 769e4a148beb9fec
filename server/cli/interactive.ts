/**
 * interactive: a session with a person: a prompt, history, completion, hints of what a command takes, messages that come
 * in between. Ctrl-C empties the line, ends waiting for a reply, and leaves at an empty prompt.
 */
import { createInterface, type Interface } from "node:readline";
import { toByteString } from "../config/split-args.ts";
import { ConnectionError } from "./connection.ts";
import { completions, hint } from "./hints.ts";
import { History, historyFile, holdsSecret } from "./history.ts";
import { runLine } from "./lines.ts";
import { ProtocolError } from "./reply.ts";
import type { Runner } from "./runner.ts";
import { write } from "./terminal.ts";

const DIM = "\x1b[90m";
const PLAIN = "\x1b[0m";
const SAVE_CURSOR = "\x1b7";
const RESTORE_CURSOR = "\x1b8";
const CLEAR_TO_END = "\x1b[K";
const CLEAR_LINE = "\r\x1b[2K";

/** Where a terminal does not know its width. */
const DEFAULT_COLUMNS = 80;

interface Key {
  readonly name?: string;
}

/** @returns the exit code */
export async function runInteractive(runner: Runner): Promise<number> {
  try {
    await runner.session.connect();
  } catch (problem) {
    if (!isTrouble(problem)) throw problem;
    await write(runner.terminal.errors, `${problem.message}\n`);
  }
  await new Conversation(runner).run();
  return 0;
}

class Conversation {
  readonly #runner: Runner;
  readonly #history = new History(historyFile(process.env));
  readonly #readline: Interface;
  /** A command is under way: no line is being edited. */
  #busy = false;
  #ended: () => void = () => undefined;

  constructor(runner: Runner) {
    this.#runner = runner;
    const { input, output } = runner.terminal;
    input.prependListener("keypress", (_: string, key: Key) => this.#keyComes(key));
    this.#readline = createInterface({
      ...{ input, output, terminal: true, history: this.#history.load(), removeHistoryDuplicates: true },
      completer: (line: string) => [completions(line), line],
    });
    input.on("keypress", () => setImmediate(() => this.#showHint()));
    this.#readline.on("history", (lines: string[]) => {
      if (lines.length > 0 && holdsSecret(lines[0]!)) lines.shift();
    });
    this.#readline.on("SIGINT", () => this.#interrupt());
    runner.print = (text) => this.#print(text);
  }

  async run(): Promise<void> {
    const ended = new Promise<void>((resolve) => (this.#ended = resolve));
    this.#readline.on("close", () => this.#ended());
    // Lines that come while a command runs (pasted ones) wait for their turn.
    let turn = Promise.resolve();
    this.#readline.on("line", (line) => {
      turn = turn.then(() => this.#line(line));
    });
    this.#prompt();
    await ended;
    this.#runner.session.close();
  }

  async #line(line: string): Promise<void> {
    this.#history.add(line);
    this.#busy = true;
    try {
      if ((await this.#attempt(line)) === "end") {
        this.#readline.close();
        return;
      }
    } finally {
      this.#busy = false;
    }
    this.#prompt();
  }

  /** What goes wrong with the connection is told; the next command makes a new one. */
  async #attempt(line: string): Promise<"done" | "end"> {
    try {
      const outcome = await runLine(this.#runner, toByteString(line));
      const { connection } = this.#runner.session;
      if (connection?.isMonitoring === true) await connection.closed;
      return outcome;
    } catch (problem) {
      if (!isTrouble(problem)) throw problem;
      const text = problem.message;
      await this.#runner.print(text.startsWith("Could not") ? `${text}\n` : `Error: ${text}\n`);
      return "done";
    }
  }

  #prompt(): void {
    this.#readline.setPrompt(this.#promptText());
    this.#readline.prompt(true);
  }

  #promptText(): string {
    const { session } = this.#runner;
    if (session.connection === null) return "not connected> ";
    const { host, port, socket } = session.options;
    const where = socket ?? `${host.includes(":") ? `[${host}]` : host}:${port}`;
    const database = session.database === 0 ? "" : `[${session.database}]`;
    const state = session.isSubscribed ? "(subscribed mode)" : session.inTransaction ? "(TX)" : "";
    return `${where}${database}${state}> `;
  }

  /** What comes while a line is edited stands above it. */
  async #print(text: string): Promise<void> {
    const { output } = this.#runner.terminal;
    if (this.#busy) return write(output, text);
    await write(output, CLEAR_LINE + text);
    this.#readline.prompt(true);
  }

  #interrupt(): void {
    if (this.#busy) {
      // Nobody can take a command back but by leaving: MONITOR and BLPOP end so.
      this.#runner.session.close();
      return;
    }
    if (this.#readline.line === "") return this.#readline.close();
    this.#runner.terminal.output.write(`${CLEAR_TO_END}\n`);
    this.#readline.write(null, { ctrl: true, name: "e" });
    this.#readline.write(null, { ctrl: true, name: "u" });
    this.#prompt();
  }

  /** Before readline sees it: the hint is not part of the line that stays on the screen. */
  #keyComes(key: Key): void {
    const { name } = key;
    if (name === "return" || name === "enter") this.#runner.terminal.output.write(CLEAR_TO_END);
  }

  #showHint(): void {
    const { line, cursor } = this.#readline;
    if (this.#busy || line === "" || cursor !== line.length) return;
    const { output } = this.#runner.terminal;
    const position = this.#readline.getCursorPos();
    const room = (output.columns || DEFAULT_COLUMNS) - position.cols - 1;
    const text = hint(line).slice(0, Math.max(0, room));
    output.write(`${SAVE_CURSOR}${CLEAR_TO_END}${DIM}${text}${PLAIN}${RESTORE_CURSOR}`);
  }
}

function isTrouble(problem: unknown): problem is Error {
  return problem instanceof ConnectionError || problem instanceof ProtocolError;
}
