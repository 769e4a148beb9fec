/** help: `help`, `help <command>` and `help @<group>`, from the command table. */
import { argumentsSyntax } from "../../bindings/command-syntax.ts";
import { COMMANDS, type CommandRow } from "../../bindings/command-table.ts";
import { allCommandDocs } from "../../bindings/generated/command-docs.ts";
import { OUR_VERSION } from "../version.ts";

const INTRODUCTION = `kvasm cli ${OUR_VERSION}
Help on commands:
      "help <command>" for one command
      "help @<group>" for the commands of a group
      "help <tab>" for what there is help on
      "quit" to leave
`;

const BOLD = "\x1b[1m";
const DIM = "\x1b[90m";
const TITLE = "\x1b[33m";
const PLAIN = "\x1b[0m";

export const GROUPS: readonly string[] = [...new Set(COMMANDS.map((row) => row.group))].sort();

/** `CLIENT LIST`, as it is typed. */
export function typedName(row: CommandRow): string {
  return row.name.toUpperCase().replace("|", " ");
}

/** @param topic     words after `help`     @param colored  for a terminal */
export function helpText(topic: readonly string[], colored: boolean): string {
  if (topic.length === 0) return INTRODUCTION;
  const wanted = topic.join(" ").toUpperCase();
  const rows = wanted.startsWith("@")
    ? COMMANDS.filter((row) => `@${row.group.toUpperCase()}` === wanted)
    : COMMANDS.filter((row) => typedName(row) === wanted || typedName(row).startsWith(`${wanted} `));
  const color = (code: string, text: string): string => (colored ? code + text + PLAIN : text);
  const entries = rows.map((row) => {
    const { summary, since, arguments: args = [] } = allCommandDocs()[row.id]!;
    const head = `  ${color(BOLD, typedName(row))} ${color(DIM, argumentsSyntax(args))}`.trimEnd();
    const field = (name: string, text: string): string => `  ${color(TITLE, `${name}:`)} ${text}`;
    const group = wanted.startsWith("@") ? [] : [field("group", row.group)];
    return [head, field("summary", summary), field("since", since), ...group].join("\n");
  });
  return entries.length === 0 ? `No help on "${topic.join(" ")}"\n` : `\n${entries.join("\n\n")}\n\n`;
}
