/**
 * file: redis.conf. One directive a line, `#` comments, quoting as in split-args.ts, `include` of files and patterns.
 *
 * The text that is read is the file, then standard input when asked for, then the command line, as Redis does it: a
 * later line wins, and the line number of the fatal error form counts through all of it.
 *
 * `save` lines add up within one source of text, and the first one replaces what was there before: the defaults, or
 * what an earlier source said. The other multi-word directives replace or change their value each time.
 */
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { userLineProblem } from "../acl/user-lines.ts";
import { globMatch, hasGlobCharacters } from "../glob.ts";
import type { Config } from "./config.ts";
import { IGNORED_IN_FILE } from "./directives.ts";
import { fromByteString, splitArgs } from "./split-args.ts";
import { type Renames, renameCommand } from "../renames.ts";
import { REDIS_VERSION } from "../version.ts";
import { ConfigValueError } from "./value-types.ts";

/** The start cannot go on: the message is for the log or, line by line, for standard error. */
export class ConfigFileError extends Error {
  readonly lines: readonly string[];

  constructor(lines: readonly string[]) {
    super(lines.join("\n"));
    this.lines = lines;
  }
}

/** What a file says beside the values of parameters. */
export interface FileEffects {
  /** What `rename-command` lines make of names. */
  readonly renamedCommands: Renames;
  /** `user` lines, words after the directive. */
  readonly users: string[][];
}

/** Deeper is a file that includes itself. */
const INCLUDE_DEPTH_MAX = 16;

export function emptyEffects(): FileEffects {
  return { renamedCommands: new Map(), users: [] };
}

/** A configuration file as a byte string. */
export function readConfigFile(path: string): string {
  try {
    return readFileSync(path).toString("latin1");
  } catch (problem) {
    throw new ConfigFileError([`Fatal error, can't open config file '${path}': ${reasonOf(problem)}`]);
  }
}

/** Applies every line of a text. @throws ConfigFileError */
export function loadConfigText(config: Config, source: string, effects: FileEffects): void {
  new Loader(config, effects).load(source, 0);
}

class Loader {
  readonly #config: Config;
  readonly #effects: FileEffects;
  #saveSeen = false;

  constructor(config: Config, effects: FileEffects) {
    this.#config = config;
    this.#effects = effects;
  }

  load(source: string, depth: number): void {
    source.split("\n").forEach((raw, index) => {
      const line = raw.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, "");
      if (line === "" || line.startsWith("#")) return;
      try {
        this.#applyLine(line, depth);
      } catch (problem) {
        if (problem instanceof ConfigValueError) throw fatal(index + 1, line, problem.message);
        throw problem;
      }
    });
  }

  #applyLine(line: string, depth: number): void {
    const words = splitArgs(line);
    if (words === null) throw new ConfigValueError("Unbalanced quotes in configuration line");
    const [name = "", ...args] = words;
    if (name === "") return;
    const directive = this.#config.find(name);
    if (directive) {
      if (args.length === 0) throw new ConfigValueError("wrong number of arguments");
      this.#config.setAtStart(directive, directive.name === "save" ? this.#addedSavePoints(args) : args);
      if (directive.name === "dir") changeFolder(this.#config.text("dir"));
      return;
    }
    this.#applySpecial(name.toLowerCase(), args, depth);
  }

  /** Saving points of all lines so far, with those of this line. */
  #addedSavePoints(args: readonly string[]): readonly string[] {
    const before = this.#saveSeen ? this.#config.text("save") : "";
    this.#saveSeen = true;
    const added = args.length === 1 && args[0] !== "" ? args[0]!.split(" ") : args;
    return before === "" || (args.length === 1 && args[0] === "") ? added : [...before.split(" "), ...added];
  }

  #applySpecial(name: string, args: string[], depth: number): void {
    if (name === "include" && args.length === 1) return this.#include(args[0]!, depth);
    if (name === "rename-command" && args.length === 2) {
      const problem = renameCommand(this.#effects.renamedCommands, args[0]!, args[1]!);
      if (problem !== null) throw new ConfigValueError(problem);
      return;
    }
    if (name === "user" && args.length >= 1) {
      const problem = userLineProblem(
        args,
        this.#effects.users.map(([user]) => user!),
      );
      if (problem !== null) throw new ConfigValueError(problem);
      this.#effects.users.push(args);
      return;
    }
    if (name === "loadmodule" && args.length >= 1) {
      throw new ConfigFileError([
        `Can't load module from ${args[0]}: modules are not supported, server aborting`,
      ]);
    }
    if (IGNORED_IN_FILE.has(name) && args.length >= 1) return;
    throw new ConfigValueError("Bad directive or wrong number of arguments");
  }

  #include(pattern: string, depth: number): void {
    if (depth >= INCLUDE_DEPTH_MAX) throw new ConfigValueError("include is nested too deeply");
    const path = fromByteString(pattern);
    const paths = hasGlobCharacters(path) ? matchingFiles(path) : [path];
    for (const file of paths) this.load(readConfigFile(file), depth + 1);
  }
}

/** Files that match a pattern in their last component, sorted; none is fine. */
function matchingFiles(pattern: string): string[] {
  const folder = dirname(pattern);
  const base = pattern.slice(pattern.lastIndexOf("/") + 1);
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  const hiddenToo = base.startsWith(".");
  return names
    .filter((name) => (hiddenToo || !name.startsWith(".")) && globMatch(base, name))
    .sort()
    .map((name) => (pattern.includes("/") ? join(folder, name) : name));
}

/** `dir`: files are found from there on, also those of later lines. */
export function changeFolder(folder: string): void {
  try {
    process.chdir(fromByteString(folder));
  } catch (problem) {
    throw new ConfigValueError(reasonOf(problem));
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "No such file or directory",
  ENOTFOUND: "Name or service not known",
  EACCES: "Permission denied",
  EISDIR: "Is a directory",
  ENOTDIR: "Not a directory",
  EPERM: "Operation not permitted",
  ENOSPC: "No space left on device",
  EROFS: "Read-only file system",
  EADDRINUSE: "Address already in use",
  EADDRNOTAVAIL: "Cannot assign requested address",
  EAFNOSUPPORT: "Address family not supported by protocol",
};

/** A system error as strerror has it. */
export function reasonOf(problem: unknown): string {
  const code = (problem as NodeJS.ErrnoException).code;
  return (code && REASONS[code]) ?? (problem as Error).message;
}

/** Redis' form for a line that cannot be. */
function fatal(lineNumber: number, line: string, why: string): ConfigFileError {
  return new ConfigFileError([
    "",
    `*** FATAL CONFIG FILE ERROR (Redis ${REDIS_VERSION}) ***`,
    `Reading the configuration file, at line ${lineNumber}`,
    `>>> '${line}'`,
    why,
  ]);
}
