/**
 * command-set: the commands that a selector allows, and the rules that say so, shortened as Redis shortens them.
 *
 * The verdict is a table by command id; the rules exist to be shown and saved. `+@all` and `-@all` start over: what
 * they say of commands that do not exist yet is kept apart, and is the first word of what is shown.
 *
 *   rules   +@all -@dangerous +client|id      shown
 *   allowed 1 1 0 1 …                         by id, subcommands too
 */
import { COMMANDS, type CommandRow, findCommand } from "../../bindings/command-table.ts";
import { commandsOfCategory } from "./categories.ts";
import {
  FIRST_ARGUMENT_OF_SUBCOMMAND,
  lowerAscii,
  type RuleProblem,
  SYNTAX,
  UNKNOWN_COMMAND,
} from "./rules.ts";

interface CommandRule {
  readonly allow: boolean;
  /** `get`, `client|id`, `select|0`, `@read`; lower case. */
  readonly name: string;
}

export class CommandSet {
  /** Every command, and none was taken back since. */
  all = false;
  readonly #allowed: Uint8Array = new Uint8Array(COMMANDS.length);
  /** What a command must have as its first argument, by id: `+select|0`. In lower case. */
  readonly #firstArguments = new Map<number, readonly string[]>();
  #rules: CommandRule[] = [];
  /** Whether commands to come are allowed. */
  #future = false;

  clone(): CommandSet {
    const copy = new CommandSet();
    copy.#allowed.set(this.#allowed);
    for (const [id, values] of this.#firstArguments) copy.#firstArguments.set(id, values);
    copy.#rules = this.#rules;
    copy.#future = this.#future;
    copy.all = this.all;
    return copy;
  }

  /** Allowed whatever its arguments are. */
  has(id: number): boolean {
    return this.#allowed[id] === 1;
  }

  /** Allowed for the first of its arguments; a subcommand's is that behind its name. */
  hasFirstArgument(row: CommandRow, argc: number, text: (index: number) => string): boolean {
    const values = this.#firstArguments.get(row.id);
    if (values === undefined || argc < 2) return false;
    const at = row.container === undefined ? 1 : 2;
    return at < argc && values.includes(lowerAscii(text(at)));
  }

  setAll(allow: boolean): void {
    this.all = allow;
    this.#future = allow;
    this.#allowed.fill(allow ? 1 : 0);
    this.#firstArguments.clear();
    this.#rules = [];
  }

  /** @param rule  `+get`, `-client|id`, `+@read`, … but not those of @all */
  apply(rule: string): RuleProblem {
    const allow = rule.startsWith("+");
    const name = rule.slice(1);
    if (name.startsWith("@")) return this.#applyCategory(name, allow);
    return allow && name.includes("|") ? this.#allowPart(name) : this.#applyCommand(name, allow);
  }

  #applyCategory(name: string, allow: boolean): RuleProblem {
    const rows = commandsOfCategory(name.slice(1));
    if (rows === undefined) return UNKNOWN_COMMAND;
    this.#note(name, allow);
    for (const row of rows) this.#set(row, allow);
    return null;
  }

  #applyCommand(name: string, allow: boolean): RuleProblem {
    const row = findCommand(name);
    if (row === undefined) return UNKNOWN_COMMAND;
    this.#set(row, allow);
    this.#note(row.name, allow);
    return null;
  }

  /** `+client|id`, a subcommand; or `+select|0`, a first argument of a command without subcommands. */
  #allowPart(name: string): RuleProblem {
    const bar = name.lastIndexOf("|");
    const part = name.slice(bar + 1);
    const whole = findCommand(name.slice(0, bar));
    if (whole === undefined) return UNKNOWN_COMMAND;
    if (whole.container !== undefined) return FIRST_ARGUMENT_OF_SUBCOMMAND;
    if (part === "") return SYNTAX;
    if (whole.subcommands !== undefined) return this.#applyCommand(name, true);
    const values = this.#firstArguments.get(whole.id) ?? [];
    const value = lowerAscii(part);
    if (!values.includes(value)) this.#firstArguments.set(whole.id, [...values, value]);
    this.#note(name, true);
    return null;
  }

  /** A command with its subcommands. */
  #set(row: CommandRow, allow: boolean): void {
    if (!allow) this.all = false;
    for (const id of [row.id, ...(row.subcommands ?? [])]) {
      this.#allowed[id] = allow ? 1 : 0;
      this.#firstArguments.delete(id);
    }
  }

  /** A rule takes the place of those that it makes void: its own, and those of the command's parts. */
  #note(name: string, allow: boolean): void {
    const lower = lowerAscii(name);
    const kept = this.#rules.filter((rule) => rule.name !== lower && !rule.name.startsWith(`${lower}|`));
    this.#rules = [...kept, { allow, name: lower }];
  }

  /** As ACL LIST shows it: rules that make the same set, from nothing. */
  describe(): string {
    const rules = this.#rules.map(({ allow, name }) => `${allow ? "+" : "-"}${name}`);
    return [this.#future ? "+@all" : "-@all", ...rules].join(" ");
  }
}
