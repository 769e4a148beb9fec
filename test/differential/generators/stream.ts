/**
 * Differential generator for the stream commands. IDs are explicit and mostly ascend; what tells the time is compared up
 * to some seconds, and idle times are set far apart with XCLAIM IDLE so that it matters which is above a limit.
 */
import type { Rule } from "../../support/compare.ts";
import { type Reply, show } from "../../support/resp-client.ts";
import type { Draw, Group } from "../generator.ts";
import { INTEGERS } from "../generator.ts";

/** Replies and clocks of the two servers may be this far apart. */
const CLOCK_MS = 30_000;

/** The highest ID drawn so far in an episode, and the last IDs of new entries. */
interface Ids {
  ms: number;
  seq: number;
  recent: string[];
}
const RECENT_MAX = 24;
const idsOf = new WeakMap<Draw, Ids>();

function idsSoFar(draw: Draw): Ids {
  const known = idsOf.get(draw) ?? { ms: 0, seq: 0, recent: [] };
  idsOf.set(draw, known);
  return known;
}

const near = (a: bigint, b: bigint) => Math.abs(Number(a - b)) < CLOCK_MS;
const isTime = (n: bigint) => n > 1_000_000_000_000n && n < 10_000_000_000_000n;

/** Equal but for integers that `isClock` takes for times or ages, given the item in front. */
function sameBut(a: Reply, b: Reply, isClock: (n: bigint, before: Reply | undefined) => boolean): boolean {
  const all = (x: readonly Reply[], y: readonly Reply[]) =>
    x.length === y.length &&
    x.every((item, i) => {
      const other = y[i] as Reply;
      if (item.type === "integer" && other.type === "integer" && isClock(item.value, x[i - 1])) {
        return near(item.value, other.value) && item.value < 0n === other.value < 0n;
      }
      return sameBut(item, other, isClock);
    });
  if (a.type === "map" && b.type === "map") return all(a.pairs.flat(), b.pairs.flat());
  if (a.type === "array" && b.type === "array") return all(a.items, b.items);
  return show(a, Infinity) === show(b, Infinity);
}

/** Times since 1970. */
const times: Rule = { same: (a, b) => sameBut(a, b, isTime) };

/** XINFO CONSUMERS: how long ago. */
const ages: Rule = {
  same: (a, b) =>
    sameBut(a, b, (_, before) => before?.type === "bulk" && ["idle", "inactive"].includes(before.value)),
};

/** XPENDING: ID, consumer, how long ago, how many times. */
const deliveries: Rule = {
  same: (a, b) => sameBut(a, b, (_, before) => before?.type === "bulk" && !/^\d+-\d+$/.test(before.value)),
};

/** XADD: IDs of the server's choice may differ. */
const autoId: Rule = (reply) =>
  reply.type === "bulk" && /^1\d{12}-\d+$/.test(reply.value) ? "auto" : show(reply, Infinity);

/** An ID that is mostly above all before, for XADD. */
function newId(draw: Draw): string {
  const last = idsSoFar(draw);
  const kind = draw.float();
  if (kind < 0.04) return someId(draw);
  if (kind < 0.3) last.seq += draw.pick([1, 1, 1, 2, 50, 200, 5000]);
  else {
    last.ms += draw.pick([1, 1, 1, 2, 3, 100, 5000, 40_000, 2 ** 24, 2 ** 33]);
    last.seq = draw.chance(0.8) ? 0 : draw.below(300);
  }
  const id = `${last.ms}-${last.seq}`;
  last.recent.push(id);
  if (last.recent.length > RECENT_MAX) last.recent.shift();
  if (kind > 0.97) return `${last.ms}-*`;
  return kind > 0.9 && last.seq === 0 ? String(last.ms) : id;
}

/** An ID among or around those there are, in any form. */
function someId(draw: Draw): string {
  const last = idsSoFar(draw);
  const kind = draw.float();
  if (kind < 0.75 && last.recent.length > 0) return draw.pick(last.recent);
  if (kind < 0.8) return `${draw.below(last.ms + 1)}-${draw.below(last.seq + 2)}`;
  if (kind < 0.85) return `${Math.max(0, last.ms - draw.below(12))}-0`;
  if (kind < 0.88) return String(draw.below(last.ms + 2));
  if (kind < 0.98) return draw.pick(["0", "0-0", "0-1", "1", "5-*", `${draw.below(12)}-${draw.below(3)}`]);
  return draw.pick([
    "", "-", "+", "$", ">", "*", "1-", "-1", "1-1-1", "x", "1-x", "01-01", " 1- 1", "+5-+5", "1-18446744073709551616",
    "1-1\0", "9223372036854775808-1", "(1", "1--05", "18446744073709551615-18446744073709551615",
  ]); // prettier-ignore
}

function ids(draw: Draw, low: number, high: number): string[] {
  return draw.list(low, high, () => someId(draw));
}

/** A bound of a range. */
function bound(draw: Draw, end: string): string {
  if (draw.chance(0.4)) return end;
  return (draw.chance(0.2) ? "(" : "") + someId(draw);
}

/** Fields and values; often the same fields, as a program would write them. */
function fields(draw: Draw): string[] {
  const kind = draw.float();
  if (kind < 0.5) return ["name", draw.value(), "age", draw.member()];
  if (kind < 0.7) return ["f", draw.value()];
  if (kind < 0.75) return ["name", "1", "height", "2"];
  return draw.list(1, 4, () => draw.member()).flatMap((field) => [field, draw.value()]);
}

function trimming(draw: Draw): string[] {
  const threshold = draw.chance(0.5)
    ? ["MAXLEN", draw.chance(0.9) ? String(draw.below(40)) : draw.integer()]
    : ["MINID", someId(draw)];
  const [strategy = "", value = ""] = draw.cased(threshold);
  const exact = draw.pick(["", "", "=", "~", "~"]);
  const limit = exact === "~" || draw.chance(0.05) ? draw.option(0.4, "LIMIT", draw.count()) : [];
  return [strategy, ...(exact === "" ? [] : [exact]), value, ...limit];
}

/** Few keys and groups, so that there is something to read. */
const streamKey = (draw: Draw) => (draw.chance(0.75) ? draw.pick(["k0", "k1"]) : draw.key());
const groupName = (draw: Draw) => draw.pick(["g1", "g1", "g1", "g1", "g2", "g3"]);
const consumer = (draw: Draw) => draw.pick(["alice", "bob", "carol", "a", "\0x"]);
/** No age that an entry might just be reaching. */
const IDLE_EDGES = ["4294967296", "9223372036854775807", "-9223372036854775808", ...INTEGERS.bad];
const minIdle = (draw: Draw) => draw.pick(draw.chance(0.95) ? ["0", "0", "0", "500000", "-1"] : IDLE_EDGES);

/** The options of XCLAIM. */
function claimOptions(draw: Draw): string[] {
  return [
    ...draw.oneOption(0.5, ["IDLE", draw.pick(["0", "1000000"])], ["TIME", "1000"], ["IDLE", "-5"]),
    ...draw.option(0.3, "RETRYCOUNT", draw.integer()),
    ...draw.option(0.3, "FORCE"),
    ...draw.option(0.3, "JUSTID"),
    ...draw.option(0.1, "LASTID", someId(draw)),
  ];
}

/** Keys and IDs of a read: `STREAMS k0 k1 0 5-5`. */
function streams(draw: Draw, id: () => string): string[] {
  const count = draw.chance(0.8) ? 1 : draw.between(2, 3);
  return ["STREAMS", ...draw.list(count, count, () => streamKey(draw)), ...draw.list(count, count, id)];
}

export const group: Group = {
  name: "stream",
  settings: [
    ["stream-node-max-entries", "100", "3", "10", "1", "0", "50"],
    ["stream-node-max-bytes", "4096", "100", "500", "0"],
    ["rdbcompression", "yes", "no"],
  ],
  commands: [
    {
      command: "xadd",
      weight: 40,
      rule: autoId,
      // An ID of the server's choice (a malformed command may ask for one) is rightly another on each.
      after: (argv) => (argv.includes("*") ? [["DEL", argv[1] ?? ""]] : []),
      make: (draw) => [
        streamKey(draw),
        ...draw.option(0.1, "NOMKSTREAM"),
        ...(draw.chance(0.12) ? trimming(draw) : []),
        newId(draw),
        ...fields(draw),
      ],
    },
    { command: "xlen", make: (draw) => [streamKey(draw)] },
    {
      command: "xrange",
      weight: 4,
      make: (draw) => [
        streamKey(draw),
        bound(draw, "-"),
        bound(draw, "+"),
        ...draw.option(0.4, "COUNT", draw.count()),
      ],
    },
    {
      command: "xrevrange",
      weight: 3,
      make: (draw) => [
        streamKey(draw),
        bound(draw, "+"),
        bound(draw, "-"),
        ...draw.option(0.4, "COUNT", draw.count()),
      ],
    },
    { command: "xdel", weight: 6, make: (draw) => [streamKey(draw), ...ids(draw, 1, 4)] },
    { command: "xtrim", weight: 2, make: (draw) => [streamKey(draw), ...trimming(draw)] },
    {
      command: "xsetid",
      make: (draw) => [
        streamKey(draw),
        someId(draw),
        ...draw.option(0.3, "ENTRIESADDED", draw.chance(0.8) ? String(draw.below(200)) : draw.integer()),
        ...draw.option(0.3, "MAXDELETEDID", someId(draw)),
      ],
    },
    {
      command: "xread",
      weight: 4,
      make: (draw) => [
        ...draw.option(0.4, "COUNT", draw.count()),
        ...streams(draw, () => draw.pick([someId(draw), someId(draw), "0", "$", "+"])),
      ],
    },
    {
      command: "xreadgroup",
      weight: 12,
      rule: times,
      make: (draw) => [
        ...draw.cased(["GROUP", groupName(draw), consumer(draw)]),
        ...draw.option(0.6, "COUNT", draw.count()),
        ...draw.option(0.15, "NOACK"),
        ...streams(draw, () => draw.pick([">", ">", ">", "0", someId(draw)])),
      ],
    },
    {
      command: "xgroup|create",
      weight: 14,
      make: (draw) => [
        streamKey(draw),
        groupName(draw),
        draw.pick(["0", "0", "$", someId(draw)]),
        ...draw.option(0.6, "MKSTREAM"),
        ...draw.option(0.2, "ENTRIESREAD", draw.chance(0.8) ? String(draw.below(50)) : draw.integer()),
      ],
    },
    {
      command: "xgroup|setid",
      weight: 2,
      make: (draw) => [
        streamKey(draw),
        groupName(draw),
        draw.pick(["0", "$", someId(draw), someId(draw)]),
        ...draw.option(0.3, "ENTRIESREAD", draw.chance(0.8) ? String(draw.below(50)) : draw.integer()),
      ],
    },
    { command: "xgroup|destroy", weight: 0.4, make: (draw) => [streamKey(draw), groupName(draw)] },
    { command: "xgroup|createconsumer", make: (draw) => [streamKey(draw), groupName(draw), consumer(draw)] },
    { command: "xgroup|delconsumer", make: (draw) => [streamKey(draw), groupName(draw), consumer(draw)] },
    { command: "xack", weight: 4, make: (draw) => [streamKey(draw), groupName(draw), ...ids(draw, 1, 4)] },
    { command: "xpending", weight: 2, make: (draw) => [streamKey(draw), groupName(draw)] },
    {
      command: "xpending",
      weight: 3,
      rule: deliveries,
      make: (draw) => [
        streamKey(draw),
        groupName(draw),
        ...draw.option(0.4, "IDLE", minIdle(draw)),
        bound(draw, "-"),
        bound(draw, "+"),
        draw.chance(0.5) ? "100" : draw.count(),
        ...(draw.chance(0.3) ? [consumer(draw)] : []),
      ],
    },
    {
      command: "xclaim",
      weight: 4,
      make: (draw) => [
        streamKey(draw),
        groupName(draw),
        consumer(draw),
        minIdle(draw),
        ...ids(draw, 1, 5),
        ...claimOptions(draw),
      ],
    },
    {
      command: "xautoclaim",
      weight: 3,
      make: (draw) => [
        streamKey(draw),
        groupName(draw),
        consumer(draw),
        minIdle(draw),
        draw.chance(0.6) ? "0" : bound(draw, "-"),
        ...draw.option(0.5, "COUNT", draw.chance(0.9) ? draw.count() : draw.pick(INTEGERS.bad)),
        ...draw.option(0.3, "JUSTID"),
      ],
    },
    { command: "xinfo|stream", weight: 2, make: (draw) => [streamKey(draw)] },
    {
      command: "xinfo|stream",
      weight: 3,
      rule: times,
      make: (draw) => [streamKey(draw), "FULL", ...draw.option(0.6, "COUNT", draw.count())],
    },
    { command: "xinfo|groups", weight: 4, make: (draw) => [streamKey(draw)] },
    { command: "xinfo|consumers", weight: 2, rule: ages, make: (draw) => [streamKey(draw), groupName(draw)] },
  ],
};
