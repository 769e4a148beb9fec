/** consumer: what a user writes against the package's types: each line must compile, or fail where it says so. */
import { type MapReply, open, type Reply, ReplyError, type SetOptions, type Store } from "kvasm";

const db: Store = await open({ databases: 4, now: () => Date.now(), seed: 1n });

export const text: string | null = db.get("key");
export const bytes: Uint8Array | null = db.bytes.get("key");
export const status: "OK" | null = db.set("key", "value", { ex: 10, nx: true });
export const previous: string | null = db.set("key", "value", { get: true });
export const previousBytes: Uint8Array | null = db.bytes.set("key", "value", { get: true });
export const values: (string | null)[] = db.mget(["a", "b"]);
export const number: number = db.incr("n");
export const encoding: string | null = db.object.encoding("n");
export const member: string | null = db.spop("set");
export const members: Set<string> = db.spop("set", { count: 2 });
export const memberBytes: Uint8Array[] = db.bytes.smembers("set");
export const scored: [string, number][] = db.zrange("zset", 0, -1, { withscores: true });
export const fields: Record<string, string> = db.hgetall("hash");
export const fieldBytes: Map<Uint8Array, Uint8Array> = db.bytes.hgetall("hash");
export const either: MapReply<string, string> = fields;
export const any: Reply = db.command("OBJECT", "ENCODING", "key");
export const [cursor, keys]: [string, string[]] = db.scan(0, { match: "user:*", count: 100 });

const options: SetOptions = { px: 100 };
db.set("key", "value", options);
db.mset({ a: 1, b: "2" });
db.mset(new Map([["a", 1]]));
db.mset(Array.from({ length: 3 }, (_, i) => [`key:${i}`, i]));
db.zadd(
  "zset",
  keys.map((key, i) => [i, key]),
  { gt: true },
);
db.bitcount("bits", { start: 0, end: -1, bit: true });
db.bitfield("bits", [{ get: ["u8", 0] }, { overflow: "SAT", incrby: ["i8", 8, 1] }]);
db.lmove("a", "b", "LEFT", "RIGHT");
db.geosearch("places", { frommember: "here" }, { byradius: [5, "KM"] }, { count: 3, asc: true });

// @ts-expect-error one expiry only
db.set("key", "value", { ex: 1, px: 1 });
// @ts-expect-error no such option
db.set("key", "value", { exx: 1 });
// @ts-expect-error a start has an end
db.bitcount("bits", { start: 0 });
// @ts-expect-error an argument is text, bytes or a number
db.set("key", { value: 1 });
// @ts-expect-error not a side
db.lmove("a", "b", "TOP", "RIGHT");
// @ts-expect-error from a place or from a member
db.geosearch("places", {}, { byradius: [5, "KM"] });

{
  using other = await open();
  other.ping();
}
try {
  db.incr("text");
} catch (error) {
  if (error instanceof ReplyError && error.code === "WRONGTYPE") db.del("text");
}
