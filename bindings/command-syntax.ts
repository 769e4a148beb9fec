/**
 * command-syntax: an argument tree as one line of text, for HELP and for the reference.
 *
 *   <key> <value> [NX|XX] [GET] [EX <seconds>|PX <milliseconds>|KEEPTTL]
 *
 * Tokens stand as they are typed, values in angle brackets, what may be left out in square brackets, choices with bars
 * between them (in parentheses where nothing else shows how far they reach), an ellipsis where more may follow.
 */
import type { Argument } from "./command-table.ts";

export function argumentsSyntax(args: readonly Argument[]): string {
  return args.map(argumentSyntax).join(" ");
}

function argumentSyntax(argument: Argument): string {
  if (argument.optional !== true) return required(argument);
  if (argument.multiple !== true) return `[${bare(argument)}]`;
  return argument.token !== undefined ? `[${required(argument)}]` : `[${once(argument)} ...]`;
}

/** The argument as if it had to be there. */
function required(argument: Argument): string {
  if (argument.multiple !== true) return once(argument);
  if (argument.type === "oneof") return `${once(argument)} ...`;
  return `${once(argument)} [${argument.multipleToken === true ? once(argument) : value(argument)} ...]`;
}

/** One occurrence, with its token. */
function once(argument: Argument): string {
  if (argument.token === undefined || argument.type === "pure-token") return value(argument);
  return `${argument.token} ${value(argument)}`;
}

/** One occurrence between brackets or bars of its own: a choice needs no parentheses there. */
function bare(argument: Argument): string {
  return argument.type === "oneof" && argument.token === undefined ? alternatives(argument) : once(argument);
}

function value(argument: Argument): string {
  switch (argument.type) {
    case "pure-token":
      return argument.token ?? argument.name.toUpperCase();
    case "block":
      return argumentsSyntax(argument.arguments ?? []);
    case "oneof":
      return `(${alternatives(argument)})`;
    default:
      return `<${argument.display ?? argument.name}>`;
  }
}

/** To choose one makes it required, whatever its row says. */
function alternatives(argument: Argument): string {
  const parts = argument.arguments ?? [];
  return parts.map((part) => (part.multiple === true ? required(part) : bare(part))).join("|");
}
