/**
 * cli: `kvasm cli` beside redis-cli on the same server: what it prints for every type of reply in every form, its options
 * and exit codes; and what it does of its own: history, completion, hints.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { completions, hint } from "../../server/cli/hints.ts";
import { History, holdsSecret } from "../../server/cli/history.ts";
import { parseCliOptions, UsageError } from "../../server/cli/options.ts";
import { render } from "../../server/cli/render.ts";
import { type Reply, ReplyParser } from "../../server/cli/reply.ts";
import { Authority, canMakeCertificates } from "../support/certificates.ts";
import { nativeTool } from "../support/native.ts";
import { startKvasm } from "../support/server.ts";
import { freePort, type SpawnedServer } from "../support/spawn-server.ts";

const PROGRAM = fileURLToPath(new URL("../../dist/kvasm.js", import.meta.url));
const REDIS_CLI = nativeTool("redis8-cli");
const compared = existsSync(REDIS_CLI);

interface Outcome {
  code: number | null;
  output: string;
  errors: string;
}

/** @param waitFor  text in the output on which the program is ended with SIGTERM */
function run(program: string, args: string[], input = "", waitFor?: string | (() => void)): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { env: { ...process.env, HOME: dir, TERM: "xterm" } });
    let output = "";
    let errors = "";
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString("latin1");
      if (typeof waitFor === "string" && output.includes(waitFor)) child.kill();
    });
    child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString("latin1")));
    child.on("close", (code) => resolve({ code, output, errors }));
    child.stdin.on("error", () => undefined);
    child.stdin.end(Buffer.from(input, "latin1"));
  });
}

let dir: string;
let server: SpawnedServer;
beforeAll(async () => {
  dir = mkdtempSync(path.join(tmpdir(), "kvasm-test-cli-"));
  server = await startKvasm();
  const client = await server.connect();
  await client.do("SET", "text", 'x\ny"\\\t\x01\xff\xc3\xa9');
  await client.do("RPUSH", "list", ...Array.from({ length: 11 }, (_, i) => i));
  await client.do("HSET", "hash", "f", "v", "g", "w");
  await client.do("ZADD", "zset", 1, "a", 2.5, "b");
  await client.do("SADD", "set", "one");
  await client.do("XADD", "stream", "1-1", "f", "v");
});
afterAll(async () => {
  await server.stop();
  rmSync(dir, { recursive: true });
});

const at = (args: string[]): string[] => ["-p", String(server.port), ...args];
const ours = (args: string[], input = "", waitFor?: string): Promise<Outcome> =>
  run(process.execPath, [PROGRAM, "cli", ...at(args)], input, waitFor);

/** The same with both: the same output, errors and exit code. */
async function expectSame(
  args: string[],
  input = "",
  form: (outcome: Outcome) => unknown = (outcome) => outcome,
): Promise<Outcome> {
  const theirs = await run(REDIS_CLI, at(args), input);
  const mine = await ours(args, input);
  expect(form(mine), args.join(" ")).toEqual(form(theirs));
  return mine;
}

const PROTOCOL = ["string", "integer", "double", "null", "array", "set", "map", "verbatim", "true", "false"];
const EVERY_REPLY = [
  ...PROTOCOL.map((type) => `debug protocol ${type}`),
  ...["get text", "get nosuch", "lrange list 0 -1", "hgetall hash", "smembers set", "smembers nosuch"],
  ...[
    "hgetall nosuch",
    "lrange nosuch 0 -1",
    "zrange zset 0 -1 withscores",
    "xrange stream - +",
    "nosuch a b",
  ],
  ...["incr text", "config get maxm*", "command info get", "blpop nosuch 0.01", "memory doctor"],
  "eval \"return {1,{2,{3,'x'}},{}, redis.error_reply('ERR x y'), {ok='fine'}, false}\" 0",
  "eval 'redis.setresp(3) return {map={a={map={c=1,d={1,2}}}}}' 0",
  "eval 'redis.setresp(3) return {map={x={map={a=1}}}}' 0",
  "eval 'redis.setresp(3) return {map={x={set={a=true}}}}' 0",
];

describe.skipIf(!compared)("what is printed is what redis-cli prints", () => {
  const forms = ["--no-raw", "--raw", "--csv", "--json"].flatMap((form) => [
    [form, "-2"],
    [form, "-3"],
  ]);
  it.each(forms)("every type of reply: %s %s", async (...args) => {
    await expectSame(args, EVERY_REPLY.join("\n"));
  });

  it.each([
    ["without options: raw, because this is no terminal", [], "get text\nping\n"],
    ["-e", ["-e", "nosuch"], ""],
    ["-e and -r", ["-e", "-r", "3", "incr", "text"], ""],
    ["-r and -i", ["-r", "3", "-i", "0.01", "ping"], ""],
    ["-x", ["-x", "echo"], "all\nof it"],
    ["-X", ["-X", "TAG", "echo", "TAG"], "in\0side"],
    ["-X without its word", ["-X", "TAG", "echo", "no"], ""],
    ["-d and -D", ["-d", ",", "-D", ";", "lrange", "list", "0", "-1"], ""],
    ["-n", ["-n", "3", "dbsize"], ""],
    ["-n out of range", ["-n", "99", "ping"], ""],
    ["--quoted-input", ["--quoted-input", "echo", '"a\\x00b"'], ""],
    ["-a without a password to check", ["-a", "foo", "ping"], ""],
    ["--no-auth-warning", ["-a", "foo", "--no-auth-warning", "ping"], ""],
    ["--user and --pass", ["--user", "u", "--pass", "p", "ping"], ""],
    ["an unknown option", ["--nosuch"], ""],
    ["a scheme that is none", ["-u", "foo://localhost/2", "ping"], ""],
    ["nobody there", ["-p", "1", "ping"], ""],
    ["no socket there", ["-s", "/nosuch", "ping"], ""],
    ["a host that is none", ["-h", "nosuch.invalid", "ping"], ""],
    ["--scan", ["--scan", "--pattern", "?i*"], ""],
    ["a text, whatever the form", ["--csv", "memory", "doctor"], ""],
    ["a transaction", ["--no-raw"], "multi\nset b 1\nget b\nexec\ndel b\n"],
    ["a session", ["--no-raw"], 'ping\n\n"unbalanced\n3 ping\nselect 3\ndbsize\n# no\nquit\nping\n'],
    ["subscriptions", ["--no-raw"], "subscribe a b\nunsubscribe a b\nping\n"],
    ["RESP3 subscriptions", ["--no-raw", "-3"], "subscribe a b\nping\nunsubscribe a b\n"],
    [
      "pushes",
      ["-3", "--show-pushes", "yes"],
      "client tracking on\nget text\nget list\nget nosuch\nset nosuch 1\nping\ndel nosuch\n",
    ],
    ["--pipe", ["--pipe"], "*1\r\n$4\r\nPING\r\nset a b\r\nnosuch\r\ndel a\r\n"],
    ["--pipe of nothing", ["--pipe"], ""],
  ])("%s", async (_, args, input) => {
    await expectSame(args, input);
  });

  it("--eval", async () => {
    const script = path.join(dir, "script.lua");
    writeFileSync(script, "return {KEYS[1], ARGV[1], ARGV[2], #KEYS}");
    await expectSame(["--eval", script, "k", ",", "a", "b"]);
    await expectSame(["--eval", script, "k", "l"]);
  });

  it.each(["--bigkeys", "--memkeys"])("%s", async (option) => {
    // Types have an order of their own there, and a key of a type may be met before or after another.
    const sorted = ({ code, output }: Outcome): unknown => [code, output.split("\n").sort()];
    const { output } = await expectSame([option], "", sorted);
    expect(output).toContain("Sampled 6 keys in the keyspace!");
  });

  it("as a URI", async () => {
    const uri = `redis://localhost:${server.port}/3`;
    expect((await ours(["-u", uri, "client", "info"])).output).toContain(" db=3 ");
  });
});

describe("without redis-cli beside it", () => {
  it("types that redis-cli does not know are printed", async () => {
    const { output } = await ours(["-3", "--no-raw"], "debug protocol bignum\ndebug protocol attrib\n");
    expect(output).toBe(
      '(big number) 1234567999999999999999999999999999999\n"Some real reply following the attribute"\n',
    );
  });

  it("SUBSCRIBE and MONITOR go on until they are ended", async () => {
    const client = await server.connect();
    const numsub = async (): Promise<unknown> =>
      ((await client.do("PUBSUB", "NUMSUB", "news")) as unknown[])[1];
    const subscriber = ours(["subscribe", "news"], "", "hello");
    while ((await numsub()) === 0);
    await client.do("PUBLISH", "news", "hello");
    expect((await subscriber).output).toBe("subscribe\nnews\n1\nmessage\nnews\nhello\n");

    const monitor = ours(["monitor"], "", '"marked"');
    while (!String(await client.do("CLIENT", "LIST")).includes("flags=O"));
    await client.do("ECHO", "marked");
    expect((await monitor).output).toMatch(/^OK\n(.*\n)*\d+\.\d+ \[0 127\.0\.0\.1:\d+\] "ECHO" "marked"\n/);
  });

  it("--scan --type", async () => {
    const { output } = await ours(["--scan", "--type", "zset", "--no-raw"]);
    expect(output).toBe('"zset"\n');
  });

  it("--latency and --stat", async () => {
    expect((await ours(["--latency", "-i", "0.05"])).output).toMatch(/^\d+ \d+ \d+\.\d\d \d+\n$/);
    expect((await ours(["--latency", "--csv", "-i", "0.05"])).output).toMatch(/^\d+,\d+,\d+\.\d\d,\d+\n$/);
    const { output } = await ours(["--stat", "-i", "0.01"], "", "(+1)");
    const [, titles, line] = output.split("\n");
    expect(titles).toMatch(/^keys +mem +clients blocked requests +connections/);
    expect(line).toMatch(/^6 +[\d.]+[KM] +\d+ +0 +\d+ \(\+0\) +\d+ /);
  });

  it("a connection that was closed between two commands is made anew, with database and protocol", async () => {
    const client = await server.connect();
    const child = spawn(process.execPath, [PROGRAM, "cli", ...at(["--no-raw", "-3", "-n", "2"])]);
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString("latin1")));
    const ended = new Promise((resolve) => child.on("close", resolve));
    const until = async (text: string): Promise<void> => {
      while (!output.includes(text)) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    child.stdin.write("client setname first\n");
    await until("OK");
    const [, id] = /id=(\d+) [^\n]*name=first/.exec(String(await client.do("CLIENT", "LIST")))!;
    await client.do("CLIENT", "KILL", "ID", id!);
    await new Promise((resolve) => setTimeout(resolve, 50));
    child.stdin.end("client getname\nclient info\nhgetall nosuch\n");
    await ended;
    expect(output).toMatch(/^OK\n\(nil\)\nid=.* db=2 .* resp=3 [^]*\(empty hash\)\n$/);
  });

  it("a server that is shut down is no error", async () => {
    const other = await startKvasm();
    const mine = await run(process.execPath, [
      PROGRAM,
      "cli",
      "-p",
      String(other.port),
      "shutdown",
      "nosave",
    ]);
    expect(mine).toEqual({ code: 0, output: "", errors: "" });
    await other.stop();
  });

  it("AUTH from the environment, --help, --version", async () => {
    const other = await startKvasm({ args: ["--requirepass", "secret"] });
    process.env["REDISCLI_AUTH"] = "secret";
    const mine = await run(process.execPath, [PROGRAM, "cli", "-p", String(other.port), "ping"]);
    delete process.env["REDISCLI_AUTH"];
    expect(mine).toEqual({ code: 0, output: "PONG\n", errors: "" });
    await other.stop();
    expect((await ours(["--help"])).output).toMatch(/^kvasm cli .*\n\nUsage: kvasm cli /);
    expect((await run(process.execPath, [PROGRAM, "cli", "--version"])).output).toMatch(/^kvasm cli \d/);
  });

  it.skipIf(!canMakeCertificates)("over TLS", async () => {
    const authority = new Authority(dir, "ours");
    const [ofServer, ofClient] = [authority.issue("server"), authority.issue("client")];
    const port = await freePort();
    const other = await startKvasm({
      args: [
        ...["--tls-port", String(port), "--tls-cert-file", ofServer.cert, "--tls-key-file", ofServer.key],
        ...["--tls-ca-cert-file", authority.cert],
      ],
    });
    const secure = ["-p", String(port), "--tls", "--cacert", authority.cert];
    const certificate = ["--cert", ofClient.cert, "--key", ofClient.key];
    const cli = (args: string[]): Promise<Outcome> => run(process.execPath, [PROGRAM, "cli", ...args]);
    expect((await cli([...secure, ...certificate, "ping"])).output).toBe("PONG\n");
    expect((await cli([...secure, "ping"])).code).toBe(1);
    expect((await cli(["-p", String(port), "--tls", ...certificate, "ping"])).errors).toContain(
      "Could not connect",
    );
    await other.stop();
  });
});

describe("a session on a terminal", () => {
  const script = "/usr/bin/script";
  it.skipIf(!existsSync(script))(
    "has a prompt that says where one is, and a history without secrets",
    async () => {
      const log = path.join(dir, "typescript");
      const command = `"${process.execPath}" "${PROGRAM}" cli -p ${server.port}`;
      const child = spawn(script, ["-qefc", command, log], {
        env: { ...process.env, HOME: dir, TERM: "xterm" },
      });
      let output = "";
      child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString("latin1")));
      const ended = new Promise((resolve) => child.on("close", resolve));
      const say = async (line: string, answer: string): Promise<void> => {
        output = "";
        child.stdin.write(line);
        while (!output.includes(answer)) await new Promise((resolve) => setTimeout(resolve, 5));
      };
      const where = `127.0.0.1:${server.port}`;
      await say("", `${where}> `);
      await say("get text\r", '"x\\ny');
      await say("select 3\r", `${where}[3]> `);
      await say("multi\r", `${where}[3](TX)> `);
      await say("discard\r", `${where}[3]> `);
      await say("auth hush\r", "(error)");
      await say("subscribe c\r", `${where}[3](subscribed mode)> `);
      const client = await server.connect();
      await client.do("PUBLISH", "c", "news");
      while (!output.includes('3) "news"')) await new Promise((resolve) => setTimeout(resolve, 5));
      await say("half a line\x03", `> `);
      child.stdin.write("exit\r");
      await ended;
      const file = path.join(dir, ".kvasm_cli_history");
      expect(readFileSync(file, "utf8")).toBe("get text\nselect 3\nmulti\ndiscard\nsubscribe c\nexit\n");
      expect(statSync(file).mode & 0o777).toBe(0o600);
    },
  );
});

describe("completion and hints", () => {
  it.each([
    ["subsc", ["subscribe"]],
    ["CLIENT KI", ["CLIENT KILL"]],
    ["config re", ["config resetstat", "config rewrite"]],
    ["set k v ke", ["set k v keepttl"]],
    ["set k v KE", ["set k v KEEPTTL"]],
    ["help @stri", ["help @string"]],
    ["help zad", ["help zadd"]],
    ["nosuch x", []],
  ])("%s", (line, expected) => {
    expect(completions(line)).toEqual(expected);
  });

  it.each([
    ["get", " <key>"],
    ["get ", "<key>"],
    ["get k", ""],
    ["get k ", ""],
    ["3 get ", "<key>"],
    ["hset h ", "<field> <value> [<field> <value> ...]"],
    ["hset h f v ", "[<field> <value> ...]"],
    ["set k v ex 10 ", "[NX|XX] [GET]"],
    ["client kill ", expect.stringContaining("ID")],
    ["nosuch ", ""],
    ['get "unbalanced ', ""],
  ])("%s", (line, expected) => {
    expect(hint(line)).toEqual(expected);
  });
});

describe("history", () => {
  it.each([
    ...[
      "auth p",
      "AUTH u p",
      "  auth p",
      "3 auth p",
      "hello 3 auth u p",
      "acl setuser bob >p",
      "acl setusr bob >p",
    ],
    ...[
      "config set requirepass p",
      "config set maxmemory 1 masterauth p",
      'auth "p',
      "config sett requirepass p",
    ],
    ...["migrate h 1 k 0 10 auth p"],
  ])("does not keep: %s", (line) => {
    expect(holdsSecret(line)).toBe(true);
  });
  it.each(["get auth", "hello 3", "acl list", "config get requirepass", "set auth p", "nosuch", ""])(
    "keeps: %s",
    (line) => {
      expect(holdsSecret(line)).toBe(false);
    },
  );

  it("is newest first, and cut to its last thousand lines", () => {
    const file = path.join(dir, "long");
    writeFileSync(file, Array.from({ length: 1500 }, (_, i) => `get ${i}\n`).join(""));
    const lines = new History(file).load();
    expect([lines.length, lines[0], lines.at(-1)]).toEqual([1000, "get 1499", "get 500"]);
    expect(readFileSync(file, "utf8").split("\n").length).toBe(1001);
  });
});

describe("options", () => {
  it.each([
    ["-p", "x"],
    ["-p", "70000"],
    ["-n", "-1"],
    ["-i", "x"],
    ["-r", "1.5"],
    ["-p"],
    ["--cacert", "/nosuch"],
  ])("wrong: %s %s", (...args) => {
    expect(() => parseCliOptions(args, {})).toThrow(UsageError);
  });
  it("a URI's parts are unescaped", () => {
    const options = parseCliOptions(["-u", "rediss://bob:a%3Ab@[::1]:7000/2", "ping"], {});
    expect(options).toMatchObject({
      host: "::1",
      port: 7000,
      user: "bob",
      password: "a:b",
      database: 2,
      tls: {},
    });
  });
});

describe("replies", () => {
  it("are the same however their bytes arrive", () => {
    const bytes = Buffer.from(
      "*4\r\n$3\r\na\r\n\r\n:1\r\n%1\r\n+k\r\n~0\r\n*-1\r\n>1\r\n$-1\r\n|1\r\n+a\r\n+b\r\n,1.5\r\n=7\r\ntxt:abc\r\n!5\r\nERR x\r\n(12\r\n#f\r\n_\r\n",
    );
    const parse = (size: number): Reply[] => {
      const replies: Reply[] = [];
      const parser = new ReplyParser((reply) => replies.push(reply));
      for (let i = 0; i < bytes.length; i += size) parser.feed(bytes.subarray(i, i + size));
      return replies;
    };
    const whole = parse(bytes.length);
    expect(whole).toHaveLength(8);
    expect(parse(1)).toEqual(whole);
    expect(parse(7)).toEqual(whole);
    const shown = whole.map((reply) => render(reply, "quotedJson", { element: "", reply: "" }).trim());
    expect(shown[0]).toBe('["a\\\\r\\\\n",1,{"k":[]},null]');
  });
});
