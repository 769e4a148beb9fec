/** Differential generator for the bitmap commands. */
import { type Draw, type Group, INTEGERS } from "../generator.ts";

/** Offsets up to some hundred bits, the last ones that are allowed, and past them. */
function bitOffset(draw: Draw): string {
  if (draw.chance(0.93)) return String(draw.below(draw.pick([8, 16, 64, 600, 4000])));
  return draw.pick(["4294967296", "-1", "9223372036854775807", "18446744073709551615", ...INTEGERS.bad]);
}

function fieldType(draw: Draw): string {
  if (draw.chance(0.05)) return draw.pick(["u64", "i65", "u0", "i0", "x8", "u", "8", "i-1", "u08"]);
  const signed = draw.chance(0.5);
  const width = draw.pick([1, 2, 3, 4, 5, 7, 8, 9, 13, 16, 31, 32, 33, 63, 64]);
  return signed ? `i${width}` : `u${Math.min(width, 63)}`;
}

function fieldOffset(draw: Draw): string {
  if (draw.chance(0.04)) return draw.pick(["#", "#-1", "-1", "4294967296", "#99999999999", "x"]);
  return `${draw.chance(0.4) ? "#" : ""}${draw.below(60)}`;
}

function fieldValue(draw: Draw): string {
  return draw.chance(0.5) ? String(draw.between(-300, 300)) : draw.integer();
}

function fieldGet(draw: Draw): string[] {
  return [...draw.cased(["GET"]), fieldType(draw), fieldOffset(draw)];
}

function fieldOperations(draw: Draw): string[] {
  return draw
    .list(1, 4, () => {
      switch (draw.below(5)) {
        case 0:
          return fieldGet(draw);
        case 1:
          return [...draw.cased(["SET"]), fieldType(draw), fieldOffset(draw), fieldValue(draw)];
        case 2:
          return [
            ...draw.cased(["OVERFLOW"]),
            draw.pick(["WRAP", "SAT", "FAIL", "wrap", "sat", "fail", "no"]),
          ];
        default:
          return [...draw.cased(["INCRBY"]), fieldType(draw), fieldOffset(draw), fieldValue(draw)];
      }
    })
    .flat();
}

/** [start, end [BYTE | BIT]], sometimes incomplete. */
function range(draw: Draw, first = 0.7): string[] {
  if (!draw.chance(first)) return [];
  const unit = draw.oneOption(0.6, ["BYTE"], ["BIT"], ["BITS"]);
  return draw.chance(0.05) ? [draw.index()] : [draw.index(), draw.index(), ...unit];
}

export const group: Group = {
  name: "bitmap",
  commands: [
    {
      command: "setbit",
      weight: 8,
      make: (draw) => [draw.key(), bitOffset(draw), draw.pick(["0", "1", "1", "1", "2", "-1"])],
    },
    { command: "getbit", weight: 3, make: (draw) => [draw.key(), bitOffset(draw)] },
    { command: "bitcount", weight: 4, make: (draw) => [draw.key(), ...range(draw)] },
    {
      command: "bitpos",
      weight: 4,
      make: (draw) => {
        const bit = draw.pick(["0", "1", "0", "1", "2"]);
        return [draw.key(), bit, ...(draw.chance(0.2) ? [draw.index()] : range(draw, 0.8))];
      },
    },
    {
      command: "bitop",
      weight: 5,
      make: (draw) => {
        const operation = draw.pick(["AND", "OR", "XOR", "NOT", "and", "DIFF", "DIFF1", "ANDOR", "ONE"]);
        return [
          operation,
          draw.hotKey(),
          ...draw.keys(1, operation === "NOT" ? (draw.chance(0.9) ? 1 : 2) : 5),
        ];
      },
    },
    { command: "bitfield", weight: 8, make: (draw) => [draw.key(), ...fieldOperations(draw)] },
    {
      command: "bitfield_ro",
      weight: 2,
      make: (draw) => [draw.key(), ...(draw.chance(0.9) ? fieldGet(draw) : fieldOperations(draw))],
    },
    {
      command: "set",
      weight: 4,
      make: (draw) => [draw.hotKey(), draw.chance(0.6) ? draw.bytes(draw.below(80)) : draw.value()],
    },
    { command: "get", weight: 2, make: (draw) => [draw.key()] },
    {
      command: "append",
      weight: 1,
      make: (draw) => [
        draw.hotKey(),
        draw.pick(["\0", "\xff", "\xff\xff\xff\xff\xff\xff\xff\xff\xff", "\0\0\0\0"]),
      ],
    },
    {
      command: "setrange",
      weight: 1,
      make: (draw) => [draw.hotKey(), String(draw.below(100)), draw.value()],
    },
  ],
};
