/**
 * Broken payloads: DUMPs of every type and encoding, and those of older versions, with bytes changed, cut, repeated. RESTORE
 * refuses them in Redis' words and leaves the data as it was, or makes a value that every command of its type can work on;
 * and no memory is lost either way.
 *
 * The same inputs in each run: KVASM_SEED and KVASM_FUZZ_INPUTS ask for other and longer runs.
 */
import { describe, expect, it } from "vitest";
import { Setting } from "../../bindings/abi.ts";
import { Draw } from "../differential/generator.ts";
import { type TestClient, TestEngine } from "../support/engine.ts";
import { Prng } from "../support/prng.ts";
import { encodePipeline, quote, type Reply, ReplyParser } from "../support/resp-client.ts";

const SEED = Number(process.env["KVASM_SEED"] ?? 1);
const INPUTS = Number(process.env["KVASM_FUZZ_INPUTS"] ?? 4000);
const MS_PER_INPUT_MAX = 50;
/** Used memory may differ by this from what it was: buffers that have grown. */
const BUFFERS = 512 * 1024;

const REFUSED = /^-(ERR Bad data format|ERR DUMP payload version or checksum are wrong|OOM .*)\r\n$/;
/** RDB version and checksum. */
const FOOTER = 10;

const long = (letter: string) => letter.repeat(80);
const numbers = (count: number) => Array.from({ length: count }, (_, i) => String(i * 7 - 20));
const pairs = (count: number) => numbers(count).flatMap((n) => [n, `v${n}`]);

/** What is dumped: a value in each encoding. */
const VALUES: readonly string[][][] = [
  [["SET", "k", "some text"]],
  [["SET", "k", "-12345"]],
  [["SET", "k", "ab".repeat(400)]],
  [["PFADD", "k", ...numbers(40)]],
  [["RPUSH", "k", "a", "1", "70000", long("x")]],
  [["RPUSH", "k", ...numbers(60), "y".repeat(9000), ...numbers(2000)]],
  [["SADD", "k", ...numbers(30)]],
  [["SADD", "k", "5000000000", "1"]],
  [["SADD", "k", "a", "bc", "7"]],
  [["SADD", "k", ...numbers(150), long("z")]],
  [["HSET", "k", ...pairs(6)]],
  [
    ["HSET", "k", ...pairs(4)],
    ["HPEXPIREAT", "k", "4000000000000", "FIELDS", "2", "-20", "-13"],
  ],
  [["HSET", "k", ...pairs(20), long("f"), "v"]],
  [
    ["HSET", "k", ...pairs(20), long("f"), "v"],
    ["HPEXPIREAT", "k", "4000000000000", "FIELDS", "2", "-20", "-13"],
  ],
  [["ZADD", "k", ...numbers(8).flatMap((n) => [`${n}.5`, `m${n}`])]],
  [["ZADD", "k", ...numbers(150).flatMap((n) => [n, `m${n}`]), "inf", long("m")]],
  [
    ...numbers(60).map((n, i) => [
      "XADD",
      "k",
      `${i + 1}-1`,
      "field",
      n,
      ...(i % 3 === 0 ? ["other", long("s")] : []),
    ]),
    ["XDEL", "k", "3-1", "60-1"],
    ["XGROUP", "CREATE", "k", "g", "0"],
    ["XREADGROUP", "GROUP", "g", "c", "COUNT", "5", "STREAMS", "k", ">"],
    ["XREADGROUP", "GROUP", "g", "d", "COUNT", "5", "STREAMS", "k", ">"],
    ["XGROUP", "CREATE", "k", "h", "$"],
  ],
];

const bytes = (...values: number[]) => String.fromCharCode(...values);
/** Two entries, "ab" and 3, as the forms before listpacks held them. */
const ZIPLIST = bytes(17, 0, 0, 0, 14, 0, 0, 0, 2, 0, 0, 2, 97, 98, 4, 0xf4, 0xff);
const OLDER: readonly string[] = [
  bytes(10, ZIPLIST.length) + ZIPLIST,
  bytes(12, ZIPLIST.length) + ZIPLIST,
  bytes(13, ZIPLIST.length) + ZIPLIST,
  bytes(14, 1, ZIPLIST.length) + ZIPLIST,
  bytes(9, 10, 1, 1, 97, 3, 0, 1, 50, 51, 0xff, 0),
  bytes(11, 12, 2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 5, 0),
  bytes(3, 2, 1, 97, 3) + "1.5" + bytes(1, 98, 0xfe),
];

/** What is done with a value that was accepted. */
const USES: Readonly<Record<string, readonly string[][]>> = {
  string: [
    ["GET", "r"],
    ["APPEND", "r", "x"],
    ["PFCOUNT", "r"],
    ["BITCOUNT", "r"],
    ["GETRANGE", "r", "-5", "-1"],
  ],
  list: [
    ...[
      ["LRANGE", "r", "0", "-1"],
      ["LPOS", "r", "a"],
      ["RPUSH", "r", "x"],
      ["LINSERT", "r", "BEFORE", "x", "y"],
    ],
    ...[
      ["LREM", "r", "1", "y"],
      ["LSET", "r", "0", "z"],
      ["LPOP", "r"],
      ["RPOP", "r"],
      ["LTRIM", "r", "1", "-2"],
    ],
  ],
  set: [
    ["SMEMBERS", "r"],
    ["SISMEMBER", "r", "a"],
    ["SADD", "r", "x", "1"],
    ["SREM", "r", "7"],
    ["SPOP", "r"],
  ],
  hash: [
    ...[
      ["HGETALL", "r"],
      ["HTTL", "r", "FIELDS", "1", "-20"],
      ["HSET", "r", "x", "y"],
      ["HDEL", "r", "-20"],
    ],
    ...[
      ["HRANDFIELD", "r", "3"],
      ["HPEXPIREAT", "r", "4000000000000", "FIELDS", "1", "x"],
      ["HSCAN", "r", "0"],
    ],
  ],
  zset: [
    ...[
      ["ZRANGE", "r", "0", "-1", "WITHSCORES"],
      ["ZRANGEBYSCORE", "r", "-inf", "+inf"],
      ["ZADD", "r", "1", "x"],
    ],
    ...[
      ["ZRANK", "r", "x"],
      ["ZREVRANK", "r", "m1"],
      ["ZREM", "r", "x"],
      ["ZPOPMIN", "r"],
      ["ZPOPMAX", "r"],
    ],
  ],
  stream: [
    ...[
      ["XRANGE", "r", "-", "+"],
      ["XREVRANGE", "r", "+", "-"],
      ["XINFO", "STREAM", "r", "FULL"],
      ["XPENDING", "r", "g"],
    ],
    ...[
      ["XREADGROUP", "GROUP", "g", "e", "STREAMS", "r", ">"],
      ["XADD", "r", "*", "f", "v"],
      ["XDEL", "r", "5-1"],
    ],
    ...[
      ["XAUTOCLAIM", "r", "g", "e", "0", "0"],
      ["XTRIM", "r", "MAXLEN", "3"],
      ["XGROUP", "DESTROY", "r", "g"],
    ],
  ],
};

const EDGES = [0, 1, 2, 0x3f, 0x40, 0x7f, 0x80, 0x81, 0xc0, 0xc3, 0xe0, 0xf0, 0xf4, 0xfe, 0xff];

function mutate(payload: string, draw: Draw, others: readonly string[]): string {
  let out = payload;
  for (let i = draw.between(1, 3); i > 0; i--) {
    const at = draw.below(out.length + 1);
    const size = draw.between(1, draw.pick([1, 2, 4, 20]));
    const edge = () => String.fromCharCode(draw.chance(0.7) ? draw.pick(EDGES) : draw.below(256));
    switch (draw.below(7)) {
      case 0:
      case 1:
        out = out.slice(0, at) + edge() + out.slice(at + 1);
        break;
      case 2:
        out =
          out.slice(0, at) +
          String.fromCharCode(out.charCodeAt(at) ^ (1 << draw.below(8))) +
          out.slice(at + 1);
        break;
      case 3:
        out = out.slice(0, at) + out.slice(at + size);
        break;
      case 4:
        out = out.slice(0, at) + draw.list(size, size, edge).join("") + out.slice(at);
        break;
      case 5:
        out = out.slice(0, at) + out.slice(at, at + size) + out.slice(at);
        break;
      default:
        // Another type's byte, or end.
        out = draw.chance(0.5) ? edge() + out.slice(1) : out.slice(0, at) + draw.pick(others).slice(at);
    }
  }
  return out;
}

/** One command's reply. */
function ask(client: TestClient, ...argv: string[]): Reply {
  const text = client.feed(encodePipeline([argv]));
  const parser = new ReplyParser();
  parser.feed(Buffer.from(text, "latin1"));
  const reply = parser.next();
  expect(parser.pending.length, `more or less than a reply to ${argv[0]}: ${quote(text.slice(0, 200))}`).toBe(
    0,
  );
  return reply as Reply;
}

function dumpOf(client: TestClient, commands: readonly string[][]): string {
  for (const argv of commands) client.feed(encodePipeline([argv]));
  const reply = ask(client, "DUMP", "k");
  client.feed("DEL k\r\n");
  return (reply as { value: string }).value.slice(0, -FOOTER);
}

function check(engine: TestEngine, client: TestClient, payload: string): void {
  const reply = client.feed(encodePipeline([["RESTORE", "r", "0", payload]]));
  if (reply !== "+OK\r\n") {
    expect(reply).toMatch(REFUSED);
    expect(client.feed("DBSIZE\r\n"), "a refused payload left something").toBe(":0\r\n");
    return;
  }
  const { value: type } = ask(client, "TYPE", "r") as { value: string };
  for (const argv of [
    ["OBJECT", "ENCODING", "r"],
    ["MEMORY", "USAGE", "r"],
    ["COPY", "r", "copy"],
  ])
    ask(client, ...argv);
  const again = ask(client, "DUMP", "r");
  if (again.type === "bulk") {
    expect(ask(client, "RESTORE", "own", "0", again.value), "its own payload").toEqual({
      type: "simple",
      value: "OK",
    });
  }
  for (const argv of USES[type] ?? []) ask(client, ...argv);
  client.feed("DEL r copy own\r\n");
  engine.cron();
}

describe(`broken payloads (seed ${SEED})`, () => {
  it(
    "are refused, or good for everything; no memory is lost",
    () => {
      const engine = new TestEngine({ memoryMax: 256 << 20 });
      const client = engine.open();
      const payloads = [...VALUES.map((commands) => dumpOf(client, commands)), ...OLDER];
      engine.engine.exports.configure(Setting.SKIP_CHECKSUM, 1);
      const footer = bytes(12, 0, 0, 0, 0, 0, 0, 0, 0, 0);
      for (const payload of payloads) check(engine, client, payload + footer);
      const before = engine.usedMemory;
      const seeds = new Prng(SEED);
      for (let i = 0; i < INPUTS; i++) {
        const seed = seeds.u32();
        const draw = new Draw(seed);
        const payload = mutate(draw.pick(payloads), draw, payloads) + footer;
        // Most mutations would be found by their checksum alone.
        engine.engine.exports.configure(Setting.SKIP_CHECKSUM, draw.chance(0.98) ? 1 : 0);
        try {
          check(engine, client, payload);
        } catch (error) {
          throw new Error(`input seed ${seed}: RESTORE r 0 ${quote(payload)}\n${(error as Error).message}`, {
            cause: error,
          });
        }
      }
      client.feed("FLUSHALL\r\n");
      engine.cron();
      expect(engine.usedMemory - before).toBeLessThan(BUFFERS);
    },
    30_000 + INPUTS * MS_PER_INPUT_MAX,
  );
});
