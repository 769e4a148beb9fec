/** tracking: CLIENT TRACKING, with every invalidation and its place among the replies compared with native Redis. */
import { describe, it } from "vitest";
import { nativeIsRedis8 } from "../support/native.ts";
import { usePair } from "../support/pair.ts";
import { useStage } from "../support/stage.ts";

const pair = usePair();

describe.skipIf(!pair.available || !nativeIsRedis8)("client tracking beside native Redis", () => {
  const stage = useStage(pair);

  it("a key that was read is told of once", () =>
    stage().play(
      "A: HELLO 3 | CLIENT TRACKING on | GET k | MGET a b k | GET k",
      "B: SET k 1 | SET k 2 | MSET a 1 b 2 c 3",
      "B: SET k 3",
      "A: CLIENT TRACKING off | GET k",
      "B: SET k 4",
    ));

  it("one's own changes are told of behind their replies", () =>
    stage().play(
      "A: HELLO 3 | CLIENT TRACKING on | GET k | SET k 3 | GET k | PING",
      "A: SET k 3 | PING",
      "A: MULTI | GET k | SET k 5 | GET k | SET a 1 | EXEC | PING",
      "B: SET k 9",
      "A: EVAL \"return redis.call('get', KEYS[1])\" 1 k | PING",
      "A: EVAL \"redis.call('get', 'k') redis.call('set', 'k', 1) return redis.call('get','k')\" 0 | PING",
      "B: SET k 10",
      "A: GET a | CLIENT REPLY OFF | SET a 1 | GET a | CLIENT REPLY ON",
      "B: DEL a",
      "A: RPUSH l a | LRANGE l 0 -1 | BLPOP l 0 | PING",
    ));

  it("whatever reads: several keys, movable keys, keys of errors", () =>
    stage().play(
      "A: HELLO 3 | CLIENT TRACKING on | XREAD STREAMS s s2 0 0 | LRANGE l 0 -1 | SORT_RO q BY w_* GET x_* | OBJECT ENCODING o",
      "B: XADD s 1-1 a b | XADD s2 1-1 a b | RPUSH l x | RPUSH q 1 | SET o 1",
      "A: HGET o f | ZUNION 2 z y | SINTERCARD 2 t u | LCS c d | BITCOUNT e | GEODIST g a b | DUMP h | TTL i | EXISTS j j2",
      "B: SET o 2 | ZADD z 1 a | ZADD y 1 a | SADD t a | SADD u a | MSET c 1 d 1 e 1 | SET h 1 | SET i 1 | SET j 1 | SET j2 1",
      "A: EVAL_RO \"return redis.call('mget', 'c', 'd')\" 1 nosuch | SCAN 0 COUNT 1000 TYPE none | DBSIZE",
      "B: MSET c 2 d 2 nosuch 1",
    ));

  it("databases and flushes", () =>
    stage().play(
      "A: HELLO 3 | CLIENT TRACKING on | GET k | SELECT 3 | GET m",
      "B: SELECT 5 | SET k 1 | SET m 1",
      "A: SELECT 0 | GET k",
      "B: FLUSHDB",
      "B: SELECT 0 | SET k 1",
      "A: GET k",
      "B: FLUSHALL",
      "B: SET k 1",
      "A: GET k",
      "B: RENAME k k2 | SWAPDB 0 5 | COPY k2 k3",
      "A: MULTI | FLUSHALL | PING | EXEC | PING",
    ));

  it("NOLOOP", () =>
    stage().play(
      "A: HELLO 3 | CLIENT TRACKING on NOLOOP | GET k | SET k 1 | PING",
      "B: SET k 2",
      "A: GET k",
      "B: SET k 2",
      "A: CLIENT TRACKINGINFO",
    ));

  it("OPTIN and OPTOUT", () =>
    stage().play(
      "A: HELLO 3 | CLIENT TRACKING on OPTIN | GET k | CLIENT CACHING yes | CLIENT GETREDIR | GET k2 | GET k3",
      "B: SET k 1 | SET k2 1 | SET k3 1",
      "A: CLIENT CACHING yes | PING | GET k",
      "B: SET k 1",
      "A: CLIENT CACHING yes | CLIENT TRACKINGINFO | MULTI | GET k | GET k2 | EXEC | GET k3",
      "B: SET k 1 | SET k2 1 | SET k3 1",
      "A: CLIENT CACHING no | CLIENT CACHING x | CLIENT CACHING",
      "A: MULTI | GET k3 | CLIENT CACHING yes | GET k | EXEC | GET k2",
      "B: SET k 1 | SET k2 1 | SET k3 1",
      "C: HELLO 3 | CLIENT TRACKING on OPTOUT | GET k | CLIENT CACHING no | GET k2 | GET k3 | CLIENT CACHING no | CLIENT TRACKINGINFO",
      "B: SET k 1 | SET k2 1 | SET k3 1",
      "C: CLIENT CACHING yes",
    ));

  it("BCAST with and without prefixes", () =>
    stage().play(
      "A: HELLO 3 | CLIENT TRACKING on BCAST PREFIX b: PREFIX a | CLIENT TRACKINGINFO",
      "C: HELLO 3 | CLIENT TRACKING on BCAST NOLOOP",
      "B: SET a 1 | SET a2 1 | SET b 1 | SET b:1 1 | SET a 2 | SET 0 x",
      "C: SET c 1 | SET a 5",
      "A: SET a 1 | PING",
      "B: MULTI | SET a 1 | SET b:3 1 | EXEC",
      "B: GET a | PING",
      "B: FLUSHALL",
      "A: CLIENT TRACKING off | PING",
      "B: SET a 1",
    ));

  it("RESP2: messages to the client that is redirected to", () =>
    stage().play(
      "R: SUBSCRIBE __redis__:invalidate",
      "A: CLIENT TRACKING on REDIRECT %R | GET k | CLIENT TRACKINGINFO | CLIENT INFO",
      "B: SET k 1",
      "A: GET k | SET k 2 | GET k",
      "B: FLUSHALL",
      "A: GET k",
      "R leaves",
      "B: SET k 1",
      "A: CLIENT TRACKINGINFO | PING",
      "A: CLIENT TRACKING off | CLIENT TRACKING on | GET k",
      "B: SET k 1",
    ));

  it("RESP3: redirecting, and a redirection that is broken", () =>
    stage().play(
      "R: HELLO 3",
      "A: HELLO 3 | CLIENT TRACKING on REDIRECT %R | GET k",
      "B: SET k 1",
      "C: HELLO 3 | CLIENT TRACKING on BCAST REDIRECT %R",
      "B: SET k 1",
      "A: GET k",
      "R: QUIT",
      "B: SET k 1",
      "A: CLIENT TRACKINGINFO",
      "A: RESET | CLIENT TRACKINGINFO",
    ));

  it("mistakes", () =>
    stage().play(
      "A: CLIENT TRACKING | CLIENT TRACKING x | CLIENT TRACKING on PREFIX a | CLIENT TRACKING on BCAST OPTIN",
      "A: CLIENT TRACKING on OPTIN OPTOUT | CLIENT TRACKING on REDIRECT | CLIENT TRACKING on REDIRECT x",
      "A: CLIENT TRACKING on REDIRECT 999999 | CLIENT TRACKING on NOSUCH | CLIENT TRACKING on PREFIX",
      "A: CLIENT TRACKING on REDIRECT %A REDIRECT %A | CLIENT TRACKING x NOSUCH | CLIENT TRACKING off NOSUCH",
      "A: CLIENT TRACKING on BCAST PREFIX foo PREFIX foobar | CLIENT TRACKING on BCAST PREFIX foo",
      "A: CLIENT TRACKING on BCAST PREFIX fo | CLIENT TRACKING on BCAST PREFIX x | CLIENT TRACKINGINFO",
      "A: CLIENT TRACKING on | CLIENT TRACKING on BCAST PREFIX foo | CLIENT TRACKING off | CLIENT TRACKING off",
      "A: CLIENT TRACKING on OPTIN | CLIENT TRACKING on OPTOUT | CLIENT TRACKING on BCAST | CLIENT TRACKING on",
      "A: CLIENT TRACKINGINFO | CLIENT CACHING yes | CLIENT CACHING no | CLIENT TRACKING off BCAST PREFIX a",
      "A: CLIENT GETREDIR | CLIENT CACHING yes | CLIENT TRACKING on REDIRECT 0 | CLIENT TRACKING on REDIRECT -5",
      "A: CLIENT GETREDIR x | CLIENT TRACKINGINFO x | CLIENT CACHING yes no",
    ));

  it("keys that expire", () =>
    stage().play(
      "driver: DEBUG SET-ACTIVE-EXPIRE 0",
      "A: HELLO 3 | CLIENT TRACKING on | SET k v PX 1 | EXISTS k",
      "B: DEBUG SLEEP 0.01",
      "B: GET k",
      "driver: DEBUG SET-ACTIVE-EXPIRE 1",
    ));
});
