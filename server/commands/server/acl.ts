/** ACL: users and what they may do. The rules themselves are in server/acl. https://redis.io/commands/acl */
import { randomBytes } from "node:crypto";
import { resolveCommand } from "../../../bindings/command-table.ts";
import { map, OK, set, type Reply } from "../../../bindings/reply-tree.ts";
import { CATEGORIES, commandsOfCategory } from "../../acl/categories.ts";
import type { Selector } from "../../acl/selector.ts";
import { reasonOf } from "../../config/file.ts";
import { type CommandContext, NOT_AN_INTEGER } from "../context.ts";

const GENPASS_BITS = 256;
const GENPASS_BITS_MAX = 4096;
const BITS_PER_DIGIT = 4;
const LOG_ENTRIES = 10;

const NO_FILE =
  "ERR This Redis instance is not configured to use an ACL file. You may want to specify users via the ACL SETUSER " +
  "command and then issue a CONFIG REWRITE (assuming you have a Redis configuration file set) in order to store users " +
  "in the Redis configuration.";

/** The rows say the least number of arguments only. */
function refuseMore(context: CommandContext, most: number): boolean {
  if (context.argc <= most) return false;
  context.error(
    `ERR unknown subcommand or wrong number of arguments for '${context.text(1)}'. Try ACL HELP.`,
  );
  return true;
}

export function aclWhoami(context: CommandContext): void {
  context.reply(context.client.userName);
}

export function aclUsers(context: CommandContext): void {
  context.reply(context.server.access.users.sorted().map((user) => user.name));
}

export function aclList(context: CommandContext): void {
  context.reply(context.server.access.users.sorted().map((user) => `user ${user.name} ${user.describe()}`));
}

/** ACL CAT [category] */
export function aclCat(context: CommandContext): void {
  if (refuseMore(context, 3)) return;
  if (context.argc === 2) return context.reply([...CATEGORIES]);
  const rows = commandsOfCategory(context.text(2));
  if (rows === undefined) return context.error(`ERR Unknown category '${context.text(2)}'`);
  context.reply(rows.map((row) => row.name));
}

export function aclSetuser(context: CommandContext): void {
  const { access } = context.server;
  const problem = access.setUser(context.text(2), context.texts(3), context.client);
  if (problem !== null) context.error(`ERR ${problem}`);
  else context.reply(OK);
}

export function aclGetuser(context: CommandContext): void {
  const user = context.server.access.users.find(context.text(2));
  if (user === undefined) return context.reply(null);
  const [, ...others] = user.selectors;
  context.reply(
    map([
      ["flags", set(user.flags())],
      ["passwords", user.digests],
      ...describe(user.root),
      ["selectors", others.map((selector) => map(describe(selector)))],
    ]),
  );
}

function describe(selector: Selector): (readonly [string, Reply])[] {
  return [
    ["commands", selector.commands.describe()],
    ["keys", selector.describeKeys()],
    ["channels", selector.describeChannels()],
  ];
}

export function aclDeluser(context: CommandContext): void {
  const names = context.texts(2);
  const { access } = context.server;
  let count = 0;
  for (const name of names) {
    if (name === access.users.default.name) {
      return context.error("ERR The 'default' user cannot be removed");
    }
    const user = access.users.delete(name);
    if (user === undefined) continue;
    access.killClientsOf(user, context.client);
    count++;
  }
  context.reply(count);
}

/** ACL DRYRUN username command [argument …] */
export function aclDryrun(context: CommandContext): void {
  const { access } = context.server;
  const name = context.text(2);
  const user = access.users.find(name);
  if (user === undefined) return context.error(`ERR User '${name}' not found`);
  const argv = context.texts(3);
  const row = resolveCommand(argv[0]!, argv[1]);
  if (row === undefined || (row.subcommands !== undefined && argv.length > 1)) {
    return context.error(`ERR Command '${argv[0]}' not found`);
  }
  if (row.arity > 0 ? argv.length !== row.arity : argv.length < -row.arity) {
    return context.error(`ERR wrong number of arguments for '${row.name}' command`);
  }
  context.reply(access.dryRun(user, row, argv) ?? OK);
}

/** ACL GENPASS [bits]: hexadecimal digits for at least so many. */
export function aclGenpass(context: CommandContext): void {
  if (refuseMore(context, 3)) return;
  const bits = context.argc === 3 ? context.integer(2) : GENPASS_BITS;
  if (bits === null) return context.error(NOT_AN_INTEGER);
  if (bits <= 0 || bits > GENPASS_BITS_MAX) {
    return context.error(
      "ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to 4096",
    );
  }
  const digits = Math.ceil(bits / BITS_PER_DIGIT);
  context.reply(
    randomBytes(Math.ceil(digits / 2))
      .toString("hex")
      .slice(0, digits),
  );
}

/** ACL LOG [count | RESET] */
export function aclLog(context: CommandContext): void {
  if (refuseMore(context, 3)) return;
  const { log } = context.server.access;
  if (context.argc === 3 && context.lower(2) === "reset") {
    log.clear();
    return context.reply(OK);
  }
  const count = context.argc === 3 ? context.integer(2) : LOG_ENTRIES;
  if (count === null) return context.error(NOT_AN_INTEGER);
  const nowMs = Date.now();
  context.reply(
    log.latest(Math.max(0, count)).map((entry) =>
      map([
        ["count", entry.count],
        ["reason", entry.reason],
        ["context", entry.context],
        ["object", entry.object],
        ["username", entry.userName],
        ["age-seconds", { kind: "double", value: (nowMs - entry.updatedAtMs) / 1000 }],
        ["client-info", entry.clientInfo],
        ["entry-id", entry.id],
        ["timestamp-created", entry.createdAtMs],
        ["timestamp-last-updated", entry.updatedAtMs],
      ]),
    ),
  );
}

export function aclLoad(context: CommandContext): void {
  const { access, config } = context.server;
  if (config.text("aclfile") === "") return context.error(NO_FILE);
  const problem = access.load(context.client);
  if (problem !== null) context.error(`ERR ${problem}`);
  else context.reply(OK);
}

export function aclSave(context: CommandContext): void {
  const { access, config, log } = context.server;
  if (config.text("aclfile") === "") return context.error(NO_FILE);
  try {
    access.save();
  } catch (problem) {
    log.warning(`Saving the ACL file failed: ${reasonOf(problem)}`);
    return context.error(
      "ERR There was an error trying to save the ACLs. Please check the server logs for more information",
    );
  }
  context.reply(OK);
}
