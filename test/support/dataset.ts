/**
 * dataset: everything a server holds, read with ordinary commands, as lines of text that can be compared:
 * type, encoding, expiry and value of every key. Unordered collections are sorted.
 */
import { createHash } from "node:crypto";
import { quote, type Reply, type RespClient, show } from "./resp-client.ts";
import { unordered, unorderedPairs } from "./compare.ts";

export interface KeyState {
  type: string;
  encoding: string;
  /** Milliseconds since 1970; -1 without expiry. */
  expireAtMs: number;
  value: string;
}

const READERS: Record<string, (key: string) => { argv: string[]; text(reply: Reply): string }> = {
  string: (key) => ({ argv: ["GET", key], text: (reply) => show(reply, Infinity) }),
  list: (key) => ({ argv: ["LRANGE", key, "0", "-1"], text: (reply) => show(reply, Infinity) }),
  set: (key) => ({ argv: ["SMEMBERS", key], text: (reply) => unordered(reply, []) }),
  hash: (key) => ({ argv: ["HGETALL", key], text: (reply) => unorderedPairs(reply, []) }),
  zset: (key) => ({ argv: ["ZRANGE", key, "0", "-1", "WITHSCORES"], text: (reply) => show(reply, Infinity) }),
  stream: (key) => ({
    argv: ["XINFO", "STREAM", key, "FULL", "COUNT", "0"],
    text: (reply) => show(withoutTimes(reply), Infinity),
  }),
};

/** Times since 1970 (when entries were delivered, consumers seen) are not the same on two servers. */
function withoutTimes(reply: Reply): Reply {
  if (reply.type === "array") return { ...reply, items: reply.items.map(withoutTimes) };
  if (reply.type === "map") {
    return { ...reply, pairs: reply.pairs.map(([name, value]) => [name, withoutTimes(value)]) };
  }
  const isTime = reply.type === "integer" && reply.value > 10n ** 12n && reply.value < 10n ** 13n;
  return isTime ? { type: "simple", value: "time" } : reply;
}

function text(reply: Reply | undefined): string {
  return reply !== undefined && "value" in reply ? String(reply.value) : "";
}

/** The state of these keys; a missing key has type "none". */
export async function readKeys(client: RespClient, keys: readonly string[]): Promise<Map<string, KeyState>> {
  const about = await client.pipeline(
    keys.flatMap((key) => [
      ["TYPE", key],
      ["OBJECT", "ENCODING", key],
      ["PEXPIRETIME", key],
    ]),
  );
  const types = keys.map((_, i) => text(about[3 * i]));
  const readers = keys.map((key, i) => READERS[types[i] as string]?.(key));
  const values = await client.pipeline(readers.map((reader) => reader?.argv ?? ["PING"]));
  return new Map(
    keys.map((key, i) => [
      key,
      {
        type: types[i] as string,
        encoding: text(about[3 * i + 1]),
        expireAtMs: Number(text(about[3 * i + 2])),
        value: readers[i]?.text(values[i] as Reply) ?? "",
      },
    ]),
  );
}

/** Every key of the selected database, sorted. */
export async function readDataset(client: RespClient): Promise<Map<string, KeyState>> {
  const keys = ((await client.do("KEYS", "*")) as string[]).sort();
  return readKeys(client, keys);
}

/** Two states of the same key: what differs, or undefined. Relative expiries are set at slightly different times. */
export function differenceOf(
  key: string,
  a: KeyState | undefined,
  b: KeyState | undefined,
): string | undefined {
  if (a === undefined || b === undefined) return `${quote(key)} exists on one side only`;
  const apart = Math.abs(a.expireAtMs - b.expireAtMs) > 2000;
  if (apart || a.expireAtMs < 0 !== b.expireAtMs < 0) {
    return `${quote(key)} expires at ${a.expireAtMs} here, ${b.expireAtMs} there`;
  }
  for (const field of ["type", "encoding", "value"] as const) {
    if (a[field] !== b[field]) return `${quote(key)} ${field}: ${a[field]} here, ${b[field]} there`;
  }
  return undefined;
}

/** One hash of the selected database: the same data gives the same digest on every server. */
export async function digest(client: RespClient): Promise<string> {
  const hash = createHash("sha1");
  for (const [key, state] of await readDataset(client)) hash.update(JSON.stringify([key, state]));
  return hash.digest("hex");
}
