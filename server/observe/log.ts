/**
 * log: the server's log, in Redis' line format, to standard output or the file that `logfile` names.
 *
 *   4684:M 22 Nov 2026 23:16:44.337 * Server initialized
 *   pid role date                  level message
 *
 * role: C before the server runs, M primary, S replica, X sentinel. level: `.` debug, `-` verbose, `*` notice,
 * `#` warning.
 *
 * Lines are written synchronously: the line that says why a process ended is there when the process has. The file is
 * opened for each line, as Redis does, so that it may be moved away or deleted to rotate it.
 */
import { appendFileSync, writeSync } from "node:fs";

export type LogLevel = "debug" | "verbose" | "notice" | "warning" | "nothing";
export type LogRole = "C" | "M" | "S" | "X";

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, verbose: 1, notice: 2, warning: 3, nothing: 4 };
const MARK: Readonly<Record<Exclude<LogLevel, "nothing">, string>> = {
  debug: ".",
  verbose: "-",
  notice: "*",
  warning: "#",
};
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const STANDARD_OUTPUT = 1;

/** A pipe that nobody empties gets this many tries a line, then loses it: logging must not stop the server. */
const WRITE_ATTEMPTS_MAX = 50;

export class Log {
  level: LogLevel = "notice";
  role: LogRole = "C";
  /** Empty: standard output. */
  file = "";

  debug(message: string): void {
    this.#write("debug", message);
  }

  verbose(message: string): void {
    this.#write("verbose", message);
  }

  notice(message: string): void {
    this.#write("notice", message);
  }

  warning(message: string): void {
    this.#write("warning", message);
  }

  #write(level: Exclude<LogLevel, "nothing">, message: string): void {
    if (RANK[level] < RANK[this.level]) return;
    const line = `${process.pid}:${this.role} ${formatLogTime(new Date())} ${MARK[level]} ${message}\n`;
    if (this.file === "") writeToStandardOutput(line);
    else {
      try {
        appendFileSync(this.file, line);
      } catch {
        // A log that cannot be written (full disk, folder gone) does not stop the server.
      }
    }
  }
}

/** `22 Nov 2026 23:16:44.337`, local time. */
export function formatLogTime(time: Date): string {
  const pad = (value: number, width = 2): string => String(value).padStart(width, "0");
  const clock = `${pad(time.getHours())}:${pad(time.getMinutes())}:${pad(time.getSeconds())}.${pad(time.getMilliseconds(), 3)}`;
  return `${pad(time.getDate())} ${MONTHS[time.getMonth()]} ${time.getFullYear()} ${clock}`;
}

function writeToStandardOutput(line: string): void {
  const bytes = Buffer.from(line, "utf8");
  let written = 0;
  for (let attempt = 0; written < bytes.length && attempt < WRITE_ATTEMPTS_MAX; attempt++) {
    try {
      written += writeSync(STANDARD_OUTPUT, bytes, written);
    } catch (problem) {
      // EAGAIN: a pipe that is full for the moment. Anything else (closed pipe) will not get better.
      if ((problem as NodeJS.ErrnoException).code !== "EAGAIN") return;
    }
  }
}
