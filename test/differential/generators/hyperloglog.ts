/** Differential generator for HyperLogLog: counts, merges and the bytes themselves (sparse and dense) agree. */
import type { Draw, Group } from "../generator.ts";

/** Elements from pools of several sizes, so that some sketches stay sparse and others turn dense. */
function element(draw: Draw): string {
  return `e${draw.below(draw.pick([5, 100, 5000, 1_000_000]))}`;
}

export const group: Group = {
  name: "hyperloglog",
  settings: [["hll-sparse-max-bytes", "0", "20", "300", "3000", "15000"]],
  commands: [
    { command: "pfadd", weight: 10, make: (draw) => [draw.key(), ...draw.list(0, 30, () => element(draw))] },
    { command: "pfcount", weight: 6, make: (draw) => draw.keys(1, draw.chance(0.7) ? 1 : 4) },
    { command: "pfmerge", weight: 2, make: (draw) => [draw.hotKey(), ...draw.keys(0, 4)] },
    {
      command: "pfdebug",
      weight: 3,
      make: (draw) => [draw.pick(["ENCODING", "ENCODING", "DECODE", "decode", "nope"]), draw.key()],
    },
    { command: "pfdebug", weight: 0.5, make: (draw) => ["TODENSE", draw.key()] },
    // 16,384 integers.
    { command: "pfdebug", weight: 0.05, make: (draw) => ["GETREG", draw.key()] },
    // The sketch is a string: its bytes are Redis' own, so the string commands see the same.
    { command: "get", weight: 2, make: (draw) => [draw.key()] },
    { command: "strlen", weight: 2, make: (draw) => [draw.key()] },
    {
      command: "set",
      make: (draw) => [
        draw.hotKey(),
        draw.pick(["HYLL", "HYLL\0\0\0\0", `HYLL\x01\0\0\0${"\0".repeat(8)}`, "x"]),
      ],
    },
    // In the head only, and whole opcodes: native Redis makes something of broken ones that are refused here.
    { command: "setbit", make: (draw) => [draw.key(), String(draw.below(128)), draw.pick(["0", "1"])] },
    { command: "append", make: (draw) => [draw.key(), draw.pick(["\x80\x83", "\x3f\xff", "\0"])] },
  ],
};
