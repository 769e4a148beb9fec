/** Differential generator for the commands on keys of any type. */
import { type CommandGenerator, type Draw, FLOATS, type Group } from "../generator.ts";

function expireCondition(draw: Draw): string[] {
  const conditions = draw.oneOption(0.35, ["NX"], ["XX"], ["GT"], ["LT"]);
  return draw.chance(0.05) ? [...conditions, draw.pick(["NX", "XX", "GT", "LT", "no"])] : conditions;
}

/**
 * Options of SORT whose result is determined: ALPHA with BY leaves equal weights in any order, and without
 * sorting a set comes in the order of its table.
 */
function sortOptions(draw: Draw): string[] {
  const by = draw.oneOption(0.3, ["BY", "weight_*"], ["BY", "w_*->f"], ["BY", "w:hash->*"]);
  return draw
    .shuffled([
      by,
      draw.option(0.3, "LIMIT", draw.index(), draw.count()),
      draw.oneOption(0.3, ["GET", "#"], ["GET", "data_*"], ["GET", "h_*->f"]),
      draw.oneOption(0.4, ["ASC"], ["DESC"]),
      by.length === 0 ? draw.option(0.5, "ALPHA") : [],
    ])
    .flat();
}

const FINITE = FLOATS.good.filter((text) => !text.includes("inf"));

/** One small value of each type, to be moved, copied and expired. */
const makers: CommandGenerator[] = [
  { command: "set", weight: 3, make: (draw) => [draw.hotKey(), draw.value()] },
  { command: "rpush", weight: 2, make: (draw) => [draw.hotKey(), ...draw.list(1, 6, () => draw.member())] },
  // No infinity: SORT of 8.0 takes errno for its own, and it may be left from an earlier command.
  {
    command: "rpush",
    weight: 1,
    make: (draw) => [draw.hotKey(), ...draw.list(1, 6, () => draw.pick(FINITE))],
  },
  { command: "sadd", weight: 2, make: (draw) => [draw.hotKey(), ...draw.list(1, 6, () => draw.member())] },
  {
    command: "hset",
    weight: 2,
    make: (draw) => [draw.hotKey(), ...draw.list(1, 4, () => [draw.member(), draw.value()]).flat()],
  },
  {
    command: "zadd",
    weight: 2,
    make: (draw) => [draw.hotKey(), ...draw.list(1, 4, () => [draw.decimal(), draw.member()]).flat()],
  },
  { command: "set", weight: 1, make: (draw) => [`weight_${draw.member()}`, draw.decimal()] },
  { command: "set", weight: 1, make: (draw) => [`data_${draw.member()}`, draw.value()] },
  { command: "hset", weight: 1, make: (draw) => [`h_${draw.member()}`, "f", draw.value()] },
  { command: "hset", weight: 1, make: (draw) => [`w_${draw.member()}`, "f", draw.decimal()] },
];

export const group: Group = {
  name: "generic",
  commands: [
    ...makers,
    { command: "del", weight: 2, make: (draw) => draw.keys(1, 4) },
    { command: "unlink", make: (draw) => draw.keys(1, 4) },
    { command: "exists", weight: 2, make: (draw) => draw.keys(1, 5) },
    { command: "touch", make: (draw) => draw.keys(1, 5) },
    { command: "type", weight: 2, make: (draw) => [draw.key()] },
    {
      command: "expire",
      weight: 3,
      make: (draw) => [draw.key(), draw.relativeSeconds(), ...expireCondition(draw)],
    },
    {
      command: "pexpire",
      weight: 2,
      make: (draw) => [draw.key(), draw.relativeMilliseconds(), ...expireCondition(draw)],
    },
    {
      command: "expireat",
      weight: 3,
      make: (draw) => [draw.key(), draw.absoluteSeconds(), ...expireCondition(draw)],
    },
    {
      command: "pexpireat",
      weight: 3,
      make: (draw) => [draw.key(), draw.absoluteMilliseconds(), ...expireCondition(draw)],
    },
    { command: "ttl", make: (draw) => [draw.key()] },
    { command: "pttl", make: (draw) => [draw.key()] },
    { command: "expiretime", make: (draw) => [draw.key()] },
    { command: "pexpiretime", make: (draw) => [draw.key()] },
    { command: "persist", weight: 2, make: (draw) => [draw.key()] },
    { command: "rename", weight: 2, make: (draw) => [draw.key(), draw.key()] },
    { command: "renamenx", weight: 2, make: (draw) => [draw.key(), draw.key()] },
    {
      command: "copy",
      weight: 3,
      make: (draw) => [
        draw.key(),
        draw.key(),
        ...draw
          .shuffled([
            draw.option(0.3, "DB", draw.pick(["0", "1", "2", "16", "x"])),
            draw.option(0.5, "REPLACE"),
          ])
          .flat(),
      ],
    },
    { command: "move", make: (draw) => [draw.key(), draw.pick(["0", "1", "2", "3", "16", "-1", "x"])] },
    {
      command: "swapdb",
      weight: 0.3,
      make: (draw) => [draw.pick(["0", "1", "16"]), draw.pick(["0", "1", "2", "x"])],
    },
    {
      command: "select",
      weight: 0.5,
      make: (draw) => [draw.pick(["0", "0", "0", "1", "2", "16", "-1", "x"])],
    },
    { command: "flushdb", weight: 0.1, make: (draw) => draw.oneOption(0.5, ["SYNC"], ["ASYNC"]) },
    { command: "flushall", weight: 0.05, make: (draw) => draw.oneOption(0.5, ["SYNC"], ["ASYNC"]) },
    { command: "dbsize", make: () => [] },
    { command: "keys", weight: 2, make: (draw) => [draw.pattern()] },
    { command: "randomkey", make: () => [] },
    {
      command: "scan",
      make: (draw) => [
        "0",
        ...draw.option(0.5, "MATCH", draw.pattern()),
        ...draw.option(0.5, "COUNT", draw.count()),
        ...draw.option(0.3, "TYPE", draw.pick(["string", "list", "zset", "none"])),
      ],
    },
    { command: "object|encoding", weight: 4, make: (draw) => [draw.key()] },
    { command: "object|refcount", make: (draw) => [draw.key()], rule: (reply) => reply.type },
    { command: "object|idletime", make: (draw) => [draw.key()] },
    { command: "object|freq", make: (draw) => [draw.key()] },
    {
      command: "object",
      weight: 0.3,
      make: (draw) => [draw.pick(["nope", "encoding", "help"]), ...draw.keys(0, 1)],
      rule: (reply) => reply.type,
    },
    {
      command: "sort",
      weight: 3,
      make: (draw) => [draw.key(), ...sortOptions(draw), ...draw.option(0.2, "STORE", draw.hotKey())],
    },
    { command: "sort_ro", weight: 2, make: (draw) => [draw.key(), ...sortOptions(draw)] },
    { command: "dump", make: (draw) => [draw.key()] },
    {
      command: "restore",
      weight: 0.5,
      make: (draw) => [
        draw.hotKey(),
        draw.pick(["0", "-1", "x"]),
        draw.pick(["", "junk", draw.bytes(30)]),
        ...draw.option(0.5, "REPLACE"),
      ],
    },
    { command: "wait", weight: 0.2, make: () => ["0", "1"] },
    { command: "memory|usage", make: (draw) => [draw.key()] },
  ],
};
