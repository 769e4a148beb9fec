/** Differential generator for commands of a connection that leave it usable: no QUIT, no CLIENT KILL. */
import type { Draw, Group } from "../generator.ts";

const someName = (draw: Draw) => draw.pick(["app", "a b", "", "x".repeat(40), "a\nb", "\xff", "app-1"]);

export const group: Group = {
  name: "connection",
  commands: [
    { command: "ping", weight: 3, make: (draw) => draw.list(0, 2, () => draw.value()) },
    { command: "echo", weight: 3, make: (draw) => [draw.value()] },
    {
      command: "select",
      make: (draw) => [draw.pick(["0", "0", "1", "15", "16", "-1", "x", "01", "99999999999"])],
    },
    { command: "client|setname", make: (draw) => [someName(draw)] },
    { command: "client|getname", make: () => [] },
    { command: "client|id", make: () => [] },
    {
      command: "client|setinfo",
      make: (draw) => [draw.pick(["LIB-NAME", "lib-ver", "lib-x"]), draw.pick(["kv", "1.2.3", "a b", ""])],
    },
    { command: "client|no-touch", make: (draw) => [draw.pick(["ON", "OFF", "maybe"])] },
    { command: "client|no-evict", make: (draw) => [draw.pick(["ON", "OFF", "maybe"])] },
    { command: "client|getredir", make: () => [] },
    {
      command: "hello",
      weight: 0.5,
      make: (draw) =>
        draw.pick([[], ["2"], ["3"], ["4"], ["1"], ["x"], ["3", "SETNAME", someName(draw)], ["3", "NOPE"]]),
    },
    // No AUTH: native 8.0 sends no error for a failed one in a pipeline that has replies pending.
    { command: "reset", weight: 0.2, make: () => [] },
    { command: "command|count", make: () => [], rule: (reply) => reply.type },
    {
      command: "command|getkeys",
      make: (draw) =>
        draw.pick([
          ["GET", "a"],
          ["MSET", "a", "1", "b", "2"],
          ["ZUNIONSTORE", "d", "2", "a", "b"],
          ["PING"],
          ["EVAL", "x", "2", "a", "b", "c"],
          ["SORT", "a", "STORE", "b"],
          ["nope"],
          ["XREAD", "STREAMS", "a", "b", "0", "0"],
        ]),
    },
    {
      command: "command|info",
      make: (draw) => [draw.pick(["nope", "get", "GET", "config|get"])],
      rule: (reply) => reply.type,
    },
    {
      command: "client",
      weight: 0.5,
      make: (draw) => [
        draw.pick(["nope", "GETNAME", "setname", "", "list|x"]),
        ...draw.list(0, 2, () => draw.value()),
      ],
      rule: (reply) => (reply.type === "error" ? reply.value : reply.type),
    },
    { command: "watch", make: (draw) => draw.keys(1, 3) },
    { command: "unwatch", weight: 0.5, make: () => [] },
    { command: "multi", weight: 0.5, make: () => [] },
    { command: "exec", weight: 0.5, make: () => [] },
    { command: "discard", weight: 0.5, make: () => [] },
    { command: "set", make: (draw) => [draw.key(), draw.value()] },
    { command: "get", make: (draw) => [draw.key()] },
  ],
};
