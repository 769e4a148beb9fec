/**
 * selector: one set of permissions: commands, keys, channels. A command is allowed where all three allow it. A user has
 * one of its own, its root, and may have more, `(+get ~a*)`: one that allows a command is enough.
 */
import { commandKeys, type CommandArguments, hasKeys } from "../../bindings/command-keys.ts";
import { hasFlag, type CommandRow } from "../../bindings/command-table.ts";
import { splitArgs } from "../config/split-args.ts";
import { globMatch } from "../glob.ts";
import { channelUse } from "./channels.ts";
import { CommandSet } from "./command-set.ts";
import { CHANNELS_ALL, hasSpaces, KEYS_ALL, lowerAscii, type RuleProblem, SYNTAX } from "./rules.ts";

export const READ = 1;
export const WRITE = 2;
const READ_AND_WRITE = READ | WRITE;

/** What a command may not do; `position` is the index of the argument, 0 for the command itself. Later is worse. */
export interface Denial {
  readonly reason: "command" | "key" | "channel";
  readonly position: number;
}

export interface KeyPattern {
  readonly pattern: string;
  readonly permission: number;
}

/** READ or WRITE by what a command does with a key. */
const PERMISSION_OF_FLAG: Readonly<Record<string, number>> = {
  access: READ,
  insert: WRITE,
  delete: WRITE,
  update: WRITE,
};

/** What one must be allowed to do with a key; 0: no more than to name it (EXISTS). */
export function neededPermission(flags: readonly string[]): number {
  let permission = 0;
  for (const flag of flags) permission |= PERMISSION_OF_FLAG[flag] ?? 0;
  return permission;
}

export class Selector {
  commands: CommandSet;
  allKeys = false;
  allChannels: boolean;
  #keys: KeyPattern[] = [];
  #channels: string[] = [];

  /** @param allChannels  as `acl-pubsub-default` says */
  constructor(allChannels: boolean) {
    this.commands = new CommandSet();
    this.allChannels = allChannels;
  }

  clone(): Selector {
    const copy = new Selector(this.allChannels);
    copy.commands = this.commands.clone();
    copy.allKeys = this.allKeys;
    copy.#keys = [...this.#keys];
    copy.#channels = [...this.#channels];
    return copy;
  }

  /** Of keys; none where all are allowed. */
  get keyPatterns(): readonly KeyPattern[] {
    return this.#keys;
  }

  get channelPatterns(): readonly string[] {
    return this.#channels;
  }

  get isUnrestricted(): boolean {
    return this.commands.all && this.allKeys && this.allChannels;
  }

  // --- rules ---

  apply(rule: string): RuleProblem {
    switch (lowerAscii(rule)) {
      case "allkeys":
      case "~*":
        return this.#setAllKeys(true);
      case "resetkeys":
        return this.#setAllKeys(false);
      case "allchannels":
      case "&*":
        return this.#setAllChannels(true);
      case "resetchannels":
        return this.#setAllChannels(false);
      case "allcommands":
      case "+@all":
        this.commands.setAll(true);
        return null;
      case "nocommands":
      case "-@all":
        this.commands.setAll(false);
        return null;
    }
    switch (rule[0]) {
      case "~":
        return this.#addKeys(rule.slice(1), READ_AND_WRITE);
      case "%":
        return this.#addKeysFor(rule);
      case "&":
        return this.#addChannels(rule.slice(1));
      case "+":
      case "-":
        return this.commands.apply(rule);
      default:
        return SYNTAX;
    }
  }

  #setAllKeys(on: boolean): null {
    this.allKeys = on;
    this.#keys = [];
    return null;
  }

  #setAllChannels(on: boolean): null {
    this.allChannels = on;
    this.#channels = [];
    return null;
  }

  /** `%R~pattern`, `%W~`, `%RW~` */
  #addKeysFor(rule: string): RuleProblem {
    if (this.allKeys) return KEYS_ALL;
    const parts = /^%(r|w|rw|wr)(?:~|$)/i.exec(rule);
    if (!parts) return SYNTAX;
    const letters = parts[1]!.toLowerCase();
    const permission = (letters.includes("r") ? READ : 0) | (letters.includes("w") ? WRITE : 0);
    return this.#addKeys(rule.slice(parts[0].length), permission);
  }

  #addKeys(pattern: string, permission: number): RuleProblem {
    if (this.allKeys) return KEYS_ALL;
    if (hasSpaces(pattern)) return SYNTAX;
    const at = this.#keys.findIndex((key) => key.pattern === pattern);
    if (at < 0) this.#keys.push({ pattern, permission });
    else this.#keys[at] = { pattern, permission: this.#keys[at]!.permission | permission };
    return null;
  }

  #addChannels(pattern: string): RuleProblem {
    if (this.allChannels) return CHANNELS_ALL;
    if (hasSpaces(pattern)) return SYNTAX;
    if (!this.#channels.includes(pattern)) this.#channels.push(pattern);
    return null;
  }

  // --- as ACL LIST and ACL GETUSER show it ---

  describeKeys(): string {
    if (this.allKeys) return "~*";
    return this.#keys
      .map(({ pattern, permission }) => {
        if (permission === READ_AND_WRITE) return `~${pattern}`;
        return `%${permission === READ ? "R" : "W"}~${pattern}`;
      })
      .join(" ");
  }

  describeChannels(): string {
    return this.allChannels ? "&*" : this.#channels.map((pattern) => `&${pattern}`).join(" ");
  }

  describe(): string {
    const channels = this.allChannels ? "&*" : `resetchannels ${this.describeChannels()}`;
    return [this.describeKeys(), channels.trimEnd(), this.commands.describe()]
      .filter((part) => part !== "")
      .join(" ");
  }

  // --- verdicts ---

  /** @returns null = the command may run */
  check(row: CommandRow, args: CommandArguments): Denial | null {
    return this.#checkCommand(row, args) ?? this.#checkKeys(row, args) ?? this.#checkChannels(row, args);
  }

  #checkCommand(row: CommandRow, args: CommandArguments): Denial | null {
    const { commands } = this;
    if (commands.all || commands.has(row.id) || hasFlag(row, "no_auth")) return null;
    if (commands.hasFirstArgument(row, args.length, (index) => args.text(index))) return null;
    return { reason: "command", position: 0 };
  }

  #checkKeys(row: CommandRow, args: CommandArguments): Denial | null {
    if (this.allKeys || !hasKeys(row)) return null;
    for (const { position, flags } of commandKeys(row, args)) {
      if (!this.allowsKey(args.text(position), neededPermission(flags))) return { reason: "key", position };
    }
    return null;
  }

  allowsKey(key: string, permission: number): boolean {
    if (this.allKeys) return true;
    for (const allowed of this.#keys) {
      if ((allowed.permission & permission) === permission && matches(allowed.pattern, key)) return true;
    }
    return false;
  }

  /** Every key may be read, whatever it is called. */
  get readsEverything(): boolean {
    return (
      this.allKeys ||
      this.#keys.some(({ pattern, permission }) => pattern === "*" && (permission & READ) !== 0)
    );
  }

  #checkChannels(row: CommandRow, args: CommandArguments): Denial | null {
    if (this.allChannels) return null;
    const use = channelUse(row);
    if (use === undefined) return null;
    const end = use.onlyFirst ? Math.min(2, args.length) : args.length;
    for (let position = 1; position < end; position++) {
      if (!this.allowsChannel(args.text(position), use.isPattern)) return { reason: "channel", position };
    }
    return null;
  }

  /** A pattern to subscribe to must be one of ours, word by word: what it may match cannot be told. */
  allowsChannel(channel: string, isPattern: boolean): boolean {
    if (this.allChannels) return true;
    if (isPattern) return this.#channels.includes(channel);
    return this.#channels.some((pattern) => matches(pattern, channel));
  }
}

/** Only an empty pattern matches an empty name, as in Redis: `%R~*` is not `~*`. */
function matches(pattern: string, name: string): boolean {
  return name === "" ? pattern === "" : globMatch(pattern, name);
}

/** The rules between the brackets of `(+get ~a*)`. @returns the selector, or what is wrong with a rule */
export function parseSelector(rule: string, allChannels: boolean): Selector | string {
  const selector = new Selector(allChannels);
  for (const word of splitArgs(rule.slice(1, -1)) ?? []) {
    const problem = selector.apply(word);
    if (problem !== null) return problem;
  }
  return selector;
}
