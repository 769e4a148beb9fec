/** LCS beside native Redis, and beside the textbook's table for strings longer than a machine word. */
import { describe, expect, it } from "vitest";
import { TestEngine } from "../../support/engine.ts";
import { usePair } from "../../support/pair.ts";
import { encodePipeline } from "../../support/resp-client.ts";
import { Prng } from "../../support/prng.ts";

const pair = usePair();
const same = (commands: string[], resp: 2 | 3 = 2) => pair.expectSame(commands, { resp });

describe.skipIf(!pair.available)("LCS", () => {
  it("answers the bytes, their number, or where they are", async () => {
    const set = ["MSET a ohmytext b mynewtext"];
    await same([
      ...set,
      "LCS a b",
      "LCS a b LEN",
      "LCS a b IDX",
      "LCS a b IDX MINMATCHLEN 4",
      "LCS a b IDX MINMATCHLEN 4 WITHMATCHLEN",
    ]);
    await same(
      [
        ...set,
        "LCS a b idx withmatchlen minmatchlen -5",
        "LCS a b MINMATCHLEN 4",
        "LCS a b WITHMATCHLEN LEN",
      ],
      3,
    );
    await same([
      "MSET a 12345 b 2452",
      "LCS a b",
      "LCS a b IDX",
      "LCS b a IDX WITHMATCHLEN",
      "LCS a none",
      "LCS none none IDX",
    ]);
  });

  it("refuses other types before it reads options", async () => {
    await same([
      "RPUSH l a",
      "SET s a",
      "LCS l s foo",
      "LCS s l LEN IDX",
      "LCS s s LEN IDX",
      "LCS s s foo",
      "LCS s s MINMATCHLEN",
    ]);
    await same(["SET s a", "LCS s s MINMATCHLEN x", "LCS s s IDX MINMATCHLEN 99999999999999999999", "LCS s"]);
  });

  it("refuses what would take Redis more than proto-max-bulk-len", async () => {
    await same([
      "CONFIG SET proto-max-bulk-len 1048576",
      ...[
        "SETRANGE a 1022 x",
        "SETRANGE b 254 x",
        "LCS a b LEN",
        "SETRANGE b 255 x",
        "LCS a b LEN",
        "LCS a b foo",
      ],
      "CONFIG SET proto-max-bulk-len 536870912",
    ]);
  });
});

/** [bytes of a, of b, their lengths] of each run, last first, and the subsequence; by the table of all lengths. */
function textbook(a: string, b: string): { text: string; runs: [number, number, number][] } {
  const table = Array.from({ length: a.length + 1 }, () => new Int32Array(b.length + 1));
  const at = (i: number, j: number) => (table[i] as Int32Array)[j] as number;
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const length = a[i - 1] === b[j - 1] ? at(i - 1, j - 1) + 1 : Math.max(at(i - 1, j), at(i, j - 1));
      (table[i] as Int32Array)[j] = length;
    }
  }
  const runs: [number, number, number][] = [];
  let text = "";
  for (let i = a.length, j = b.length, run = 0; i > 0 && j > 0;) {
    if (a[i - 1] === b[j - 1]) {
      text = (a[i - 1] as string) + text;
      [i, j, run] = [i - 1, j - 1, run + 1];
      if (i > 0 && j > 0 && a[i - 1] === b[j - 1]) continue;
      runs.push([i, j, run]);
      run = 0;
    } else if (at(i - 1, j) > at(i, j - 1)) i--;
    else j--;
  }
  return { text, runs };
}

describe("LCS of longer strings", () => {
  it("finds the textbook's subsequence, of those of the same length", () => {
    const random = new Prng(3);
    const client = new TestEngine().open();
    const ask = (...argv: string[]) => client.feed(encodePipeline([argv]));
    for (let round = 0; round < 200; round++) {
      const letters = random.pick(["ab", "abcd", "abcdefghijklmnop"]);
      const make = () =>
        Array.from({ length: random.pick([0, 1, 63, 64, 65, 127, 128, 129, 300]) }, () =>
          random.pick([...letters]),
        ).join("");
      const [a, b] = [make(), make()];
      ask("MSET", "a", a, "b", b);
      const { text, runs } = textbook(a, b);
      expect(ask("LCS", "a", "b", "LEN")).toBe(`:${text.length}\r\n`);
      expect(ask("LCS", "a", "b")).toBe(`$${text.length}\r\n${text}\r\n`);
      const matches = runs.map(
        ([i, j, n]) => `*3\r\n*2\r\n:${i}\r\n:${i + n - 1}\r\n*2\r\n:${j}\r\n:${j + n - 1}\r\n:${n}\r\n`,
      );
      expect(ask("LCS", "a", "b", "IDX", "WITHMATCHLEN")).toBe(
        `*4\r\n$7\r\nmatches\r\n*${runs.length}\r\n${matches.join("")}$3\r\nlen\r\n:${text.length}\r\n`,
      );
    }
  });
});
