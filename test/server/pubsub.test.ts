/** pubsub: subscribing and publishing, with what every connection receives compared with native Redis. */
import { describe, it } from "vitest";
import { nativeIsRedis8 } from "../support/native.ts";
import { usePair } from "../support/pair.ts";
import { useStage } from "../support/stage.ts";

const pair = usePair();
const compared = pair.available && nativeIsRedis8;

/** Where Redis goes through a hash table the order is its own affair, and so is which name comes with which count. */
const sorted = { normalize: (lines: string[]) => lines.map((line) => line.replace(/, :\d+\]$/, "]")).sort() };

describe.skipIf(!compared)("pub/sub beside native Redis", () => {
  const stage = useStage(pair);

  it("RESP2: subscribing, the commands that are left, unsubscribing", () =>
    stage().play(
      "A: SUBSCRIBE a b a",
      "A: PING | PING x | GET k | PSUBSCRIBE p* | CLIENT ID | ECHO x | MULTI | EVAL x 0 | nosuch | GET",
      "A: SSUBSCRIBE s s",
      "A: UNSUBSCRIBE a | PUNSUBSCRIBE nosuch p* | UNSUBSCRIBE b b | GET k",
      "A: SUNSUBSCRIBE",
      "A: UNSUBSCRIBE | PUNSUBSCRIBE | SUNSUBSCRIBE | PING | GET k",
      "A: SUBSCRIBE | PSUBSCRIBE | PUBLISH | PUBLISH a | SPUBLISH a | PUBLISH a b c",
    ));

  it.each([2, 3])("RESP%i: messages to channels, patterns and shard channels", (version) =>
    stage().play(
      `A: HELLO ${version} | SUBSCRIBE news sport`,
      `B: HELLO ${version} | PSUBSCRIBE n*s`,
      `C: HELLO ${version} | SSUBSCRIBE news | SUBSCRIBE other`,
      "D: PUBLISH news one | PUBLISH sport two | PUBLISH nowhere three | SPUBLISH news four | SPUBLISH sport five",
      'D: PUBLISH news "" | PUBLISH "" x | PUBLISH news "\\x00\\r\\n\\xff"',
      "A: UNSUBSCRIBE news",
      "D: PUBLISH news again | SPUBLISH news again | PUBLISH other again",
    ),
  );

  it("RESP3: pushes stand behind the reply of one's own command", () =>
    stage().play(
      "A: HELLO 3 | SUBSCRIBE a b | PUBLISH a x | PING | PING y | GET k",
      "A: PSUBSCRIBE * | PUBLISH a 1 | PUBLISH b 2 | SPUBLISH a 3 | SSUBSCRIBE a | SPUBLISH a 4 | PUNSUBSCRIBE",
      "A: MULTI | PUBLISH a m1 | SET k 1 | PUBLISH b m2 | EXEC | PING",
      "A: EVAL \"redis.call('publish','a','x') redis.call('set','k','y') return redis.call('get','k')\" 0 | GET k",
      "A: MULTI | EVAL \"return redis.call('publish','a','x')\" 0 | GET k | UNSUBSCRIBE a | PUBLISH a x | EXEC | GET k",
      "A: CLIENT REPLY OFF | PUBLISH b quiet | SUBSCRIBE c | PING | UNSUBSCRIBE c | CLIENT REPLY ON",
      "A: CLIENT REPLY SKIP | SUBSCRIBE d | PING | CLIENT REPLY SKIP | PUBLISH b x | PING",
      "A: HELLO 2 | PING | GET k | PUBLISH b x",
      "A: RESET | GET k",
    ));

  it("RESP3: a subscriber that waits for keys gets messages meanwhile", () =>
    stage().play(
      "driver: CONFIG SET notify-keyspace-events KEA",
      "A: HELLO 3 | PSUBSCRIBE __key*__:*",
      "A: SET k 1 | INCR k | GET k | MULTI | LPUSH l a | DEL k | EXEC | GET k",
      "A: RPUSH l b | BLPOP l 0 | PING",
      "B: SET k 2 | RPUSH l c | PUBLISH __keyother__:x y",
      'driver: CONFIG SET notify-keyspace-events ""',
    ));

  it("UNSUBSCRIBE from everything", () =>
    stage().playWith(
      sorted,
      "A: SUBSCRIBE a b c | PSUBSCRIBE x* y* | SSUBSCRIBE s t",
      "B: PUBSUB NUMPAT",
      "A: PUNSUBSCRIBE | PING",
      "A: SUNSUBSCRIBE | PING",
    ));

  it("in a transaction", () =>
    stage().play(
      "B: SUBSCRIBE a",
      "A: MULTI | SUBSCRIBE a | PING | GET k | PUBLISH a x | EXEC",
      "A: PING | GET k | UNSUBSCRIBE",
      "A: MULTI | SSUBSCRIBE a | SPUBLISH a x | UNSUBSCRIBE | SUNSUBSCRIBE | PUNSUBSCRIBE | EXEC",
      "A: MULTI | SET k 1 | PUBLISH a 1 | INCR k | PUBLISH a 2 | EXEC",
      "A: MULTI | PUBLISH a | EXEC",
    ));

  it("from scripts", () =>
    stage().play(
      "B: SUBSCRIBE a | PSUBSCRIBE *",
      "A: EVAL \"return redis.call('publish','a','x') + redis.call('publish','b','y')\" 0",
      "A: EVAL \"return redis.call('spublish','a','x')\" 0",
      "A: EVAL \"return redis.call('pubsub','numsub','a')\" 0",
      "A: EVAL \"return redis.pcall('subscribe','a')\" 0",
    ));

  it("PUBSUB", () =>
    stage().play(
      "B: SUBSCRIBE x yy | PSUBSCRIBE x* | SSUBSCRIBE q",
      "C: PSUBSCRIBE x* z*",
      "A: PUBSUB CHANNELS x | PUBSUB CHANNELS ?y | PUBSUB CHANNELS [^x]* | PUBSUB CHANNELS nosuch | PUBSUB CHANNELS a b",
      "A: PUBSUB NUMSUB | PUBSUB NUMSUB x n x | PUBSUB NUMPAT | PUBSUB NUMPAT x",
      "A: PUBSUB SHARDCHANNELS | PUBSUB SHARDCHANNELS x* | PUBSUB SHARDCHANNELS a b | PUBSUB SHARDNUMSUB | PUBSUB SHARDNUMSUB q x",
      "A: PUBSUB | PUBSUB NOSUCH | PUBSUB HELP x",
      "C leaves",
      "A: PUBSUB NUMPAT",
    ));

  it("RESET, QUIT and CLIENT KILL end subscriptions", () =>
    stage().play(
      "A: SUBSCRIBE a",
      "B: PSUBSCRIBE a*",
      "C: SSUBSCRIBE a",
      "D: CLIENT KILL TYPE normal SKIPME yes | PUBSUB NUMSUB a",
      "A: RESET",
      "D: PUBSUB NUMSUB a",
      "B: QUIT",
      "D: PUBSUB NUMPAT",
      "D: CLIENT KILL TYPE pubsub",
      "D: PUBSUB SHARDNUMSUB a",
    ));
});
