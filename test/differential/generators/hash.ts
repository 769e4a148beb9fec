/** Differential generator for the hash commands. Fields expire far away or at once, never soon. */
import { shape } from "../../support/compare.ts";
import { type Reply, show } from "../../support/resp-client.ts";
import type { Draw, Group } from "../generator.ts";

/** A field out of a small pool. */
function field(draw: Draw): string {
  return draw.chance(0.8) ? `f${draw.below(15)}` : draw.member();
}

function fields(draw: Draw, low: number, high: number): string[] {
  return draw.list(low, high, () => field(draw));
}

function pairs(draw: Draw, low: number, high: number): string[] {
  return draw.list(low, high, () => field(draw)).flatMap((name) => [name, value(draw)]);
}

/** Mostly short, so that hashes stay small; sometimes anything. */
function value(draw: Draw): string {
  return draw.chance(0.7) ? draw.member() : draw.value();
}

/** FIELDS with a count that is mostly right. */
function numbered(draw: Draw, names: string[], perField = 1): string[] {
  const count = draw.chance(0.95) ? String(names.length / perField) : draw.count();
  return [draw.chance(0.97) ? "FIELDS" : draw.pick(["fields", "FIELD", "NX"]), count, ...names];
}

function condition(draw: Draw): string[] {
  return draw.oneOption(0.5, ["NX"], ["XX"], ["GT"], ["LT"]);
}

/** EX, PX, EXAT or PXAT with a time, or a word. */
function expiry(draw: Draw, word: string): string[] {
  return draw.oneOption(
    0.7,
    ["EX", draw.relativeSeconds()],
    ["PX", draw.relativeMilliseconds()],
    ["EXAT", draw.absoluteSeconds()],
    ["PXAT", fieldMilliseconds(draw)],
    ["PXAT", fieldMilliseconds(draw)],
    [word],
  );
}

/** A time out of a few, so that fields share it and conditions meet equal ones. */
function fieldMilliseconds(draw: Draw): string {
  return draw.chance(0.6) ? String(4_000_000_000_000 + draw.below(6)) : draw.absoluteMilliseconds();
}

// RDB types of hashes that are one listpack.
const LISTPACK = 16;
const LISTPACK_EX = 25;

/** First byte of a string that is compressed, in which nothing can be left out of the comparison. */
const COMPRESSED = 0xc3;
/** An element of a listpack that is an integer of 33 to 48 bits: a time. */
const TIME = /\xf4[\s\S]{6}\0\0\t/g;

/**
 * A listpack keeps the order of fields, so payloads are equal to the byte, but for what clocks say, and for the time of
 * the next expiry in front: what native says there may be out of date. Of tables only the type is compared.
 */
function payload(reply: Reply): string {
  if (reply.type !== "bulk") return show(reply);
  const type = reply.value.charCodeAt(0);
  if (type === LISTPACK) return show(reply, Infinity);
  if (type !== LISTPACK_EX || reply.value.charCodeAt(9) === COMPRESSED) return shape(reply, []);
  return reply.value.slice(9, -8).replace(TIME, "time");
}

export const group: Group = {
  name: "hash",
  settings: [
    ["hash-max-listpack-entries", "512", "4", "10", "0"],
    ["hash-max-listpack-value", "64", "5", "20"],
  ],
  commands: [
    { command: "hset", weight: 8, make: (draw) => [draw.key(), ...pairs(draw, 1, 6)] },
    {
      command: "hset",
      weight: 0.3,
      make: (draw) => [
        draw.key(),
        ...draw.list(100, 300, () => `b${draw.below(1000)}`).flatMap((name) => [name, draw.member()]),
      ],
    },
    { command: "hset", make: (draw) => [draw.key(), ...pairs(draw, 1, 3), field(draw)] },
    { command: "hmset", weight: 2, make: (draw) => [draw.key(), ...pairs(draw, 1, 4)] },
    { command: "hsetnx", weight: 3, make: (draw) => [draw.key(), field(draw), value(draw)] },
    { command: "hget", weight: 4, make: (draw) => [draw.key(), field(draw)] },
    { command: "hmget", weight: 3, make: (draw) => [draw.key(), ...fields(draw, 1, 5)] },
    { command: "hgetall", weight: 3, make: (draw) => [draw.key()] },
    { command: "hkeys", weight: 2, make: (draw) => [draw.key()] },
    { command: "hvals", weight: 2, make: (draw) => [draw.key()] },
    { command: "hlen", weight: 2, make: (draw) => [draw.key()] },
    { command: "hexists", weight: 2, make: (draw) => [draw.key(), field(draw)] },
    { command: "hstrlen", weight: 2, make: (draw) => [draw.key(), field(draw)] },
    { command: "hdel", weight: 4, make: (draw) => [draw.key(), ...fields(draw, 1, 4)] },
    { command: "hincrby", weight: 3, make: (draw) => [draw.key(), field(draw), draw.integer()] },
    { command: "hincrbyfloat", weight: 3, make: (draw) => [draw.key(), field(draw), draw.decimal()] },
    {
      command: "hrandfield",
      weight: 3,
      make: (draw) => [
        draw.key(),
        ...draw.oneOption(0.7, [String(draw.between(-5, 40))], [draw.count()]),
        ...draw.option(0.4, "WITHVALUES"),
      ],
    },
    {
      command: "hscan",
      weight: 2,
      make: (draw) => [
        draw.key(),
        "0",
        ...draw.option(0.4, "MATCH", draw.pattern()),
        "COUNT",
        draw.chance(0.9) ? "1000" : draw.count(),
        ...draw.option(0.3, "NOVALUES"),
      ],
    },
    {
      command: "hexpire",
      weight: 3,
      make: (draw) => [
        draw.key(),
        draw.relativeSeconds(),
        ...condition(draw),
        ...numbered(draw, fields(draw, 1, 4)),
      ],
    },
    {
      command: "hpexpire",
      weight: 2,
      make: (draw) => [
        draw.key(),
        draw.relativeMilliseconds(),
        ...condition(draw),
        ...numbered(draw, fields(draw, 1, 4)),
      ],
    },
    {
      command: "hexpireat",
      weight: 2,
      make: (draw) => [
        draw.key(),
        draw.absoluteSeconds(),
        ...condition(draw),
        ...numbered(draw, fields(draw, 1, 4)),
      ],
    },
    {
      command: "hpexpireat",
      weight: 5,
      make: (draw) => [
        draw.key(),
        fieldMilliseconds(draw),
        ...condition(draw),
        ...numbered(draw, fields(draw, 1, 4)),
      ],
    },
    { command: "httl", weight: 2, make: (draw) => [draw.key(), ...numbered(draw, fields(draw, 1, 4))] },
    { command: "hpttl", weight: 2, make: (draw) => [draw.key(), ...numbered(draw, fields(draw, 1, 4))] },
    {
      command: "hexpiretime",
      weight: 2,
      make: (draw) => [draw.key(), ...numbered(draw, fields(draw, 1, 4))],
    },
    {
      command: "hpexpiretime",
      weight: 3,
      make: (draw) => [draw.key(), ...numbered(draw, fields(draw, 1, 8))],
    },
    { command: "hpersist", weight: 3, make: (draw) => [draw.key(), ...numbered(draw, fields(draw, 1, 4))] },
    { command: "hgetdel", weight: 3, make: (draw) => [draw.key(), ...numbered(draw, fields(draw, 1, 4))] },
    {
      command: "hgetex",
      weight: 4,
      make: (draw) => [draw.key(), ...expiry(draw, "PERSIST"), ...numbered(draw, fields(draw, 1, 4))],
    },
    {
      command: "hsetex",
      weight: 5,
      make: (draw) => [
        draw.key(),
        ...draw.oneOption(0.3, ["FNX"], ["FXX"]),
        ...expiry(draw, "KEEPTTL"),
        ...draw.oneOption(0.05, ["FNX"], ["FXX"]),
        ...numbered(draw, pairs(draw, 1, 4), 2),
      ],
    },
    { command: "dump", weight: 3, make: (draw) => [draw.key()], rule: payload },
  ],
};
