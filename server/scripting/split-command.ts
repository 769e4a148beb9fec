/**
 * split-command: one command off the front of a client's bytes, for the time when the engine cannot be asked (see
 * busy-service.ts). What is not plain RESP is left to the engine, with its errors.
 */

export interface SplitCommand {
  /** Empty for an empty line. */
  readonly argv: readonly Uint8Array[];
  /** Where the next command begins. */
  readonly end: number;
}

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const ARRAY = 0x2a;
const BULK = 0x24;
const QUOTES = /["']/;

/** @returns null where no whole command begins at `start`, or none that is plain */
export function splitCommand(bytes: Uint8Array, start: number): SplitCommand | null {
  if (bytes[start] !== ARRAY) return splitLine(bytes, start);
  const header = numberLine(bytes, start + 1);
  if (header === null) return null;
  const argv: Uint8Array[] = [];
  let at = header.end;
  for (let i = 0; i < header.value; i++) {
    if (bytes[at] !== BULK) return null;
    const size = numberLine(bytes, at + 1);
    if (size === null || size.value < 0) return null;
    at = size.end + size.value;
    if (bytes[at] !== CR || bytes[at + 1] !== LF) return null;
    argv.push(bytes.subarray(size.end, at));
    at += 2;
  }
  return { argv, end: at };
}

function splitLine(bytes: Uint8Array, start: number): SplitCommand | null {
  const end = bytes.indexOf(LF, start);
  if (end < 0) return null;
  const line = Buffer.from(bytes.subarray(start, bytes[end - 1] === CR ? end - 1 : end)).toString("latin1");
  if (QUOTES.test(line)) return null;
  const words = line.split(/[ \t\0]+/).filter((word) => word !== "");
  return { argv: words.map((word) => Buffer.from(word, "latin1")), end: end + 1 };
}

/** A number up to the end of its line. */
function numberLine(bytes: Uint8Array, start: number): { value: number; end: number } | null {
  const end = bytes.indexOf(LF, start);
  if (end <= start || end - start > SPACE || bytes[end - 1] !== CR) return null;
  const text = Buffer.from(bytes.subarray(start, end - 1)).toString("latin1");
  return /^-?\d+$/.test(text) ? { value: Number(text), end: end + 1 } : null;
}
