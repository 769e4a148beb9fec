/** The SCAN family as iterators: everything comes, of a table that is small, large, or grows under the loop. */
import { describe, expect, it } from "vitest";
import { scanFields, scanKeys, scanMembers, scanScores } from "../../bindings/index.ts";
import { openStore } from "../support/store.ts";

const numbers = Array.from({ length: 2000 }, (_, i) => i);

describe("iterators", () => {
  it("give every key that fits, of the selected database", () => {
    const db = openStore();
    for (const i of numbers) db.set(`key:${i}`, i);
    db.sadd("set", "member");
    expect(new Set(scanKeys(db))).toEqual(new Set([...numbers.map((i) => `key:${i}`), "set"]));
    expect([...scanKeys(db, { type: "set", count: 500 })]).toEqual(["set"]);
    expect([...scanKeys(db, { match: "key:77?" })]).toHaveLength(10);
    db.command("SELECT", 1);
    expect([...scanKeys(db)]).toEqual([]);
  });

  it("give fields with values, members, and members with scores", () => {
    const db = openStore();
    for (const i of numbers) {
      db.hset("hash", { [`field:${i}`]: i });
      db.sadd("set", `member:${i}`);
      db.zadd("sorted set", [[i / 2, `member:${i}`]]);
    }
    db.zadd("sorted set", [["-inf", "least"], ["inf", "most"]]); // prettier-ignore
    expect(new Map(scanFields(db, "hash"))).toEqual(new Map(numbers.map((i) => [`field:${i}`, String(i)])));
    expect(new Set(scanMembers(db, "set"))).toEqual(new Set(numbers.map((i) => `member:${i}`)));
    const scores = new Map(scanScores(db, "sorted set"));
    expect([scores.size, scores.get("member:7"), scores.get("least"), scores.get("most")]).toEqual([
      ...[2002, 3.5, -Infinity, Infinity],
    ]);
    expect([...scanFields(db, "missing")]).toEqual([]);
    expect(() => [...scanMembers(db, "hash")]).toThrow("WRONGTYPE");
  });

  it("give bytes where bytes are wanted", () => {
    const db = openStore();
    const key = new Uint8Array([0, 255, 10]);
    db.zadd(key, [[1.5, new Uint8Array([128])]]);
    expect([...scanKeys(db.bytes)]).toEqual([key]);
    expect([...scanScores(db.bytes, key)]).toEqual([[new Uint8Array([128]), 1.5]]);
  });

  it("go on while the loop deletes and adds", () => {
    const db = openStore();
    for (const i of numbers) db.set(`key:${i}`, i);
    let seen = 0;
    for (const key of scanKeys(db, { match: "key:*" })) {
      seen += db.del(key);
      db.set(`other:${key}`, 1);
    }
    expect([seen, db.dbsize()]).toEqual([2000, 2000]);
  });
});
