/** terminal: what `kvasm cli` reads from and writes to. Byte strings, as everywhere in the host. */

export interface Terminal {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  readonly errors: NodeJS.WriteStream;
}

export const STANDARD_STREAMS: Terminal = {
  input: process.stdin,
  output: process.stdout,
  errors: process.stderr,
};

/** @returns when there is room for more */
export function write(stream: NodeJS.WriteStream, text: string): Promise<void> {
  return new Promise((resolve) => {
    if (stream.write(Buffer.from(text, "latin1"))) resolve();
    else stream.once("drain", () => resolve());
  });
}

/** All of standard input, as a byte string. */
export async function readAll(input: NodeJS.ReadStream): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of input) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("latin1");
}

/**
 * One line that says how far something long is, on a terminal that shows errors: written over itself, gone at the end.
 * Elsewhere it says nothing.
 */
export class Progress {
  readonly #stream: NodeJS.WriteStream;
  readonly #everyMs: number;
  #shownMs = 0;
  #isShown = false;

  constructor(stream: NodeJS.WriteStream, everyMs = 200) {
    this.#stream = stream;
    this.#everyMs = everyMs;
  }

  /** @param text  is asked for only when it is to be seen */
  show(text: () => string): void {
    const nowMs = performance.now();
    if (!this.#stream.isTTY || nowMs - this.#shownMs < this.#everyMs) return;
    this.#shownMs = nowMs;
    this.#isShown = true;
    this.#stream.write(`\r\x1b[2K${text()}`);
  }

  clear(): void {
    if (this.#isShown) this.#stream.write("\r\x1b[2K");
    this.#isShown = false;
  }
}

export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
