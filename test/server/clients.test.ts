/** clients: the commands about connections, each compared with native Redis where that is there. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { native, nativeIsRedis8, startNative } from "../support/native.ts";
import { plain, type RespClient, show } from "../support/resp-client.ts";
import { startKvasm } from "../support/server.ts";
import type { SpawnedServer } from "../support/spawn-server.ts";

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

let client: RespClient;
beforeEach(async () => {
  client = await server.connect();
});

/** What differs by nature: ids, ports, modules, memory. */
function comparable(text: string): string {
  return text
    .replace(/\b(id|addr|laddr|fd|age|idle|qbuf|qbuf-free|argv-mem|rbs|rbp|tot-mem)=\S*/g, "$1=…")
    .replace(/"id"(, | => ):\d+/g, '"id"$1…')
    .replace(/"modules".*$/, "");
}

describe.skipIf(!withNative)("a session is answered as by native Redis", () => {
  const SESSIONS: Record<string, string[][]> = {
    "names and libraries": [
      ["CLIENT", "GETNAME"],
      ["CLIENT", "SETNAME", "bob"],
      ["CLIENT", "GETNAME"],
      ["CLIENT", "SETNAME", "a b"],
      ["CLIENT", "SETNAME", "a\nb"],
      ["CLIENT", "SETNAME", "\0\n\xc8"],
      ["CLIENT", "GETNAME"],
      ["CLIENT", "SETNAME", ""],
      ["CLIENT", "GETNAME"],
      ["CLIENT", "SETINFO", "lib-name", "lib"],
      ["CLIENT", "SETINFO", "LIB-VER", "1.2"],
      ["CLIENT", "SETINFO", "lib-ver", "1 2"],
      ["CLIENT", "SETINFO", "lib-foo", "x"],
      ["CLIENT", "INFO"],
      ["CLIENT", "LIST", "ID", "0"],
      ["CLIENT", "LIST", "ID", "x"],
      ["CLIENT", "LIST", "ID"],
      ["CLIENT", "LIST", "TYPE", "master"],
      ["CLIENT", "LIST", "TYPE", "nosuch"],
      ["CLIENT", "LIST", "NOSUCH"],
    ],
    HELLO: [
      ["HELLO"],
      ["HELLO", "1"],
      ["HELLO", "x"],
      ["HELLO", "3"],
      ["CLIENT", "INFO"],
      ["HELLO", "2", "SETNAME", "bob"],
      ["HELLO", "2", "SETNAME"],
      ["HELLO", "2", "SETNAME", "a b"],
      ["HELLO", "2", "AUTH", "default", "any"],
      ["HELLO", "2", "AUTH", "nobody", "x", "SETNAME", "no"],
      ["CLIENT", "GETNAME"],
      ["HELLO", "2", "NOSUCH"],
    ],
    "AUTH without a password": [
      ["AUTH"],
      ["AUTH", "x"],
      ["AUTH", "default", "x"],
      ["AUTH", "nobody", "x"],
      ["AUTH", "a", "b", "c"],
      ["ACL", "WHOAMI"],
    ],
    RESET: [
      ["HELLO", "3", "SETNAME", "bob"],
      ["SELECT", "5"],
      ["CLIENT", "NO-TOUCH", "on"],
      ["CLIENT", "NO-EVICT", "on"],
      ["CLIENT", "INFO"],
      ["RESET"],
      ["CLIENT", "INFO"],
      ["RESET", "x"],
    ],
    "CLIENT KILL's mistakes": [
      ["CLIENT", "KILL"],
      ["CLIENT", "KILL", "1.2.3.4:5"],
      ["CLIENT", "KILL", "ID", "0"],
      ["CLIENT", "KILL", "ID", "x"],
      ["CLIENT", "KILL", "ID", "1000000"],
      ["CLIENT", "KILL", "TYPE", "nosuch"],
      ["CLIENT", "KILL", "TYPE", "pubsub"],
      ["CLIENT", "KILL", "USER", "nobody"],
      ["CLIENT", "KILL", "SKIPME", "x"],
      ["CLIENT", "KILL", "MAXAGE", "0"],
      ["CLIENT", "KILL", "MAXAGE", "x"],
      ["CLIENT", "KILL", "MAXAGE", "100000"],
      ["CLIENT", "KILL", "ADDR", "1:2", "LADDR"],
      ["CLIENT", "KILL", "NOSUCH", "x"],
    ],
    switches: [
      ["CLIENT", "NO-EVICT", "x"],
      ["CLIENT", "NO-TOUCH", "x"],
      ["CLIENT", "REPLY", "x"],
      ["CLIENT", "REPLY", "on"],
      ["CLIENT", "NOSUCH"],
      ["CLIENT"],
    ],
    "server questions": [
      ["ROLE"],
      ["INFO", "nosuch"],
      ["INFO", "cluster"],
      ["SHUTDOWN", "x"],
      ["SHUTDOWN", "SAVE", "NOSAVE"],
      ["SHUTDOWN", "ABORT"],
      ["SHUTDOWN", "ABORT", "NOW"],
      ["SLOWLOG", "GET", "x"],
      ["SLOWLOG", "GET", "-2"],
      ["SLOWLOG", "NOSUCH"],
      ["LATENCY", "LATEST"],
      ["LATENCY", "RESET", "x"],
      ["LATENCY", "HISTORY", "x"],
      ["LATENCY", "GRAPH", "x"],
      ["LATENCY", "HISTOGRAM", "nosuch"],
      ["MEMORY", "PURGE"],
      ["LOLWUT", "VERSION", "x"],
      ["QUIT", "x"],
    ],
    DEBUG: [
      ["DEBUG"],
      ["DEBUG", "nosuch"],
      ["DEBUG", "SLEEP"],
      ["DEBUG", "SLEEP", "0"],
      ["DEBUG", "ERROR", "WHY not"],
      ["DEBUG", "LOG", "hello"],
      ["DEBUG", "SET-ACTIVE-EXPIRE", "1"],
      ["DEBUG", "QUICKLIST-PACKED-THRESHOLD", "100b"],
      ["DEBUG", "QUICKLIST-PACKED-THRESHOLD", "x"],
      ["DEBUG", "QUICKLIST-PACKED-THRESHOLD", "0"],
      ["DEBUG", "CHANGE-REPL-ID"],
      ...["string", "integer", "double", "null", "array", "set", "map", "verbatim"].map((type) => [
        "DEBUG",
        "PROTOCOL",
        type,
      ]),
      ...["true", "false", "bignum", "push", "attrib", "nosuch"].map((type) => ["DEBUG", "PROTOCOL", type]),
    ],
  };

  it.each(Object.entries(SESSIONS))("%s", async (_, commands) => {
    const theirs = await redis!.connect();
    for (const argv of commands) {
      const [mine, native] = [await client.send(...argv), await theirs.send(...argv)];
      expect([argv, comparable(show(mine, Infinity))]).toEqual([argv, comparable(show(native, Infinity))]);
    }
  });

  it("the same in RESP3, with DEBUG PROTOCOL", async () => {
    const theirs = await redis!.connect();
    await client.do("HELLO", "3");
    await theirs.do("HELLO", "3");
    for (const type of ["double", "null", "set", "map", "verbatim", "true", "false", "bignum"]) {
      const argv = ["DEBUG", "PROTOCOL", type];
      expect([type, show(await client.send(...argv))]).toEqual([type, show(await theirs.send(...argv))]);
    }
  });

  it("CLIENT LIST has native's fields in native's order", async () => {
    const theirs = await redis!.connect();
    const names = (line: unknown): string[] =>
      [...String(line).matchAll(/(\S+?)=/g)].map(([, name]) => name!);
    expect(names(await client.do("CLIENT", "INFO"))).toEqual(names(await theirs.do("CLIENT", "INFO")));
  });
});

describe("CLIENT KILL", () => {
  it("by id closes another connection, and not one's own unless told", async () => {
    const victim = await server.connect();
    const id = String(await victim.do("CLIENT", "ID"));
    expect(await client.do("CLIENT", "KILL", "ID", id)).toBe(1);
    await victim.closed;
    const own = String(await client.do("CLIENT", "ID"));
    expect(await client.do("CLIENT", "KILL", "ID", own)).toBe(0);
    expect(await client.do("CLIENT", "KILL", "ID", own, "SKIPME", "no")).toBe(1);
    await client.closed;
  });

  it("by address, the old way", async () => {
    const victim = await server.connect();
    const address = /addr=(\S+)/.exec(String(await victim.do("CLIENT", "INFO")))![1]!;
    expect(await client.do("CLIENT", "KILL", address)).toBe("OK");
    await victim.closed;
  });

  it("what a killed client had sent behind is not run", async () => {
    const own = String(await client.do("CLIENT", "ID"));
    client.write(
      `*6\r\n$6\r\nCLIENT\r\n$4\r\nKILL\r\n$2\r\nID\r\n$${own.length}\r\n${own}\r\n$6\r\nSKIPME\r\n$2\r\nno\r\n` +
        "*3\r\n$3\r\nSET\r\n$4\r\nlate\r\n$1\r\n1\r\n",
    );
    expect(await client.read()).toBe(":1\r\n");
    const other = await server.connect();
    expect(await other.do("GET", "late")).toBe(null);
  });
});

describe("replies", () => {
  it("QUIT answers and closes", async () => {
    client.write("*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nQUIT\r\n*1\r\n$4\r\nPING\r\n");
    expect(await client.read()).toBe("+PONG\r\n+OK\r\n");
    await client.closed;
  });

  it("CLIENT REPLY off, skip and on, in one chunk", async () => {
    const line = (...argv: string[]) =>
      `*${argv.length}\r\n${argv.map((arg) => `$${arg.length}\r\n${arg}\r\n`).join("")}`;
    client.write(
      line("CLIENT", "REPLY", "SKIP") +
        line("ECHO", "skipped") +
        line("ECHO", "a") +
        line("CLIENT", "REPLY", "OFF") +
        line("ECHO", "off") +
        line("CLIENT", "ID") +
        line("CLIENT", "REPLY", "ON") +
        line("ECHO", "b"),
    );
    expect(await client.read()).toBe("$1\r\na\r\n+OK\r\n$1\r\nb\r\n");
  });

  it("a host command between commands of the engine keeps the order", async () => {
    const replies = await client.pipeline([
      ["SET", "k", "v"],
      ["CLIENT", "GETNAME"],
      ["GET", "k"],
      ["CONFIG", "GET", "port"],
      ["GET", "k"],
    ]);
    expect(replies.map(plain)).toEqual(["OK", null, "v", ["port", String(server.port)], "v"]);
  });
});

describe("requirepass", () => {
  let guarded: SpawnedServer;
  beforeAll(async () => {
    guarded = await startKvasm({ args: ["--requirepass", "s3cret"] });
  });
  afterAll(() => guarded.stop());

  it("nothing but AUTH, HELLO, QUIT and RESET before it", async () => {
    const one = await guarded.connect();
    expect(show(await one.send("GET", "k"))).toContain("NOAUTH Authentication required.");
    expect(show(await one.send("CLIENT", "ID"))).toContain("NOAUTH Authentication required.");
    expect(show(await one.send("HELLO", "3"))).toContain(
      "NOAUTH HELLO must be called with the client already",
    );
    expect(await one.do("RESET")).toBe("RESET");
    expect(await one.do("QUIT")).toBe("OK");
  });

  it("AUTH with one and with two words; RESET takes it back", async () => {
    const one = await guarded.connect();
    for (const argv of [["wrong"], ["default", "wrong"], ["nobody", "s3cret"]]) {
      expect(show(await one.send("AUTH", ...argv))).toContain(
        "WRONGPASS invalid username-password pair or user is disabled.",
      );
    }
    expect(await one.do("AUTH", "s3cret")).toBe("OK");
    expect(await one.do("PING")).toBe("PONG");
    expect(show(await one.send("AUTH", "wrong"))).toContain("WRONGPASS");
    expect(await one.do("PING")).toBe("PONG");
    await one.do("RESET");
    expect(show(await one.send("PING"))).toContain("NOAUTH");
    expect(await one.do("AUTH", "default", "s3cret")).toBe("OK");
  });

  it("HELLO with AUTH", async () => {
    const one = await guarded.connect();
    expect(await one.do("HELLO", "3", "AUTH", "default", "s3cret", "SETNAME", "bob")).toBeTruthy();
    expect(await one.do("CLIENT", "GETNAME")).toBe("bob");
  });

  it("CONFIG SET requirepass holds for those who come after", async () => {
    const one = await guarded.connect();
    await one.do("AUTH", "s3cret");
    await one.do("CONFIG", "SET", "requirepass", "");
    expect(await (await guarded.connect()).do("PING")).toBe("PONG");
    await one.do("CONFIG", "SET", "requirepass", "s3cret");
    expect(show(await (await guarded.connect()).send("PING"))).toContain("NOAUTH");
    expect(await one.do("PING")).toBe("PONG");
  });
});
