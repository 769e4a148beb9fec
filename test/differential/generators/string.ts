/** Differential generator for the string commands. */
import { type Draw, FLOATS, type Group } from "../generator.ts";

function expiry(draw: Draw): string[] {
  return draw.oneOption(
    0.5,
    ["EX", draw.relativeSeconds()],
    ["PX", draw.relativeMilliseconds()],
    ["EXAT", draw.absoluteSeconds()],
    ["PXAT", draw.absoluteMilliseconds()],
  );
}

export const group: Group = {
  name: "string",
  commands: [
    {
      command: "set",
      weight: 8,
      make: (draw) => [
        draw.key(),
        draw.value(),
        ...draw
          .shuffled([
            draw.oneOption(0.2, ["NX"], ["XX"]),
            draw.option(0.15, "GET"),
            draw.chance(0.7) ? [] : draw.chance(0.2) ? draw.cased(["KEEPTTL"]) : expiry(draw),
          ])
          .flat(),
      ],
    },
    { command: "get", weight: 8, make: (draw) => [draw.key()] },
    { command: "getset", make: (draw) => [draw.key(), draw.value()] },
    { command: "getdel", make: (draw) => [draw.key()] },
    {
      command: "getex",
      weight: 2,
      make: (draw) => [draw.key(), ...(draw.chance(0.2) ? draw.cased(["PERSIST"]) : expiry(draw))],
    },
    { command: "setnx", make: (draw) => [draw.key(), draw.value()] },
    { command: "setex", make: (draw) => [draw.key(), draw.relativeSeconds(), draw.value()] },
    { command: "psetex", make: (draw) => [draw.key(), draw.relativeMilliseconds(), draw.value()] },
    { command: "mset", weight: 2, make: (draw) => draw.list(1, 4, () => [draw.key(), draw.value()]).flat() },
    { command: "msetnx", make: (draw) => draw.list(1, 3, () => [draw.key(), draw.value()]).flat() },
    { command: "mget", weight: 2, make: (draw) => draw.keys(1, 6) },
    { command: "append", weight: 3, make: (draw) => [draw.key(), draw.value()] },
    { command: "strlen", weight: 2, make: (draw) => [draw.key()] },
    { command: "incr", weight: 3, make: (draw) => [draw.key()] },
    { command: "decr", weight: 2, make: (draw) => [draw.key()] },
    { command: "incrby", weight: 3, make: (draw) => [draw.key(), draw.integer()] },
    { command: "decrby", weight: 2, make: (draw) => [draw.key(), draw.integer()] },
    { command: "incrbyfloat", weight: 3, make: (draw) => [draw.key(), draw.decimal()] },
    {
      command: "setrange",
      weight: 3,
      make: (draw) => [
        draw.key(),
        draw.chance(0.95)
          ? String(draw.between(-1, 70))
          : draw.pick(["536870912", "9223372036854775807", "x"]),
        draw.value(),
      ],
    },
    { command: "getrange", weight: 3, make: (draw) => [draw.key(), draw.index(), draw.index()] },
    { command: "substr", make: (draw) => [draw.key(), draw.index(), draw.index()] },
    {
      command: "lcs",
      weight: 2,
      make: (draw) => [
        draw.hotKey(),
        draw.key(),
        ...draw
          .shuffled([
            draw.option(0.3, "LEN"),
            draw.option(0.4, "IDX"),
            draw.option(0.2, "MINMATCHLEN", draw.count()),
            draw.option(0.3, "WITHMATCHLEN"),
          ])
          .flat(),
      ],
    },
    // Values that INCRBYFLOAT can work on, or not quite.
    {
      command: "set",
      weight: 2,
      make: (draw) => [draw.hotKey(), draw.pick([...FLOATS.good, ...FLOATS.bad])],
    },
  ],
};
