/** Differential generator for the geo commands. */
import { nearDoubles } from "../../support/compare.ts";
import type { CommandGenerator, Draw, Group } from "../generator.ts";

/** Where STOREDIST puts what it finds. */
const DISTANCES = "distances";

function member(draw: Draw): string {
  return draw.chance(0.3) ? String(draw.between(0, 20)) : `p${draw.between(0, 40)}`;
}

/** Mostly within a few degrees, so that searches find something; now and then anywhere, or off the map. */
function place(draw: Draw): [string, string] {
  if (draw.chance(0.03)) return [String(draw.between(-400, 400)), draw.decimal()];
  if (draw.chance(0.2)) {
    return [
      (draw.between(-1800000, 1800000) / 1e4).toFixed(4),
      (draw.between(-850000, 850000) / 1e4).toFixed(4),
    ];
  }
  return [(draw.between(120000, 140000) / 1e4).toFixed(4), (draw.between(360000, 380000) / 1e4).toFixed(4)];
}

/** A member with its own place: two members never share one, for the order of equal distances is not specified. */
function settled(draw: Draw): string[] {
  const name = member(draw);
  let mixed = 7;
  for (const letter of name) mixed = (mixed * 31 + letter.charCodeAt(0)) % 99991;
  return [(12 + ((mixed * 7919) % 20011) / 10007).toFixed(6), (36 + mixed / 50021).toFixed(6), name];
}

function unit(draw: Draw): string {
  return draw.chance(0.95) ? draw.pick(["m", "km", "ft", "mi", "KM"]) : "yd";
}

function size(draw: Draw): string {
  return draw.chance(0.9) ? String(draw.between(0, 3000)) : draw.decimal();
}

/** Two members never have the same place, so sorting leaves no choice, nor does it matter which of equals COUNT leaves out. */
function limits(draw: Draw): string[] {
  return draw
    .shuffled([
      draw.oneOption(0.5, ["ASC"], ["DESC"]),
      draw.chance(0.4) ? ["COUNT", draw.count(), ...draw.option(0.4, "ANY")] : [],
    ])
    .flat();
}

/** Distances as scores: read as near ones, and gone before the datasets are compared to the last digit. */
const afterDistances: CommandGenerator["after"] = () => [
  { argv: ["ZRANGE", DISTANCES, "0", "-1", "WITHSCORES"], rule: nearDoubles },
  ["DEL", DISTANCES],
];

function extras(draw: Draw): string[] {
  return draw
    .shuffled([draw.option(0.3, "WITHCOORD"), draw.option(0.3, "WITHDIST"), draw.option(0.3, "WITHHASH")])
    .flat();
}

function shape(draw: Draw): string[] {
  return draw.chance(0.6)
    ? ["BYRADIUS", size(draw), unit(draw)]
    : ["BYBOX", size(draw), size(draw), unit(draw)];
}

function centre(draw: Draw): string[] {
  return draw.chance(0.5) ? ["FROMMEMBER", member(draw)] : ["FROMLONLAT", ...place(draw)];
}

export const group: Group = {
  name: "geo",
  settings: [["zset-max-listpack-entries", "128", "4"]],
  commands: [
    {
      command: "geoadd",
      weight: 8,
      make: (draw) => [
        draw.key(),
        ...draw.oneOption(0.2, ["NX"], ["XX"]),
        ...draw.option(0.2, "CH"),
        ...draw.list(1, 6, () => settled(draw)).flat(),
      ],
    },
    { command: "geopos", weight: 2, make: (draw) => [draw.key(), ...draw.list(1, 3, () => member(draw))] },
    { command: "geohash", make: (draw) => [draw.key(), ...draw.list(1, 3, () => member(draw))] },
    {
      command: "geodist",
      weight: 2,
      make: (draw) => [draw.key(), member(draw), member(draw), ...(draw.chance(0.6) ? [unit(draw)] : [])],
    },
    {
      command: "geosearch",
      weight: 6,
      make: (draw) => [draw.key(), ...centre(draw), ...shape(draw), ...limits(draw), ...extras(draw)],
    },
    {
      command: "geosearchstore",
      weight: 2,
      make: (draw) => [draw.key(), draw.key(), ...centre(draw), ...shape(draw), ...limits(draw)],
    },
    {
      command: "geosearchstore",
      weight: 2,
      wellFormed: true,
      make: (draw) => [
        DISTANCES,
        draw.key(),
        ...draw.shuffled([centre(draw), shape(draw), limits(draw), ["STOREDIST"]]).flat(),
      ],
      after: afterDistances,
    },
    {
      command: "georadius",
      wellFormed: true,
      make: (draw) => [
        draw.key(),
        ...place(draw),
        size(draw),
        unit(draw),
        ...limits(draw),
        "STOREDIST",
        DISTANCES,
      ],
      after: afterDistances,
    },
    {
      command: "georadius",
      weight: 2,
      make: (draw) => [
        draw.key(),
        ...place(draw),
        size(draw),
        unit(draw),
        ...limits(draw),
        ...extras(draw),
        ...draw.option(0.3, "STORE", draw.key()),
      ],
    },
    {
      command: "georadius_ro",
      make: (draw) => [draw.key(), ...place(draw), size(draw), unit(draw), ...limits(draw), ...extras(draw)],
    },
    {
      command: "georadiusbymember",
      make: (draw) => [draw.key(), member(draw), size(draw), unit(draw), ...limits(draw), ...extras(draw)],
    },
    {
      command: "georadiusbymember_ro",
      make: (draw) => [draw.key(), member(draw), size(draw), unit(draw), ...limits(draw)],
    },
    {
      command: "geoadd",
      make: (draw) => ["elsewhere", ...place(draw), member(draw)],
    },
    { command: "zrem", make: (draw) => [draw.key(), ...draw.list(1, 3, () => member(draw))] },
  ],
};
