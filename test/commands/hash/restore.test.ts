/** Payloads of hashes in every form that Redis ever wrote, beside native Redis; damaged ones are refused as there. */
import { describe, it } from "vitest";
import { usePair } from "../../support/pair.ts";

// Native looks at every element only if told to; kvasm always does.
const pair = usePair({ nativeArgs: ["--sanitize-dump-payload", "yes"] });

const HASH = 4;
const ZIPMAP = 9;
const ZIPLIST = 13;
const LISTPACK = 16;
const METADATA = 24;
const LISTPACK_EX = 25;

/** 4,000,000,000,000 ms since 1970, and 0, in eight bytes. */
const FIRST = [0x00, 0x40, 0x94, 0x52, 0xa3, 0x03, 0x00, 0x00];

function ascii(text: string): number[] {
  return [...Buffer.from(text, "latin1")];
}

/** RDB's form of a string below 64 bytes. */
function string(bytes: number[]): number[] {
  return [bytes.length, ...bytes];
}

/** RDB version 11, and a checksum that nobody looks at. */
function payload(type: number, ...bytes: number[]): string {
  return Buffer.from([type, ...bytes, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0]).toString("latin1");
}

function listpack(...elements: number[][]): number[] {
  const body = elements.flat();
  const size = body.length + 7;
  return [size, 0, 0, 0, elements.length, 0, ...body, 0xff];
}

/** A string, a small integer, and a time of 64 bits as elements of a listpack. */
const word = (text: string): number[] => [0x80 | text.length, ...ascii(text), text.length + 1];
const small = (value: number): number[] => [value, 1];
const time = (bytes: number[]): number[] => [0xf4, ...bytes, 9];

const LATER = [0x01, ...FIRST.slice(1)];

describe.skipIf(!pair.available)("RESTORE of a hash", () => {
  const restored = (value: string, ...settings: string[]) =>
    pair.expectSame([
      "DEBUG SET-SKIP-CHECKSUM-VALIDATION 1",
      "CONFIG SET hash-max-listpack-entries 512",
      ...settings,
      ["RESTORE", "h", "0", value],
      "OBJECT ENCODING h",
      "HGETALL h",
      "HPEXPIRETIME h FIELDS 3 a b c",
      "DEBUG SET-SKIP-CHECKSUM-VALIDATION 0",
      "CONFIG SET hash-max-listpack-entries 512",
    ]);
  const few = "CONFIG SET hash-max-listpack-entries 1";

  const fields = [2, ...string(ascii("a")), 0xc0, 1, ...string(ascii("b")), ...string(ascii("xyz"))];

  it("plain", async () => {
    await restored(payload(HASH, ...fields));
    await restored(payload(HASH, ...fields), few);
  });

  it("with expiry", async () => {
    const bytes = [...FIRST, 3];
    bytes.push(1, ...string(ascii("a")), ...string(ascii("1")));
    bytes.push(0, ...string(ascii("b")), ...string(ascii("2")));
    bytes.push(0x43, 0xe8, ...string(ascii("c")), ...string(ascii("3")));
    await restored(payload(METADATA, ...bytes));
    await restored(payload(METADATA, ...bytes), few);
  });

  it("as a listpack", async () => {
    const bytes = string(listpack(word("a"), small(1), word("b"), word("xyz")));
    await restored(payload(LISTPACK, ...bytes));
    await restored(payload(LISTPACK, ...bytes), few);
  });

  it("as a listpack with expiry", async () => {
    const triples = [
      word("a"),
      small(1),
      time(FIRST),
      word("b"),
      word("x"),
      time(LATER),
      word("c"),
      word("y"),
      small(0),
    ];
    const bytes = [...FIRST, ...string(listpack(...triples))];
    await restored(payload(LISTPACK_EX, ...bytes));
    await restored(payload(LISTPACK_EX, ...bytes), few);
  });

  it("as a ziplist", async () => {
    const entries = [0, 1, ...ascii("a"), 3, 0xf2, 2, 1, ...ascii("b"), 3, 3, ...ascii("xyz")];
    const bytes = string([24, 0, 0, 0, 18, 0, 0, 0, 4, 0, ...entries, 0xff]);
    await restored(payload(ZIPLIST, ...bytes));
    await restored(payload(ZIPLIST, ...bytes), few);
  });

  it("as a zipmap", async () => {
    const bytes = string([
      2,
      1,
      ...ascii("a"),
      1,
      0,
      ...ascii("1"),
      1,
      ...ascii("b"),
      3,
      2,
      ...ascii("xyz__"),
      0xff,
    ]);
    await restored(payload(ZIPMAP, ...bytes));
    await restored(payload(ZIPMAP, ...bytes), few);
  });

  it.each([
    ["a field twice", payload(HASH, 2, 1, 0x61, 1, 0x62, 1, 0x61, 1, 0x62)],
    ["no fields", payload(HASH, 0)],
    ["fewer fields than it says", payload(HASH, 3, 1, 0x61, 1, 0x62)],
    [
      "a listpack with a field twice",
      payload(LISTPACK, ...string(listpack(word("a"), small(1), word("a"), small(2)))),
    ],
    [
      "a listpack with a field without value",
      payload(LISTPACK, ...string(listpack(word("a"), small(1), word("b")))),
    ],
    ["an empty listpack", payload(LISTPACK, ...string(listpack()))],
    [
      "a listpack with a time that is none",
      payload(LISTPACK_EX, ...FIRST, ...string(listpack(word("a"), small(1), word("x")))),
    ],
    [
      "a listpack with a time missing",
      payload(LISTPACK_EX, ...FIRST, ...string(listpack(word("a"), small(1)))),
    ],
    ["a zipmap without an end", payload(ZIPMAP, ...string([1, 1, ...ascii("a"), 1, 0, ...ascii("1")]))],
    ["an empty zipmap", payload(ZIPMAP, ...string([0, 0xff]))],
  ])("refuses %s", async (_what, value) => {
    await restored(value);
  });
});
