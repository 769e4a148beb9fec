/**
 * lock: two servers must not write the same files. Whoever persists in a folder has a file there that says which process
 * it is; one whose process is gone is nobody's.
 *
 *   kvasm.lock   "<pid> <when the process started>\n"    (the second part tells a pid that was given again)
 */
import { readFileSync } from "node:fs";
import { codeOf, type Files } from "./files.ts";

const LOCK = "kvasm.lock";
/** In /proc/<pid>/stat: when the process started, counted behind the name in parentheses. */
const START_FIELD = 19;
const ATTEMPTS = 3;

export class FolderLock {
  readonly #files: Files;
  #held = false;

  constructor(files: Files) {
    this.#files = files;
  }

  /** Takes the working folder. @returns the process that has it, or null: it is ours, or cannot be written to at all */
  take(): number | null {
    for (let i = 0; i < ATTEMPTS && !this.#held; i++) {
      try {
        this.#files.writeTextExclusively(LOCK, `${process.pid} ${startOf(process.pid)}\n`);
        this.#held = true;
      } catch (problem) {
        if (codeOf(problem) !== "EEXIST") return null;
        const owner = this.#owner();
        if (owner !== null) return owner;
        this.#files.remove(LOCK);
      }
    }
    return null;
  }

  /** May be called twice. */
  release(): void {
    if (!this.#held) return;
    this.#held = false;
    try {
      this.#files.remove(LOCK);
    } catch {
      // It says a process that is about to be gone.
    }
  }

  /** The living process that the file names, which may be this one: another server in it. */
  #owner(): number | null {
    let words: string[];
    try {
      words = this.#files.readText(LOCK).trim().split(" ");
    } catch {
      return null;
    }
    const pid = Number(words[0]);
    if (!Number.isSafeInteger(pid) || pid <= 0 || !isAlive(pid)) return null;
    const start = startOf(pid);
    return start !== "" && words[1] !== undefined && words[1] !== start ? null : pid;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (problem) {
    return codeOf(problem) === "EPERM";
  }
}

/** Something that no other process of this pid has had; empty where the system does not tell. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[START_FIELD] ?? "";
  } catch {
    return "";
  }
}
