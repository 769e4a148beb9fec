/**
 * access: the one place that knows which user a client is, and asks whether it may. Holds users, the ACL log, and the
 * engine's flags of each client: not authenticated, to be looked at.
 */
import { ClientFlag } from "../../bindings/abi.ts";
import { argumentsOf, type CommandArguments } from "../../bindings/command-keys.ts";
import type { CommandRow } from "../../bindings/command-table.ts";
import { setClientFlag } from "../../bindings/records.ts";
import { Attention, setAttention } from "../attention.ts";
import { CLIENT_CLOSE_AFTER_REPLY, type Client } from "../client.ts";
import { clientLine } from "../client-list.ts";
import type { Subscriptions } from "../pubsub/pubsub.ts";
import type { Server } from "../server.ts";
import { FILE_AND_LINES, readAclFile, saveAclFile } from "./acl-file.ts";
import { AclLog, type DenialContext } from "./acl-log.ts";

import { permissionBlock, permissionBlockSize } from "./permission-block.ts";
import type { Denial } from "./selector.ts";
import { sortDenial } from "./sort-patterns.ts";
import { loadUserLines } from "./user-lines.ts";
import { denialText, type User } from "./user.ts";
import { Users } from "./users.ts";

/** The rules were changed between the command and its EXEC. */
const CHANGED_SINCE =
  "NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. " +
  "This command is no longer allowed for the following reason: ";
const CHANGED_REASONS: Readonly<Record<Denial["reason"], string>> = {
  command: "no permission to execute the command or subcommand",
  key: "no permission to touch the specified keys",
  channel: "no permission to access one of the channels used as argument to the command",
};

export class Access {
  readonly users: Users;
  readonly log = new AclLog();
  /** Denials since the start or CONFIG RESETSTAT, for INFO. */
  readonly denied: Record<"auth" | Denial["reason"], number> = { auth: 0, command: 0, key: 0, channel: 0 };
  readonly #server: Server;
  /** Blocks of permissions that clients may still point to. */
  readonly #oldBlocks: number[] = [];

  constructor(server: Server) {
    this.#server = server;
    this.users = new Users(() => server.config.text("acl-pubsub-default") === "allchannels");
  }

  /** @param lines  `user` lines of redis.conf @throws AclStartError */
  loadAtStart(lines: readonly (readonly string[])[]): void {
    const file = this.#server.config.text("aclfile");
    if (file === "") {
      const problem = loadUserLines(lines, this.users);
      if (problem === null) return;
      this.#server.log.warning(problem);
      throw new AclStartError("Critical error while loading ACLs. Exiting.");
    }
    if (lines.length > 0) throw new AclStartError(FILE_AND_LINES);
    const problem = this.load();
    if (problem !== null) throw new AclStartError(`Aborting Redis startup because of ACL errors: ${problem}`);
  }

  // --- clients ---

  /** A client that has just come, or said RESET. */
  begin(client: Client): void {
    client.user = this.users.default;
    client.authenticated = !this.users.defaultNeedsPassword;
    this.refresh(client);
  }

  become(client: Client, user: User): void {
    client.user = user;
    client.authenticated = true;
    this.refresh(client);
  }

  /** Tells the engine what it must know of a client. */
  refresh(client: Client): void {
    const { engine } = this.#server;
    const mustAuthenticate = !client.authenticated && this.users.defaultNeedsPassword;
    setClientFlag(engine, client.record, ClientFlag.UNAUTHENTICATED, mustAuthenticate);
    const isRestricted = !client.user.isUnrestricted;
    if (isRestricted) this.#refreshBlock(client.user);
    setAttention(engine, client, Attention.RESTRICTED, isRestricted);
  }

  /** Users have changed. */
  refreshAll(): void {
    for (const client of this.#server.clients) this.refresh(client);
    for (const block of this.#oldBlocks) this.#server.engine.exports.release(block);
    this.#oldBlocks.length = 0;
  }

  /** Makes a user's block of permissions where that is not of its present rules; the old one goes with refreshAll. */
  #refreshBlock(user: User): void {
    if (user.blockVersion === user.version) return;
    const { engine } = this.#server;
    user.blockVersion = user.version;
    if (user.permissionBlock !== 0) this.#oldBlocks.push(user.permissionBlock);
    user.permissionBlock = engine.exports.allocate(permissionBlockSize(user));
    engine.memory.refresh();
    if (user.permissionBlock === 0) return; // no memory: the host looks at everything
    engine.memory.bytes.set(permissionBlock(user, user.permissionBlock), user.permissionBlock);
  }

  /** Blocks of permissions that are in use. */
  get blocks(): number[] {
    const present = this.users.sorted().map((user) => user.permissionBlock);
    return [...present, ...this.#oldBlocks].filter((block) => block !== 0);
  }

  /** The user is listed no more, and its clients are somebody else. */
  #dropBlock(user: User): void {
    if (user.permissionBlock !== 0) this.#server.engine.exports.release(user.permissionBlock);
    user.permissionBlock = 0;
  }

  /** Ends the clients of a user that is no more. @param caller  still gets its reply */
  killClientsOf(user: User, caller: Client): void {
    for (const client of [...this.#server.clients]) {
      if (client.user !== user) continue;
      client.user = this.users.default;
      client.authenticated = false;
      this.refresh(client);
      end(client, caller);
    }
    this.#dropBlock(user);
  }

  /** Ends clients that are subscribed to what their users may not use any more. */
  #killStraySubscribers(caller: Client): void {
    for (const client of [...this.#server.clients]) {
      if (client.subscriptions && !mayKeep(client.user, client.subscriptions)) end(client, caller);
    }
  }

  /** ACL SETUSER. @returns what is wrong, or null */
  setUser(name: string, rules: readonly string[], caller: Client): string | null {
    const problem = this.users.set(name, rules);
    if (problem !== null) return problem;
    this.#killStraySubscribers(caller);
    this.refreshAll();
    return null;
  }

  // --- AUTH ---

  /** @returns whether the client is that user now; where not, it stays who it was */
  authenticate(client: Client, name: string, password: string, command: string): boolean {
    const user = this.users.authenticate(name, password);
    if (user !== null) {
      this.become(client, user);
      return true;
    }
    this.denied.auth++;
    this.#note(client, "auth", "toplevel", command, name);
    return false;
  }

  // --- verdicts ---

  /**
   * Whether a client may run a command; a denial is noted.
   * @returns the error for the client, null = it may
   */
  refusal(client: Client, row: CommandRow, args: CommandArguments, context: DenialContext): string | null {
    const denial = client.user.check(row, args);
    // SORT itself refuses these, when it runs.
    if (denial === null) return context === "multi" ? null : sortDenial(client.user, row, args);
    this.#noteDenial(client, row, args, denial, context);
    return `NOPERM ${denialText(client.user, row, denial, args, false)}`;
  }

  /** The same for a command that EXEC has come to. */
  refusalInExec(client: Client, row: CommandRow, args: CommandArguments): string | null {
    const denial = client.user.check(row, args);
    if (denial === null) return sortDenial(client.user, row, args);
    this.#noteDenial(client, row, args, denial, "multi");
    return CHANGED_SINCE + CHANGED_REASONS[denial.reason];
  }

  #noteDenial(
    client: Client,
    row: CommandRow,
    args: CommandArguments,
    denial: Denial,
    context: DenialContext,
  ): void {
    this.denied[denial.reason]++;
    const object = denial.reason === "command" ? row.name : args.text(denial.position);
    this.#note(client, denial.reason, context, object, client.userName);
  }

  #note(
    client: Client,
    reason: "auth" | Denial["reason"],
    context: DenialContext,
    object: string,
    userName: string,
  ): void {
    const nowMs = Date.now();
    const clientInfo = clientLine(this.#server, client, nowMs);
    this.log.add({ reason, context, object, userName, clientInfo }, nowMs);
  }

  /** ACL DRYRUN. @returns why not, null = the user may */
  dryRun(user: User, row: CommandRow, argv: readonly string[]): string | null {
    const args = argumentsOf(argv);
    const denial = user.check(row, args);
    return denial && denialText(user, row, denial, args, true);
  }

  /** CONFIG RESETSTAT. */
  resetStatistics(): void {
    Object.assign(this.denied, { auth: 0, command: 0, key: 0, channel: 0 });
  }

  // --- the file ---

  /** ACL LOAD: all of it or nothing. @param caller  who asks; none at the start @returns what is wrong, or null */
  load(caller?: Client): string | null {
    const read = readAclFile(this.#server.config.text("aclfile"), this.users);
    if (typeof read === "string") return read;
    const gone = this.users.replaceAll(read);
    if (caller) {
      for (const user of gone) this.killClientsOf(user, caller);
      this.#killStraySubscribers(caller);
    }
    this.refreshAll();
    return null;
  }

  /** ACL SAVE. @throws the system's error */
  save(): void {
    saveAclFile(this.#server.config.text("aclfile"), this.users);
  }
}

/** @param caller  still gets its reply */
function end(client: Client, caller: Client): void {
  if (client === caller) client.setFlag(CLIENT_CLOSE_AFTER_REPLY, true);
  else client.connection.close();
}

function mayKeep(user: User, { channel, pattern, shard }: Subscriptions): boolean {
  for (const name of channel) if (!user.allowsChannel(name, false)) return false;
  for (const name of shard) if (!user.allowsChannel(name, false)) return false;
  for (const name of pattern) if (!user.allowsChannel(name, true)) return false;
  return true;
}

/** The server cannot start with these users; the message is for the log. */
export class AclStartError extends Error {}
