/**
 * Differential generator for SORT and SORT_RO, with lists, sets, sorted sets and weights of its own. Where equal weights
 * would leave the order to the server (texts of BY with LIMIT, or of a sorted set's members), it does not go.
 */
import type { Draw, Group } from "../generator.ts";

const LISTS = ["l0", "l1", "l2"];
const SETS = ["s0", "s1"];
const ZSETS = ["z0", "z1"];

/** A number, nearly always: a single text makes SORT fail. */
function element(draw: Draw): string {
  const kind = draw.float();
  if (kind < 0.9) return String(draw.between(-20, 40));
  if (kind < 0.97)
    return draw.pick(["1.5", "-0", "+7", "007", "7.0", "1e3", ".5", "9007199254740993", "inf"]);
  return draw.pick(["", "x", "nan", " 1", "0x10", "9223372036854775807", "-9223372036854775808"]);
}

function elements(draw: Draw): string[] {
  return draw.list(1, 12, () => element(draw));
}

function source(draw: Draw): string {
  return draw.chance(0.06) ? draw.key() : draw.pick([...LISTS, ...LISTS, ...SETS, ...ZSETS]);
}

function gets(draw: Draw): string[] {
  return draw
    .list(0, 3, () => draw.pick(["#", "w_*", "h_*->f", "h_*->g", "h_*->", "none", "*"]))
    .flatMap((p) => ["GET", p]);
}

function limit(draw: Draw): string[] {
  return draw.option(
    0.4,
    "LIMIT",
    draw.chance(0.8) ? String(draw.between(-1, 6)) : draw.index(),
    draw.count(),
  );
}

function order(draw: Draw): string[] {
  return draw.oneOption(0.6, ["ASC"], ["DESC"]);
}

function sort(draw: Draw): string[] {
  const kind = draw.float();
  if (kind < 0.5) {
    return [source(draw), ...order(draw), ...gets(draw), ...draw.option(0.4, "ALPHA"), ...limit(draw)];
  }
  if (kind < 0.75)
    return [source(draw), "BY", draw.pick(["w_*", "h_*->f"]), ...limit(draw), ...order(draw), ...gets(draw)];
  if (kind < 0.85)
    return [
      draw.pick([...LISTS, ...SETS]),
      "ALPHA",
      "BY",
      draw.pick(["w_*", "h_*->g"]),
      ...order(draw),
      ...gets(draw),
    ];
  return [
    draw.pick([...LISTS, ...ZSETS]),
    "BY",
    draw.pick(["nosort", "#"]),
    ...order(draw),
    ...limit(draw),
    ...gets(draw),
  ];
}

export const group: Group = {
  name: "sort",
  settings: [
    ["list-max-listpack-size", "-2", "3"],
    ["list-compress-depth", "0", "1"],
  ],
  commands: [
    { command: "rpush", weight: 3, make: (draw) => [draw.pick(LISTS), ...elements(draw)] },
    { command: "lpop", weight: 2, make: (draw) => [draw.pick(LISTS), "8"] },
    { command: "sadd", weight: 2, make: (draw) => [draw.pick(SETS), ...elements(draw)] },
    { command: "del", weight: 0.5, make: (draw) => [draw.pick([...SETS, ...ZSETS])] },
    {
      command: "zadd",
      weight: 2,
      make: (draw) => [
        draw.pick(ZSETS),
        ...elements(draw).flatMap((member) => [String(draw.between(0, 9)), member]),
      ],
    },
    { command: "set", weight: 2, make: (draw) => [`w_${element(draw)}`, element(draw)] },
    { command: "del", weight: 0.5, make: (draw) => [`w_${element(draw)}`] },
    {
      command: "hset",
      weight: 2,
      make: (draw) => [
        `h_${element(draw)}`,
        draw.pick(["f", "g"]),
        draw.chance(0.9) ? element(draw) : draw.value(),
      ],
    },
    { command: "sort", weight: 8, make: sort },
    { command: "sort_ro", weight: 3, make: sort },
    {
      command: "sort",
      weight: 3,
      make: (draw) => [...sort(draw), "STORE", draw.chance(0.9) ? draw.hotKey() : draw.pick(LISTS)],
    },
    { command: "lrange", weight: 2, make: (draw) => [draw.hotKey(), "0", "-1"] },
    {
      command: "object|encoding",
      weight: 2,
      make: (draw) => [draw.pick([...ZSETS, ...LISTS, draw.hotKey()])],
    },
  ],
};
