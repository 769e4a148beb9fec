/** GEOPOS, GEOHASH key [member …], GEODIST key member member [unit]. https://redis.io/commands/geopos */
import { SCRATCH } from "../../memory/map.ts";
import { lookupReadTyped, WRONG_TYPE } from "../../keyspace/lookup.ts";
import { argLen, argPtr } from "../../resp/args.ts";
import { errorSyntax } from "../../resp/errors.ts";
import { replyArray, replyBulk, replyNull, replyNullArray } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { geoDistance, geohashEncode, geohashPosition, STEP_MAX } from "../../structures/geohash.ts";
import { entryEncoding, entryValue } from "../../types/entry.ts";
import { TYPE_ZSET } from "../../types/ids.ts";
import { zsetFind, zsetScoreAt } from "../../types/zset.ts";
import { argUnit, replyDistance, replyPosition } from "./geo-args.ts";

export function geopos(): void {
  const entry = lookupReadTyped(1, TYPE_ZSET);
  if (entry == WRONG_TYPE) return;
  replyArray(root.argc - 2);
  for (let i: u32 = 2; i < root.argc; i++) {
    if (memberScore(entry, i)) replyPosition(root.outF64);
    else replyNullArray();
  }
}

export function geohash(): void {
  const entry = lookupReadTyped(1, TYPE_ZSET);
  if (entry == WRONG_TYPE) return;
  replyArray(root.argc - 2);
  for (let i: u32 = 2; i < root.argc; i++) {
    if (memberScore(entry, i)) replyGeohash(root.outF64);
    else replyNull();
  }
}

export function geodist(): void {
  const unit = root.argc == 5 ? argUnit(4) : 1.0;
  if (unit == 0) return;
  if (root.argc > 5) return errorSyntax();
  const entry = lookupReadTyped(1, TYPE_ZSET);
  if (entry == WRONG_TYPE) return;
  if (!memberScore(entry, 2)) return replyNull();
  const first = root.outF64;
  if (!memberScore(entry, 3)) return replyNull();
  const latitude2 = geohashPosition(root.outF64);
  const longitude2 = root.outF64;
  const latitude1 = geohashPosition(first);
  replyDistance(geoDistance(root.outF64, latitude1, longitude2, latitude2) / unit);
}

/** Score of the member in argument `i` to root.outF64; false = it is none, or there is no sorted set (0). */
export function memberScore(entry: usize, i: u32): bool {
  if (!entry) return false;
  const encoding = entryEncoding(entry);
  const at = zsetFind(entryValue(entry), encoding, argPtr(i), argLen(i));
  if (!at) return false;
  root.outF64 = zsetScoreAt(at, encoding);
  return true;
}

/** The eleven letters of geohash.org, whose map reaches from pole to pole; 52 bits make ten, the last is always 0. */
function replyGeohash(score: f64): void {
  const latitude = geohashPosition(score);
  const bits = geohashEncode(root.outF64, latitude, STEP_MAX, 90);
  for (let i: u32 = 0; i < 11; i++) {
    const digit: u32 = i == 10 ? 0 : (<u32>(bits >> (52 - (i + 1) * 5))) & 31;
    store<u8>(SCRATCH + i, load<u16>(changetype<usize>(LETTERS) + (digit << 1)) as u8);
  }
  replyBulk(SCRATCH, 11);
}

const LETTERS: string = "0123456789bcdefghjkmnpqrstuvwxyz";
