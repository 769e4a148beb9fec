/** Differential generator for the sorted set commands. */
import type { Draw, Group } from "../generator.ts";

function member(draw: Draw): string {
  return draw.chance(0.3) ? String(draw.between(-10, 30)) : draw.member();
}

/** Mostly few and equal, so that order by member matters; now and then every kind of number. */
function score(draw: Draw): string {
  return draw.chance(0.7) ? String(draw.between(-3, 8)) : draw.decimal();
}

function scoreBound(draw: Draw): string {
  if (draw.chance(0.15)) return draw.pick(["-inf", "+inf", "inf"]);
  return (draw.chance(0.3) ? "(" : "") + score(draw);
}

function limit(draw: Draw): string[] {
  return draw.option(0.3, "LIMIT", String(draw.between(-1, 6)), String(draw.between(-1, 8)));
}

/** numkeys and as many keys; rarely a number that does not fit. */
function sources(draw: Draw): string[] {
  const keys = draw.keys(1, 3);
  return [draw.chance(0.95) ? String(keys.length) : draw.count(), ...keys];
}

function combination(draw: Draw, scores: boolean): string[] {
  const from = sources(draw);
  const weights = draw.chance(0.3) ? ["WEIGHTS", ...from.slice(1).map(() => draw.decimal())] : [];
  const aggregate = draw.option(0.3, "AGGREGATE", draw.pick(["SUM", "MIN", "MAX", "min"]));
  return [...from, ...weights, ...aggregate, ...(scores ? draw.option(0.6, "WITHSCORES") : [])];
}

export const group: Group = {
  name: "sorted-set",
  settings: [
    ["zset-max-listpack-entries", "128", "4", "10"],
    ["zset-max-listpack-value", "64", "5", "20"],
  ],
  // Ranges by bytes are in test/commands/sorted-set: of members with different scores, which a malformed ZADD makes,
  // what they answer depends on chance in Redis.
  commands: [
    {
      command: "zadd",
      weight: 14,
      make: (draw) => [
        draw.key(),
        ...draw.oneOption(0.3, ["NX"], ["XX"], ["GT"], ["LT"], ["XX", "GT"], ["XX", "LT"]),
        ...draw.option(0.2, "CH"),
        ...draw.list(1, 6, () => [score(draw), member(draw)]).flat(),
      ],
    },
    {
      command: "zadd",
      weight: 2,
      make: (draw) => [
        draw.key(),
        ...draw.oneOption(0.3, ["NX"], ["XX"], ["GT"]),
        "INCR",
        score(draw),
        member(draw),
      ],
    },
    {
      command: "zadd",
      make: (draw) => [draw.key(), ...draw.list(20, 60, () => [score(draw), member(draw)]).flat()],
    },
    { command: "zincrby", weight: 4, make: (draw) => [draw.key(), score(draw), member(draw)] },
    { command: "zrem", weight: 4, make: (draw) => [draw.key(), ...draw.list(1, 3, () => member(draw))] },
    { command: "zscore", weight: 2, make: (draw) => [draw.key(), member(draw)] },
    { command: "zmscore", make: (draw) => [draw.key(), ...draw.list(1, 4, () => member(draw))] },
    { command: "zcard", make: (draw) => [draw.key()] },
    { command: "zcount", weight: 2, make: (draw) => [draw.key(), scoreBound(draw), scoreBound(draw)] },
    {
      command: "zrank",
      weight: 2,
      make: (draw) => [draw.key(), member(draw), ...draw.option(0.3, "WITHSCORE")],
    },
    {
      command: "zrevrank",
      make: (draw) => [draw.key(), member(draw), ...draw.option(0.3, "WITHSCORE")],
    },
    {
      command: "zrange",
      weight: 3,
      make: (draw) => [
        draw.key(),
        draw.index(),
        draw.index(),
        ...draw.option(0.3, "REV"),
        ...draw.option(0.4, "WITHSCORES"),
      ],
    },
    {
      command: "zrange",
      weight: 3,
      make: (draw) => [
        draw.key(),
        scoreBound(draw),
        scoreBound(draw),
        "BYSCORE",
        ...draw.option(0.3, "REV"),
        ...limit(draw),
        ...draw.option(0.4, "WITHSCORES"),
      ],
    },
    {
      command: "zrangestore",
      weight: 3,
      make: (draw) => [
        draw.key(),
        ...draw.pick([
          [draw.key(), draw.index(), draw.index()],
          [draw.key(), scoreBound(draw), scoreBound(draw), "BYSCORE"],
        ]),
        ...draw.option(0.3, "REV"),
      ],
    },
    {
      command: "zrevrange",
      make: (draw) => [draw.key(), draw.index(), draw.index(), ...draw.option(0.4, "WITHSCORES")],
    },
    {
      command: "zrangebyscore",
      make: (draw) => [
        draw.key(),
        scoreBound(draw),
        scoreBound(draw),
        ...draw.option(0.4, "WITHSCORES"),
        ...limit(draw),
      ],
    },
    {
      command: "zrevrangebyscore",
      make: (draw) => [
        draw.key(),
        scoreBound(draw),
        scoreBound(draw),
        ...limit(draw),
        ...draw.option(0.4, "WITHSCORES"),
      ],
    },
    { command: "zremrangebyrank", make: (draw) => [draw.key(), draw.index(), draw.index()] },
    { command: "zremrangebyscore", make: (draw) => [draw.key(), scoreBound(draw), scoreBound(draw)] },
    { command: "zpopmin", weight: 2, make: (draw) => [draw.key(), ...draw.option(0.5, draw.count())] },
    { command: "zpopmax", weight: 2, make: (draw) => [draw.key(), ...draw.option(0.5, draw.count())] },
    {
      command: "zmpop",
      weight: 2,
      make: (draw) => [
        ...sources(draw),
        draw.pick(["MIN", "MAX", "max"]),
        ...draw.option(0.4, "COUNT", draw.count()),
      ],
    },
    { command: "zunion", weight: 2, make: (draw) => combination(draw, true) },
    { command: "zinter", weight: 2, make: (draw) => combination(draw, true) },
    { command: "zdiff", weight: 2, make: (draw) => [...sources(draw), ...draw.option(0.6, "WITHSCORES")] },
    { command: "zunionstore", weight: 2, make: (draw) => [draw.key(), ...combination(draw, false)] },
    { command: "zinterstore", weight: 2, make: (draw) => [draw.key(), ...combination(draw, false)] },
    { command: "zdiffstore", weight: 2, make: (draw) => [draw.key(), ...sources(draw)] },
    {
      command: "zintercard",
      make: (draw) => [...sources(draw), ...draw.option(0.4, "LIMIT", draw.count())],
    },
    {
      command: "zrandmember",
      make: (draw) => [
        draw.key(),
        ...(draw.chance(0.6) ? [String(draw.between(-5, 30)), ...draw.option(0.5, "WITHSCORES")] : []),
      ],
    },
    {
      command: "zscan",
      make: (draw) => [
        draw.key(),
        "0",
        ...draw.option(0.4, "MATCH", draw.pattern()),
        "COUNT",
        draw.chance(0.9) ? "1000" : draw.count(),
      ],
    },
    { command: "sadd", make: (draw) => [draw.key(), ...draw.list(1, 6, () => member(draw))] },
  ],
};
