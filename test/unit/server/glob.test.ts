/** glob: what matches, as native CONFIG GET and KEYS have it; and that no pattern takes exponential time. */
import { describe, expect, test } from "vitest";
import { globMatch } from "../../../server/glob.ts";

describe("glob", () => {
  test.each([
    ["*", "", true],
    ["*", "abc", true],
    ["a*c", "abbbc", true],
    ["a*c", "abbbcd", false],
    ["a?c", "abc", true],
    ["a?c", "ac", false],
    ["a[bc]d", "acd", true],
    ["a[^bc]d", "acd", false],
    ["a[^bc]d", "axd", true],
    ["a[b-d]e", "ace", true],
    ["a[d-b]e", "ace", true],
    ["a[\\]]e", "a]e", true],
    ["a\\*c", "a*c", true],
    ["a\\*c", "abc", false],
    ["a[bc", "ab", true],
    ["abc", "ab", false],
    ["ab", "abc", false],
    ["", "", true],
    ["", "a", false],
    ["**a**", "xxaxx", true],
  ])("%j against %j: %s", (pattern, text, expected) => {
    expect(globMatch(pattern, text)).toBe(expected);
  });

  test("case is ignored only on request", () => {
    expect(globMatch("MAX*", "maxmemory")).toBe(false);
    expect(globMatch("MAX*", "maxmemory", true)).toBe(true);
  });

  test("many stars against a long text without a match take no time", () => {
    const began = performance.now();
    expect(globMatch("a*".repeat(40) + "b", "a".repeat(10_000))).toBe(false);
    expect(performance.now() - began).toBeLessThan(500);
  });
});
