/**
 * GEOSEARCH, GEOSEARCHSTORE, and the older GEORADIUS, GEORADIUSBYMEMBER and their _RO forms.
 * https://redis.io/commands/geosearch
 *
 * The nine cells around the centre, as large as the shape, are ranges of scores; what lies in them is measured.
 *
 * Query (at a fixed place in scratch): see the class. Found place (24 bytes, in one growing block): 0 position of the member
 * (zset.ts) · 4 number u32, in the order in which they were found · 8 distance, metres f64 · 16 score f64
 */
import { alloc, free, realloc } from "../../memory/allocator.ts";
import { copyBytes } from "../../memory/bytes.ts";
import { SCRATCH } from "../../memory/map.ts";
import { lookupRead } from "../../keyspace/lookup.ts";
import { argDouble, argInteger, argIs, argLen, argPtr } from "../../resp/args.ts";
import { errorNotInteger, errorOutOfMemory, errorSyntax, errorWrongType } from "../../resp/errors.ts";
import {
  replyArray,
  replyBulk,
  replyError,
  replyErrorBegin,
  replyErrorEnd,
  replyInteger,
  replyPart,
  replyPartBytes,
} from "../../resp/reply.ts";
import { root } from "../../root.ts";
import {
  GeoArea,
  geoDistance,
  geohashBounds,
  geohashDecode,
  geohashEncode,
  geohashNeighbour,
  geohashPosition,
  geohashScore,
  geohashStepFor,
  latitudeDistance,
  LATITUDE_MAX,
} from "../../structures/geohash.ts";
import { RANGE_MAX_EXCLUSIVE } from "../../structures/score-tree.ts";
import { entryEncoding, entryType, entryValue } from "../../types/entry.ts";
import { TYPE_ZSET } from "../../types/ids.ts";
import {
  ADD_NO_MEMORY,
  zsetAdd,
  zsetConvertToListpackIfSmall,
  zsetCreateLarge,
  zsetEnterScoreRange,
  zsetFree,
  zsetInScoreRange,
  zsetMemberAt,
  zsetRef,
  zsetScoreAt,
  zsetWalkFrom,
  zsetWalkStep,
} from "../../types/zset.ts";
import { scoreRange } from "../sorted-set/range-args.ts";
import { storeZset } from "../sorted-set/zrange.ts";
import { argCoordinates, argUnit, replyDistance, replyPosition } from "./geo-args.ts";
import { memberScore } from "./geopos.ts";

@unmanaged
class Query {
  longitude: f64;
  latitude: f64;
  /** Metres in the unit that distances are given in. */
  unit: f64;
  /** Metres. A box has width and height, a circle a radius. */
  radius: f64;
  width: f64;
  height: f64;
  isBox: bool;
  hasCentre: bool;
  hasShape: bool;
  any: bool;
  withDistance: bool;
  withHash: bool;
  withPosition: bool;
  storeDistance: bool;
  /** At most so many, 0 = all. */
  count: i64;
  order: u32;
  /** Argument of the key to store under, 0 = none. */
  storeArg: u32;
  /** Places found, their number, and how many there is room for. */
  places: usize;
  found: u32;
  room: u32;
}

// @ts-ignore: decorator
@inline
const QUERY: usize = SCRATCH + 12288;
// @ts-ignore: decorator
@inline
const query: Query = changetype<Query>(QUERY);
/** Areas: what the shape covers, and a cell. */
const BOUNDS: usize = SCRATCH + 12544;
const CELL: usize = SCRATCH + 12608;
const PLACE_SIZE: u32 = 24;

const UNSORTED: u32 = 0;
const ASCENDING: u32 = 1;
const DESCENDING: u32 = 2;

/** The older commands: where the centre stands in the arguments. */
const BY_COORDINATES: u32 = 0;
const BY_MEMBER: u32 = 1;

export function georadius(): void {
  radius(BY_COORDINATES, true);
}

export function georadiusRo(): void {
  radius(BY_COORDINATES, false);
}

export function georadiusbymember(): void {
  radius(BY_MEMBER, true);
}

export function georadiusbymemberRo(): void {
  radius(BY_MEMBER, false);
}

export function geosearch(): void {
  const entry = lookupRead(1);
  if (entry && entryType(entry) != TYPE_ZSET) return errorWrongType();
  reset();
  if (!parseOptions(2, entry, false, true)) return;
  search(entry, "geosearchstore");
}

export function geosearchstore(): void {
  const entry = lookupRead(2);
  if (entry && entryType(entry) != TYPE_ZSET) return errorWrongType();
  reset();
  query.storeArg = 1;
  if (!parseOptions(3, entry, false, true)) return;
  search(entry, "geosearchstore");
}

function radius(centre: u32, mayStore: bool): void {
  const entry = lookupRead(1);
  if (entry && entryType(entry) != TYPE_ZSET) return errorWrongType();
  reset();
  let next: u32;
  if (centre == BY_COORDINATES) {
    if (!readCentre(2)) return;
    next = 4;
  } else {
    if (!readMember(entry, 2)) return;
    next = 3;
  }
  // Without a key Redis does not look at the radius by a member, but at that by coordinates.
  query.hasShape = true;
  if ((entry || centre == BY_COORDINATES) && !readRadius(next)) return;
  if (!parseOptions(next + 2, entry, mayStore, false)) return;
  search(entry, "georadiusstore");
}

function reset(): void {
  memory.fill(QUERY, 0, offsetof<Query>());
  query.unit = 1;
}

// --- arguments ---

function readCentre(i: u32): bool {
  const latitude = argCoordinates(i);
  if (isNaN(latitude)) return false;
  query.longitude = root.outF64;
  query.latitude = latitude;
  query.hasCentre = true;
  return true;
}

/** Without a key any member will do: the reply is empty anyway. */
function readMember(entry: usize, i: u32): bool {
  query.hasCentre = true;
  if (!entry) return true;
  if (!memberScore(entry, i)) {
    replyError("ERR could not decode requested zset member");
    return false;
  }
  query.latitude = geohashPosition(root.outF64);
  query.longitude = root.outF64;
  return true;
}

function readRadius(i: u32): bool {
  if (!argDouble(i)) {
    replyError("ERR need numeric radius");
    return false;
  }
  const value = root.outF64;
  if (value < 0) {
    replyError("ERR radius cannot be negative");
    return false;
  }
  query.unit = argUnit(i + 1);
  query.radius = value * query.unit;
  query.hasShape = true;
  return query.unit != 0;
}

function readBox(i: u32): bool {
  if (!argDouble(i)) {
    replyError("ERR need numeric width");
    return false;
  }
  const width = root.outF64;
  if (!argDouble(i + 1)) {
    replyError("ERR need numeric height");
    return false;
  }
  const height = root.outF64;
  if (width < 0 || height < 0) {
    replyError("ERR height or width cannot be negative");
    return false;
  }
  query.unit = argUnit(i + 2);
  query.width = width * query.unit;
  query.height = height * query.unit;
  query.isBox = true;
  query.hasShape = true;
  return query.unit != 0;
}

/**
 * Reads options from argument `first` on. @param mayStore  STORE and STOREDIST with a key are options
 * @param isSearch  those of GEOSEARCH are     @returns false = the error is replied
 */
function parseOptions(first: u32, entry: usize, mayStore: bool, isSearch: bool): bool {
  for (let i = first; i < root.argc; i++) {
    const left = root.argc - i - 1;
    if (argIs(i, "WITHDIST")) query.withDistance = true;
    else if (argIs(i, "WITHHASH")) query.withHash = true;
    else if (argIs(i, "WITHCOORD")) query.withPosition = true;
    else if (argIs(i, "ANY")) query.any = true;
    else if (argIs(i, "ASC")) query.order = ASCENDING;
    else if (argIs(i, "DESC")) query.order = DESCENDING;
    else if (left >= 1 && argIs(i, "COUNT")) {
      if (!argInteger(++i)) {
        errorNotInteger();
        return false;
      }
      if (root.outI64 <= 0) {
        replyError("ERR COUNT must be > 0");
        return false;
      }
      query.count = root.outI64;
    } else if (mayStore && left >= 1 && (argIs(i, "STORE") || argIs(i, "STOREDIST"))) {
      query.storeDistance = argIs(i, "STOREDIST");
      query.storeArg = ++i;
    } else if (isSearch && left >= 1 && !query.hasCentre && argIs(i, "FROMMEMBER")) {
      if (!readMember(entry, ++i)) return false;
    } else if (isSearch && left >= 2 && !query.hasCentre && argIs(i, "FROMLONLAT")) {
      if (!readCentre(i + 1)) return false;
      i += 2;
    } else if (isSearch && left >= 2 && !query.hasShape && argIs(i, "BYRADIUS")) {
      if (!readRadius(i + 1)) return false;
      i += 2;
    } else if (isSearch && left >= 3 && !query.hasShape && argIs(i, "BYBOX")) {
      if (!readBox(i + 1)) return false;
      i += 3;
    } else if (isSearch && query.storeArg && argIs(i, "STOREDIST")) {
      query.storeDistance = true;
    } else {
      errorSyntax();
      return false;
    }
  }
  return optionsAgree(isSearch);
}

function optionsAgree(isSearch: bool): bool {
  if (query.storeArg && (query.withDistance || query.withHash || query.withPosition)) {
    if (isSearch) {
      replyError("ERR GEOSEARCHSTORE is not compatible with WITHDIST, WITHHASH and WITHCOORD options");
    } else {
      replyError(
        "ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORD options",
      );
    }
    return false;
  }
  if (!query.hasCentre) return exactlyOne("FROMMEMBER or FROMLONLAT");
  if (!query.hasShape) return exactlyOne("BYRADIUS and BYBOX");
  if (query.any && !query.count) {
    replyError("ERR the ANY argument requires COUNT argument");
    return false;
  }
  return true;
}

/** Complains that a choice was not made, naming the command as the client wrote it; false. */
function exactlyOne(choice: string): bool {
  replyErrorBegin("ERR exactly one of ");
  replyPart(choice);
  replyPart(" can be specified for ");
  replyPartBytes(argPtr(0), argLen(0), argLen(0));
  replyErrorEnd();
  return false;
}

// --- searching ---

function search(entry: usize, event: string): void {
  if (!entry) return finishEmpty(event);
  // The closest come first where only some are wanted, unless any will do.
  if (query.count && query.order == UNSORTED && !query.any) query.order = ASCENDING;
  if (!searchCells(entryValue(entry), entryEncoding(entry))) {
    if (query.places) free(query.places);
    return errorOutOfMemory();
  }
  if (!query.found) {
    if (query.places) free(query.places);
    return finishEmpty(event);
  }
  if (query.order != UNSORTED) sortPlaces(0, <i32>query.found - 1);
  const n = query.count && <i64>query.found > query.count ? <u32>query.count : query.found;
  if (query.storeArg) storePlaces(n, entryEncoding(entry), event);
  else replyPlaces(n, entryEncoding(entry));
  free(query.places);
}

function finishEmpty(event: string): void {
  if (query.storeArg) storeZset(query.storeArg, 0, event);
  else replyArray(0);
}

/** Measures what lies in the nine cells; false = out of memory. */
function searchCells(value: usize, encoding: u32): bool {
  const bounds = changetype<GeoArea>(BOUNDS);
  const cell = changetype<GeoArea>(CELL);
  const longitude = query.longitude;
  const latitude = query.latitude;
  const halfWidth = query.isBox ? query.width / 2 : query.radius;
  const halfHeight = query.isBox ? query.height / 2 : query.radius;
  geohashBounds(longitude, latitude, halfWidth, halfHeight, bounds);
  const reach = query.isBox
    ? Math.sqrt((query.width / 2) * (query.width / 2) + (query.height / 2) * (query.height / 2))
    : query.radius;
  let step = geohashStepFor(reach, latitude);
  let bits = geohashEncode(longitude, latitude, step, LATITUDE_MAX);
  if (step > 1 && neighboursFallShort(bits, step, bounds, cell)) {
    step--;
    bits = geohashEncode(longitude, latitude, step, LATITUDE_MAX);
  }
  geohashDecode(bits, step, cell);
  // Cells on a side that the middle one covers already are not looked at.
  const prune = step >= 2;
  const south = !(prune && cell.latitudeMin < bounds.latitudeMin);
  const north = !(prune && cell.latitudeMax > bounds.latitudeMax);
  const west = !(prune && cell.longitudeMin < bounds.longitudeMin);
  const east = !(prune && cell.longitudeMax > bounds.longitudeMax);
  let last: u64 = u64.MAX_VALUE;
  // Redis' order, which is that of an unsorted reply: the middle, N, S, E, W, NE, NW, SE, SW.
  for (let k: u32 = 0; k < 9; k++) {
    const dx: i32 = k == 3 || k == 5 || k == 7 ? 1 : k == 4 || k == 6 || k == 8 ? -1 : 0;
    const dy: i32 = k == 1 || k == 5 || k == 6 ? 1 : k == 2 || k == 7 || k == 8 ? -1 : 0;
    if ((dx > 0 && !east) || (dx < 0 && !west) || (dy > 0 && !north) || (dy < 0 && !south)) continue;
    const neighbour = geohashNeighbour(bits, step, dx, dy);
    // At the largest radius neighbours repeat.
    if (neighbour == last) continue;
    if (query.any && <i64>query.found >= query.count) break;
    if (!searchCell(value, encoding, neighbour, step)) return false;
    last = neighbour;
  }
  return true;
}

/** Whether the shape reaches beyond the nine cells: near the poles, where they are narrow. */
function neighboursFallShort(bits: u64, step: u32, bounds: GeoArea, cell: GeoArea): bool {
  geohashDecode(geohashNeighbour(bits, step, 0, 1), step, cell);
  if (cell.latitudeMax < bounds.latitudeMax) return true;
  geohashDecode(geohashNeighbour(bits, step, 0, -1), step, cell);
  if (cell.latitudeMin > bounds.latitudeMin) return true;
  geohashDecode(geohashNeighbour(bits, step, 1, 0), step, cell);
  if (cell.longitudeMax < bounds.longitudeMax) return true;
  geohashDecode(geohashNeighbour(bits, step, -1, 0), step, cell);
  return cell.longitudeMin > bounds.longitudeMin;
}

function searchCell(value: usize, encoding: u32, bits: u64, step: u32): bool {
  const range = scoreRange();
  range.min = geohashScore(bits, step);
  range.max = geohashScore(bits + 1, step);
  range.flags = RANGE_MAX_EXCLUSIVE;
  let at = zsetEnterScoreRange(value, encoding, range, false);
  zsetWalkFrom(at, encoding, false);
  while (at && zsetInScoreRange(at, encoding, range, false)) {
    const score = zsetScoreAt(at, encoding);
    const distance = distanceInside(score);
    if (distance >= 0 && !addPlace(at, distance, score)) return false;
    if (query.any && <i64>query.found >= query.count) return true;
    at = zsetWalkStep(value, at, encoding, false);
  }
  return true;
}

/** Distance of a place from the centre; −1 = it lies outside the shape. */
function distanceInside(score: f64): f64 {
  const latitude = geohashPosition(score);
  const longitude = root.outF64;
  const northSouth = latitudeDistance(query.latitude, latitude);
  if (!query.isBox) {
    // No place is nearer than its latitude.
    if (northSouth > query.radius) return -1;
    const distance = geoDistance(query.longitude, query.latitude, longitude, latitude);
    return distance <= query.radius ? distance : -1;
  }
  if (northSouth > query.height / 2) return -1;
  if (geoDistance(longitude, latitude, query.longitude, latitude) > query.width / 2) return -1;
  return geoDistance(query.longitude, query.latitude, longitude, latitude);
}

// --- places found ---

// @ts-ignore: decorator
@inline
function placeAt(i: i32): usize {
  return query.places + i * PLACE_SIZE;
}

function addPlace(at: usize, distance: f64, score: f64): bool {
  if (query.found == query.room) {
    const room = query.room ? query.room << 1 : 64;
    const grown = query.places ? realloc(query.places, room * PLACE_SIZE) : alloc(room * PLACE_SIZE);
    if (!grown) return false;
    query.places = grown;
    query.room = room;
  }
  const place = placeAt(query.found++);
  store<u32>(place, at);
  store<u32>(place, query.found - 1, 4);
  store<f64>(place, distance, 8);
  store<f64>(place, score, 16);
  return true;
}

/** Whether a place comes before one of this distance and number: equally distant ones stay in the order of the search. */
// @ts-ignore: decorator
@inline
function precedes(place: usize, distance: f64, number: u32): bool {
  const own = load<f64>(place, 8);
  if (own == distance) return load<u32>(place, 4) < number;
  return query.order == DESCENDING ? own > distance : own < distance;
}

// @ts-ignore: decorator
@inline
function follows(place: usize, distance: f64, number: u32): bool {
  const own = load<f64>(place, 8);
  if (own == distance) return load<u32>(place, 4) > number;
  return query.order == DESCENDING ? own < distance : own > distance;
}

function swapPlaces(i: i32, j: i32): void {
  const a = placeAt(i);
  const b = placeAt(j);
  const x = v128.load(a);
  const y = load<u64>(a, 16);
  v128.store(a, v128.load(b));
  store<u64>(a, load<u64>(b, 16), 16);
  v128.store(b, x);
  store<u64>(b, y, 16);
}

/**
 * Sorts places low … high by distance, as far as the reply needs them: parts wholly behind COUNT are left as they are
 * (quicksort, the larger part in the loop).
 */
function sortPlaces(low: i32, high: i32): void {
  while (low < high && (!query.count || <i64>low < query.count)) {
    const pivot = placeAt(low + ((high - low) >> 1));
    const distance = load<f64>(pivot, 8);
    const number = load<u32>(pivot, 4);
    let i = low;
    let j = high;
    while (i <= j) {
      while (precedes(placeAt(i), distance, number)) i++;
      while (follows(placeAt(j), distance, number)) j--;
      if (i <= j) swapPlaces(i++, j--);
    }
    if (j - low < high - i) {
      sortPlaces(low, j);
      low = i;
    } else {
      sortPlaces(i, high);
      high = j;
    }
  }
}

function replyPlaces(n: u32, encoding: u32): void {
  const extras = <u32>query.withDistance + <u32>query.withHash + <u32>query.withPosition;
  replyArray(n);
  for (let i: u32 = 0; i < n; i++) {
    const place = placeAt(i);
    if (extras) replyArray(extras + 1);
    zsetMemberAt(load<u32>(place), encoding);
    replyBulk(root.outPtr, root.outLen);
    if (query.withDistance) replyDistance(load<f64>(place, 8) / query.unit);
    if (query.withHash) replyInteger(<i64>load<f64>(place, 16));
    if (query.withPosition) replyPosition(load<f64>(place, 16));
  }
}

function storePlaces(n: u32, encoding: u32, event: string): void {
  const zset = zsetRef(0);
  if (!zsetCreateLarge(zset, n)) return errorOutOfMemory();
  let longest: u32 = 0;
  let bytes: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const place = placeAt(i);
    const score = query.storeDistance ? load<f64>(place, 8) / query.unit : load<f64>(place, 16);
    zsetMemberAt(load<u32>(place), encoding);
    const len = root.outLen;
    let member = root.outPtr;
    if (len <= 20) {
      // It may be the printed form of an integer, where zsetAdd prints others.
      copyBytes(SCRATCH, member, len);
      member = SCRATCH;
    }
    if (zsetAdd(zset, score, member, len, 0) == ADD_NO_MEMORY) {
      zsetFree(zset.value, zset.encoding);
      return errorOutOfMemory();
    }
    longest = max(longest, len);
    bytes += len;
  }
  zsetConvertToListpackIfSmall(zset, longest, bytes);
  storeZset(query.storeArg, n, event);
}
