/** Differential generator for the list commands. Blocking forms run on lists that are there, or in transactions. */
import type { Draw, Group } from "../generator.ts";

/** A list that is kept filled. */
const FULL = "w:list";

const SIDES = ["LEFT", "RIGHT", "left"];

/** An element: out of a small pool, so that LREM and LPOS find it; now and then any value, large ones too. */
function element(draw: Draw): string {
  return draw.chance(0.8) ? draw.member() : draw.value();
}

function elements(draw: Draw, low: number, high: number): string[] {
  return draw.list(low, high, () => element(draw));
}

function side(draw: Draw): string {
  return draw.chance(0.97) ? draw.pick(SIDES) : draw.pick(["", "UP"]);
}

/** Short, where a key is missing after all. */
function timeout(draw: Draw): string {
  return draw.chance(0.95) ? "0.001" : draw.pick(["-1", "x", "1e400", "nan", "", "0x", "99999999999999999"]);
}

function numbered(draw: Draw): string[] {
  const keys = draw.keys(1, 3);
  return [draw.chance(0.93) ? String(keys.length) : draw.count(), ...keys];
}

export const group: Group = {
  name: "list",
  settings: [
    ["list-max-listpack-size", "-2", "1", "2", "5", "40", "-1"],
    ["list-compress-depth", "0", "1", "2"],
  ],
  commands: [
    { command: "rpush", weight: 6, make: (draw) => [draw.key(), ...elements(draw, 1, 6)] },
    { command: "lpush", weight: 6, make: (draw) => [draw.key(), ...elements(draw, 1, 6)] },
    { command: "rpush", weight: 0.5, make: (draw) => [draw.key(), ...elements(draw, 60, 200)] },
    { command: "lpush", weight: 0.5, make: (draw) => [draw.key(), ...elements(draw, 60, 200)] },
    {
      command: "rpush",
      weight: 0.2,
      make: (draw) => [
        draw.key(),
        ...draw.list(1, 4, () => draw.bytes(draw.pick([4000, 8190, 8192, 9000, 20000]))),
      ],
    },
    { command: "rpushx", weight: 2, make: (draw) => [draw.key(), ...elements(draw, 1, 4)] },
    { command: "lpushx", weight: 2, make: (draw) => [draw.key(), ...elements(draw, 1, 4)] },
    { command: "lpop", weight: 3, make: (draw) => [draw.key(), ...(draw.chance(0.5) ? [draw.count()] : [])] },
    { command: "rpop", weight: 3, make: (draw) => [draw.key(), ...(draw.chance(0.5) ? [draw.count()] : [])] },
    { command: "llen", make: (draw) => [draw.key()] },
    { command: "lrange", weight: 4, make: (draw) => [draw.key(), draw.index(), draw.index()] },
    { command: "lindex", weight: 3, make: (draw) => [draw.key(), draw.index()] },
    { command: "lset", weight: 5, make: (draw) => [draw.key(), draw.index(), element(draw)] },
    {
      command: "linsert",
      weight: 6,
      make: (draw) => [
        draw.key(),
        draw.chance(0.97) ? draw.pick(["BEFORE", "AFTER", "after"]) : "near",
        draw.member(),
        element(draw),
      ],
    },
    { command: "lrem", weight: 4, make: (draw) => [draw.key(), draw.integer(), draw.member()] },
    { command: "ltrim", weight: 1.5, make: (draw) => [draw.key(), draw.index(), draw.index()] },
    {
      command: "ltrim",
      weight: 1.5,
      make: (draw) => [draw.key(), String(draw.between(0, 3)), String(draw.between(-4, -1))],
    },
    {
      command: "lpos",
      weight: 4,
      make: (draw) => [
        draw.key(),
        draw.member(),
        ...draw.option(0.4, "RANK", draw.integer()),
        ...draw.option(0.4, "COUNT", draw.count()),
        ...draw.option(0.3, "MAXLEN", draw.count()),
      ],
    },
    { command: "lmove", weight: 5, make: (draw) => [draw.key(), draw.hotKey(), side(draw), side(draw)] },
    { command: "rpoplpush", weight: 3, make: (draw) => [draw.key(), draw.hotKey()] },
    {
      command: "lmpop",
      weight: 2,
      make: (draw) => [...numbered(draw), side(draw), ...draw.option(0.5, "COUNT", draw.count())],
    },
    // Native servers look at timeouts ten times a second only: mostly there is something to pop.
    { command: "rpush", weight: 2, make: (draw) => [FULL, ...elements(draw, 5, 10)] },
    { command: "blpop", weight: 0.4, make: (draw) => [...draw.keys(0, 2), FULL, timeout(draw)] },
    { command: "brpop", weight: 0.4, make: (draw) => [...draw.keys(0, 2), FULL, timeout(draw)] },
    {
      command: "blmove",
      weight: 0.4,
      make: (draw) => [FULL, draw.hotKey(), side(draw), side(draw), timeout(draw)],
    },
    { command: "brpoplpush", weight: 0.4, make: (draw) => [FULL, draw.hotKey(), timeout(draw)] },
    {
      command: "blmpop",
      weight: 0.4,
      make: (draw) => [
        timeout(draw),
        "2",
        draw.key(),
        FULL,
        side(draw),
        ...draw.option(0.3, "COUNT", draw.count()),
      ],
    },
  ],
};
