/** Payloads of lists in every form that Redis ever wrote, beside native Redis; damaged ones are refused as there. */
import { describe, it } from "vitest";
import { usePair } from "../../support/pair.ts";

// Native looks at every element only if told to; kvasm always does.
const pair = usePair({ nativeArgs: ["--sanitize-dump-payload", "yes"] });

const LIST = 1;
const ZIPLIST = 10;
const QUICKLIST = 14;
const QUICKLIST_2 = 18;
const PLAIN = 1;
const PACKED = 2;

function ascii(text: string): number[] {
  return [...Buffer.from(text, "latin1")];
}

function word32(value: number): number[] {
  return [value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24];
}

/** RDB's form of a length, and of a string. */
function length(n: number): number[] {
  return n < 64 ? [n] : [0x40 | (n >> 8), n & 255];
}

function string(bytes: number[]): number[] {
  return [...length(bytes.length), ...bytes];
}

/** RDB version 11, and a checksum that nobody looks at. */
function payload(type: number, ...bytes: number[]): string {
  return Buffer.from([type, ...bytes, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0]).toString("latin1");
}

/** A ziplist of entries without their first field, the length of the one before. */
function ziplist(...entries: number[][]): number[] {
  const body: number[] = [];
  let previous = 0;
  let last = 10;
  for (const entry of entries) {
    last = 10 + body.length;
    const head = previous < 254 ? [previous] : [254, ...word32(previous)];
    body.push(...head, ...entry);
    previous = head.length + entry.length;
  }
  return [...word32(11 + body.length), ...word32(last), entries.length, 0, ...body, 0xff];
}

const ZIPLIST_ENTRIES = [
  [3, ...ascii("abc")],
  [0],
  [0x40 | 1, 44, ...ascii("x".repeat(300))],
  [0x80, 0, 0, 0, 2, ...ascii("zz")],
  [0xf1],
  [0xfd],
  [0xfe, 0x80],
  [0xc0, 0x00, 0x80],
  [0xf0, 0xff, 0xff, 0x7f],
  [0xd0, 0, 0, 0, 0x80],
  [0xe0, 0, 0, 0, 0, 1, 0, 0, 0],
];
const SMALL = ziplist(...ZIPLIST_ENTRIES);
const EMPTY_ZIPLIST = ziplist();
const LISTPACK = [10, 0, 0, 0, 1, 0, 0x81, 0x61, 2, 0xff];
const EMPTY_LISTPACK = [7, 0, 0, 0, 0, 0, 0xff];

describe.skipIf(!pair.available)("RESTORE of a list", () => {
  const restored = async (value: string, ...settings: string[]) => {
    await pair.expectSame([
      "DEBUG SET-SKIP-CHECKSUM-VALIDATION 1",
      "CONFIG SET list-max-listpack-size -2",
      ...settings,
      ["RESTORE", "l", "0", value],
      "OBJECT ENCODING l",
      "LRANGE l 0 -1",
      "DUMP l",
      "DEBUG SET-SKIP-CHECKSUM-VALIDATION 0",
      "CONFIG SET list-max-listpack-size -2",
    ]);
  };
  const few = "CONFIG SET list-max-listpack-size 1";

  const elements = [4, ...string(ascii("a")), 0xc0, 17, 0, ...string(ascii("z".repeat(200)))];
  it("element by element", () => restored(payload(LIST, ...elements)));
  it("element by element, many", () => restored(payload(LIST, ...elements), few));
  it("a ziplist", () => restored(payload(ZIPLIST, ...string(SMALL))));
  it("a ziplist, of many", () => restored(payload(ZIPLIST, ...string(SMALL)), few));
  it("ziplists", () =>
    restored(payload(QUICKLIST, 3, ...string(SMALL), ...string(EMPTY_ZIPLIST), ...string(SMALL))));
  it("one ziplist in a quicklist", () => restored(payload(QUICKLIST, 1, ...string(SMALL))));
  it("listpacks and plain elements", () =>
    restored(
      payload(
        QUICKLIST_2,
        4,
        PACKED,
        ...string(LISTPACK),
        PLAIN,
        ...string(ascii("plain")),
        PACKED,
        ...string(EMPTY_LISTPACK),
        PACKED,
        ...string(LISTPACK),
      ),
    ));
  it("one listpack", () => restored(payload(QUICKLIST_2, 1, PACKED, ...string(LISTPACK))));
  it("one plain element", () => restored(payload(QUICKLIST_2, 1, PLAIN, ...string(ascii("plain")))));

  it.each([
    ["no elements", payload(LIST, 0)],
    ["no nodes", payload(QUICKLIST_2, 0)],
    ["an empty ziplist", payload(ZIPLIST, ...string(EMPTY_ZIPLIST))],
    ["empty ziplists only", payload(QUICKLIST, 1, ...string(EMPTY_ZIPLIST))],
    ["an empty listpack only", payload(QUICKLIST_2, 1, PACKED, ...string(EMPTY_LISTPACK))],
    ["an empty plain element", payload(QUICKLIST_2, 1, PLAIN, 0)],
    ["an unknown container", payload(QUICKLIST_2, 1, 3, ...string(LISTPACK))],
    ["a listpack cut short", payload(QUICKLIST_2, 1, PACKED, ...string(LISTPACK.slice(0, -1)))],
    ["a listpack with a wrong count", payload(QUICKLIST_2, 1, PACKED, ...string(LISTPACK.with(4, 2)))],
    ["a listpack with a wrong back-length", payload(QUICKLIST_2, 1, PACKED, ...string(LISTPACK.with(8, 3)))],
    ["a ziplist with a wrong size", payload(ZIPLIST, ...string(SMALL.with(0, 1)))],
    ["a ziplist with a wrong tail", payload(ZIPLIST, ...string(SMALL.with(4, 11)))],
    ["a ziplist with a wrong count", payload(ZIPLIST, ...string(SMALL.with(8, 3)))],
    ["a ziplist with a wrong encoding", payload(ZIPLIST, ...string(SMALL.with(11, 0xff)))],
    ["a ziplist with a wrong previous length", payload(ZIPLIST, ...string(SMALL.with(15, 9)))],
  ])("%s: refused", async (_, value) => {
    await restored(value);
  });
});
