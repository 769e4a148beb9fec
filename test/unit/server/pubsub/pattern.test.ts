/** pattern: compiled patterns match what glob.ts matches, and the index finds just those that match. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { globMatch } from "../../../../server/glob.ts";
import { Pattern } from "../../../../server/pubsub/pattern.ts";
import { PatternIndex } from "../../../../server/pubsub/pattern-index.ts";
import "../../../support/seed.ts";

const patterns = fc.string({ unit: fc.constantFrom(..."abc*?[]^-\\"), maxLength: 10 });
const texts = fc.string({ unit: fc.constantFrom(..."abc]-\\"), maxLength: 8 });

describe("a compiled pattern", () => {
  it("matches what the plain matcher matches", () => {
    fc.assert(
      fc.property(patterns, texts, (pattern, text) => {
        expect(new Pattern(pattern).matches(text)).toBe(globMatch(pattern, text));
      }),
      { numRuns: 5000 },
    );
  });

  it.each([
    ["news.*", "news."],
    ["news", "news"],
    ["a\\*b?c", "a*b"],
    ["[ab]c", ""],
    ["*", ""],
    ["x\\", "x\\"],
  ])("%s begins with %j", (text, prefix) => {
    expect(new Pattern(text).prefix).toBe(prefix);
  });
});

describe("the index", () => {
  it("finds the patterns that match, whatever came and went", () => {
    fc.assert(
      fc.property(fc.uniqueArray(patterns), fc.array(fc.boolean()), texts, (all, removed, text) => {
        const index = new PatternIndex<{ pattern: Pattern }>();
        const entries = all.map((pattern) => ({ pattern: new Pattern(pattern) }));
        for (const entry of entries) index.add(entry);
        const left = entries.filter((entry, i) => {
          if (removed[i]) index.remove(entry);
          return !removed[i];
        });
        const expected = left.filter(({ pattern }) => globMatch(pattern.text, text));
        expect(new Set(index.matches(text))).toEqual(new Set(expected));
      }),
    );
  });

  it("tries only patterns whose prefix fits", () => {
    let tried = 0;
    class Counted extends Pattern {
      override matches(text: string): boolean {
        tried++;
        return super.matches(text);
      }
    }
    const index = new PatternIndex();
    for (let i = 0; i < 10_000; i++) index.add({ pattern: new Counted(`user:${i}:*`) });
    index.add({ pattern: new Counted("*:7") });
    expect(index.matches("user:123:7").length).toBe(2);
    expect(tried).toBe(2);
  });
});
