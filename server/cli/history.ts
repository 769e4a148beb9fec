/**
 * history: the lines of earlier sessions, in a file of the home folder that only its owner may read. What may hold a
 * secret is kept by nobody: neither the file nor the arrow keys have it.
 */
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { resolveCommand } from "../../bindings/command-table.ts";
import { splitArgs } from "../config/split-args.ts";
import { secretArguments } from "../observe/redact.ts";

const LINES_MAX = 1000;
const PRIVATE = 0o600;
/** Of a line that cannot be split, its first word decides. */
const MAY_HOLD_SECRETS = /^\s*(\d+\s+)?["']?(auth|hello|acl|config|migrate)\b/i;

/** @param line  a byte string or text     @returns whether a part of it is nobody's business */
export function holdsSecret(line: string): boolean {
  const words = splitArgs(line);
  if (words === null) return MAY_HOLD_SECRETS.test(line);
  while (words.length > 1 && /^\d+$/.test(words[0]!)) words.shift();
  const name = words[0] ?? "";
  const row = resolveCommand(name, words[1]);
  // A subcommand that is mistyped may still be followed by a password.
  if (row === undefined) return MAY_HOLD_SECRETS.test(name) && words.length > 2;
  return secretArguments(row.name, words).length > 0;
}

/** Where the lines are kept; null: nowhere. REDISCLI_HISTFILE names another place. */
export function historyFile(environment: Readonly<Record<string, string | undefined>>): string | null {
  const named = environment["REDISCLI_HISTFILE"];
  if (named !== undefined) return named === "" || named === "/dev/null" ? null : named;
  return path.join(homedir(), ".kvasm_cli_history");
}

export class History {
  readonly #file: string | null;

  constructor(file: string | null) {
    this.#file = file;
  }

  /** Lines, newest first, as Node's readline wants them. A file that is longer than need be is cut. */
  load(): string[] {
    if (this.#file === null) return [];
    try {
      const lines = readFileSync(this.#file, "utf8").split("\n").filter(Boolean);
      const kept = lines.slice(-LINES_MAX);
      if (kept.length < lines.length) writeFileSync(this.#file, `${kept.join("\n")}\n`, { mode: PRIVATE });
      return kept.reverse();
    } catch {
      return []; // none yet, or not ours to read
    }
  }

  /** @param line  text as it was typed */
  add(line: string): void {
    if (this.#file === null || line.trim() === "" || holdsSecret(line)) return;
    try {
      appendFileSync(this.#file, `${line}\n`, { mode: PRIVATE });
    } catch {
      // A home folder that cannot be written to is no reason not to talk to a server.
    }
  }
}
