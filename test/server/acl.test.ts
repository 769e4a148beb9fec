/** acl: users, rules and verdicts. Sessions are answered as by native Redis; the rest is what it cannot show. */
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { COMMANDS } from "../../bindings/command-table.ts";
import { parseCommand } from "../support/command-line.ts";
import { native, nativeIsRedis8, startNative } from "../support/native.ts";
import { plain, type RespClient, show } from "../support/resp-client.ts";
import { startKvasm } from "../support/server.ts";
import type { SpawnedServer } from "../support/spawn-server.ts";
import { isReady } from "../support/table.ts";

const withNative = native.redis !== undefined && nativeIsRedis8;

let server: SpawnedServer;
let redis: SpawnedServer | undefined;
beforeAll(async () => {
  server = await startKvasm();
  if (withNative) redis = await startNative("redis");
});
afterAll(async () => {
  await server.stop();
  await redis?.stop();
});

/** What differs by nature: clocks, ids, ports, and numbers that go on from test to test. */
function comparable(text: string): string {
  return text
    .replace(/"age-seconds", "[\d.]+"/g, '"age-seconds", …')
    .replace(/"client-info", "[^"]*? cmd=(\S+) user=(\S+)[^"]*"/g, '"client-info", "$1 $2"')
    .replace(/"entry-id", :\d+/g, '"entry-id", …')
    .replace(/:\d{13}/g, ":…");
}

/** One connection to each, then the lines; users and the log are as new before. */
async function expectSame(lines: readonly string[]): Promise<void> {
  const clients = [await server.connect(), await redis!.connect()];
  for (const client of clients) {
    await client.do("FLUSHALL");
    for (const name of (await client.do("ACL", "USERS")) as string[]) {
      if (name !== "default") await client.do("ACL", "DELUSER", name);
    }
    await client.do("ACL", "SETUSER", "default", "reset", "on", "nopass", "~*", "&*", "+@all");
    await client.do("ACL", "LOG", "RESET");
  }
  for (const line of lines) {
    const [mine, theirs] = await Promise.all(clients.map((client) => client.send(...parseCommand(line))));
    expect([line, comparable(show(mine!, Infinity))]).toEqual([line, comparable(show(theirs!, Infinity))]);
  }
  for (const client of clients) await client.close();
}

const SESSIONS: Record<string, string[]> = {
  "rules that cannot be": [
    "ACL SETUSER",
    'ACL SETUSER "a b" on',
    "ACL SETUSER b on >p '(+get' ~x",
    "ACL SETUSER b on >p +nosuch",
    "ACL SETUSER b +client|nosuch",
    "ACL SETUSER b +config|get|x",
    "ACL SETUSER b +select|",
    "ACL SETUSER b -select|1",
    "ACL SETUSER b +@nosuch",
    "ACL SETUSER b ~a ~* ~b",
    "ACL SETUSER b &a &* &b",
    "ACL SETUSER b <nopw",
    "ACL SETUSER b #zz",
    "ACL SETUSER b !zz",
    "ACL SETUSER b %X~a",
    "ACL SETUSER b %~a",
    "ACL SETUSER b %RR~a",
    'ACL SETUSER b "~a b"',
    'ACL SETUSER b "&a b"',
    "ACL SETUSER b foo",
    "ACL SETUSER b +",
    "ACL SETUSER b +|",
    "ACL SETUSER b (",
    "ACL SETUSER b (on)",
    "ACL SETUSER b '(+get ~a)' '(+set (~b))'",
    "ACL LIST",
  ],
  "what a user is shown as": [
    "ACL SETUSER b",
    "ACL GETUSER b",
    'ACL SETUSER b ""',
    "ACL SETUSER b ON >one >two <one allKeys",
    "ACL SETUSER b resetkeys ~a %r~b %W~b %RW~c %R~d %R",
    "ACL SETUSER b &x &y &x +get +GET +client -client|id +client|list +select|0 +select|1",
    "ACL SETUSER b () (~q) '(+get' '~z)' '( %R~a   +@read -get )'",
    "ACL LIST",
    "ACL GETUSER b",
    "ACL SETUSER b +@all -@dangerous +keys -client|kill",
    "ACL LIST",
    "ACL SETUSER b -@all nopass skip-sanitize-payload allchannels clearselectors",
    "ACL LIST",
    "ACL SETUSER b -client +CLIENT|LIST +client -@Read +@read",
    "ACL LIST",
    "ACL SETUSER b reset",
    "ACL LIST",
    "ACL USERS",
    "ACL DELUSER default",
    "ACL DELUSER nope b",
    "ACL DELUSER",
    "ACL GETUSER nope",
  ],
  "the small subcommands": [
    "ACL",
    "ACL NOSUCH",
    "ACL CAT",
    "ACL CAT nosuch",
    "ACL CAT a b",
    "ACL GENPASS 0",
    "ACL GENPASS 4097",
    "ACL GENPASS x",
    "ACL GENPASS 1 2",
    "ACL LOAD",
    "ACL SAVE",
    "ACL LOG x",
    "ACL LOG -1",
    "ACL LOG RESET x",
    "ACL WHOAMI",
  ],
  DRYRUN: [
    "ACL SETUSER a reset -get +client|list ~zz '(%R~b +get)'",
    "ACL DRYRUN nope get",
    "ACL DRYRUN a nosuch",
    "ACL DRYRUN a get",
    "ACL DRYRUN a client id",
    "ACL DRYRUN a client nosuch",
    "ACL DRYRUN a client list",
    "ACL DRYRUN a set q",
    "ACL DRYRUN a get c",
    "ACL DRYRUN a get b",
    "ACL DRYRUN default get x",
  ],
  "AUTH as somebody": [
    "AUTH a y",
    "auth nobody y",
    "HELLO 2 AUTH a y",
    "ACL SETUSER a >y +acl ~*",
    "AUTH a y",
    "ACL SETUSER a on",
    "AUTH a x",
    "AUTH a y",
    "ACL WHOAMI",
    "ACL LOG",
    "GET a",
    "PING",
    "AUTH default any",
    "ACL WHOAMI",
    "RESET",
    "ACL WHOAMI",
  ],
  "a restricted user": [
    "ACL SETUSER s on nopass +@all ~a* resetchannels",
    "AUTH s x",
    "RPUSH a 1",
    "GET b",
    "MSET a b c d",
    "MGET a b c",
    "EVAL return 1 1 b",
    "MULTI",
    "GET b",
    "EXEC",
    "MULTI",
    "GET a",
    "ACL SETUSER s -get",
    "GET a",
    "EXEC",
    "ACL SETUSER s +get",
    "MULTI",
    "ACL SETUSER s -get",
    "LLEN a",
    "GET a",
    "CLIENT GETNAME",
    "EXEC",
    "ACL SETUSER s +get -exec",
    "EXEC",
    "MULTI",
    "EXEC",
    "DISCARD",
    "ACL SETUSER s +exec",
    "ACL LOG",
    "ACL LOG 1",
    "ACL LOG RESET",
    "ACL LOG",
  ],
  "SORT by other keys": [
    "ACL SETUSER s on nopass +@all ~a* resetchannels",
    "AUTH s x",
    "RPUSH a 1",
    "SORT a BY nosort",
    "SORT a BY b*",
    "SORT a BY w",
    "SORT a GET #",
    "SORT a GET b",
    "SORT a BY b* LIMIT 1",
    "SORT_RO a BY b*",
    "SORT a LIMIT x 1 BY b*",
    "SORT a STORE b",
    "ACL SETUSER s %R~*",
    "SORT a GET b*",
    "ACL LOG",
  ],
  "a script may what its caller may": [
    "ACL SETUSER s on nopass +@all ~a* resetchannels",
    "AUTH s x",
    "EVAL \"return redis.call('get','b')\" 0",
    "EVAL \"return redis.pcall('get','b')\" 0",
    "EVAL \"return redis.acl_check_cmd('get','b')\" 0",
    "EVAL \"return redis.acl_check_cmd('get','a')\" 0",
    "EVAL \"return redis.acl_check_cmd('nosuch','a')\" 0",
    "ACL SETUSER s -set",
    "EVAL \"return redis.call('set','a','1')\" 0",
    "EVAL \"return redis.acl_check_cmd('set','a','1')\" 0",
    "ACL LOG",
  ],
  "the default user restricted": [
    "ACL SETUSER default -get resetkeys ~b",
    "GET b",
    "SET b 1",
    "SET a 1",
    "OBJECT ENCODING b",
    "OBJECT ENCODING a",
    "ACL SETUSER default +get allkeys",
    "GET b",
  ],
  channels: [
    "ACL SETUSER s on nopass +@all ~* resetchannels &a* &b",
    "AUTH s x",
    "PUBLISH c 1",
    "PUBLISH a1 1",
    "SPUBLISH c 1",
    "ACL DRYRUN s subscribe a b c",
    "ACL DRYRUN s subscribe a b",
    "ACL DRYRUN s ssubscribe a d",
    "ACL DRYRUN s psubscribe a*",
    "ACL DRYRUN s psubscribe ab*",
    "ACL DRYRUN s punsubscribe x*",
    "ACL DRYRUN s unsubscribe x",
    "ACL LOG",
  ],
};

describe.skipIf(!withNative)("a session is answered as by native Redis", () => {
  for (const [title, lines] of Object.entries(SESSIONS)) {
    const needed = title === "channels" ? ["publish", "spublish", "subscribe"] : [];
    it.skipIf(!isReady(...needed))(title, () => expectSame(lines));
  }

  it("ACL CAT of each category", async () => {
    const mine = await server.connect();
    const theirs = await redis!.connect();
    for (const category of (await theirs.do("ACL", "CAT")) as string[]) {
      const [a, b] = [await mine.do("ACL", "CAT", category), await theirs.do("ACL", "CAT", category)];
      expect([category, (a as string[]).sort()]).toEqual([category, (b as string[]).sort()]);
    }
  });

  it("ACL GETUSER in RESP3", async () => {
    const shown: string[] = [];
    for (const each of [server, redis!]) {
      const client = await each.connect();
      await client.do("ACL", "SETUSER", "r3", "on", ">x", "~a", "(+get ~b)");
      await client.do("HELLO", "3");
      shown.push(show(await client.send("ACL", "GETUSER", "r3"), Infinity));
      await client.do("ACL", "DELUSER", "r3");
    }
    expect(shown[0]).toBe(shown[1]);
  });
});

describe("ACL GENPASS", () => {
  it("has a hexadecimal digit for each four bits", async () => {
    const client = await server.connect();
    expect(await client.do("ACL", "GENPASS")).toMatch(/^[0-9a-f]{64}$/);
    expect(await client.do("ACL", "GENPASS", "5")).toMatch(/^[0-9a-f]{2}$/);
    expect(await client.do("ACL", "GENPASS", "4096")).toMatch(/^[0-9a-f]{1024}$/);
  });
});

describe("users who go", () => {
  it("take their clients with them; whoever deletes itself gets the reply first", async () => {
    const admin = await server.connect();
    await admin.do("ACL", "SETUSER", "gone", "on", "nopass", "+@all", "~*");
    const [other, self] = [await server.connect(), await server.connect()];
    await other.do("AUTH", "gone", "x");
    await self.do("AUTH", "gone", "x");
    expect(await self.do("ACL", "DELUSER", "gone")).toBe(1);
    await Promise.all([other.closed, self.closed]);
  });
});

describe("channels that are taken away", () => {
  it("end those who are subscribed to them, and nobody else", async () => {
    const admin = await server.connect();
    await admin.do("ACL", "SETUSER", "sub", "on", "nopass", "+@all", "&a*", "&b");
    const [one, other, third] = [await server.connect(), await server.connect(), await server.connect()];
    for (const client of [one, other, third]) await client.do("AUTH", "sub", "x");
    await one.do("SUBSCRIBE", "a1");
    await other.do("SUBSCRIBE", "b");
    await third.do("PSUBSCRIBE", "a*");
    await admin.do("ACL", "SETUSER", "sub", "resetchannels", "&a*");
    await other.closed;
    await admin.do("ACL", "SETUSER", "sub", "resetchannels", "&a1");
    await third.closed;
    expect(await admin.do("PUBLISH", "a1", "x")).toBe(1);
    await admin.do("ACL", "DELUSER", "sub");
    await one.closed;
  });
});

describe("the file of users", () => {
  const start = (dir: string | undefined, ...args: string[]) =>
    startKvasm({ ...(dir !== undefined && { dir }), args });

  it("is saved, read at the start, and read again; what is wrong with it changes nothing", async () => {
    const first = await start(undefined);
    const file = path.join(first.dir, "users.acl");
    writeFileSync(file, "");
    const dir = first.dir;
    const second = await start(dir, "--aclfile", "users.acl");
    let client = await second.connect();
    await client.do("ACL", "SETUSER", "bob", "on", ">secret", "~a", "(+get %R~b)");
    const users = await client.do("ACL", "LIST");
    expect(await client.do("ACL", "SAVE")).toBe("OK");
    expect(readFileSync(file, "latin1")).toBe(`${(users as string[]).join("\n")}\n`);
    await second.stop();

    const third = await start(dir, "--aclfile", "users.acl");
    client = await third.connect();
    expect(await client.do("ACL", "LIST")).toEqual(users);
    await client.do("ACL", "SETUSER", "carl", "on", "nopass", "+ping");
    const carl = await third.connect();
    await carl.do("AUTH", "carl", "x");
    writeFileSync(
      file,
      "user bob on\n\n   user eve on +nosuch ~a +zzz\nfoo\nuser\nuser x (+get\nuser bob on\n",
    );
    expect(show(await client.send("ACL", "LOAD"))).toContain(
      "ERR users.acl:3: Error in applying operation '+nosuch': Unknown command or category name in ACL. " +
        "users.acl:3: Error in applying operation '+zzz': Unknown command or category name in ACL. " +
        "users.acl:4 should start with user keyword followed by the username. " +
        "users.acl:5 should start with user keyword followed by the username. " +
        "users.acl:6: Unmatched parenthesis in selector definition." +
        "WARNING: Duplicate user 'bob' found on line 7. " +
        "WARNING: ACL errors detected, no change to the previously active ACL rules was performed",
    );
    expect(await client.do("ACL", "USERS")).toEqual(["bob", "carl", "default"]);
    expect(await carl.do("PING")).toBe("PONG");
    writeFileSync(file, "user bob on\n");
    expect(await client.do("ACL", "LOAD")).toBe("OK");
    expect(await client.do("ACL", "USERS")).toEqual(["bob", "default"]);
    await carl.closed;
    await third.stop();
    await first.stop();
  });

  it.each([
    [
      ["--aclfile", "no-such-file"],
      "Aborting Redis startup because of ACL errors: Error loading ACLs, opening",
    ],
    [["--user", "a", "on", "--aclfile", "x"], "please define either an ACL file or declare users directly"],
    [
      ["--user", "a", "on", "+nosuch"],
      "Error loading ACL rule '+nosuch' for the user named 'a': Unknown command",
    ],
    [["--user", "a", "on", "foo"], "Error in user declaration 'a': Syntax error"],
    [["--user", "a", "on", "--user", "a", "off"], "Error in user declaration 'a': Duplicate user found."],
    [["--user", "a", "(+get"], "Error in user declaration 'user': Wrong format"],
  ])("a start with %j is refused", async (args, why) => {
    await expect(start(undefined, ...args)).rejects.toThrow(why);
  });

  it("`user` lines make users", async () => {
    const bob = ["--user", "bob", "on", ">secret", "~a", "+@all"];
    const one = await start(undefined, ...bob, "--user", "default", "off");
    const client = await one.connect();
    expect(show(await client.send("PING"))).toContain("NOAUTH");
    expect(await client.do("AUTH", "bob", "secret")).toBe("OK");
    expect(show(await client.send("GET", "b"))).toContain("NOPERM");
    await one.stop();
  });
});

describe("a password", () => {
  it("appears in no output", async () => {
    const SECRET = "correct-horse-battery";
    const guarded = await startKvasm({ args: ["--requirepass", SECRET, "--slowlog-log-slower-than", "0"] });
    const client = await guarded.connect();
    const seen: string[] = [];
    const run = async (...argv: string[]): Promise<void> => {
      seen.push(show(await client.send(...argv), Infinity));
    };
    await run("AUTH", SECRET);
    const monitor = await guarded.connect();
    await monitor.do("AUTH", SECRET);
    await monitor.do("MONITOR");
    await run("AUTH", "default", `${SECRET}x`);
    await run("HELLO", "2", "AUTH", "default", SECRET, "SETNAME", "me");
    await run("HELLO", "2", "AUTH", "nobody", SECRET);
    await run("ACL", "SETUSER", "bob", "on", `>${SECRET}`, "+@all", "~*");
    await run("ACL", "SETUSER", "bob", `<${SECRET}`, "nosuch");
    await run("CONFIG", "SET", "requirepass", SECRET, "masterauth", SECRET);
    if (isReady("migrate")) await run("MIGRATE", "127.0.0.1", "1", "k", "0", "1", "AUTH2", "u", SECRET);
    for (const argv of [
      ["ACL", "LIST"],
      ["ACL", "GETUSER", "bob"],
      ["ACL", "LOG"],
      ["SLOWLOG", "GET", "-1"],
      ["INFO", "everything"],
      ["CLIENT", "LIST"],
      ["LATENCY", "HISTOGRAM"],
    ]) {
      await run(...argv);
    }
    await run("ECHO", "the end");
    while (!seen.at(-1)!.includes('"ECHO"')) seen.push(show(await monitor.receive(), Infinity));
    expect(seen.join("\n")).not.toContain(SECRET);
    expect(seen.join("\n")).toContain("(redacted)");
    await guarded.stop();
    expect(guarded.log).not.toContain(SECRET);
  });
});

describe("every command of the table", () => {
  it("is refused to a user who may nothing, but for those that make one known", async () => {
    const client: RespClient = await server.connect();
    await client.do("ACL", "SETUSER", "nothing", "on", "nopass", "-@all", "~*");
    const allowed: string[] = [];
    for (const row of COMMANDS) {
      if (row.subcommands !== undefined) continue;
      const argv = row.name.split("|");
      while (argv.length < Math.abs(row.arity)) argv.push("1");
      const verdict = plain(await client.send("ACL", "DRYRUN", "nothing", ...argv));
      if (verdict === "OK") allowed.push(row.name);
      else expect(verdict).toBe(`User nothing has no permissions to run the '${row.name}' command`);
    }
    expect(allowed).toEqual(["auth", "hello", "quit", "reset"]);
    await client.do("ACL", "DELUSER", "nothing");
  });
});
