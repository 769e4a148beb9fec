/**
 * command-line: commands as people write them. `SET "a b" \x00` style text ⇄ argv, with the quoting of
 * redis-cli, for tests that read like a session and for failures that can be pasted into one.
 */
import { quote } from "./resp-client.ts";

export type Command = readonly string[];

/** A command as argv, or as one line of text. */
export type CommandLike = Command | string;

/** Splits a line into arguments: bare words, "…" with \n \r \t \a \b \xHH \" \\, '…' with \'. */
export function parseCommand(line: string): string[] {
  const argv: string[] = [];
  let at = 0;
  while (at < line.length) {
    if (/\s/.test(line[at] as string)) {
      at++;
      continue;
    }
    let arg = "";
    if (line[at] === '"') {
      const match = /"((?:[^"\\]|\\.)*)"/sy;
      match.lastIndex = at;
      const found = match.exec(line);
      if (found === null) throw new Error(`unbalanced quotes: ${line}`);
      arg = (found[1] as string).replace(/\\(x[0-9a-fA-F]{2}|.)/gs, (_, escape: string) => unescape(escape));
      at = match.lastIndex;
    } else if (line[at] === "'") {
      const match = /'((?:[^'\\]|\\.)*)'/sy;
      match.lastIndex = at;
      const found = match.exec(line);
      if (found === null) throw new Error(`unbalanced quotes: ${line}`);
      arg = (found[1] as string).replaceAll("\\'", "'");
      at = match.lastIndex;
    } else {
      while (at < line.length && !/\s/.test(line[at] as string)) arg += line[at++];
    }
    argv.push(arg);
  }
  return argv;
}

function unescape(escape: string): string {
  if (escape.length === 3) return String.fromCharCode(parseInt(escape.slice(1), 16));
  const known: Record<string, string> = { n: "\n", r: "\r", t: "\t", a: "\x07", b: "\b" };
  return known[escape] ?? escape;
}

export function toArgv(command: CommandLike): Command {
  return typeof command === "string" ? parseCommand(command) : command;
}

/** The command as a line that parseCommand and redis-cli take. Long arguments are kept whole. */
export function showCommand(argv: Command): string {
  return argv.map((arg) => (/^[\w:.*+@/^$%&=,{}[\]()<>!?~|-]+$/.test(arg) ? arg : quote(arg))).join(" ");
}
