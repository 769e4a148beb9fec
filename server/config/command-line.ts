/**
 * command-line: `kvasm [file] [--directive value …] [-]`, as redis-server takes it.
 *
 *   file            a configuration file, before any option; `-` reads one from standard input, before or after options
 *   --name values   one directive; values go on to the next word that starts with `--`
 *   --name --value  the word right after a bare name is its value even when it starts with `--` (a password may);
 *                   only `--save` may stand alone, for no saving points
 *   -v --version    -h --help
 *   --check-config  before all that: the configuration is read and checked, and nothing is started
 */
import { quoteArg, toByteString } from "./split-args.ts";

export type CommandLine =
  | { readonly action: "version" | "help" }
  | {
      readonly action: "serve" | "check";
      readonly file: string | null;
      readonly standardInput: boolean;
      /** The options as lines of a configuration file. */
      readonly text: string;
    };

const VALUE_MAY_BE_MISSING = new Set(["--save"]);

/** @param argv  without the interpreter and the script */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  if (argv.length === 1) {
    if (argv[0] === "-v" || argv[0] === "--version") return { action: "version" };
    if (argv[0] === "-h" || argv[0] === "--help") return { action: "help" };
  }
  const rest = [...argv];
  const action = rest[0] === "--check-config" ? "check" : "serve";
  if (action === "check") rest.shift();
  let standardInput = false;
  if (rest.at(-1) === "-") {
    standardInput = true;
    rest.pop();
  }
  let file: string | null = null;
  if (rest.length > 0 && !rest[0]!.startsWith("--")) {
    const first = rest.shift()!;
    if (first === "-") standardInput = true;
    else file = first;
  }
  return { action, file, standardInput, text: optionLines(rest) };
}

function optionLines(options: readonly string[]): string {
  let lines = "";
  let nameAllowed = true;
  options.forEach((option, i) => {
    if (!option.startsWith("--") || !nameAllowed) {
      lines += `${quoteArg(toByteString(option))} `;
      nameAllowed = true;
      return;
    }
    lines += `\n${toByteString(option.slice(2))} `;
    const bare = !/\s\S/.test(option);
    const next = options[i + 1];
    if (
      bare &&
      VALUE_MAY_BE_MISSING.has(option.trim().toLowerCase()) &&
      (next === undefined || next.startsWith("--"))
    ) {
      lines += '""';
      nameAllowed = true;
    } else nameAllowed = !bare;
  });
  return lines;
}
