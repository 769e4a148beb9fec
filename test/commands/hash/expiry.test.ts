/** Fields that expire: what becomes of them command by command, beside native Redis. */
import { describe, it } from "vitest";
import { usePair } from "../../support/pair.ts";

const pair = usePair();

/** Three fields, `a` and `b` past their time and not reclaimed yet. */
const DUE = [
  "DEBUG SET-ACTIVE-EXPIRE 0",
  "HSET h a 1 b 2 c 3",
  "HPEXPIRE h 1 FIELDS 2 a b",
  "DEBUG SLEEP 0.005",
];
/** The same, and nothing but fields past their time. */
const ALL_DUE = [
  "DEBUG SET-ACTIVE-EXPIRE 0",
  "HSET h a 1 b 2",
  "HPEXPIRE h 1 FIELDS 2 a b",
  "DEBUG SLEEP 0.005",
];
const LISTPACK = ["CONFIG SET hash-max-listpack-entries 512"];
const TABLE = ["CONFIG SET hash-max-listpack-entries 0"];

describe.skipIf(!pair.available).each([
  ["listpack", LISTPACK],
  ["table", TABLE],
])("fields past their time [%s]", (_encoding, settings) => {
  const same = (commands: string[], resp: 2 | 3 = 2) => pair.expectSame([...settings, ...commands], { resp });

  it("are counted by HLEN, and hidden by everything else", async () => {
    await same([...DUE, "HLEN h", "HGETALL h", "HKEYS h", "HVALS h", "HSCAN h 0", "HLEN h", "EXISTS h"]);
    await same([...DUE, "HTTL h FIELDS 3 a b c", "HPERSIST h FIELDS 3 a b c", "HLEN h"], 3);
  });

  it("go when HGET, HEXISTS, HSTRLEN or HMGET meets them, and the key with the last", async () => {
    await same([...DUE, "HGET h a", "HLEN h", "HGET h b", "HLEN h", "HGET h c"]);
    await same([...DUE, "HEXISTS h a", "HLEN h", "HSTRLEN h b", "HLEN h"]);
    await same([...DUE, "HMGET h a b c a", "HLEN h"]);
    await same([...ALL_DUE, "HGET h a", "EXISTS h", "HGET h b", "EXISTS h"]);
    await same([...ALL_DUE, "HMGET h a b", "EXISTS h"]);
  });

  it("are no base for HINCRBY, HINCRBYFLOAT and HSETNX", async () => {
    await same([...DUE, "HINCRBY h a 5", "HINCRBYFLOAT h b 0.5", "HTTL h FIELDS 2 a b", "HLEN h"]);
    await same([...DUE, "HSETNX h a 9", "HGET h a", "HTTL h FIELDS 1 a"]);
    await same([...ALL_DUE, "HSETNX h c 9", "HLEN h", "HINCRBY h a 1", "HSETNX h b 1", "HLEN h"]);
  });

  it("are overwritten by HSET, which counts them as there", async () => {
    await same([...DUE, "HSET h a 9 d 4", "HTTL h FIELDS 2 a d", "HLEN h", "HGETALL h"]);
  });

  it("are deleted by HDEL, which counts them as there", async () => {
    await same([...DUE, "HDEL h a b c", "EXISTS h"]);
  });

  it("get a new time from HEXPIRE, as if they were there", async () => {
    await same([...DUE, "HPEXPIREAT h 4000000000000 FIELDS 1 a", "HGET h a", "HPEXPIRETIME h FIELDS 2 a b"]);
    await same([
      ...DUE,
      "HPEXPIREAT h 4000000000000 NX FIELDS 1 a",
      "HPEXPIREAT h 4000000000000 LT FIELDS 1 a",
    ]);
    await same([
      ...DUE,
      "HPEXPIREAT h 4000000000000 XX FIELDS 1 a",
      "HPEXPIREAT h 4000000000000 GT FIELDS 1 b",
    ]);
    await same([...ALL_DUE, "HEXPIRE h 0 FIELDS 2 a b", "EXISTS h"]);
  });

  it("are gone for HGETDEL, HGETEX and the conditions of HSETEX", async () => {
    await same([...DUE, "HGETDEL h FIELDS 2 a c", "HLEN h", "HGETDEL h FIELDS 1 b", "EXISTS h"], 3);
    await same([
      ...DUE,
      "HGETEX h PXAT 4000000000000 FIELDS 3 a b c",
      "HPEXPIRETIME h FIELDS 3 a b c",
      "HLEN h",
    ]);
    await same([...DUE, "HGETEX h EX 0 FIELDS 3 a b c", "EXISTS h"]);
    await same([...DUE, "HSETEX h FNX FIELDS 2 a 7 b 8", "HGETALL h"]);
    await same([...DUE, "HSETEX h FXX FIELDS 2 a 7 c 8", "HGETALL h", "HLEN h"]);
    await same([
      ...ALL_DUE,
      "HSETEX h FXX FIELDS 2 a 7 b 8",
      "EXISTS h",
      "HSETEX h FXX FIELDS 1 b 8",
      "EXISTS h",
    ]);
    await same([
      ...ALL_DUE,
      "HSETEX h FNX FIELDS 1 a 7",
      "HSETEX h KEEPTTL FIELDS 1 b 8",
      "HGETALL h",
      "HLEN h",
    ]);
  });

  it("are all reclaimed by HRANDFIELD", async () => {
    await same([...DUE, "HRANDFIELD h", "HLEN h"]);
    await same([...DUE, "HRANDFIELD h 5 WITHVALUES", "HLEN h"], 3);
    await same([...ALL_DUE, "HRANDFIELD h -3", "EXISTS h"]);
  });

  it("go with the key where it goes", async () => {
    await same([
      ...DUE,
      "COPY h i",
      "RENAME h j",
      "HLEN i",
      "HLEN j",
      "MOVE j 1",
      "SELECT 1",
      "HLEN j",
      "HGETALL j",
    ]);
  });
});

describe.skipIf(!pair.available)("expiry of fields", () => {
  it("survives HINCRBY, HINCRBYFLOAT and HSETEX KEEPTTL, not HSET, HSETEX and HPERSIST", () =>
    pair.expectSame([
      "HSETEX h PXAT 4000000000000 FIELDS 6 a 1 b 1 c 1 d 1 e 1 f 1",
      "HINCRBY h a 1",
      "HINCRBYFLOAT h b 1.5",
      "HSETEX h KEEPTTL FIELDS 1 c 2",
      "HSET h d 2",
      "HSETEX h FIELDS 1 e 2",
      "HPERSIST h FIELDS 1 f",
      "HPEXPIRETIME h FIELDS 6 a b c d e f",
      "OBJECT ENCODING h",
    ]));

  it("is kept when a small hash becomes a table", () =>
    pair.expectSame([
      ...LISTPACK,
      "CONFIG SET hash-max-listpack-entries 3",
      "HSETEX h PXAT 4000000000000 FIELDS 2 a 1 b 2",
      "HSET h c 3",
      "OBJECT ENCODING h",
      "HSET h d 4",
      "OBJECT ENCODING h",
      "HPEXPIRETIME h FIELDS 4 a b c d",
      ...LISTPACK,
    ]));

  it("makes a listpack a listpackex whatever the outcome, and that for good", () =>
    pair.expectSame([
      ...LISTPACK,
      "HSET h a 1",
      "HEXPIRE h 100 XX FIELDS 1 a",
      "OBJECT ENCODING h",
      "DEL h",
      "HSET h a 1",
      "HPERSIST h FIELDS 1 a",
      "OBJECT ENCODING h",
      "HGETEX h PERSIST FIELDS 1 none",
      "OBJECT ENCODING h",
      "DEL h",
      "HSET h a 1 b 1",
      "HEXPIREAT h 1 FIELDS 1 a",
      "OBJECT ENCODING h",
    ]));

  it("orders triples as native does: the payloads are equal", () =>
    pair.expectSame([
      "HSET h a 1 b 2 c 3 d 4 e 5",
      "HPEXPIREAT h 4000000000000 FIELDS 3 a b c",
      "HPEXPIREAT h 4000000000001 FIELDS 1 d",
      "HPEXPIREAT h 3900000000000 FIELDS 1 b",
      "HSET h a 9 f 6",
      "DUMP h",
    ]));

  it("is refused beyond 2^46 ms and below 0", () =>
    pair.expectSame([
      "HSET h a 1",
      "HPEXPIREAT h 70368744177663 FIELDS 1 a",
      "HPEXPIREAT h 70368744177664 FIELDS 1 a",
      "HEXPIREAT h 70368744177 FIELDS 1 a",
      "HEXPIREAT h 70368744178 FIELDS 1 a",
      "HEXPIRE h 70368744177 FIELDS 1 a",
      "HEXPIRE h -1 FIELDS 1 a",
      "HSETEX h EX -1 FIELDS 1 a 1",
      "HGETEX h PX 70368744177663 FIELDS 1 a",
    ]));
});

describe.skipIf(!pair.available)("HSETEX with a time that is past", () => {
  it("sets and deletes field by field: the hash never holds more than it may in a listpack", () =>
    pair.expectSame([
      "CONFIG SET hash-max-listpack-entries 4",
      "HSET h a 1",
      "HSETEX h PXAT 1 FIELDS 4 b 1 c 2 d 3 e 4",
      "OBJECT ENCODING h",
      "HSETEX h PXAT 1 FIELDS 2 a 1 a 2",
      "EXISTS h",
      "HSETEX h PXAT 1 FIELDS 1 a 1",
      "EXISTS h",
      "CONFIG SET hash-max-listpack-entries 512",
    ]));
});
