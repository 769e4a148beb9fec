/**
 * users: all users by name. One, `default`, is always there: every connection begins as it, and where it needs no
 * password every connection may do what it may.
 *
 * A change is whole or not made: rules are tried on a clone, and the user takes its state on when all were valid. So
 * whoever holds a user (a client) sees the change without being told.
 */
import { hasSpaces, joinSelectors } from "./rules.ts";
import { User } from "./user.ts";

export const DEFAULT_USER = "default";

/** What the default user may do until somebody says otherwise. */
const DEFAULT_RULES = ["on", "nopass", "~*", "&*", "+@all"];

export class Users {
  readonly #byName = new Map<string, User>();
  readonly #allChannels: () => boolean;
  readonly default: User;

  /** @param allChannels  what `acl-pubsub-default` says at the time: new users may use all channels */
  constructor(allChannels: () => boolean) {
    this.#allChannels = allChannels;
    this.default = this.freshDefault();
    this.#byName.set(DEFAULT_USER, this.default);
  }

  find(name: string): User | undefined {
    return this.#byName.get(name);
  }

  /** By name, byte by byte: as Redis lists them. */
  sorted(): User[] {
    return [...this.#byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** A user that is not listed yet. */
  create(name: string): User {
    return new User(name, this.#allChannels());
  }

  /** The default user as a server without configuration has it. */
  freshDefault(): User {
    const user = this.create(DEFAULT_USER);
    for (const rule of DEFAULT_RULES) user.apply(rule);
    return user;
  }

  add(user: User): void {
    this.#byName.set(user.name, user);
  }

  /** @returns what is wrong; null = the user is there and has the rules */
  set(name: string, words: readonly string[]): string | null {
    if (hasSpaces(name)) return "Usernames can't contain spaces or null characters";
    const joined = joinSelectors(words);
    if ("open" in joined) return `Unmatched parenthesis in acl selector starting at '${joined.open}'.`;
    const present = this.find(name);
    const draft = present?.clone() ?? this.create(name);
    for (const rule of joined.rules) {
      const problem = draft.apply(rule);
      if (problem !== null) return `Error in ACL SETUSER modifier '${rule}': ${problem}`;
    }
    if (present) present.become(draft);
    else this.add(draft);
    return null;
  }

  /** The default user stays. @returns the user, which is listed no more */
  delete(name: string): User | undefined {
    const user = this.find(name);
    if (user === undefined || user === this.default) return undefined;
    this.#byName.delete(name);
    return user;
  }

  /**
   * Takes on the users of a file; those of the same name are changed, so that their clients stay.
   * @returns  the users that are no more
   */
  replaceAll(users: ReadonlyMap<string, User>): User[] {
    const gone: User[] = [];
    for (const user of this.sorted()) {
      if (users.has(user.name) || user === this.default) continue;
      this.#byName.delete(user.name);
      gone.push(user);
    }
    for (const user of users.values()) {
      const present = this.find(user.name);
      if (present) present.become(user);
      else this.add(user);
    }
    if (!users.has(DEFAULT_USER)) this.default.become(this.freshDefault());
    return gone;
  }

  /** `requirepass`. @param password  a byte string; empty: none is needed */
  setDefaultPassword(password: string): void {
    this.default.apply("resetpass");
    this.default.apply(password === "" ? "nopass" : `>${password}`);
  }

  /** A connection that has not said AUTH may do nothing. */
  get defaultNeedsPassword(): boolean {
    return !this.default.noPassword || !this.default.enabled;
  }

  /** @returns the user that a name and a password stand for; null = none, and nobody learns why */
  authenticate(name: string, password: string): User | null {
    const user = this.find(name) ?? NOBODY;
    return user.acceptsPassword(password) ? user : null;
  }
}

/** In the place of a user that there is not: takes as long to refuse a password. */
const NOBODY = new User("", false);
