/** keyspace-events: every event that commands bring about, as a subscriber to all of them sees it beside native Redis. */
import { describe, it } from "vitest";
import { nativeIsRedis8 } from "../support/native.ts";
import { usePair } from "../support/pair.ts";
import { useStage } from "../support/stage.ts";

const pair = usePair();

const COMMANDS: Record<string, string[]> = {
  strings: [
    "SET a 1 | SET a 2 EX 100 | SETEX a 100 x | PSETEX a 100000 x | SETNX a y | SETNX b y | GETSET a z | GETDEL b",
    "APPEND s x | SETRANGE s 3 y | INCR n | INCRBY n 2 | DECR n | DECRBY n 2 | INCRBYFLOAT n 1.5 | MSET a 1 b 2 | MSETNX c 1 d 2",
    "GETEX a EX 100 | GETEX a PERSIST | SETBIT bits 3 1 | BITOP NOT dest bits | BITFIELD bits SET u8 0 1 | PFADD hll a | PFMERGE hll2 hll | PFCOUNT hll2",
    "SET a x NX | SET a x XX | SET a x GET | SET a x KEEPTTL | GET nosuch | MGET a nosuch | STRLEN nosuch | LCS a b",
  ],
  keys: [
    "SET a 1 | EXPIRE a 100 | PEXPIREAT a 99999999999999 | PERSIST a | PERSIST a | EXPIRE a -1 | SET a 1 | DEL a nosuch | SET a 1 | UNLINK a",
    "SET a 1 | RENAME a b | SET a 1 | RENAMENX a b | RENAMENX a c | COPY b d | COPY b c REPLACE | MOVE c 3 | TYPE nosuch | TTL nosuch | TOUCH b nosuch | EXISTS b nosuch",
    "SELECT 3 | SET other 1 | DEL other | SELECT 0 | RPUSH l 3 1 2 | SORT l STORE sorted | SORT nosuch STORE sorted | DUMP l | OBJECT ENCODING nosuch | RANDOMKEY | SCAN 0 COUNT 1000",
    "DEBUG SET-ACTIVE-EXPIRE 0 | SET a 1 PX 1",
    "DEBUG SLEEP 0.01",
    "GET a | SET a 1 | PEXPIRE a 1",
    "DEBUG SLEEP 0.01",
    "SET a 2 | FLUSHDB | SWAPDB 0 3 | FLUSHALL | DEBUG SET-ACTIVE-EXPIRE 1",
  ],
  lists: [
    "RPUSH l a b c | LPUSH l x | LPUSHX nosuch x | RPUSHX l y | LINSERT l BEFORE a z | LSET l 0 q | LREM l 1 q | LTRIM l 0 3 | LPOP l | RPOP l | LPOP l 10",
    "RPUSH l a b c | RPOPLPUSH l m | LMOVE l m LEFT RIGHT | LMOVE l l LEFT RIGHT | LMPOP 2 nosuch m LEFT COUNT 5 | BLPOP l 0 | BRPOPLPUSH nosuch m 0.01 | LTRIM m 5 1 | LLEN nosuch | LRANGE nosuch 0 -1",
  ],
  sets: [
    "SADD s a b c | SADD s a | SREM s a x | SADD t x | SMOVE s t b | SMOVE s t b | SPOP s | SINTERSTORE d s t | SUNIONSTORE d s t | SDIFFSTORE d t nosuch | SREM t b | SISMEMBER nosuch x | SMEMBERS nosuch",
    "SADD i 1 2 3 | SPOP i 2 | SPOP i 5 | SUNIONSTORE d nosuch",
  ],
  hashes: [
    "HSET h f v g w | HSETNX h f x | HSETNX h x y | HINCRBY h n 2 | HINCRBYFLOAT h n 1.5 | HMSET h a b | HDEL h a nosuch | HDEL h f g x n | HGET nosuch f | HGETALL nosuch",
    "HSET h f v g w | HEXPIRE h 100 FIELDS 1 f | HPERSIST h FIELDS 1 f | HPEXPIREAT h 1 FIELDS 1 f | HGETDEL h FIELDS 1 g | HSETEX h EX 100 FIELDS 1 f v | HGETEX h EX 50 FIELDS 1 f | HGETEX h PERSIST FIELDS 1 f | HEXPIRE h 0 FIELDS 1 f",
  ],
  "sorted sets": [
    "ZADD z 1 a 2 b 3 c | ZADD z 1 a | ZADD z XX CH 5 a | ZINCRBY z 2 a | ZADD z INCR 1 a | ZREM z a x | ZPOPMIN z | ZPOPMAX z | ZADD z 1 a 2 b 3 c 4 d",
    "ZREMRANGEBYRANK z 0 0 | ZREMRANGEBYSCORE z 2 2 | ZREMRANGEBYLEX z - + | ZADD z 1 a | ZADD y 2 a | ZUNIONSTORE d 2 z y | ZINTERSTORE d 2 z y | ZDIFFSTORE d 2 z nosuch | ZRANGESTORE d z 0 -1 | ZRANGESTORE d nosuch 0 -1",
    "ZMPOP 1 y MIN | BZPOPMIN z 0 | GEOADD geo 13 38 a 15 37 b | GEOSEARCHSTORE near geo FROMLONLAT 15 37 BYRADIUS 200 km | GEORADIUS geo 15 37 200 km STORE near2 | ZSCORE nosuch x",
  ],
  streams: [
    "XADD x 1-1 f v | XADD x MAXLEN 1 2-1 f v | XGROUP CREATE x g 0 | XGROUP CREATE y g $ MKSTREAM | XREADGROUP GROUP g c COUNT 1 STREAMS x > | XGROUP CREATECONSUMER x g d | XCLAIM x g d 0 2-1 | XAUTOCLAIM x g e 0 0",
    "XACK x g 2-1 | XGROUP SETID x g 0 | XGROUP DELCONSUMER x g d | XDEL x 2-1 | XSETID x 9-1 | XADD x 10-1 a b | XTRIM x MAXLEN 0 | XGROUP DESTROY x g | XREAD STREAMS nosuch 0 | XADD nosuch NOMKSTREAM * a b",
  ],
  scripts: [
    "EVAL \"redis.call('set','a','1') redis.call('incr','a') return redis.call('del','a')\" 0",
    "MULTI | SET a 1 | RPUSH l x | DEL a l | EXEC",
  ],
};

describe.skipIf(!pair.available || !nativeIsRedis8)("keyspace events beside native Redis", () => {
  const stage = useStage(pair);

  it.each(Object.entries(COMMANDS))("%s", async (_, steps) => {
    await stage().play("driver: CONFIG SET notify-keyspace-events KEAmn", "B: PSUBSCRIBE __key*__:*");
    // What commands answer is tested elsewhere; some of it is random.
    for (const step of steps) {
      await stage().playWith({ only: ["B"] }, `A: ${step}`);
    }
  });

  it("classes and forms are told apart", async () => {
    const commands = "A: SET a 1 | SET a 1 | GET nosuch | RPUSH l x | DEL a l | EXPIRE a 1";
    await stage().play("B: PSUBSCRIBE __key*__:*");
    for (const classes of ["", "K", "E$", "K$", "KEg", "KEl", "KEn", "KEm", "KEd", "KExe", "KA", "g$lA"]) {
      await stage().play(
        `driver: CONFIG SET notify-keyspace-events "${classes}" | CONFIG GET notify-keyspace-events`,
        commands,
      );
    }
    await stage().play("driver: CONFIG SET notify-keyspace-events q | CONFIG SET notify-keyspace-events o");
  });
});
