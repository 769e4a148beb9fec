/**
 * files: all that persistence knows of a file system. Small on purpose: another runtime, and the tests' faulty disk, are
 * one class each. Paths are relative to the working folder (`dir`). Problems are thrown as the runtime's errors, whose
 * `code` (ENOSPC, EIO, …) callers match on.
 */
import {
  closeSync,
  existsSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  write,
  writeFileSync,
  writeSync,
} from "node:fs";
import { promisify } from "node:util";
import { xxHash32 } from "../../bindings/xxhash.ts";

/** A file that grows at its end. */
export interface OutputFile {
  /** Writes at the end. @returns bytes that were taken: perhaps not all */
  writeNow(bytes: Uint8Array): number;
  /** The same, off the event loop. The bytes must stay as they are until then. */
  write(bytes: Uint8Array): Promise<number>;
  /** Makes what was written safe from a power cut; the event loop waits. */
  syncNow(): void;
  /** The same, off the event loop. */
  sync(): Promise<void>;
  truncate(size: number): void;
  close(): void;
}

export interface InputFile {
  readonly size: number;
  /** @returns bytes read; 0 = there are none from this position on */
  read(into: Uint8Array, position: number): number;
  close(): void;
}

export interface Files {
  /** An empty file, whatever was there. */
  create(path: string): OutputFile;
  /** A file to write on at its end; made where it is not there. */
  append(path: string): OutputFile;
  open(path: string): InputFile;
  exists(path: string): boolean;
  isFolder(path: string): boolean;
  size(path: string): number;
  /** A small file as a byte string. */
  readText(path: string): string;
  writeText(path: string, text: string): void;
  /** A new file only; fails with EEXIST where there is one. */
  writeTextExclusively(path: string, text: string): void;
  rename(from: string, to: string): void;
  /** A file that is not there is no problem. */
  remove(path: string): void;
  makeFolder(path: string): void;
  /** Names in a folder. */
  list(path: string): string[];
  /** Makes renames and new names in a folder safe from a power cut. */
  syncFolder(path: string): void;
}

const writeAsync = promisify(write);
const syncAsync = promisify(fdatasync);
const FILE_MODE = 0o644;
const FOLDER_MODE = 0o755;

/** The files of a Node-like runtime. */
export const nodeFiles: Files = {
  create: (path) => new NodeOutput(openSync(path, "w", FILE_MODE)),
  append: (path) => new NodeOutput(openSync(path, "a", FILE_MODE)),
  open: (path) => new NodeInput(openSync(path, "r")),
  exists: existsSync,
  isFolder: (path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false,
  size: (path) => statSync(path).size,
  readText: (path) => readFileSync(path, "latin1"),
  writeText: (path, text) => writeFileSync(path, text, { encoding: "latin1", flush: true, mode: FILE_MODE }),
  writeTextExclusively: (path, text) => writeFileSync(path, text, { encoding: "latin1", flag: "wx" }),
  rename: renameSync,
  remove: (path) => rmSync(path, { force: true }),
  makeFolder: (path) => void mkdirSync(path, { recursive: true, mode: FOLDER_MODE }),
  list: (path) => readdirSync(path),
  syncFolder,
};

class NodeOutput implements OutputFile {
  readonly #fd: number;
  #closed = false;

  constructor(fd: number) {
    this.#fd = fd;
  }

  writeNow(bytes: Uint8Array): number {
    return writeSync(this.#fd, bytes);
  }

  async write(bytes: Uint8Array): Promise<number> {
    return (await writeAsync(this.#fd, bytes, 0, bytes.length, null)).bytesWritten;
  }

  syncNow(): void {
    fdatasyncSync(this.#fd);
  }

  sync(): Promise<void> {
    return syncAsync(this.#fd);
  }

  truncate(size: number): void {
    ftruncateSync(this.#fd, size);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    closeSync(this.#fd);
  }
}

class NodeInput implements InputFile {
  readonly size: number;
  readonly #fd: number;

  constructor(fd: number) {
    this.#fd = fd;
    this.size = fstatSync(fd).size;
  }

  read(into: Uint8Array, position: number): number {
    return readSync(this.#fd, into, 0, into.length, position);
  }

  close(): void {
    closeSync(this.#fd);
  }
}

function syncFolder(path: string): void {
  const fd = openSync(path, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Bytes at both ends of a file that tell it from others. */
const PRINT_HEAD = 256;
const PRINT_TAIL = 4096;

/** What tells a file, or its first `size` bytes, from another one of that size: its beginning and its end there. */
export function fingerprint(file: InputFile, size: number): number {
  const head = new Uint8Array(Math.min(PRINT_HEAD, size));
  const tail = new Uint8Array(Math.min(PRINT_TAIL, size));
  file.read(head, 0);
  file.read(tail, size - tail.length);
  return xxHash32(Buffer.concat([head, tail]));
}

/** The code of a runtime's error: ENOSPC, … */
export function codeOf(problem: unknown): string {
  return (problem as { code?: string } | null)?.code ?? "";
}
