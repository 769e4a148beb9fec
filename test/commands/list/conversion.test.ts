/**
 * When a list is a listpack and when a quicklist, and of which nodes: beside native Redis, by OBJECT ENCODING and DUMP,
 * whose bytes show every node.
 */
import { afterEach, describe, it } from "vitest";
import { usePair } from "../../support/pair.ts";

const pair = usePair();

afterEach(async () => {
  if (!pair.available) return;
  await pair.expectSame(["CONFIG SET list-max-listpack-size -2", "CONFIG SET list-compress-depth 0"]);
});

/** The commands, each followed by a look at the list. */
function watched(key: string, commands: (string | string[])[]): (string | string[])[] {
  return commands.flatMap((command) => [command, `OBJECT ENCODING ${key}`, `DUMP ${key}`]);
}

const values = (n: number, of = (i: number) => `v${i}`) => Array.from({ length: n }, (_, i) => of(i));

describe.skipIf(!pair.available)("encoding of a list", () => {
  it("grows into a quicklist by count, and back at half of it", () =>
    pair.expectSame([
      "CONFIG SET list-max-listpack-size 4",
      ...watched("l", [
        "RPUSH l 1 2 3 4",
        "LPUSH l 0",
        "LPOP l",
        "RPOP l",
        "LPOP l",
        "RPUSH l 1 2 3",
        "LPUSH l a b c d e f",
        "LTRIM l 0 1",
        "RPUSH l 1 2 3 4 5",
        "LREM l 0 3",
        "LPOP l 5",
      ]),
    ]));

  it("grows into a quicklist by bytes, reckoned before the push", () =>
    pair.expectSame([
      ...watched("l", [
        ["RPUSH", "l", "x".repeat(8180)],
        ["RPUSH", "l", "y"],
        ["RPUSH", "l", "x".repeat(10)],
        "LPOP l",
        ["LPUSH", "l", "z".repeat(4000)],
        ["LPUSH", "l", "z".repeat(4000)],
        ["LPUSH", "l", "z".repeat(9000)],
        "LPOP l 3",
      ]),
    ]));

  it("LSET and LINSERT reckon before they look whether there is anything to do", () =>
    pair.expectSame([
      "CONFIG SET list-max-listpack-size 3",
      ...watched("a", ["RPUSH a 1 2 3", "LSET a 99 x", "LSET a 0 x"]),
      ...watched("b", ["RPUSH b 1 2 3", "LINSERT b BEFORE none x", "LINSERT b AFTER 2 x"]),
      ...watched("c", ["RPUSH c 1 2 3 4 5 6 7 8 9", ["LSET", "c", "4", "L".repeat(9000)], "LSET c 4 short"]),
    ]));

  it("LMOVE counts nothing for an element that is kept as an integer", () =>
    pair.expectSame([
      "CONFIG SET list-max-listpack-size -1",
      ["RPUSH", "to", "x".repeat(4070)],
      "RPUSH from 1000000 2000000 3000000 text",
      ...watched("to", [
        "LMOVE from to LEFT RIGHT",
        "LMOVE from to LEFT LEFT",
        "LMOVE from to RIGHT RIGHT",
        "LMOVE from to LEFT LEFT",
      ]),
    ]));

  it("LMOVE within one list pops before it pushes", () =>
    pair.expectSame([
      "CONFIG SET list-max-listpack-size 2",
      ...watched("l", [
        "RPUSH l 1 2 3 4 5",
        "LMOVE l l LEFT RIGHT",
        "LMOVE l l LEFT LEFT",
        "LMOVE l l RIGHT LEFT",
        "RPOPLPUSH l l",
      ]),
      ...watched("one", ["RPUSH one 1", "LMOVE one one LEFT RIGHT", "RPOPLPUSH one one"]),
    ]));

  it.each([1, 2])("nodes beyond depth %i are compressed, and read as if they were not", async (depth) => {
    await pair.expectSame([
      "CONFIG SET list-max-listpack-size 10",
      `CONFIG SET list-compress-depth ${depth}`,
      ["RPUSH", "l", ...values(200, (i) => `value:${i % 7}:${"z".repeat(i % 50)}`)],
      "DUMP l",
      "LRANGE l 0 -1",
      "LINDEX l 100",
      "DUMP l",
      "LPOS l value:3: COUNT 0",
      ...watched("l", [
        "LSET l 100 changed",
        "LINSERT l BEFORE changed more",
        "LREM l 0 changed",
        "LPOP l 45",
        "LTRIM l 20 -20",
      ]),
    ]);
  });

  it("a list of a large element is a quicklist with a plain node", () =>
    pair.expectSame([
      ...watched("l", [
        ["RPUSH", "l", "x".repeat(20000)],
        ["RPUSH", "l", "a", "y".repeat(9000), "b"],
        "LRANGE l 0 -1",
        "LREM l 1 a",
        "LINDEX l 1",
        "RPOP l",
        "RPOP l",
        "LSET l 0 small",
      ]),
    ]));

  it("COPY and RESTORE keep the nodes", () =>
    pair.expectSame([
      "CONFIG SET list-max-listpack-size 5",
      ["RPUSH", "l", ...values(23)],
      "COPY l m",
      "DUMP m",
      "OBJECT ENCODING m",
      "DEL l",
      "LRANGE m 0 -1",
    ]));
});
