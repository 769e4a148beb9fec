/** reply-tree: bytes of every kind of reply in both protocol versions; expected values were seen in Redis 8.0. */
import { describe, expect, it } from "vitest";
import {
  bigNumber,
  double,
  encodeReply,
  error,
  formatDouble,
  isError,
  map,
  NULL_ARRAY,
  OK,
  push,
  raw,
  ReplyWriter,
  set,
  status,
  verbatim,
  type Reply,
} from "../../../bindings/reply-tree.ts";

function text(reply: Reply, version: 2 | 3): string {
  return Buffer.from(encodeReply(reply, version)).toString("latin1");
}

it.each<[string, Reply, string, string]>([
  ["text", "a\xff", "$2\r\na\xff\r\n", "$2\r\na\xff\r\n"],
  ["bytes", new Uint8Array([0, 13, 10]), "$3\r\n\0\r\n\r\n", "$3\r\n\0\r\n\r\n"],
  ["an empty string", "", "$0\r\n\r\n", "$0\r\n\r\n"],
  ["an integer", -42, ":-42\r\n", ":-42\r\n"],
  ["a big integer", 2n ** 63n - 1n, ":9223372036854775807\r\n", ":9223372036854775807\r\n"],
  ["null", null, "$-1\r\n", "_\r\n"],
  ["a null array", NULL_ARRAY, "*-1\r\n", "_\r\n"],
  ["true", true, ":1\r\n", "#t\r\n"],
  ["false", false, ":0\r\n", "#f\r\n"],
  ["an array", [1, [], "x"], "*3\r\n:1\r\n*0\r\n$1\r\nx\r\n", "*3\r\n:1\r\n*0\r\n$1\r\nx\r\n"],
  ["a status", OK, "+OK\r\n", "+OK\r\n"],
  ["an error", error("ERR no\r\nsuch"), "-ERR no  such\r\n", "-ERR no  such\r\n"],
  ["a double", double(3.141), "$5\r\n3.141\r\n", ",3.141\r\n"],
  ["a big number", bigNumber("123"), "$3\r\n123\r\n", "(123\r\n"],
  ["a verbatim string", verbatim("txt", "hi"), "$2\r\nhi\r\n", "=6\r\ntxt:hi\r\n"],
  ["a map", map([["a", 1]]), "*2\r\n$1\r\na\r\n:1\r\n", "%1\r\n$1\r\na\r\n:1\r\n"],
  ["a set", set(["a"]), "*1\r\n$1\r\na\r\n", "~1\r\n$1\r\na\r\n"],
  ["a push", push(["a"]), "*1\r\n$1\r\na\r\n", ">1\r\n$1\r\na\r\n"],
  ["encoded bytes", [raw(new Uint8Array([0x2b, 0x61, 13, 10]))], "*1\r\n+a\r\n", "*1\r\n+a\r\n"],
])("%s", (_, reply, resp2, resp3) => {
  expect(text(reply, 2)).toBe(resp2);
  expect(text(reply, 3)).toBe(resp3);
});

describe("what is no reply", () => {
  it("is a number with a fraction: double() says so", () => {
    expect(() => text(1.5, 2)).toThrow("not an integer reply: 1.5");
  });

  it("is text that has not been encoded to bytes", () => {
    expect(() => text("€", 2)).toThrow("byte strings");
    expect(() => text(status("€"), 2)).toThrow("byte strings");
  });
});

it("only an error is an error", () => {
  expect(isError(error("ERR x"))).toBe(true);
  for (const reply of [null, "ERR x", OK, [error("ERR x")]]) expect(isError(reply)).toBe(false);
});

it("a writer collects replies, grows, and starts over", () => {
  const writer = new ReplyWriter();
  writer.write("x".repeat(100_000), 2);
  writer.write(1, 2);
  expect(writer.size).toBe("$100000\r\n".length + 100_002 + ":1\r\n".length);
  writer.clear();
  writer.write(OK, 2);
  expect(Buffer.from(writer.bytes()).toString()).toBe("+OK\r\n");
});

it.each([
  [0, "0"],
  [-0, "-0"],
  [3, "3"],
  [1e15, "1000000000000000"],
  [2 ** 62, "4611686018427387904"],
  [5e18, "5e+18"],
  [123e18, "1.23e+20"],
  [0.00001, "0.00001"],
  [0.000123456, "1.23456e-4"],
  [1.5e-7, "1.5e-7"],
  [1234567.125, "1234567.125"],
  [1.7976931348623157e308, "1.7976931348623157e+308"],
  [-5e-324, "-5e-324"],
  [Infinity, "inf"],
  [-Infinity, "-inf"],
  [NaN, "nan"],
])("the double %d prints as %s", (value, printed) => {
  expect(formatDouble(value)).toBe(printed);
});
