/**
 * scan: the SCAN family as iterators, over a store or its `bytes`:
 *
 *     for (const key of scanKeys(db, { match: "user:*", type: "hash" })) …
 *     for (const [field, value] of scanFields(db.bytes, "user:1")) …
 *
 * As the commands guarantee: what is there from the first step to the last comes at least once; what comes or goes
 * meanwhile may or may not; something may come twice. A step is one call, O(1) each, O(N) in all. `for await` takes them
 * as well, where a loop should let others run between its steps.
 * https://redis.io/docs/latest/commands/scan/
 */
import type { Argument } from "./encode.ts";
import type { Commands, HscanOptions, ScanOptions, SscanOptions, ZscanOptions } from "./generated/api.ts";

const START = "0";

type Page<Text> = [cursor: Text, elements: Text[]];

/** The keys of the database that is selected. @throws ReplyError, KvasmError CLOSED */
export function* scanKeys<Text extends string | Uint8Array>(
  db: Commands<Text>,
  options?: ScanOptions,
): Generator<Text, void, undefined> {
  for (const page of pages((cursor) => db.scan(cursor, options))) yield* page;
}

/** The fields of a hash, with their values. @throws ReplyError WRONGTYPE, KvasmError CLOSED */
export function* scanFields<Text extends string | Uint8Array>(
  db: Commands<Text>,
  key: Argument,
  options?: Omit<HscanOptions, "novalues">,
): Generator<[field: Text, value: Text], void, undefined> {
  for (const page of pages((cursor) => db.hscan(key, cursor, options))) yield* pairs(page);
}

/** The members of a set. @throws ReplyError WRONGTYPE, KvasmError CLOSED */
export function* scanMembers<Text extends string | Uint8Array>(
  db: Commands<Text>,
  key: Argument,
  options?: SscanOptions,
): Generator<Text, void, undefined> {
  for (const page of pages((cursor) => db.sscan(key, cursor, options))) yield* page;
}

/** The members of a sorted set, with their scores, in no order. @throws ReplyError WRONGTYPE, KvasmError CLOSED */
export function* scanScores<Text extends string | Uint8Array>(
  db: Commands<Text>,
  key: Argument,
  options?: ZscanOptions,
): Generator<[member: Text, score: number], void, undefined> {
  for (const page of pages((cursor) => db.zscan(key, cursor, options))) {
    for (const [member, score] of pairs(page)) yield [member, numberOf(text(score))];
  }
}

function* pages<Text extends string | Uint8Array>(step: (cursor: string) => Page<Text>): Generator<Text[]> {
  let cursor = START;
  do {
    const [next, elements] = step(cursor);
    cursor = text(next);
    yield elements;
  } while (cursor !== START);
}

function* pairs<Text>(elements: readonly Text[]): Generator<[Text, Text], void, undefined> {
  for (let i = 0; i < elements.length; i += 2) yield [elements[i]!, elements[i + 1]!];
}

function text(value: string | Uint8Array): string {
  return typeof value === "string" ? value : new TextDecoder().decode(value);
}

function numberOf(score: string): number {
  return score.endsWith("inf") ? (score.startsWith("-") ? -Infinity : Infinity) : Number(score);
}
