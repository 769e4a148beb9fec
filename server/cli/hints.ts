/**
 * hints: what a line may go on with: completions for the tab key, and the arguments that are still to come. Both from the
 * command table.
 */
import { argumentsSyntax } from "../../bindings/command-syntax.ts";
import { type Argument, COMMANDS, type CommandRow, findCommand } from "../../bindings/command-table.ts";
import { allCommandDocs } from "../../bindings/generated/command-docs.ts";
import { splitArgs } from "../config/split-args.ts";
import { GROUPS, typedName } from "./help.ts";

const NAMES: readonly string[] = COMMANDS.map(typedName).sort();
const OWN_WORDS: readonly string[] = ["CLEAR", "EXIT", "HELP", "QUIT"];

/** Lines that this one may become, in the case that it is typed in. */
export function completions(line: string): string[] {
  const help = /^(\s*(?:help|\?)\s+)(.*)$/i.exec(line);
  if (help !== null) {
    const topics = [...GROUPS.map((group) => `@${group}`), ...NAMES];
    return matching(topics, help[2]!).map((topic) => help[1]! + topic);
  }
  const names = matching([...NAMES, ...OWN_WORDS], line);
  if (names.length > 0) return names;
  const at = line.search(/\S*$/);
  const word = line.slice(at);
  const [, , docs] = commandOf(line) ?? [];
  if (docs === undefined) return [];
  return matching(tokens(docs), word).map((token) => line.slice(0, at) + token);
}

function matching(candidates: readonly string[], typed: string): string[] {
  const upper = typed.toUpperCase();
  const isLower = typed !== upper || typed === "";
  return candidates
    .filter((candidate) => candidate.toUpperCase().startsWith(upper) && candidate.length > typed.length)
    .map((candidate) => typed + (isLower ? candidate.toLowerCase() : candidate).slice(typed.length));
}

/** The command that a line calls, how many words name it, and its arguments. */
function commandOf(
  line: string,
): [row: CommandRow, words: readonly string[], args: readonly Argument[]] | null {
  const words = splitArgs(line.replace(/^\s*\d+\s+(?=\S)/, "")) ?? [];
  const row = findCommand(words[0] ?? "");
  if (row === undefined) return null;
  const subcommand = row.subcommands && words.length > 1 ? findCommand(`${row.name}|${words[1]}`) : undefined;
  const chosen = subcommand ?? row;
  return [chosen, words.slice(subcommand ? 2 : 1), allCommandDocs()[chosen.id]!.arguments ?? []];
}

function tokens(args: readonly Argument[]): string[] {
  return [
    ...new Set(
      args.flatMap((argument) => [
        ...(argument.token === undefined || argument.token === "" ? [] : [argument.token]),
        ...tokens(argument.arguments ?? []),
      ]),
    ),
  ];
}

/** What may follow on a line: with a space before it where the line ends in none. "" when nobody knows. */
export function hint(line: string): string {
  const found = commandOf(line);
  if (found === null) return "";
  const [row, given, args] = found;
  const endsInSpace = /\s$/.test(line);
  if (row.subcommands !== undefined && given.length > 0) return "";
  // A word that is being typed is not given yet.
  const rest = argumentsSyntax(remaining(args, given, !endsInSpace && given.length > 0));
  if (rest === "" || (!endsInSpace && given.length > 0)) return "";
  return endsInSpace ? rest : ` ${rest}`;
}

/**
 * The arguments that are left when some are given. Positional ones are used up in order; what has a token is found by
 * it, wherever it stands behind them; repeated ones stay.
 */
function remaining(
  args: readonly Argument[],
  given: readonly string[],
  partial: boolean,
): readonly Argument[] {
  const left = [...args];
  const words = partial ? given.slice(0, -1) : [...given];
  for (let at = 0; at < words.length && left.length > 0;) {
    const byToken = left.findIndex((argument) => begins(argument, words[at]!));
    const index = byToken >= 0 ? byToken : left.findIndex((argument) => !needsToken(argument));
    if (index < 0) break;
    const argument = left[index]!;
    at += width(argument, words[at]!);
    if (argument.multiple === true && byToken < 0) {
      left[index] = { ...argument, optional: true };
      break;
    }
    left.splice(index, 1);
    // What is optional and was left out before a positional one does not come any more.
    if (byToken < 0) left.splice(0, index);
  }
  return left;
}

/** Whether a word is a token that an argument may begin with. */
function begins(argument: Argument, word: string): boolean {
  if (argument.token !== undefined) return argument.token.toUpperCase() === word.toUpperCase();
  const parts = argument.arguments ?? [];
  if (argument.type === "oneof") return parts.some((part) => begins(part, word));
  return argument.type === "block" && parts[0] !== undefined && begins(parts[0], word);
}

function needsToken(argument: Argument): boolean {
  if (argument.token !== undefined) return true;
  const parts = argument.arguments ?? [];
  if (argument.type === "oneof") return parts.every(needsToken);
  return argument.type === "block" && parts[0] !== undefined && needsToken(parts[0]);
}

/** Words that an argument takes, when it begins with this one. */
function width(argument: Argument, word: string): number {
  const token = argument.token !== undefined && argument.type !== "pure-token" ? 1 : 0;
  const parts = argument.arguments ?? [];
  if (argument.type === "oneof") {
    const chosen = parts.find((part) => begins(part, word)) ?? parts.find((part) => !needsToken(part));
    return token + (chosen === undefined ? 1 : width(chosen, word));
  }
  if (argument.type === "block") {
    return token + parts.reduce((sum, part) => sum + (part.optional === true ? 0 : width(part, "")), 0);
  }
  return token + 1;
}
