/** Sets beside native Redis: every command once, and what has been found to differ. */
import { describe, it } from "vitest";
import { usePair } from "../../support/pair.ts";

const pair = usePair();

describe.skipIf(!pair.available)("set commands", () => {
  it.each([2, 3] as const)(
    "answer as native Redis does, right and wrong arguments alike [RESP%d]",
    async (resp) => {
      const commands = [
        "SADD s 1 2 3",
        "OBJECT ENCODING s",
        "SADD s a",
        "OBJECT ENCODING s",
        "SCARD s",
        "SISMEMBER s a",
        "SMISMEMBER s a b 1",
        "SREM s a b",
        "SREM s 1 2 3",
        "EXISTS s",
        "SADD i 5 3 9",
        "SMEMBERS i",
        "SADD j 3 9 11",
        "SINTER i j",
        "SINTERSTORE k i j",
        "SMEMBERS k",
        "SUNIONSTORE k i j",
        "SMEMBERS k",
        "SDIFFSTORE k i j",
        "SMEMBERS k",
        "SDIFF i j",
        "SDIFF i i",
        "SDIFF nokey i",
        "SINTERCARD 2 i j",
        "SINTERCARD 2 i j LIMIT 1",
        "SINTERCARD 0 i",
        "SINTERSTORE k i nokey",
        "EXISTS k",
        "SMOVE i j 5",
        "SMOVE i j 5",
        "SMEMBERS j",
        "SPOP nokey",
        "SPOP nokey 1",
        "SPOP j 0",
        "SPOP j 100",
        "EXISTS j",
        "SRANDMEMBER nokey 2",
        "SRANDMEMBER i 1 1",
        "SSCAN i 0",
        "SSCAN nokey 0",
        "SSCAN i x",
        "SSCAN i 0 COUNT 0",
        "SET str x",
        "SADD str a",
        "SINTER str i",
        "SUNION i str",
        "SMOVE i str 3",
      ];
      await pair.expectSame(commands, { resp });
    },
  );

  it("SUNIONSTORE keeps every member when the result outgrows a listpack while integers are added", () =>
    pair.expectSame([
      "CONFIG SET set-max-listpack-entries 8",
      "SADD k1 m0 44 m4 -8",
      "SADD k5 -2 5 4 59 46",
      "SUNIONSTORE k0 k1",
      "SUNIONSTORE k5 k0 k5",
      "CONFIG SET set-max-listpack-entries 128",
    ]));
});
