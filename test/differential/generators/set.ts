/** Differential generator for the set commands. */
import type { Draw, Group } from "../generator.ts";

/** A member: now and then an integer, so that intsets are met. */
function member(draw: Draw): string {
  return draw.chance(0.5) ? String(draw.between(-20, 60)) : draw.member();
}

function members(draw: Draw, low: number, high: number): string[] {
  return draw.list(low, high, () => member(draw));
}

export const group: Group = {
  name: "set",
  // No small set-max-intset-entries: what a union of tables becomes would then depend on the order of their members.
  settings: [
    ["set-max-listpack-entries", "128", "3", "8"],
    ["set-max-listpack-value", "64", "5", "20"],
  ],
  commands: [
    { command: "sadd", weight: 10, make: (draw) => [draw.key(), ...members(draw, 1, 8)] },
    { command: "sadd", make: (draw) => [draw.key(), ...members(draw, 100, 200)] },
    { command: "srem", weight: 5, make: (draw) => [draw.key(), ...members(draw, 1, 5)] },
    { command: "sismember", weight: 2, make: (draw) => [draw.key(), member(draw)] },
    { command: "smismember", weight: 2, make: (draw) => [draw.key(), ...members(draw, 1, 4)] },
    { command: "scard", weight: 2, make: (draw) => [draw.key()] },
    { command: "smembers", weight: 2, make: (draw) => [draw.key()] },
    { command: "smove", weight: 4, make: (draw) => [draw.key(), draw.key(), member(draw)] },
    {
      command: "spop",
      weight: 2,
      make: (draw) => [draw.key(), ...(draw.chance(0.5) ? [draw.count()] : [])],
      after: (argv) => [["DEL", argv[1] ?? ""]],
    },
    {
      command: "srandmember",
      weight: 2,
      make: (draw) => [draw.key(), ...(draw.chance(0.5) ? [String(draw.between(-5, 40))] : [])],
    },
    { command: "sinter", weight: 3, make: (draw) => draw.keys(1, 4) },
    { command: "sunion", weight: 3, make: (draw) => draw.keys(1, 4) },
    { command: "sdiff", weight: 3, make: (draw) => draw.keys(1, 4) },
    { command: "sinterstore", weight: 3, make: (draw) => [draw.key(), ...draw.keys(1, 4)] },
    { command: "sunionstore", weight: 3, make: (draw) => [draw.key(), ...draw.keys(1, 4)] },
    { command: "sdiffstore", weight: 3, make: (draw) => [draw.key(), ...draw.keys(1, 4)] },
    {
      command: "sintercard",
      weight: 3,
      make: (draw) => {
        const keys = draw.keys(1, 4);
        const count = draw.chance(0.9) ? String(keys.length) : draw.count();
        return [count, ...keys, ...draw.option(0.4, "LIMIT", draw.count())];
      },
    },
    {
      command: "sscan",
      weight: 2,
      make: (draw) => [
        draw.key(),
        "0",
        ...draw.option(0.4, "MATCH", draw.pattern()),
        "COUNT",
        draw.chance(0.9) ? "1000" : draw.count(),
      ],
    },
  ],
};
