/**
 * user: a name, passwords, and what whoever knows one of them may do: a root selector, and others beside it.
 *
 * Rules change a user one after the other, and an invalid one leaves it half changed: so they are tried on a clone, which
 * takes the place of the user when all went well (see Users). Clients keep the user itself.
 */
import type { CommandArguments } from "../../bindings/command-keys.ts";
import type { CommandRow } from "../../bindings/command-table.ts";
import { digestOf, includesDigest, isDigest } from "./passwords.ts";
import { BAD_HASH, lowerAscii, NO_SUCH_PASSWORD, type RuleProblem } from "./rules.ts";
import { type Denial, parseSelector, Selector } from "./selector.ts";

const RANK: Readonly<Record<Denial["reason"], number>> = { command: 1, key: 2, channel: 3 };

export class User {
  readonly name: string;
  enabled = false;
  /** Any password will do, and none is needed. */
  noPassword = false;
  /** Payloads of RESTORE are looked at as closely as `sanitize-dump-payload clients` asks for. */
  sanitizesPayloads = true;
  /** Counts its changes: for what is made from its permissions. */
  version = 0;
  /** Address of what the engine lets pass by itself (permission-block.ts), 0 = nothing. */
  permissionBlock = 0;
  /** The version that the block was made from. */
  blockVersion = -1;
  #digests = new Set<string>();
  #selectors: Selector[];
  /** `acl-pubsub-default` is allchannels. */
  readonly #allChannelsByDefault: boolean;

  constructor(name: string, allChannelsByDefault: boolean) {
    this.name = name;
    this.#allChannelsByDefault = allChannelsByDefault;
    this.#selectors = [new Selector(allChannelsByDefault)];
  }

  clone(): User {
    const copy = new User(this.name, this.#allChannelsByDefault);
    copy.become(this);
    return copy;
  }

  /** Takes on everything of another user but the name. */
  become(other: User): void {
    this.enabled = other.enabled;
    this.noPassword = other.noPassword;
    this.sanitizesPayloads = other.sanitizesPayloads;
    this.#digests = new Set(other.#digests);
    this.#selectors = other.#selectors.map((selector) => selector.clone());
    this.version++;
  }

  get root(): Selector {
    return this.#selectors[0]!;
  }

  get selectors(): readonly Selector[] {
    return this.#selectors;
  }

  get digests(): readonly string[] {
    return [...this.#digests];
  }

  /** Nothing that it does needs a look. */
  get isUnrestricted(): boolean {
    return this.root.isUnrestricted;
  }

  // --- rules ---

  /** @param rule  one word, or a selector in brackets */
  apply(rule: string): RuleProblem {
    if (rule === "") return null;
    switch (lowerAscii(rule)) {
      case "on":
        this.enabled = true;
        return null;
      case "off":
        this.enabled = false;
        return null;
      case "nopass":
        this.noPassword = true;
        this.#digests.clear();
        return null;
      case "resetpass":
        this.noPassword = false;
        this.#digests.clear();
        return null;
      case "sanitize-payload":
        this.sanitizesPayloads = true;
        return null;
      case "skip-sanitize-payload":
        this.sanitizesPayloads = false;
        return null;
      case "clearselectors":
        this.#selectors.length = 1;
        return null;
      case "reset":
        return this.#reset();
    }
    switch (rule[0]) {
      case ">":
        return this.#addDigest(digestOf(rule.slice(1)));
      case "#":
        return isDigest(rule.slice(1)) ? this.#addDigest(rule.slice(1)) : BAD_HASH;
      case "<":
        return this.#removeDigest(digestOf(rule.slice(1)));
      case "!":
        return isDigest(rule.slice(1)) ? this.#removeDigest(rule.slice(1)) : BAD_HASH;
      default:
        return rule.startsWith("(") && rule.endsWith(")") ? this.#addSelector(rule) : this.root.apply(rule);
    }
  }

  #reset(): null {
    const fresh = new User(this.name, this.#allChannelsByDefault);
    this.become(fresh);
    return null;
  }

  #addDigest(digest: string): null {
    this.#digests.add(digest);
    this.noPassword = false;
    return null;
  }

  #removeDigest(digest: string): RuleProblem {
    return this.#digests.delete(digest) ? null : NO_SUCH_PASSWORD;
  }

  #addSelector(rule: string): RuleProblem {
    const selector = parseSelector(rule, this.#allChannelsByDefault);
    if (typeof selector === "string") return selector;
    this.#selectors.push(selector);
    return null;
  }

  // --- shown and saved ---

  flags(): string[] {
    return [
      this.enabled ? "on" : "off",
      ...(this.noPassword ? ["nopass"] : []),
      this.sanitizesPayloads ? "sanitize-payload" : "skip-sanitize-payload",
    ];
  }

  /** Rules that make this user, from a new one. */
  describe(): string {
    const [root, ...others] = this.#selectors.map((selector) => selector.describe());
    return [
      ...this.flags(),
      ...[...this.#digests].map((digest) => `#${digest}`),
      root,
      ...others.map((selector) => `(${selector})`),
    ].join(" ");
  }

  // --- verdicts ---

  acceptsPassword(password: string): boolean {
    // Hashed and compared for whoever it is: the time of an answer does not tell which users there are.
    const matches = includesDigest(this.#digests, digestOf(password));
    return this.enabled && (this.noPassword || matches);
  }

  /** @returns null = one of the selectors allows the command; else what came closest to it */
  check(row: CommandRow, args: CommandArguments): Denial | null {
    let closest: Denial = { reason: "command", position: 0 };
    for (const selector of this.#selectors) {
      const denial = selector.check(row, args);
      if (denial === null) return null;
      const difference = RANK[denial.reason] - RANK[closest.reason];
      if (difference > 0 || (difference === 0 && denial.position > closest.position)) closest = denial;
    }
    return closest;
  }

  /** Whether a command may read keys that its arguments do not name (SORT's BY and GET). */
  readsEverything(row: CommandRow, args: CommandArguments): boolean {
    return this.#selectors.some((selector) => selector.readsEverything && selector.check(row, args) === null);
  }

  allowsChannel(channel: string, isPattern: boolean): boolean {
    return this.#selectors.some((selector) => selector.allowsChannel(channel, isPattern));
  }
}

/** What a denial says, as ACL DRYRUN has it or for the client. */
export function denialText(
  user: User,
  row: CommandRow,
  denial: Denial,
  args: CommandArguments,
  isVerbose: boolean,
): string {
  if (denial.reason === "command") {
    return `User ${user.name} has no permissions to run the '${row.name}' command`;
  }
  if (!isVerbose) return `No permissions to access a ${denial.reason}`;
  return `User ${user.name} has no permissions to access the '${args.text(denial.position)}' ${denial.reason}`;
}
