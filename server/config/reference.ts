/** reference: docs/configuration.md, made from the table of directives. */
import { DIRECTIVES, IGNORED_IN_FILE, type Directive } from "./directives.ts";

const INTRODUCTION = `# Configuration

kvasm reads Redis' own \`redis.conf\` and command line:

\`\`\`
kvasm [/path/to/redis.conf] [--directive value …] [-]
\`\`\`

Every directive of Redis 7 and 8 is accepted, checked as Redis checks it, shown by \`CONFIG GET\`, and written back by
\`CONFIG REWRITE\`. The last column says where one has no effect here, and why. "Start" in the column before it: only from
file or command line, not by \`CONFIG SET\`; "protected": as \`enable-protected-configs\` says.

Sizes take the units \`k\`, \`kb\`, \`m\`, \`mb\`, \`g\`, \`gb\` (\`kb\` is 1024 bytes, \`k\` 1000). \`include\` takes files and patterns.
\`loadmodule\` is refused. A line with a directive that nobody knows stops the start, with the line and its number.

This page is generated from \`server/config/directives.ts\`.
`;

export function configurationPage(): string {
  const sections = new Map<string, Directive[]>();
  for (const directive of DIRECTIVES) {
    const rows = sections.get(directive.section) ?? [];
    rows.push(directive);
    sections.set(directive.section, rows);
  }
  const pages = [...sections].map(([title, directives]) => `## ${title}\n\n${table(directives)}\n`);
  const ignored = [...IGNORED_IN_FILE].map((name) => `\`${name}\``).join(", ");
  return `${INTRODUCTION}\n${pages.join("\n")}\n## Of older Redis\n\nTaken from a file and ignored: ${ignored}.\n`;
}

function table(directives: readonly Directive[]): string {
  const head =
    "| directive | value | default | change | no effect because |\n| --- | --- | --- | --- | --- |";
  return [head, ...directives.map(tableRow)].join("\n");
}

function tableRow(directive: Directive): string {
  const { name, alias, type, defaultValue, mutability, hidden, noEffect } = directive;
  const names = [`\`${name}\``, ...(alias ? [`\`${alias}\``] : [])].join(", ") + (hidden ? " (hidden)" : "");
  const value = type.range === "" || type.range === type.name ? type.name : `${type.name}: ${type.range}`;
  const cells = [
    names,
    value,
    defaultValue === "" ? "" : `\`${defaultValue}\``,
    mutability === "always" ? "" : mutability,
    noEffect ?? "",
  ];
  return `| ${cells.join(" | ")} |`;
}
