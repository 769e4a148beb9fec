/** Replies of every RESP3 type as values of JavaScript, in both forms of text. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readBytes, readText, ReplyReader } from "../../../bindings/decode.ts";
import { ReplyError } from "../../../bindings/errors.ts";

const encoder = new TextEncoder();
const asText = new ReplyReader(true);
const asBytes = new ReplyReader(false);

function text(reply: string): unknown {
  return asText.read(encoder.encode(`??${reply}`), 2);
}

function bytes(reply: string): unknown {
  return asBytes.read(encoder.encode(`??${reply}`), 2);
}

describe("a reply read as text", () => {
  it.each<[string, unknown]>([
    ["+OK\r\n", "OK"],
    ["+OKAY\r\n", "OKAY"],
    ["+PONG\r\n", "PONG"],
    ["$0\r\n\r\n", ""],
    ["$6\r\nhé☃\r\n", "hé☃"],
    ["$-1\r\n", null],
    ["*-1\r\n", null],
    ["_\r\n", null],
    [":0\r\n", 0],
    [":-1\r\n", -1],
    [":9007199254740991\r\n", Number.MAX_SAFE_INTEGER],
    [":-9007199254740991\r\n", Number.MIN_SAFE_INTEGER],
    [":9007199254740992\r\n", 9007199254740992n],
    [":-9223372036854775808\r\n", -9223372036854775808n],
    [":9223372036854775807\r\n", 9223372036854775807n],
    [",1.5\r\n", 1.5],
    [",-0\r\n", -0],
    [",inf\r\n", Infinity],
    [",-inf\r\n", -Infinity],
    [",nan\r\n", NaN],
    [",1e+21\r\n", 1e21],
    ["#t\r\n", true],
    ["#f\r\n", false],
    ["(-12345678901234567890123\r\n", -12345678901234567890123n],
    ["=10\r\ntxt:a line\r\n", "a line"],
    ["*0\r\n", []],
    ["*3\r\n:1\r\n$1\r\na\r\n*1\r\n_\r\n", [1, "a", [null]]],
    [">2\r\n+a\r\n+b\r\n", ["a", "b"]],
    ["~2\r\n$1\r\na\r\n$1\r\nb\r\n", new Set(["a", "b"])],
  ])("%j is read as what it means", (reply, value) => {
    expect(text(reply)).toEqual(value);
  });

  it("is an object without prototype where it is a map, whatever the keys are called", () => {
    const value = text("%3\r\n$9\r\n__proto__\r\n:1\r\n$8\r\ntoString\r\n:2\r\n:7\r\n_\r\n") as object;
    expect(Object.getPrototypeOf(value)).toBe(null);
    expect(Object.entries(value)).toEqual([
      ["7", null],
      ["__proto__", 1],
      ["toString", 2],
    ]);
  });

  it("is a ReplyError where it is an error, with its first word for code", () => {
    const error = text("-WRONGTYPE Operation against\r\n") as ReplyError;
    expect(error).toBeInstanceOf(ReplyError);
    expect([error.code, error.message]).toEqual(["WRONGTYPE", "WRONGTYPE Operation against"]);
    expect((text("!10\r\nERR a\r\nbcd\r\n") as ReplyError).message).toBe("ERR a\r\nbcd");
    expect((text("-LOADING\r\n") as ReplyError).code).toBe("LOADING");
  });

  it("keeps errors among the elements of an array", () => {
    const [one, error] = text("*2\r\n:1\r\n-ERR no\r\n") as [number, ReplyError];
    expect(one).toBe(1);
    expect(error).toBeInstanceOf(ReplyError);
  });

  it("keeps a byte order mark, and replaces what is not UTF-8", () => {
    expect(text("$4\r\n\uFEFFa\r\n")).toBe("\uFEFFa");
    expect(asText.read(new Uint8Array([0x24, 0x32, 13, 10, 0x61, 0xff, 13, 10]), 0)).toBe("a\uFFFD");
  });
});

describe("a reply read as bytes", () => {
  it("has Uint8Arrays of their own for strings, and strings for statuses", () => {
    const source = encoder.encode("$3\r\nabc\r\n");
    const value = asBytes.read(source, 0) as Uint8Array;
    source.fill(0);
    expect(value).toEqual(new Uint8Array([97, 98, 99]));
    expect(value.byteLength).toBe(value.buffer.byteLength);
    expect(bytes("+OK\r\n")).toBe("OK");
    expect(bytes("=5\r\ntxt:a\r\n")).toEqual(new Uint8Array([97]));
  });

  it("has an array for a set, and a Map for a map", () => {
    expect(bytes("~1\r\n$1\r\na\r\n")).toEqual([new Uint8Array([97])]);
    expect(bytes("%1\r\n$1\r\na\r\n:1\r\n")).toEqual(new Map([[new Uint8Array([97]), 1]]));
  });
});

describe("texts and bytes of every length", () => {
  it("come out as TextDecoder reads them, ASCII or not", () => {
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    const source = fc.oneof(
      fc.uint8Array({ maxLength: 80 }),
      fc.string({ maxLength: 80 }).map((string) => encoder.encode(string)),
    );
    fc.assert(
      fc.property(source, fc.nat(9), (content, at) => {
        const memory = new Uint8Array(content.length + at + 9).fill(0x78);
        memory.set(content, at);
        expect(readText(memory, at, content.length)).toBe(decoder.decode(content));
        expect(readBytes(memory, at, content.length)).toEqual(content);
      }),
      { numRuns: 2000 },
    );
  });
});
