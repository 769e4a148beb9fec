/** legacy-range: the triple of COMMAND INFO from key specs; expected values were seen in Redis 8.0. */
import { expect, it } from "vitest";
import { legacyRange } from "../../../bindings/codegen/legacy-range.ts";
import type { KeySpec } from "../../../bindings/command-table.ts";

function range(index: number, lastKey: number, keyStep = 1): KeySpec {
  return { flags: [], beginSearch: { index }, findKeys: { lastKey, keyStep, limit: 0 } };
}

const keyNum: KeySpec = {
  flags: [],
  beginSearch: { index: 2 },
  findKeys: { keyNumIndex: 0, firstKey: 1, keyStep: 1 },
};
const unknown: KeySpec = { flags: [], beginSearch: "unknown", findKeys: "unknown" };

it.each([
  ["no keys, as PING", [], [0, 0, 0]],
  ["one key, as GET", [range(1, 0)], [1, 1, 1]],
  ["all arguments, as DEL", [range(1, -1)], [1, -1, 1]],
  ["every other argument, as MSET", [range(1, -1, 2)], [1, -1, 2]],
  ["all but the last, as BLPOP", [range(1, -2)], [1, -2, 1]],
  ["a number of keys, as EVAL", [keyNum], [0, 0, 0]],
  ["two adjacent keys, as RENAME", [range(1, 0), range(2, 0)], [1, 2, 1]],
  ["a destination before the sources, as SINTERSTORE", [range(1, 0), range(2, -1)], [1, -1, 1]],
  ["a destination before a number of keys, as ZUNIONSTORE", [range(1, 0), keyNum], [1, 1, 1]],
  ["a key and what nobody knows, as SORT", [range(1, 0), unknown], [1, 1, 1]],
])("%s", (_, specs, [firstKey, lastKey, keyStep]) => {
  expect(legacyRange(specs)).toEqual({ firstKey, lastKey, keyStep });
});
