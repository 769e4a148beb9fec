/** population: commands that make keys of every type and encoding, some that expire, in two databases. */

/** Letters that do not compress well, and are the same in each run. */
function noise(length: number, seed: number): string {
  let state = seed >>> 0;
  let text = "";
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    text += String.fromCharCode(97 + ((state >>> 16) % 26));
  }
  return text;
}

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** Far enough away for every test. */
export const LATER_MS = 4_102_444_800_000;

export const POPULATION: readonly (readonly string[])[] = [
  ["SET", "string:int", "12345"],
  ["SET", "string:int8", "-7"],
  ["SET", "string:int32", "2000000000"],
  ["SET", "string:int64", "9223372036854775807"],
  ["SET", "string:embstr", "a short one"],
  ["SET", "string:raw", noise(300, 1)],
  ["SET", "string:compressible", "x".repeat(5000)],
  ["SET", "string:large", noise(300_000, 2)],
  ["SET", "string:empty", ""],
  ["SET", "string:binary", "\0\x01\xff\r\n*3\r\n"],
  ["SET", "12", "a key that is a number"],
  ["SET", `long key ${"k".repeat(400)}`, "v"],
  ["SET", "string:expires", "soon", "PXAT", String(LATER_MS)],
  ["RPUSH", "list:listpack", "a", "1", "-300", noise(40, 3)],
  ["RPUSH", "list:quicklist", ...range(600).map((i) => noise(30, i))],
  ["RPUSH", "list:plain", "small", noise(70_000, 4), "after"],
  ["SADD", "set:intset", "1", "2", "300000", "-5"],
  ["SADD", "set:intset64", "9000000000", "1"],
  ["SADD", "set:listpack", "a", "b", "7", noise(50, 5)],
  ["SADD", "set:table", ...range(300).map((i) => `member ${i}`)],
  ["HSET", "hash:listpack", "field", "value", "n", "17"],
  ["HSET", "hash:table", ...range(600).flatMap((i) => [`field ${i}`, noise(10, i)])],
  ["HSET", "hash:long", "field", noise(200, 6)],
  ["HSET", "hash:listpackex", "stays", "1", "expires", "2"],
  ["HPEXPIREAT", "hash:listpackex", String(LATER_MS), "FIELDS", "1", "expires"],
  ["HSET", "hash:metadata", ...range(600).flatMap((i) => [`field ${i}`, String(i)])],
  ["HPEXPIREAT", "hash:metadata", String(LATER_MS), "FIELDS", "2", "field 3", "field 5"],
  ["ZADD", "zset:listpack", "1", "one", "2.5", "two and a half", "-inf", "least"],
  ["ZADD", "zset:skiplist", ...range(300).flatMap((i) => [String(i / 7), `member ${i}`]), "inf", "most"],
  ["XADD", "stream:small", "1-1", "field", "value"],
  ["XADD", "stream:small", "1-2", "field", "other", "more", "9"],
  ...range(250).map((i) => ["XADD", "stream:nodes", `${i + 10}-0`, "name", `n${i}`, "score", String(i)]),
  ["XDEL", "stream:nodes", "15-0", "100-0"],
  ["XGROUP", "CREATE", "stream:nodes", "group", "20-0"],
  ["XREADGROUP", "GROUP", "group", "alice", "COUNT", "5", "STREAMS", "stream:nodes", ">"],
  ["XREADGROUP", "GROUP", "group", "bob", "COUNT", "2", "STREAMS", "stream:nodes", ">"],
  ["XACK", "stream:nodes", "group", "22-0"],
  ["XGROUP", "CREATECONSUMER", "stream:nodes", "group", "idle"],
  ["XADD", "stream:empty", "5-5", "a", "b"],
  ["XDEL", "stream:empty", "5-5"],
  ["PFADD", "hll:sparse", "a", "b", "c"],
  ["PFADD", "hll:dense", ...range(5000).map((i) => `element ${i}`)],
  ["SETBIT", "bitmap", "1000", "1"],
  ["GEOADD", "geo", "13.361389", "38.115556", "Palermo", "15.087269", "37.502669", "Catania"],
  ["SELECT", "9"],
  ["SET", "in another database", "yes"],
  ["RPUSH", "list", "1", "2", "3"],
  ["PEXPIREAT", "list", String(LATER_MS)],
  ["SELECT", "0"],
];

/** Keys whose bytes are not the same on all servers that can hold them: fields that expire came with Redis 7.4. */
export const WITHOUT_FIELD_EXPIRY = POPULATION.filter(([name]) => name !== "HPEXPIREAT");

export const LIBRARY =
  "#!lua name=counting\nredis.register_function('count', function(keys) return #keys end)";
