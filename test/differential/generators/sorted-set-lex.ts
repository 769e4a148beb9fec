/**
 * Differential generator for ranges by bytes of sorted sets. All members have the same score, as Redis wants it: of others,
 * what it answers depends on the chance levels of its skiplist. So commands that give scores are never spoilt.
 */
import type { Draw, Group } from "../generator.ts";

const KEYS = ["k0", "k1", "k2", "k3"];

function key(draw: Draw): string {
  return draw.chance(0.97) ? draw.pick(KEYS) : draw.pick(["missing", "text"]);
}

/** Short texts over few letters, so that many share a beginning; bytes of every value; one long one. */
function member(draw: Draw): string {
  const kind = draw.float();
  if (kind < 0.6) return draw.list(0, 3, () => draw.pick(["a", "b", "c", "B", "\0", "\xff"])).join("");
  if (kind < 0.8) return String(draw.between(-12, 120));
  if (kind < 0.97) return draw.bytes(draw.below(4));
  return "a".repeat(draw.pick([63, 64, 65, 100]));
}

function bound(draw: Draw): string {
  const kind = draw.float();
  if (kind < 0.2) return draw.pick(["-", "+"]);
  if (kind < 0.97) return draw.pick(["[", "("]) + member(draw);
  return draw.pick(["", "a", "(", "[", "-a", "++", "( a"]);
}

function limit(draw: Draw): string[] {
  return draw.option(0.35, "LIMIT", String(draw.between(-1, 6)), String(draw.between(-1, 8)));
}

export const group: Group = {
  name: "sorted-set-lex",
  noise: false,
  settings: [
    ["zset-max-listpack-entries", "128", "4", "0"],
    ["zset-max-listpack-value", "64", "2", "0"],
  ],
  commands: [
    {
      command: "zadd",
      weight: 12,
      wellFormed: true,
      make: (draw) => [draw.pick(KEYS), ...draw.list(1, 8, () => ["0", member(draw)]).flat()],
    },
    {
      command: "zadd",
      wellFormed: true,
      make: (draw) => [draw.pick(KEYS), ...draw.list(30, 150, () => ["0", member(draw)]).flat()],
    },
    { command: "set", weight: 0.2, wellFormed: true, make: () => ["text", "x"] },
    { command: "zrem", weight: 4, make: (draw) => [key(draw), ...draw.list(1, 4, () => member(draw))] },
    { command: "zlexcount", weight: 6, make: (draw) => [key(draw), bound(draw), bound(draw)] },
    {
      command: "zrangebylex",
      weight: 6,
      make: (draw) => [key(draw), bound(draw), bound(draw), ...limit(draw)],
    },
    {
      command: "zrevrangebylex",
      weight: 6,
      make: (draw) => [key(draw), bound(draw), bound(draw), ...limit(draw)],
    },
    {
      command: "zrange",
      weight: 6,
      make: (draw) => [
        key(draw),
        bound(draw),
        bound(draw),
        ...draw
          .shuffled([["BYLEX"], draw.option(0.5, "REV"), limit(draw), draw.option(0.05, "WITHSCORES")])
          .flat(),
      ],
    },
    {
      command: "zrangestore",
      weight: 4,
      wellFormed: true,
      make: (draw) => [
        draw.pick(KEYS),
        key(draw),
        bound(draw),
        bound(draw),
        "BYLEX",
        ...draw.option(0.5, "REV"),
        ...limit(draw),
      ],
    },
    { command: "zremrangebylex", weight: 2, make: (draw) => [key(draw), bound(draw), bound(draw)] },
    { command: "zrank", make: (draw) => [key(draw), member(draw)] },
    { command: "zrevrank", make: (draw) => [key(draw), member(draw)] },
    { command: "zrange", make: (draw) => [key(draw), draw.index(), draw.index()] },
    { command: "zpopmin", weight: 0.5, make: (draw) => [key(draw), ...draw.option(0.5, draw.count())] },
    { command: "zpopmax", weight: 0.5, make: (draw) => [key(draw), ...draw.option(0.5, draw.count())] },
    { command: "del", make: (draw) => [key(draw)] },
    { command: "object|encoding", weight: 2, make: (draw) => [key(draw)] },
    { command: "zcard", make: (draw) => [key(draw)] },
  ],
};
