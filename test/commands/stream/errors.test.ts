/** What stream commands refuse, in which order and with what words, and what is asked in odd forms: as native Redis. */
import { describe, it } from "vitest";
import { usePair } from "../../support/pair.ts";

const pair = usePair();
const STREAM = ["XADD s 5-5 a 1", "XADD s 6-1 a 1", "XGROUP CREATE s g 0", "SET w text"];
const MAX = "18446744073709551615";

describe.skipIf(!pair.available)("stream commands", () => {
  const same = (...commands: string[]) => pair.expectSame([...STREAM, ...commands]);

  it("XADD: options", () =>
    same(
      "XADD s MAXLEN = 10 LIMIT 5 7-1 a 1",
      "XADD s LIMIT 5 7-1 a 1",
      "XADD s LIMIT 0 7-1 a 1",
      "XADD s MAXLEN 5 MINID 5 7-1 a 1",
      "XADD s MAXLEN -1 7-1 a 1",
      "XADD s MAXLEN x 7-1 a 1",
      "XADD s MAXLEN ~ 7-1 a 1",
      "XADD s MINID x 7-1 a 1",
      "XADD s MAXLEN ~ 1 LIMIT -1 7-1 a 1",
      "XADD s MAXLEN 1",
      "XADD s MAXLEN 1 7-1",
      "XADD none NOMKSTREAM 1-0 a 1",
      "XADD w MAXLEN x 1-1 a 1",
      "XADD w 1-1 a",
      "XADD w 1-1 a 1",
      "XADD s nomkstream maxlen ~ 1000 limit 10 7-1 a 1",
    ));

  it("XADD: IDs", () =>
    same(
      "XADD s NOMKSTREAM 0-0 a 1",
      "XADD s 0 a b",
      "XADD s 0-* a b",
      "XADD n 0-* a b",
      "XADD n 0-* a b",
      "XADD n 1-* a b",
      "XADD s 5-* a b",
      "XADD s 6-* a b",
      "XADD s 6-2 a b",
      "XADD s + a b",
      "XADD s - a b",
      "XADD s 7- a b",
      "XADD s 07-01 a b",
      "XADD s 7--01 a b",
      `XADD s ${MAX}-* a b`,
      `XADD s ${MAX}-${MAX} a b`,
      "XADD s * a b",
      `XADD s ${MAX}-* a b`,
      "XLEN s",
    ));

  it("XADD: a number beyond 64 bits, a zero byte, an ID that is too long", () =>
    pair.expectSame([
      ...STREAM,
      ["XADD", "s", "18446744073709551616-1", "a", "1"],
      ["XADD", "s", "7-1\0-1", "a", "1"],
      ["XADD", "s", `${"0".repeat(130)}8-1`, "a", "1"],
      ["XADD", "s", `${"0".repeat(100)}8-1`, "a", "1"],
      ["XREAD", "STREAMS", "s", "$\0"],
    ]));

  it("XTRIM", () =>
    same(
      "XTRIM s",
      "XTRIM s MAXLEN",
      "XTRIM s MAXLEN 1 LIMIT 1",
      "XTRIM s MAXLEN 1 x",
      "XTRIM s LIMIT 3 x",
      "XTRIM s LIMIT 3",
      "XTRIM w MAXLEN x",
      "XTRIM w MAXLEN 1",
      "XTRIM none MAXLEN 1",
    ));

  it("XRANGE and XREVRANGE: bounds and COUNT", () =>
    same(
      "XRANGE s (+ +",
      "XRANGE s (- +",
      "XRANGE s ( +",
      "XRANGE s - (0",
      "XRANGE s - (0-0",
      `XRANGE s (${MAX}-${MAX} +`,
      "XRANGE s (5-5 +",
      "XRANGE s (5 (6",
      "XRANGE s 5 5",
      "XREVRANGE s 5 5",
      "XREVRANGE s + - COUNT 1",
      "XREVRANGE s - +",
      "XRANGE s - + COUNT 0",
      "XRANGE none - + COUNT 0",
      "XRANGE s - + COUNT -5",
      "XRANGE s - + COUNT x",
      "XRANGE s - + COUNT",
      "XRANGE s - + COUNT 1 COUNT 2",
      "XRANGE w x + y",
      "XRANGE w - + y",
      "XRANGE w - +",
    ));

  it("XREAD and XREADGROUP", () =>
    same(
      "XREAD COUNT 1 s 0",
      "XREAD STREAMS s s 0",
      "XREADGROUP GROUP g c STREAMS s s 0",
      "XREADGROUP COUNT 1 STREAMS s 0 s 0",
      "XREAD GROUP g c STREAMS s 0",
      "XREAD NOACK STREAMS s 0",
      "XREAD BLOCK -1 STREAMS s 0",
      "XREAD BLOCK x STREAMS s 0",
      "XREAD BLOCK 9223372036854775807 STREAMS s 9",
      "XREAD COUNT x STREAMS s 0",
      "XREAD COUNT -1 STREAMS s 0",
      "XREAD STREAMS s >",
      "XREAD STREAMS s -",
      "XREAD STREAMS s w 0 0",
      "XREAD STREAMS s none s + + +",
      "XREADGROUP GROUP g c STREAMS s +",
      "XREADGROUP GROUP g c STREAMS s $",
      "XREADGROUP GROUP none c STREAMS s x",
      "XREADGROUP GROUP g c STREAMS s none > >",
      "XREADGROUP GROUP g c STREAMS w >",
      "XREADGROUP GROUP g c STREAMS s x",
      "XINFO CONSUMERS s g",
      "XREADGROUP GROUP g c STREAMS s s 0 >",
      "XREADGROUP GROUP g c STREAMS s s > 0",
      `XREADGROUP GROUP g c STREAMS s ${MAX}-${MAX}`,
    ));

  it("XGROUP", () =>
    same(
      "XGROUP SETID s g -",
      "XGROUP SETID s g +",
      "XGROUP SETID s g x",
      "XGROUP SETID s none x",
      "XGROUP SETID none g 5",
      "XGROUP SETID s g 1 ENTRIESREAD 1 ENTRIESREAD 2",
      "XGROUP SETID s g $ MKSTREAM",
      "XGROUP CREATE s g2 -",
      "XGROUP CREATE s g x",
      "XGROUP CREATE s g 0",
      "XGROUP CREATE none g $",
      "XGROUP CREATE none g x MKSTREAM",
      "EXISTS none",
      "XGROUP CREATE none g $ MKSTREAM ENTRIESREAD 7",
      "XGROUP CREATE s g3 $ ENTRIESREAD -5",
      "XGROUP CREATE s g3 $ ENTRIESREAD x",
      "XGROUP CREATE s g3 $ ENTRIESREAD",
      "XGROUP CREATE s g3 $ x",
      "XGROUP CREATE s g3 $ MKSTREAM MKSTREAM ENTRIESREAD 1",
      "XGROUP CREATE w g $",
      "XGROUP DESTROY s none",
      "XGROUP DESTROY missing g",
      "XGROUP CREATECONSUMER s none c",
      "XGROUP CREATECONSUMER s g c",
      "XGROUP CREATECONSUMER s g c",
      "XGROUP DELCONSUMER s g c",
      "XGROUP DELCONSUMER s g c",
      "XGROUP DELCONSUMER s none c",
      "XGROUP x s",
      "XGROUP CREATE s",
      "XGROUP",
      "XINFO GROUPS none",
    ));

  it("XACK, XCLAIM, XAUTOCLAIM, XPENDING", () =>
    same(
      "XACK s g x",
      "XACK s none x",
      "XACK none g x",
      "XACK s g 1-1 x",
      "XCLAIM s g c x 1-1",
      "XCLAIM s none c x 1-1 x",
      "XCLAIM s g c 0 1-1 x",
      "XCLAIM s g c 0 x",
      "XCLAIM s g c 0 1-1 IDLE",
      "XCLAIM s g c 0 1-1 IDLE x",
      "XCLAIM s g c 0 1-1 TIME x",
      "XCLAIM s g c 0 1-1 RETRYCOUNT x",
      "XCLAIM s g c 0 1-1 LASTID x",
      "XCLAIM s g c 0 1-1 FORCE 2-2",
      "XCLAIM s g c 0 5-5 9-9 FORCE",
      "XPENDING s g",
      "XAUTOCLAIM s g c x 0",
      "XAUTOCLAIM s g c 0 x",
      "XAUTOCLAIM s g c 0 0 COUNT 0",
      "XAUTOCLAIM s g c 0 0 COUNT 999999999999999999",
      "XAUTOCLAIM s none c 0 0 x",
      "XAUTOCLAIM w g c 0 x",
      "XAUTOCLAIM w g c 0 0",
      `XAUTOCLAIM s g c 0 (${MAX}-${MAX}`,
      "XPENDING s g - +",
      "XPENDING s g - + x",
      "XPENDING s g IDLE x - + 1",
      "XPENDING s g IDLE 99999999 - + 1",
      "XPENDING s g IDLE 0 - + 1 c none",
      "XPENDING s g - (0-0 1",
      "XPENDING s none - + 1",
      "XPENDING none g",
      "XPENDING w g",
      "XPENDING s g - + -1",
    ));

  it("XSETID and XINFO", () =>
    same(
      "XSETID s 1-1",
      "XSETID s 9-1 ENTRIESADDED -1",
      "XSETID s 9-1 ENTRIESADDED 1",
      "XSETID s 9-1 ENTRIESADDED 5 MAXDELETEDID 10-0",
      "XSETID s 9-1 ENTRIESADDED 50 MAXDELETEDID 2-2",
      "XSETID s 9-1 x",
      "XSETID none 1-1",
      "XSETID w 1-1",
      "XDEL s 6-1",
      "XSETID s 6-0",
      "XINFO STREAM s x",
      "XINFO STREAM s FULL COUNT",
      "XINFO STREAM s FULL COUNT x",
      "XINFO STREAM s FULL COUNT -1",
      "XINFO STREAM none x",
      "XINFO CONSUMERS s none",
      "XINFO CONSUMERS s g",
      "XINFO GROUPS s",
      "XINFO STREAM s",
      "XINFO STREAM w",
      "XINFO x",
    ));

  it("XDEL looks at all IDs before it deletes any", () =>
    same("XDEL s 5-5 x", "XLEN s", "XDEL none x", "XDEL s 5-5 5-5 7-7", "XDEL w x"));

  it("entries that are gone are null in a consumer's history, and XAUTOCLAIM forgets them [RESP2, RESP3]", async () => {
    for (const resp of [2, 3] as const) {
      await pair.expectSame(
        [
          ...STREAM,
          "XREADGROUP GROUP g c STREAMS s >",
          "XDEL s 5-5",
          "XREADGROUP GROUP g c STREAMS s 0",
          "XPENDING s g",
          "XCLAIM s g d 0 5-5 6-1",
          "XPENDING s g",
          "XDEL s 6-1",
          "XAUTOCLAIM s g c 0 -",
          "XPENDING s g",
          "XREAD STREAMS s 0",
          "XINFO STREAM s",
          "XRANGE s - + COUNT 0",
        ],
        { resp },
      );
    }
  });
});
