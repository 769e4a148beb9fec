/**
 * scan: the RESP commands of an append-only file one after the other, without running them: where the last complete one
 * ends, and what is wrong behind it. Reads the file in pieces; payloads are passed over, not kept.
 *
 * Transactions count as one command: what stands between MULTI and EXEC is only complete with EXEC.
 */
import type { InputFile } from "../files.ts";

export interface ScanResult {
  /** Bytes up to the end of the last complete command, or transaction. */
  readonly validEnd: number;
  /** What is wrong at `problemAt`; null: nothing. */
  readonly problem: "truncated" | "format" | null;
  readonly problemAt: number;
  readonly commands: number;
  /** Seconds of the last timestamp note; 0 = there is none. */
  readonly timestamp: number;
  /** The file's problem is a MULTI without EXEC. */
  readonly openTransaction: boolean;
}

const PIECE = 65536;
const LINE_MAX = 65536;
const ARGUMENTS_MAX = 1024 * 1024 * 1024;
const NAME_MAX = 16;
const CR = 13;
const LF = 10;

class Truncated extends Error {}
class BadFormat extends Error {}

/** @param until  stops before the first note of a later time (seconds) */
export function scanAof(file: InputFile, from: number, until = Infinity): ScanResult {
  const scanner = new Scanner(file, from);
  let validEnd = from;
  let commands = 0;
  let timestamp = 0;
  let inMulti = false;
  let problem: "truncated" | "format" | null = null;
  try {
    while (!scanner.atEnd) {
      const start = scanner.position;
      const line = scanner.line();
      if (line.startsWith("#")) {
        const seconds = /^#TS:(\d+)$/.exec(line)?.[1];
        if (seconds !== undefined && Number(seconds) > until) {
          return { validEnd: start, problem, problemAt: start, commands, timestamp, openTransaction: false };
        }
        if (seconds !== undefined) timestamp = Number(seconds);
        if (!inMulti) validEnd = scanner.position;
        continue;
      }
      const name = scanner.command(line);
      commands++;
      if (name === "MULTI") inMulti = true;
      else if (name === "EXEC") inMulti = false;
      if (!inMulti) validEnd = scanner.position;
    }
    if (inMulti) problem = "truncated";
  } catch (stop) {
    if (stop instanceof Truncated) problem = "truncated";
    else if (stop instanceof BadFormat) problem = "format";
    else throw stop;
  }
  return { validEnd, problem, problemAt: scanner.position, commands, timestamp, openTransaction: inMulti };
}

class Scanner {
  position: number;
  readonly #file: InputFile;
  readonly #piece = new Uint8Array(PIECE);
  #pieceAt = 0;
  #pieceSize = 0;

  constructor(file: InputFile, from: number) {
    this.#file = file;
    this.position = from;
  }

  get atEnd(): boolean {
    return this.position >= this.#file.size;
  }

  #byte(): number {
    if (this.position < this.#pieceAt || this.position >= this.#pieceAt + this.#pieceSize) {
      this.#pieceAt = this.position;
      this.#pieceSize = this.#file.read(this.#piece, this.position);
      if (this.#pieceSize === 0) throw new Truncated();
    }
    return this.#piece[this.position++ - this.#pieceAt]!;
  }

  /** A line without its end. */
  line(): string {
    let text = "";
    for (;;) {
      const byte = this.#byte();
      if (byte === LF) return text.endsWith("\r") ? text.slice(0, -1) : text;
      text += String.fromCharCode(byte);
      if (text.length > LINE_MAX) throw new BadFormat();
    }
  }

  /** Passes over a command that begins with this line. @returns its name in upper case, or what of it matters */
  command(head: string): string {
    const argc = this.#count(head, "*");
    if (argc < 1) throw new BadFormat();
    let name = "";
    for (let i = 0; i < argc; i++) {
      const length = this.#count(this.line(), "$");
      if (i === 0 && length <= NAME_MAX) {
        for (let j = 0; j < length; j++) name += String.fromCharCode(this.#byte());
      } else {
        if (this.position + length > this.#file.size) throw new Truncated();
        this.position += length;
      }
      if (this.#byte() !== CR || this.#byte() !== LF) throw new BadFormat();
    }
    return name.toUpperCase();
  }

  #count(line: string, mark: string): number {
    if (!line.startsWith(mark) || !/^\d{1,10}$/.test(line.slice(1))) throw new BadFormat();
    const count = Number(line.slice(1));
    if (count > ARGUMENTS_MAX) throw new BadFormat();
    return count;
  }
}
