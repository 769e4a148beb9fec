/**
 * acl: random rules for a user, then random commands as it: what ACL LIST shows of the rules, what ACL DRYRUN says of a
 * command, and what really happens, here and in native Redis. KVASM_SEED repeats a run.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { COMMANDS } from "../../bindings/command-table.ts";
import { native, nativeIsRedis8, startNative } from "../support/native.ts";
import { Prng } from "../support/prng.ts";
import { type RespClient, show } from "../support/resp-client.ts";
import { startKvasm } from "../support/server.ts";
import type { SpawnedServer } from "../support/spawn-server.ts";

const SEEDS = process.env["KVASM_SEED"] === undefined ? [1, 2, 3, 4] : [Prng.seed()];
const ROUNDS = 60;
const COMMANDS_A_ROUND = 12;

const CATEGORIES = [
  "read",
  "write",
  "string",
  "list",
  "dangerous",
  "admin",
  "keyspace",
  "connection",
  "pubsub",
];
const NAMES = ["get", "set", "mget", "mset", "del", "exists", "client", "client|list", "client|id", "config|get", "select", "object", "sort", "eval", "publish", "subscribe", "xread", "copy", "acl|whoami", "nosuch", "client|nosuch", "ping", "bitfield", "getex", "zunionstore", "lmpop"]; // prettier-ignore
const KEYS = ["a", "b", "ab", "a:1", "b:1", "c", ""];
const PATTERNS = ["a*", "b*", "*", "a", "?", "[ab]*", "a:*", "c", "*b*"];
const CHANNELS = ["n1", "n2", "m"];

/** Commands that leave no trace and answer alike on both, whoever asks. */
const LINES: readonly (readonly string[])[] = [
  ["GET", "K"],
  ["SET", "K", "v"],
  ["SET", "K", "v", "GET"],
  ["MGET", "K", "K"],
  ["MSET", "K", "1", "K", "2"],
  ["DEL", "K", "K"],
  ["EXISTS", "K"],
  ["COPY", "K", "K"],
  ["SELECT", "0"],
  ["SELECT", "1"],
  ["CLIENT", "GETNAME"],
  ["CLIENT", "NOSUCH"],
  ["OBJECT", "FREQ", "K"],
  ["SORT", "K", "BY", "w*"],
  ["SORT", "K", "GET", "#"],
  ["SORT", "K", "STORE", "K"],
  ["EVAL", "return redis.pcall('get', ARGV[1])", "1", "K", "K"],
  ["EVAL", "return redis.acl_check_cmd('set', ARGV[1], 'x')", "0", "K"],
  ["BITFIELD", "K", "GET", "u8", "0"],
  ["BITFIELD", "K", "SET", "u8", "0", "1"],
  ["GETEX", "K"],
  ["ZUNIONSTORE", "K", "2", "K", "K"],
  ["LMPOP", "2", "K", "K", "LEFT"],
  ["XREAD", "STREAMS", "K", "K", "0", "0"],
  ["SINTERCARD", "2", "K", "K"],
  ["PUBLISH", "C", "m"],
  ["SPUBLISH", "C", "m"],
  ["ACL", "WHOAMI"],
  ["CONFIG", "GET", "maxmemory"],
  ["PING"],
  ["GET"],
  ["NOSUCH", "K"],
];

function rule(random: Prng): string {
  const pick = <T>(list: readonly T[]): T => list[random.below(list.length)]!;
  const sign = pick(["+", "-"]);
  switch (random.below(14)) {
    case 0:
      return `${sign}@all`;
    case 1:
    case 2:
      return `${sign}@${pick(CATEGORIES)}`;
    case 3:
    case 4:
    case 5:
    case 6:
      return sign + pick(NAMES);
    case 7:
      return `~${pick(PATTERNS)}`;
    case 8:
      return `%${pick(["R", "W", "RW", "r"])}~${pick(PATTERNS)}`;
    case 9:
      return `&${pick(["n*", "n1", "*", "m"])}`;
    case 10:
      return pick(["resetkeys", "resetchannels", "allkeys", "allchannels", "nocommands", "allcommands", "reset", "clearselectors"]); // prettier-ignore
    case 11:
      return pick(["+select|0", "+select|1", "+client|getname", "-client|getname", "+get|a", "+SELECT|0"]);
    case 12:
      return `(${Array.from({ length: random.below(4) }, () => plainRule(random)).join(" ")})`;
    default:
      return pick([">x", "<x", "on", "sanitize-payload", "skip-sanitize-payload", "resetpass", "#zz"]);
  }
}

function plainRule(random: Prng): string {
  for (;;) {
    const made = rule(random);
    if (!/^[()><#]|^(on|reset|clearselectors|resetpass|s.*payload)$/.test(made)) return made;
  }
}

function command(random: Prng): string[] {
  return LINES[random.below(LINES.length)]!.map((word) => {
    if (word === "K") return KEYS[random.below(KEYS.length)]!;
    return word === "C" ? CHANNELS[random.below(CHANNELS.length)]! : word;
  });
}

describe.skipIf(native.redis === undefined || !nativeIsRedis8)("ACL verdicts", () => {
  let servers: SpawnedServer[];
  beforeAll(async () => {
    servers = await Promise.all([startKvasm(), startNative("redis")]);
  });
  afterAll(() => Promise.all(servers.map((server) => server.stop())));

  it.each(SEEDS)("are native's [seed %i]", async (seed) => {
    const random = new Prng(seed);
    const admins = await Promise.all(servers.map((server) => server.connect()));
    const done: string[] = [];
    const both = async (clients: readonly RespClient[], argv: readonly string[]): Promise<string> => {
      done.push(argv.join(" "));
      const [mine, theirs] = await Promise.all(clients.map((client) => client.send(...argv)));
      const seen = show(mine!, Infinity);
      if (seen !== show(theirs!, Infinity)) {
        expect.fail(`${done.slice(-30).join("\n")}\nkvasm:  ${seen}\nnative: ${show(theirs!, Infinity)}`);
      }
      return seen;
    };
    for (let round = 0; round < ROUNDS; round++) {
      await both(admins, ["FLUSHALL"]);
      await both(admins, ["ACL", "DELUSER", "u"]);
      await both(admins, ["ACL", "SETUSER", "u", "on", ...(random.below(2) ? ["+@all", "allkeys"] : [])]);
      for (let i = random.below(8); i > 0; i--) await both(admins, ["ACL", "SETUSER", "u", rule(random)]);
      await both(admins, ["ACL", "LIST"]);
      await both(admins, ["ACL", "GETUSER", "u"]);
      await both(admins, ["ACL", "SETUSER", "u", "on", "nopass"]);
      const users = await Promise.all(servers.map((server) => server.connect()));
      await both(users, ["AUTH", "u", "x"]);
      for (let i = 0; i < COMMANDS_A_ROUND; i++) {
        const argv = command(random);
        await both(admins, ["ACL", "DRYRUN", "u", ...argv]);
        await both(users, argv);
        if (random.below(6) === 0) {
          await both(users, ["MULTI"]);
          await both(users, command(random));
          await both(users, command(random));
          if (random.below(2)) await both(admins, ["ACL", "SETUSER", "u", plainRule(random)]);
          await both(users, ["EXEC"]);
        }
      }
      for (const client of users) await client.close();
    }
  });

  it("of every command, by category and by name", async () => {
    const admins = await Promise.all(servers.map((server) => server.connect()));
    const known = new Set((await admins[1]!.do("COMMAND", "LIST")) as string[]);
    const rows = COMMANDS.filter((row) => known.has(row.name) && row.subcommands === undefined);
    for (const category of (await admins[1]!.do("ACL", "CAT")) as string[]) {
      for (const admin of admins)
        await admin.do("ACL", "SETUSER", "c", "reset", `+@${category}`, "allkeys", "&*");
      for (const row of rows) {
        const argv = row.name.split("|");
        while (argv.length < Math.abs(row.arity)) argv.push("1");
        const [mine, theirs] = await Promise.all(
          admins.map((admin) => admin.send("ACL", "DRYRUN", "c", ...argv)),
        );
        expect([category, row.name, show(mine!)]).toEqual([category, row.name, show(theirs!)]);
      }
    }
  });
});
