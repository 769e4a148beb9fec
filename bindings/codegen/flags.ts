/**
 * flags: the bits of a command's flag word in the engine. Positions are free to change: they never leave the process.
 */

/** Names in rows; the first group is what COMMAND INFO reports. */
export const FLAG_NAMES: readonly string[] = [
  ...[
    "write",
    "readonly",
    "denyoom",
    "module",
    "admin",
    "pubsub",
    "noscript",
    "blocking",
    "loading",
    "stale",
  ],
  ...["skip_monitor", "skip_slowlog", "asking", "fast", "no_auth", "no_mandatory_keys", "no_async_loading"],
  ...["no_multi", "movablekeys", "allow_busy"],
  ...["may_replicate"],
];

/** Set by the generator from other fields of the row. */
export const DERIVED_FLAGS = {
  CMD_HOST: "runs in the host",
  CMD_PLANNED: "has no implementation yet",
  CMD_CONTAINER: "has subcommands",
  CMD_UNQUEUED: "runs while MULTI is open instead of being queued",
  CMD_TIMED: "its time is taken: neither FAST nor O(1), so that a clock read costs little beside it",
} as const;

/** Constant of a flag in the engine. */
export function flagConstant(name: string): string {
  return name === "movablekeys" ? "CMD_MOVABLE_KEYS" : `CMD_${name.toUpperCase()}`;
}

/** Every constant with its bit, in order. */
export function flagBits(): ReadonlyMap<string, number> {
  const names = [...FLAG_NAMES.map(flagConstant), ...Object.keys(DERIVED_FLAGS)];
  if (names.length > 32) throw new Error("more than 32 flags: the engine keeps them in a u32");
  return new Map(names.map((name, bit) => [name, bit]));
}
