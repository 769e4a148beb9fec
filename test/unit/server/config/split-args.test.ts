/** split-args: words of a line with Redis' quoting, and back. */
import { describe, expect, test } from "vitest";
import { quoteArg, splitArgs } from "../../../../server/config/split-args.ts";

describe("splitArgs", () => {
  test.each<[string, string[] | null]>([
    ["", []],
    ["  a  b ", ["a", "b"]],
    ['"a b" c', ["a b", "c"]],
    ["'a b' c", ["a b", "c"]],
    ['"\\x41\\n\\t\\"\\\\\\q"', ['A\n\t"\\q']],
    ["'it\\'s' '\\n'", ["it's", "\\n"]],
    ['""', [""]],
    ['a"b c"', ["ab c"]],
    ['"a"b', null],
    ['"a', null],
    ["'a", null],
    ['"\\xzz"', ["xzz"]],
  ])("%j gives %j", (line, words) => {
    expect(splitArgs(line)).toEqual(words);
  });

  test("every byte survives quoting", () => {
    const all = Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).join("");
    expect(splitArgs(quoteArg(all))).toEqual([all]);
    expect(quoteArg('a"\n\x01\xff')).toBe('"a\\"\\n\\x01\\xff"');
  });
});
