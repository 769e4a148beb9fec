/** Sorted sets beside native Redis: every command once, and what has been found to differ. */
import { describe, it } from "vitest";
import { usePair } from "../../support/pair.ts";

const pair = usePair();

describe.skipIf(!pair.available)("sorted set commands", () => {
  it.each([2, 3] as const)(
    "answer as native Redis does, right and wrong arguments alike [RESP%d]",
    async (resp) => {
      const commands = [
        "ZADD z 1 a 2 b 3 c",
        "ZADD z nx xx 1 a",
        "ZADD z GT CH 5 a 1 b",
        "ZADD z INCR 2 a",
        "ZADD z NX INCR 2 a",
        "ZADD z incr inf a",
        "ZADD z incr -inf a",
        "ZRANGE z 0 -1 WITHSCORES",
        "ZINCRBY z 1.5 c",
        "ZSCORE z c",
        "ZMSCORE z c nope a",
        "ZRANK z a WITHSCORE",
        "ZREVRANK z a",
        "ZADD q 1 10 2 20 2 5 3 hello -0 zero 1e20 big 0.1 tenth",
        "ZRANGE q 0 -1 WITHSCORES",
        "ZRANGE q 0 -1 REV",
        "ZRANGE q (1 3 BYSCORE LIMIT 1 2 WITHSCORES",
        "ZRANGEBYSCORE q -inf +inf LIMIT 2 3",
        "ZREVRANGEBYSCORE q 3 1",
        "ZADD l 0 a 0 b 0 c 0 d",
        "ZRANGEBYLEX l [b +",
        "ZREVRANGEBYLEX l + (b LIMIT 0 1",
        "ZLEXCOUNT l - +",
        "ZLEXCOUNT l [b (d",
        "ZCOUNT q (1 2",
        "ZRANGESTORE dst q 1 3",
        "ZRANGE dst 0 -1 WITHSCORES",
        "ZRANGESTORE dst q 10 20 ",
        "EXISTS dst",
        "ZUNIONSTORE u 2 q z WEIGHTS 2 3 AGGREGATE MAX",
        "ZRANGE u 0 -1 WITHSCORES",
        "OBJECT ENCODING u",
        "ZINTERSTORE i 2 u q",
        "ZRANGE i 0 -1 WITHSCORES",
        "ZUNION 2 q l WITHSCORES",
        "ZDIFF 2 u q WITHSCORES",
        "ZINTERCARD 2 u q LIMIT 3",
        "SADD s a b 10 20",
        "ZINTER 2 s q WITHSCORES",
        "ZUNION 2 s z WITHSCORES",
        "ZDIFFSTORE d 2 s q",
        "ZRANGE d 0 -1 WITHSCORES",
        "ZPOPMIN q",
        "ZPOPMIN q 2",
        "ZPOPMAX q 100",
        "EXISTS q",
        "ZMPOP 2 q z MIN COUNT 2",
        "ZMPOP 1 q MIN",
        "ZREMRANGEBYRANK u 0 1",
        "ZREMRANGEBYSCORE u -inf 4",
        "ZREMRANGEBYLEX l [a [b",
        "ZRANGE l 0 -1",
        "ZREM l c d",
        "EXISTS l",
        "ZRANDMEMBER nokey 3",
        "ZCARD u",
        "ZSCAN u 0",
        "BZMPOP x 0 z MIN",
      ];
      await pair.expectSame(commands, { resp });
    },
  );

  it("ZINCRBY of a new member answers its score, whatever stands in the listpack", () =>
    pair.expectSame(["ZADD k2 -0 6 2 13 -3 m2 inf m5", "ZINCRBY k2 4 -9"]));

  it("LIMIT with a negative offset counts from the other end of a skiplist", () =>
    pair.expectSame([
      "CONFIG SET zset-max-listpack-value 5",
      "ZADD k2 6 m11 -3 -922337203 1e10 m0 0.1 -2 3 9 -1 m5 -1 m10",
      "ZREVRANGEBYSCORE k2 (-0 -2 LIMIT -1 2",
      "ZRANGEBYSCORE k2 -inf +inf LIMIT -2 5",
      // Past where the walk would begin.
      "ZREVRANGEBYSCORE k2 1 -1 LIMIT -5 3",
      "ZRANGEBYSCORE k2 -1 1 LIMIT -5 3",
      "ZRANGEBYSCORE k2 -inf +inf LIMIT 2 2",
      "CONFIG SET zset-max-listpack-value 64",
    ]));

  it("infinity times zero loses against any number in an intersection, and is 0 in a union", () =>
    pair.expectSame([
      "ZADD a 0 x 1 y",
      "ZADD b -2 x 3 y 4 z",
      "ZINTER 2 b a WEIGHTS inf inf AGGREGATE MAX WITHSCORES",
      "ZUNION 2 b a WEIGHTS inf inf AGGREGATE MAX WITHSCORES",
    ]));
});

describe.skipIf(!pair.available)("ZINCRBY", () => {
  it("takes an increment that is called as an option of ZADD for one", () =>
    pair.expectSame([
      "ZINCRBY z NX m",
      "ZINCRBY z gt m",
      "ZINCRBY z CH m",
      "ZINCRBY z INCR m",
      "ZINCRBY z N m",
    ]));
});
