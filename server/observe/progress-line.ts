/**
 * progress-line: how far something is, on one line of a terminal that is written over and over; nothing where standard
 * error is no terminal, so that logs and pipes do not get it.
 *
 *   Loading [########------------]  41 %  512.3 of 1249.1 MB  2 s left
 */
const INTERVAL_MS = 100;
const WIDTH = 20;
const MIB = 1024 * 1024;
const ERASE_LINE = "\r\x1b[K";

/** Where it is shown. */
export interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export class ProgressLine {
  readonly #what: string;
  readonly #terminal: Terminal | null;
  readonly #startedAt = performance.now();
  #shownAt = 0;
  #isShown = false;

  /** @param terminal  null: nobody is to see it */
  constructor(what: string, terminal: Terminal | null = process.stderr) {
    this.#what = what;
    this.#terminal = terminal?.isTTY === true ? terminal : null;
  }

  /** Bytes that are done, of how many. Short work is not worth a line. */
  show(done: number, total: number): void {
    if (!this.#terminal || total === 0) return;
    const now = performance.now();
    if (now - Math.max(this.#startedAt, this.#shownAt) < INTERVAL_MS) return;
    this.#shownAt = now;
    this.#isShown = true;
    const part = Math.min(1, done / total);
    const bar = "#".repeat(Math.floor(part * WIDTH)).padEnd(WIDTH, "-");
    const seconds = Math.ceil(((now - this.#startedAt) / 1000) * (1 / Math.max(part, 1e-6) - 1));
    const sizes = `${(done / MIB).toFixed(1)} of ${(total / MIB).toFixed(1)} MB`;
    const percent = String(Math.floor(part * 100)).padStart(3);
    this.#terminal.write(`${ERASE_LINE}${this.#what} [${bar}] ${percent} %  ${sizes}  ${seconds} s left`);
  }

  /** Takes the line away. May be called twice. */
  end(): void {
    if (this.#isShown) this.#terminal?.write(ERASE_LINE);
    this.#isShown = false;
  }
}
