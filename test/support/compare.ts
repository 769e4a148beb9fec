/**
 * compare: when are two replies to the same command the same? Byte for byte and type for type, except where
 * a rule below says what may differ: the order of unordered collections, clocks, random choices, and what
 * tells about the server rather than the data.
 */
import type { Command } from "./command-line.ts";
import { type Reply, show } from "./resp-client.ts";

/** Takes a reply to a form in which equal means the same. Errors are always compared as they are. */
export type Normalize = (reply: Reply, argv: Command) => string;

export type Rule = Normalize | { same(a: Reply, b: Reply, argv: Command): boolean };

export const exact: Normalize = (reply) => show(reply, Infinity);

/** Maps and sets within, in one order: those that came through a table of Lua have that of its hash. */
export function sortMaps(reply: Reply): Reply {
  if (reply.type === "map") {
    const pairs = reply.pairs.map(([key, value]): [Reply, Reply] => [key, sortMaps(value)]);
    return { ...reply, pairs: pairs.sort(([a], [b]) => (exact(a, []) < exact(b, []) ? -1 : 1)) };
  }
  if (reply.type === "array") return { ...reply, items: reply.items.map(sortMaps) };
  if (reply.type === "set") {
    return { ...reply, items: [...reply.items].sort((a, b) => (exact(a, []) < exact(b, []) ? -1 : 1)) };
  }
  return reply;
}

/** Elements in any order. */
export const unordered: Normalize = (reply) => {
  if (reply.type !== "array" && reply.type !== "set") return exact(reply, []);
  return `${reply.type}: ${reply.items
    .map((item) => show(item, Infinity))
    .sort()
    .join(", ")}`;
};

/** Pairs in any order: a map, or a flat array of alternating keys and values, or an array of pairs. */
export const unorderedPairs: Normalize = (reply) => {
  let pairs: string[];
  if (reply.type === "map") {
    pairs = reply.pairs.map(([key, value]) => `${show(key, Infinity)} => ${show(value, Infinity)}`);
  } else if (reply.type === "array" && reply.items[0]?.type === "array") {
    pairs = reply.items.map((item) => show(item, Infinity));
  } else if (reply.type === "array") {
    pairs = reply.items.flatMap((item, i) =>
      i % 2 === 0 ? [`${show(item, Infinity)} => ${show(reply.items[i + 1] ?? item, Infinity)}`] : [],
    );
  } else return exact(reply, []);
  return `${reply.type}: ${pairs.sort().join(", ")}`;
};

/** Types and sizes only: for random choices and for text about the server. */
export const shape: Normalize = (reply) => {
  switch (reply.type) {
    case "array":
    case "set":
    case "push":
      return `${reply.type}(${reply.items.map((item) => shape(item, [])).join(",")})`;
    case "map":
      return `map(${reply.pairs.map(([key, value]) => `${exact(key, [])}=>${shape(value, [])}`).join(",")})`;
    default:
      return reply.type;
  }
};

/** Integers, also inside arrays, up to a distance apart: clocks. Negative ones are codes, and exact. */
export function near(distance: number): Rule {
  const same = (a: Reply, b: Reply): boolean => {
    if (a.type === "integer" && b.type === "integer") {
      if (a.value < 0n || b.value < 0n) return a.value === b.value;
      return Math.abs(Number(a.value - b.value)) <= distance;
    }
    if (a.type === "array" && b.type === "array") {
      return a.items.length === b.items.length && a.items.every((item, i) => same(item, b.items[i] as Reply));
    }
    return exact(a, []) === exact(b, []);
  };
  return { same };
}

/** Doubles, also as texts in arrays, equal but for the last digits: what depends on the C library's sine. */
export const nearDoubles: Rule = {
  same(a, b) {
    const [x, y] = [a, b].map((reply) => show(reply, Infinity).split(/(-?\d+(?:\.\d+)?(?:e-?\d+)?)/));
    return (
      x!.length === y!.length &&
      x!.every((text, i) => text === y![i] || (i % 2 === 1 && isNear(Number(text), Number(y![i]))))
    );
  },
};

function isNear(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-9 * Math.max(1e-3, Math.abs(a), Math.abs(b));
}

/** Nothing is compared but whether both failed, with what error. */
export const anything: Normalize = (reply) => (reply.type === "error" ? exact(reply, []) : "");

/** A SCAN-like reply [cursor, elements]: the cursor must be a number; elements differ with the table's layout. */
const scanReply: Normalize = (reply) => {
  if (reply.type !== "array" || reply.items.length !== 2) return exact(reply, []);
  const [cursor, elements] = reply.items;
  const numeric = cursor?.type === "bulk" && /^\d+$/.test(cursor.value);
  return `scan(${numeric}, ${elements?.type})`;
};

/** HELLO: whose id it is and which modules are loaded is the server's own affair. */
const helloReply: Normalize = (reply) => {
  const flat = reply.type === "map" ? reply.pairs.flat() : reply.type === "array" ? reply.items : [];
  const fields: string[] = [reply.type];
  for (let i = 0; i + 1 < flat.length; i += 2) {
    const name = exact(flat[i] as Reply, []);
    fields.push(name, /"(id|modules|version)"/.test(name) ? "" : exact(flat[i + 1] as Reply, []));
  }
  return fields.join(" ");
};

const SECONDS = near(1);
const MILLISECONDS = near(2000);

/** What may differ, by command name (`name` or `name|subcommand`). Everything else is exact. */
export const RULES: Readonly<Record<string, Rule>> = {
  keys: unordered,
  smembers: unordered,
  sunion: unordered,
  sinter: unordered,
  sdiff: unordered,
  hkeys: unordered,
  hvals: unordered,
  hgetall: unorderedPairs,
  randomkey: shape,
  srandmember: shape,
  hrandfield: shape,
  zrandmember: shape,
  spop: shape,
  scan: scanReply,
  sscan: scanReply,
  hscan: scanReply,
  zscan: scanReply,
  ttl: SECONDS,
  pttl: MILLISECONDS,
  expiretime: SECONDS,
  pexpiretime: MILLISECONDS,
  httl: SECONDS,
  hpttl: MILLISECONDS,
  hexpiretime: SECONDS,
  hpexpiretime: MILLISECONDS,
  time: shape,
  lastsave: shape,
  "object|idletime": near(2),
  "object|freq": near(3),
  "memory|usage": shape,
  "client|id": shape,
  "client|info": shape,
  "client|list": shape,
  hello: helloReply,
  info: shape,
  "command|": anything,
  "command|list": unordered,
  // Payloads need not be equal byte by byte, only load on either side: the runner tries that.
  dump: shape,
};

/** SORT of a set without sorting (BY a pattern that names no key): the order is the table's, so only the length counts. */
const itemCount: Normalize = (reply) =>
  reply.type === "array" ? String(reply.items.length) : exact(reply, []);

/** Whether a SORT asks not to sort: its last BY has no `*`. */
function isUnsorted(argv: Command): boolean {
  const words = argv.map((word) => String(word).toUpperCase());
  const by = words.lastIndexOf("BY");
  return by > 1 && by + 1 < words.length && !words[by + 1]!.includes("*");
}

/** The rule for a command; SORT without BY and with GET is still ordered, so exact is right for most. */
export function ruleFor(argv: Command): Rule {
  const name = (argv[0] ?? "").toLowerCase();
  if ((name === "sort" || name === "sort_ro") && isUnsorted(argv)) return itemCount;
  return RULES[`${name}|${(argv[1] ?? "").toLowerCase()}`] ?? RULES[name] ?? exact;
}

export function sameReply(mine: Reply, theirs: Reply, argv: Command, rule: Rule = ruleFor(argv)): boolean {
  const [a, b] = [exact(mine, argv), exact(theirs, argv)];
  if (a === b) return true;
  if (mine.type === "error" || theirs.type === "error") return false;
  return typeof rule === "function" ? rule(mine, argv) === rule(theirs, argv) : rule.same(mine, theirs, argv);
}
