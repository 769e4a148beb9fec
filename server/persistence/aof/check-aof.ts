/**
 * check-aof: reads append-only files command by command without running them: up to where each is sound, and with --fix
 * the last one is cut there. `kvasm check-aof [--fix | --truncate-to-timestamp SECONDS] FILE`
 *
 * FILE is a manifest, or one file: commands, an RDB file, or commands behind an RDB preamble.
 */
import path from "node:path";
import type { Engine } from "../../../bindings/engine.ts";
import { reasonOf } from "../../config/file.ts";
import { fromByteString } from "../../config/split-args.ts";
import type { Files } from "../files.ts";
import { RdbError, RdbLoad } from "../rdb-load.ts";
import { finish } from "../steps.ts";
import { Manifest, ManifestError } from "./manifest.ts";
import { scanAof, type ScanResult } from "./scan.ts";

export interface CheckOptions {
  readonly fix: boolean;
  /** What is of a later time is cut off; null: nothing is. */
  readonly untilSeconds: number | null;
  /** Asks whether a file may be cut. */
  confirm(question: string): boolean;
  print(line: string): void;
}

export class AofCheck {
  readonly #engine: Engine;
  readonly #files: Files;
  readonly #options: CheckOptions;

  constructor(engine: Engine, files: Files, options: CheckOptions) {
    this.#engine = engine;
    this.#files = files;
    this.#options = options;
  }

  /** @returns the exit code: 0 = sound, or made so */
  run(file: string): number {
    const { print } = this.#options;
    try {
      if (!this.#isManifest(file)) return this.#checkAll([file], "");
      print("Start checking Multi Part AOF");
      const manifest = Manifest.parse(this.#files.readText(file));
      const folder = path.dirname(file);
      const code = this.#checkAll(
        manifest.files.map(({ name }) => path.join(folder, fromByteString(name))),
        " and manifest",
      );
      return code;
    } catch (problem) {
      print(
        problem instanceof ManifestError
          ? `${problem.message} (line ${problem.line})`
          : `Cannot open file ${file}: ${reasonOf(problem)}`,
      );
      return 1;
    }
  }

  #isManifest(file: string): boolean {
    if (file.endsWith(".manifest")) return true;
    const input = this.#files.open(file);
    const head = new Uint8Array(5);
    input.read(head, 0);
    input.close();
    return Buffer.from(head).toString("latin1") === "file ";
  }

  #checkAll(files: readonly string[], and: string): number {
    for (const file of files) {
      if (!this.#check(file, file === files.at(-1))) return 1;
    }
    this.#options.print(`All AOF files${and} are valid`);
    return 0;
  }

  #check(file: string, isLast: boolean): boolean {
    const { print, untilSeconds } = this.#options;
    const input = this.#files.open(file);
    const { size } = input;
    let scan: ScanResult;
    try {
      const from = this.#preamble(file, size);
      if (from === null) return false;
      scan = scanAof(input, from, untilSeconds ?? Infinity);
    } finally {
      input.close();
    }
    const { validEnd } = scan;
    print(`AOF analyzed: filename=${file}, size=${size}, ok_up_to=${validEnd}, diff=${size - validEnd}`);
    if (validEnd === size) {
      print(`AOF ${file} is valid`);
      return true;
    }
    if (untilSeconds !== null && scan.problem === null) return this.#cut(file, size, validEnd);
    print(
      scan.problem === "format"
        ? `Bad file format at offset ${scan.problemAt}`
        : `Unexpected end of file${scan.openTransaction ? ": a MULTI has no EXEC" : ""}`,
    );
    if (!this.#options.fix) {
      print(`AOF ${file} is not valid. Use the --fix option to try fixing it.`);
      return false;
    }
    if (!isLast) {
      print("Failed to truncate AOF: it is not the last file, and what follows would be lost.");
      return false;
    }
    return this.#cut(file, size, validEnd);
  }

  #cut(file: string, size: number, validEnd: number): boolean {
    const { print, confirm } = this.#options;
    print(
      `This will shrink the AOF ${file} from ${size} bytes, with ${size - validEnd} bytes, to ${validEnd} bytes`,
    );
    if (!confirm("Continue? [y/N]: ")) {
      print("Aborting...");
      return false;
    }
    const output = this.#files.append(file);
    output.truncate(validEnd);
    output.syncNow();
    output.close();
    print(`Successfully truncated AOF ${file}`);
    return true;
  }

  /** Where the commands begin: behind an RDB preamble. @returns null = that is damaged */
  #preamble(file: string, size: number): number | null {
    const input = this.#files.open(file);
    try {
      const head = new Uint8Array(Math.min(5, size));
      input.read(head, 0);
      if (Buffer.from(head).toString("latin1") !== "REDIS") return 0;
      const items = { aux: () => undefined, library: () => null };
      const options = { keepExpired: true, checksum: true, replace: false, onlyCheck: true };
      this.#options.print(
        "The AOF appears to start with an RDB preamble. Checking the RDB preamble to start:",
      );
      const { end } = finish(new RdbLoad(this.#engine, input, items, options).steps());
      this.#options.print("RDB preamble is OK, proceeding with AOF tail...");
      return end;
    } catch (problem) {
      if (!(problem instanceof RdbError)) throw problem;
      this.#options.print(
        `RDB preamble of AOF file is not sane, aborting: ${problem.message} (offset ${problem.offset})`,
      );
      return null;
    } finally {
      input.close();
    }
  }
}
