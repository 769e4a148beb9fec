/** `kvasm dump --json`: what a file holds, as text from which it can be made again; a terminal sees how far it is. */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { ProgressLine } from "../../server/observe/progress-line.ts";
import { native } from "../support/native.ts";
import type { RespClient } from "../support/resp-client.ts";
import { LATER_MS, LIBRARY } from "./population.ts";
import { populate, Servers } from "./servers.ts";

const PROGRAM = fileURLToPath(new URL("../../dist/kvasm.js", import.meta.url));
const servers = new Servers("dump");

type Text = string | { base64: string };
type Pairs = [Text, Text][];

interface KeyLine {
  db: number;
  key: Text;
  type: string;
  expireAtMs?: number;
  value: unknown;
}

interface StreamLine extends KeyLine {
  lastId: string;
  value: { id: string; fields: Pairs }[];
  groups: { name: Text; lastDeliveredId: string; consumers: { name: Text; pending: { id: string }[] }[] }[];
}

function dump(file: string): { status: number | null; lines: Record<string, unknown>[]; error: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, "dump", file, "--json"], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  const lines = stdout.split("\n").filter(Boolean);
  return { status, lines: lines.map((line) => JSON.parse(line) as Record<string, unknown>), error: stderr };
}

/** A string as RespClient sends and receives it: a character for each byte. */
const bytes = (text: Text): string =>
  (typeof text === "string" ? Buffer.from(text) : Buffer.from(text.base64, "base64")).toString("latin1");

/** Commands that make a key of a line, but for a stream. */
function commandsFor({ key, type, value, expireAtMs }: KeyLine): string[][] {
  const name = bytes(key);
  const make: Record<string, () => string[][]> = {
    string: () => [["SET", name, bytes(value as Text)]],
    list: () => [["RPUSH", name, ...(value as Text[]).map(bytes)]],
    set: () => [["SADD", name, ...(value as Text[]).map(bytes)]],
    zset: () => [
      [
        "ZADD",
        name,
        ...(value as { member: Text; score: number | string }[]).flatMap((one) => [
          String(one.score),
          bytes(one.member),
        ]),
      ],
    ],
    hash: () =>
      (value as { field: Text; value: Text; expireAtMs?: number }[]).flatMap((one) => {
        const field = bytes(one.field);
        const set = ["HSET", name, field, bytes(one.value)];
        if (one.expireAtMs === undefined) return [set];
        return [set, ["HPEXPIREAT", name, String(one.expireAtMs), "FIELDS", "1", field]];
      }),
  };
  const commands = make[type]!();
  return expireAtMs === undefined ? commands : [...commands, ["PEXPIREAT", name, String(expireAtMs)]];
}

async function expectStream(client: RespClient, line: StreamLine): Promise<void> {
  const key = bytes(line.key);
  const entries = line.value.map(({ id, fields }) => [
    id,
    fields.flatMap(([field, value]) => [bytes(field), bytes(value)]),
  ]);
  expect(entries).toEqual(await client.do("XRANGE", key, "-", "+"));
  for (const { name, consumers } of line.groups) {
    const pending = (await client.do("XPENDING", key, bytes(name), "-", "+", "1000")) as [string, string][];
    const ours = consumers.flatMap((one) => one.pending.map(({ id }) => `${id} ${bytes(one.name)}`));
    expect(ours.sort()).toEqual(pending.map(([id, consumer]) => `${id} ${consumer}`).sort());
  }
}

describe("kvasm dump --json", () => {
  it.skipIf(!native.redis)("has everything of a native server's file", async () => {
    const dir = servers.folder();
    const theirs = await servers.native("redis", dir);
    await populate(theirs);
    await theirs.do("SET", "utf-8 over pieces", Buffer.from("äöü€".repeat(20_000)).toString("latin1"));
    await theirs.do("SET", "no utf-8", "\xff".repeat(100_000));
    await theirs.do("ZADD", "zset:inf", "-inf", "low", "inf", "high", "-0", "zero");
    await theirs.do("FUNCTION", "LOAD", LIBRARY);
    await theirs.do("SAVE");
    const { status, lines, error } = dump(path.join(dir, "dump.rdb"));
    expect([status, error]).toEqual([0, ""]);
    expect(lines.find((line) => "library" in line)).toEqual({ library: LIBRARY });
    expect(lines.some((line) => line["aux"] === "redis-ver")).toBe(true);
    const keys = lines.filter((line) => "key" in line) as unknown as KeyLine[];
    const again = await servers.kvasm(servers.folder());
    for (const line of keys) {
      const select = ["SELECT", String(line.db)];
      await Promise.all([theirs.do(...select), again.do(...select)]);
      if (line.type === "stream") {
        await expectStream(theirs, line as StreamLine);
        continue;
      }
      await populate(again, commandsFor(line));
      const name = bytes(line.key);
      const ask = ["DEBUG", "DIGEST-VALUE", name];
      expect(await again.do(...ask), name).toEqual(await theirs.do(...ask));
      expect(await again.do("PEXPIRETIME", name)).toBe(await theirs.do("PEXPIRETIME", name));
    }
    let count = 0;
    for (const db of ["0", "9"]) {
      await theirs.do("SELECT", db);
      count += Number(await theirs.do("DBSIZE"));
    }
    expect(keys.length).toBe(count);
    expect(keys.find((line) => line.key === "string:expires")?.expireAtMs).toBe(LATER_MS);
  });

  it("stops at damage, with the offset, after what stands before it", async () => {
    const dir = servers.folder();
    const client = await servers.kvasm(dir);
    await populate(client, [["SET", "a", "1"]]);
    await client.do("SAVE");
    const file = path.join(dir, "dump.rdb");
    writeFileSync(file, readFileSync(file).subarray(0, -9));
    const { status, lines, error } = dump(file);
    expect(status).toBe(1);
    expect(lines.at(-1)).toEqual({ db: 0, key: "a", type: "string", value: "1" });
    expect(error).toMatch(/Short read .*offset \d+/);
    expect(dump(path.join(dir, "nothing")).error).toContain("No such file or directory");
  });
});

describe("a progress line", () => {
  it("is for terminals", async () => {
    const seen: string[] = [];
    const terminal = (isTTY: boolean) => ({ isTTY, write: (text: string) => seen.push(text) });
    const [onTerminal, onPipe] = [
      new ProgressLine("x", terminal(true)),
      new ProgressLine("x", terminal(false)),
    ];
    await new Promise((resolve) => setTimeout(resolve, 120));
    onPipe.show(1, 2);
    expect(seen).toEqual([]);
    onTerminal.show(512 * 1024, 1024 * 1024);
    expect(seen[0]).toMatch(/^\r\x1b\[Kx \[#{10}-{10}\] {2}50 % {2}0\.5 of 1\.0 MB {2}\d s left$/);
    onTerminal.end();
    expect(seen.at(-1)).toBe("\r\x1b[K");
  });
});
