/** noise: commands on whole keys that every group gets some of: expiry, copies and deletion meet every type. */
import type { CommandGenerator } from "./generator.ts";

export const NOISE: readonly CommandGenerator[] = [
  { command: "del", weight: 3, make: (draw) => draw.keys(1, 2) },
  { command: "unlink", make: (draw) => draw.keys(1, 2) },
  { command: "exists", make: (draw) => draw.keys(1, 3) },
  { command: "type", weight: 2, make: (draw) => [draw.key()] },
  { command: "object|encoding", weight: 4, make: (draw) => [draw.key()] },
  { command: "expireat", weight: 2, make: (draw) => [draw.key(), draw.absoluteSeconds()] },
  { command: "pexpireat", weight: 2, make: (draw) => [draw.key(), draw.absoluteMilliseconds()] },
  { command: "persist", make: (draw) => [draw.key()] },
  { command: "pttl", make: (draw) => [draw.key()] },
  { command: "expiretime", make: (draw) => [draw.key()] },
  { command: "rename", make: (draw) => [draw.key(), draw.hotKey()] },
  { command: "copy", make: (draw) => [draw.key(), draw.hotKey(), ...draw.option(0.5, "REPLACE")] },
  { command: "dbsize", make: () => [] },
];
