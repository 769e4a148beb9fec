/** The client that other tests trust: every wire type stays itself, whole or byte by byte. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { native, startNative } from "../../support/native.ts";
import { ReplyParser, show } from "../../support/resp-client.ts";
import type { SpawnedServer } from "../../support/spawn-server.ts";

const WIRE =
  "+OK\r\n-ERR no\r\n:-7\r\n$3\r\na\r\n\r\n$-1\r\n*-1\r\n_\r\n,1.5\r\n#t\r\n(12345678901234567890\r\n" +
  "=7\r\ntxt:abc\r\n!3\r\nbad\r\n*2\r\n:1\r\n*0\r\n~1\r\n$0\r\n\r\n%1\r\n+k\r\n$1\r\n\xff\r\n>1\r\n+p\r\n|1\r\n+a\r\n:1\r\n:2\r\n";
const SHOWN = [
  "+OK",
  "-ERR no",
  ":-7",
  '"a\\r\\n"',
  "nil($-1)",
  "nil(*-1)",
  "nil(_)",
  ",1.5",
  "#t",
  "(12345678901234567890",
  '=txt:"abc"',
  '!"bad"',
  "[:1, []]",
  'set{""}',
  'map{+k => "\\xff"}',
  "push[+p]",
  "attribute{+a => :1}:2",
];

function parse(pieces: Buffer[]): string[] {
  const parser = new ReplyParser();
  const shown: string[] = [];
  for (const piece of pieces) {
    parser.feed(piece);
    for (let reply = parser.next(); reply !== undefined; reply = parser.next()) shown.push(show(reply));
  }
  expect(parser.pending.length).toBe(0);
  return shown;
}

describe("ReplyParser", () => {
  const wire = Buffer.from(WIRE, "latin1");
  it("keeps every RESP2 and RESP3 type distinct", () => {
    expect(parse([wire])).toEqual(SHOWN);
  });
  it("gives the same when bytes come one at a time", () => {
    expect(parse(Array.from(wire, (byte) => Buffer.from([byte])))).toEqual(SHOWN);
  });
  it("refuses what is not RESP", () => {
    for (const bad of ["hello\r\n", "$x\r\n", ":1\n", "$1\r\nabc"]) {
      const parser = new ReplyParser();
      parser.feed(Buffer.from(bad));
      expect(() => parser.next()).toThrow();
    }
  });
});

describe.skipIf(!native.redis)("RespClient against a native server", () => {
  let server: SpawnedServer;
  beforeAll(async () => {
    server = await startNative("redis");
  });
  afterAll(() => server.stop());

  it("sends, pipelines, and carries any byte", async () => {
    const client = await server.connect();
    const bytes = String.fromCharCode(...Array.from({ length: 256 }, (_, i) => i));
    const replies = await client.pipeline([["SET", "k", bytes], ["GET", "k"], ["GET", "missing"], ["NOPE"]]);
    expect(replies.map((reply) => reply.type)).toEqual(["simple", "bulk", "nullBulk", "error"]);
    expect(replies[1]).toEqual({ type: "bulk", value: bytes });
  });
  it("receives what was not asked for", async () => {
    const [subscriber, publisher] = [await server.connect(), await server.connect()];
    subscriber.post("SUBSCRIBE", "news");
    expect(show(await subscriber.receive())).toBe('["subscribe", "news", :1]');
    await publisher.send("PUBLISH", "news", "hi");
    expect(show(await subscriber.receive())).toBe('["message", "news", "hi"]');
    await expect(subscriber.receive(20)).rejects.toThrow("nothing was received");
  });
  it("reads and writes raw bytes", async () => {
    const client = await server.connect();
    client.write("PING\r\nECHO hi\r\n");
    expect(await client.read(7)).toBe("+PONG\r\n");
    expect(await client.read(8)).toBe("$2\r\nhi\r\n");
    client.write("*1\r\n!\r\n");
    expect(await client.read()).toBe("-ERR Protocol error: expected '$', got '!'\r\n");
    await client.closed;
  });
});
