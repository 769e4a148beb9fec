/**
 * The command table against Redis 8.0: the same commands with the same facts, in words of our own; and against
 * itself: generated files are fresh, and what says it is ready has a handler.
 */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { staleFiles } from "../../bindings/codegen/generate.ts";
import { readRows } from "../../bindings/codegen/rows.ts";
import { COMMANDS } from "../../bindings/command-table.ts";
import { encodeReply, type Reply as ReplyTree } from "../../bindings/reply-tree.ts";
import { docsReply } from "../../server/commands/server/command-docs.ts";
import { keysAndFlagsReply, keysReply } from "../../server/commands/server/command-getkeys.ts";
import { describeAll, describeNames } from "../../server/commands/server/command-info.ts";
import { listReply } from "../../server/commands/server/command-list.ts";
import { helpReply } from "../../server/commands/server/help.ts";
import { native, nativeIsRedis8, startNative } from "../support/native.ts";
import { ReplyParser, type Reply, type RespClient } from "../support/resp-client.ts";
import type { SpawnedServer } from "../support/spawn-server.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

describe("the table and its files", () => {
  it("what is generated from the rows is checked in as it is generated", () => {
    expect(staleFiles(ROOT)).toEqual([]);
  });

  it("every command that is ready has its handler", () => {
    for (const { ready, target, path: row } of readRows(ROOT)) {
      if (!ready || target === undefined) continue;
      const file = path.join(ROOT, target.path);
      expect(existsSync(file), `${row} → ${target.path}`).toBe(true);
      expect(readFileSync(file, "utf8"), row).toMatch(new RegExp(`\\b${target.function}\\b`));
    }
  });

  it("ids are positions, top-level commands before subcommands, each sorted by name", () => {
    COMMANDS.forEach((row, id) => expect(row.id).toBe(id));
    const names = (nested: boolean): string[] =>
      COMMANDS.filter((row) => (row.container !== undefined) === nested).map((row) => row.name.toLowerCase());
    expect(COMMANDS.map((row) => row.name.toLowerCase())).toEqual([
      ...names(false).sort(),
      ...names(true).sort(),
    ]);
  });
});

describe.skipIf(!nativeIsRedis8)(`the table and Redis ${native.redis?.version}`, () => {
  let server: SpawnedServer;
  let resp2: RespClient;
  let resp3: RespClient;
  beforeAll(async () => {
    server = await startNative("redis");
    resp2 = await server.connect();
    resp3 = await server.connect();
    await resp3.send("HELLO", 3);
  });
  afterAll(() => server.stop());

  it("have the same commands and subcommands", async () => {
    expect(names(decode(listReply([]), 2))).toEqual(names(await resp2.send("COMMAND", "LIST")));
  });

  it("say the same of every command in COMMAND INFO", async () => {
    for (const { name } of COMMANDS) {
      const [theirs, ours] = [await resp3.send("COMMAND", "INFO", name), decode(describeNames([name]), 3)];
      expect(comparable(ours), name).toEqual(comparable(theirs));
    }
    expect(comparable(decode(describeAll(), 3))).toEqual(comparable(await resp3.send("COMMAND")));
  });

  it("say the same of every command in COMMAND DOCS, but for the prose", async () => {
    for (const { name } of COMMANDS) {
      const [theirs, ours] = [await resp3.send("COMMAND", "DOCS", name), decode(docsReply([name]), 3)];
      expect(comparable(ours), name).toEqual(comparable(theirs));
    }
  });

  it("say it in different words", async () => {
    const theirs = prose(await resp3.send("COMMAND", "DOCS"));
    const ours = prose(decode(docsReply([]), 3));
    expect(ours.length).toBeGreaterThan(COMMANDS.length);
    expect(ours.filter((sentence) => theirs.includes(sentence))).toEqual([]);
  });

  it.each([
    [["GET"]],
    [["get", "nosuch", "CLIENT|LIST", "client|nosuch"]],
    [["sort", "set", "migrate", "xreadgroup", "eval", "vadd"]],
  ])("answer COMMAND INFO %j with the same bytes in RESP2, notes apart", async (asked) => {
    const theirs = await resp2.send("COMMAND", "INFO", ...asked);
    expect(withoutNotes(decode(describeNames(asked), 2))).toEqual(withoutNotes(theirs));
  });

  it("answer COMMAND DOCS in RESP2 as a flat list", async () => {
    const theirs = await resp2.send("COMMAND", "DOCS", "vadd", "nosuch");
    expect(decode(docsReply(["vadd", "nosuch"]), 2)).toEqual(theirs);
  });

  it.each([
    "FILTERBY MODULE vectorset",
    "FILTERBY MODULE nosuch",
    "filterby aclcat TRANSACTION",
    "FILTERBY ACLCAT dangerous",
    "FILTERBY ACLCAT nosuch",
    "FILTERBY PATTERN x*",
    "FILTERBY PATTERN *|G*",
    "FILTERBY PATTERN v[ai]*",
    "FILTERBY PATTERN",
    "FILTERBY X y",
    "x",
    "FILTERBY PATTERN a b",
  ])("answer COMMAND LIST %s with the same names", async (line) => {
    const args = line.split(" ");
    expect(names(decode(listReply(args), 2))).toEqual(names(await resp2.send("COMMAND", "LIST", ...args)));
  });

  it.each([
    "GET a",
    "nosuch",
    "GET",
    "PING",
    "OBJECT",
    "OBJECT nosuch a",
    "object encoding a",
    "MSET a 1 b 2",
    "SET a b",
    "SET a b GET",
    "BITFIELD a GET u8 0",
    "BITFIELD a GET u8 0 OVERFLOW FAIL SET u8 0 1",
    "EVAL script 0",
    "EVAL script 2 a b c",
    "EVAL script 3 a b",
    "EVAL script x",
    "FCALL f 1 a",
    "ZUNION 1",
    "ZUNION 2 a b",
    "ZUNIONSTORE d 2 a b",
    "LMPOP 2 a b LEFT",
    "BLMPOP 0 2 a b LEFT",
    "SORT a BY x GET y STORE d",
    "SORT a STORE d STORE e",
    "SORT a LIMIT STORE b",
    "SORT_RO a BY x",
    "GEORADIUS a 1 1 1 m STORE d",
    "GEORADIUSBYMEMBER a b 1 m STOREDIST d",
    "XREAD STREAMS a b 0 0",
    "XREAD COUNT 1 STREAMS a b c",
    "XREAD COUNT 1 x",
    "XREADGROUP GROUP g c STREAMS a >",
    "MIGRATE h 1 a 0 10",
    "MIGRATE h 1 a 0 10 KEYS b",
    "SPUBLISH a b",
    "SSUBSCRIBE a",
    "PFCOUNT a b",
  ])("answer COMMAND GETKEYS and GETKEYSANDFLAGS %s alike", async (line) => {
    const argv = line.split(" ");
    expect(decode(keysReply(argv), 2)).toEqual(await resp2.send("COMMAND", "GETKEYS", ...argv));
    expect(decode(keysAndFlagsReply(argv), 3)).toEqual(
      await resp3.send("COMMAND", "GETKEYSANDFLAGS", ...argv),
    );
  });

  it("give HELP in the same form", async () => {
    for (const { name, subcommands } of COMMANDS) {
      if (subcommands === undefined) continue;
      const reply = await resp2.send(name, "HELP");
      if (reply.type === "error") continue; // CLUSTER where the server is no cluster
      const theirs = lines(reply);
      const ours = lines(decode(helpReply(name), 2));
      expect(ours[0]).toBe(theirs[0]);
      expect(ours.slice(-2)).toEqual(theirs.slice(-2));
      expect(ours.filter((line) => line.startsWith("    ")).length).toBe((ours.length - 1) / 2);
    }
  });
});

function decode(reply: ReplyTree, version: 2 | 3): Reply {
  const parser = new ReplyParser();
  parser.feed(Buffer.from(encodeReply(reply, version)));
  return parser.next() as Reply;
}

/** Names in an order of our own, or the error. */
function names(reply: Reply): string[] | Reply {
  return reply.type === "array" ? lines(reply).sort() : reply;
}

function lines(reply: Reply): string[] {
  if (reply.type !== "array") throw new Error(`not an array but ${reply.type}`);
  return reply.items.map(text);
}

function text(reply: Reply): string {
  return "value" in reply ? String(reply.value) : "";
}

const PROSE = new Set(["summary", "complexity", "replaced_by", "notes"]);

/** The reply without prose, and sorted where Redis has the chance order of a hash table. */
function comparable(reply: Reply): Reply {
  switch (reply.type) {
    case "map": {
      const pairs = reply.pairs.map(([key, value]): [Reply, Reply] => [
        key,
        comparableValue(text(key), value),
      ]);
      return { type: "map", pairs: pairs.some(([, value]) => isDocs(value)) ? pairs.sort(byFirst) : pairs };
    }
    case "array": {
      const items = reply.items.map(comparable);
      return { type: "array", items: items.every(isInfo) ? items.sort(byName) : items };
    }
    case "set":
      return { type: "set", items: reply.items.map(comparable) };
    default:
      return reply;
  }
}

function comparableValue(key: string, value: Reply): Reply {
  if (PROSE.has(key) && value.type === "bulk") return { type: "bulk", value: "" };
  if (key === "history" && value.type === "set") return { type: "set", items: value.items.map(versionOnly) };
  return comparable(value);
}

/** A change of the history without what it says. */
function versionOnly(change: Reply): Reply {
  return change.type === "array" ? (change.items[0] as Reply) : change;
}

function isDocs(reply: Reply): boolean {
  return reply.type === "map" && reply.pairs.some(([key]) => text(key) === "group");
}

const INFO_FIELDS = 10;

function isInfo(reply: Reply): boolean {
  return reply.type === "array" && reply.items.length === INFO_FIELDS && reply.items[1]?.type === "integer";
}

function byName(a: Reply, b: Reply): number {
  return a.type === "array" && b.type === "array" ? byText(a.items[0] as Reply, b.items[0] as Reply) : 0;
}

function byFirst(a: [Reply, Reply], b: [Reply, Reply]): number {
  return byText(a[0], b[0]);
}

function byText(a: Reply, b: Reply): number {
  return text(a) < text(b) ? -1 : 1;
}

/** A RESP2 reply without the prose behind "notes", subcommands sorted. */
function withoutNotes(reply: Reply): Reply {
  if (reply.type !== "array") return reply;
  const items = reply.items.map((item, i) =>
    i > 0 && text(reply.items[i - 1] as Reply) === "notes" ? "prose" : withoutNotes(item),
  );
  return { type: "array", items: items as Reply[] };
}

/** All sentences of a COMMAND DOCS reply. Formulas as "O(1)" are facts and not counted. */
function prose(reply: Reply): string[] {
  if (reply.type === "set" || reply.type === "array") return reply.items.flatMap(prose);
  if (reply.type !== "map") return [];
  return reply.pairs.flatMap(([key, value]) => {
    if (text(key) === "history" && value.type === "set") {
      return value.items.map((change) => (change.type === "array" ? text(change.items[1] as Reply) : ""));
    }
    if (text(key) === "summary" || text(key) === "notes") return [text(value)];
    if (text(key) === "complexity") return /^O\([^ ]*\)$/.test(text(value)) ? [] : [text(value)];
    return prose(value);
  });
}
