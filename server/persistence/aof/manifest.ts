/**
 * manifest: which files make an append-only file, in which order: Redis 7's format.
 *
 *   file appendonly.aof.2.base.rdb seq 2 type b                 what was there when the file was rewritten last
 *   file appendonly.aof.2.incr.aof seq 2 type i                 what happened since; perhaps several
 *   file appendonly.aof.1.incr.aof seq 1 type h                 not needed any more, to be deleted
 *
 * Lines may be notes (#). A manifest is never changed in its place: a new one is written beside it and renamed.
 */
import { quoteArg, splitArgs } from "../../config/split-args.ts";

export type FileType = "b" | "i" | "h";

export interface ManifestFile {
  readonly name: string;
  readonly seq: number;
  readonly type: FileType;
}

/** The text is no manifest; the message is for the log. */
export class ManifestError extends Error {
  readonly line: number;

  constructor(message: string, line: number) {
    super(message);
    this.line = line;
  }
}

const LINE_MAX = 1024;

export class Manifest {
  readonly base: ManifestFile | null;
  readonly increments: readonly ManifestFile[];
  readonly history: readonly ManifestFile[];

  constructor(
    base: ManifestFile | null = null,
    increments: readonly ManifestFile[] = [],
    history: readonly ManifestFile[] = [],
  ) {
    this.base = base;
    this.increments = increments;
    this.history = history;
  }

  /** @throws ManifestError */
  static parse(text: string): Manifest {
    if (text === "") throw new ManifestError("Found an empty AOF manifest", 0);
    let base: ManifestFile | null = null;
    const increments: ManifestFile[] = [];
    const history: ManifestFile[] = [];
    const lines = text.split("\n");
    if (lines.at(-1) === "") lines.pop();
    else throw new ManifestError("The AOF manifest file contains an invalid line", lines.length);
    lines.forEach((line, i) => {
      if (line.startsWith("#")) return;
      if (line.length > LINE_MAX)
        throw new ManifestError("The AOF manifest file contains a too long line", i + 1);
      const file = parseLine(line, i + 1);
      if (file.type === "b") {
        if (base) throw new ManifestError("Found duplicate base file information", i + 1);
        base = file;
      } else if (file.type === "h") history.push(file);
      else {
        const last = increments.at(-1);
        if (last && file.seq <= last.seq)
          throw new ManifestError("Found a non-monotonic sequence number", i + 1);
        increments.push(file);
      }
    });
    return new Manifest(base, increments, history);
  }

  format(): string {
    const files = [...(this.base ? [this.base] : []), ...this.history, ...this.increments];
    return files
      .map(
        ({ name, seq, type }) =>
          `file ${needsQuotes(name) ? quoteArg(name) : name} seq ${seq} type ${type}\n`,
      )
      .join("");
  }

  get isEmpty(): boolean {
    return !this.base && this.increments.length === 0;
  }

  get lastIncrement(): ManifestFile | undefined {
    return this.increments.at(-1);
  }

  /** Files to load, in order. */
  get files(): readonly ManifestFile[] {
    return this.base ? [this.base, ...this.increments] : this.increments;
  }

  nextBase(prefix: string, isRdb: boolean): ManifestFile {
    const seq = (this.base?.seq ?? 0) + 1;
    return { name: `${prefix}.${seq}.base.${isRdb ? "rdb" : "aof"}`, seq, type: "b" };
  }

  nextIncrement(prefix: string): ManifestFile {
    const seq = Math.max(0, ...this.increments.map((file) => file.seq)) + 1;
    return { name: `${prefix}.${seq}.incr.aof`, seq, type: "i" };
  }

  withIncrement(file: ManifestFile): Manifest {
    return new Manifest(this.base, [...this.increments, file], this.history);
  }

  /** A new base, and the increments that follow it; what there was before is history. */
  rebased(base: ManifestFile, increments: readonly ManifestFile[]): Manifest {
    const kept = new Set(increments.map((file) => file.name));
    const old = this.files.filter((file) => !kept.has(file.name) && file.name !== base.name);
    return new Manifest(base, increments, [
      ...this.history,
      ...old.map((file): ManifestFile => ({ ...file, type: "h" })),
    ]);
  }

  withoutHistory(): Manifest {
    return new Manifest(this.base, this.increments);
  }
}

function parseLine(line: string, number: number): ManifestFile {
  const invalid = (): ManifestError => new ManifestError("Invalid AOF manifest file format", number);
  const words = splitArgs(line);
  // Pairs of a name and a value; those that we do not know are of later versions.
  if (!words || words.length < 6 || words.length % 2 !== 0) throw invalid();
  let name = "";
  let seq = 0;
  let type = "";
  for (let i = 0; i < words.length; i += 2) {
    const value = words[i + 1]!;
    if (words[i] === "file") {
      if (value.includes("/")) throw new ManifestError("File can't be a path, just a filename", number);
      name = value;
    } else if (words[i] === "seq") seq = Number(value);
    else if (words[i] === "type") type = value;
  }
  if (name === "" || !Number.isSafeInteger(seq) || seq <= 0) throw invalid();
  if (type !== "b" && type !== "i" && type !== "h") {
    throw new ManifestError("Unknown AOF file type", number);
  }
  return { name, seq, type };
}

function needsQuotes(name: string): boolean {
  return !/^[\x21\x23-\x26\x28-\x5b\x5d-\x7e]+$/.test(name);
}
