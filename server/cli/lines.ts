/**
 * lines: what a line of a session says, whether a person types it or a file is piped in: a command, with a number before
 * it to repeat it; or a word to the client itself.
 */
import { splitArgs } from "../config/split-args.ts";
import { helpText } from "./help.ts";
import type { Runner } from "./runner.ts";

export type LineOutcome = "done" | "end";

const CLEAR_SCREEN = "\x1b[H\x1b[2J";

/** @throws ConnectionError, ProtocolError */
export async function runLine(runner: Runner, line: string): Promise<LineOutcome> {
  const words = splitArgs(line);
  if (words === null) {
    await runner.print("Invalid argument(s)\n");
    return "done";
  }
  if (words.length === 0) return "done";
  const word = words[0]!.toLowerCase();
  if (words.length === 1 && (word === "quit" || word === "exit")) return "end";
  if (word === "clear" && words.length === 1) await runner.print(CLEAR_SCREEN);
  else if (word === "help" || word === "?") {
    await runner.print(helpText(words.slice(1), runner.terminal.output.isTTY));
  } else if (/^\d+$/.test(word) && words.length > 1) await runner.repeat(words.slice(1), Number(word));
  else await runner.run(words);
  return "done";
}
