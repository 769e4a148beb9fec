/**
 * geohash: longitude and latitude as 52 bits, and the arithmetic of searching by them.
 *
 * A coordinate is cut to 26 bits in each direction and the bits are interleaved (latitude in the even ones), so that
 * places near each other mostly share their leading bits: a search asks for a few ranges of numbers. 52 bits are exact
 * in a double, which is what sorted sets order by.
 *
 * A cell is a prefix of `step` bits in each direction. Latitudes reach to the edge of the Mercator projection.
 * Distances are on a sphere (haversine), in metres. After the geohash of Gustavo Niemeyer; constants are Redis'.
 */
import { root } from "../root.ts";

// @ts-ignore: decorator
@inline
export const LONGITUDE_MAX: f64 = 180;
// @ts-ignore: decorator
@inline
export const LATITUDE_MAX: f64 = 85.05112878;
// @ts-ignore: decorator
@inline
export const STEP_MAX: u32 = 26;
const EARTH_RADIUS: f64 = 6372797.560856;
/** Half the equator in Mercator's projection, metres. */
const MERCATOR_MAX: f64 = 20037726.37;
const DEGREE: f64 = Math.PI / 180;

const LATITUDE_BITS: u64 = 0x5555555555555555;
const LONGITUDE_BITS: u64 = 0xaaaaaaaaaaaaaaaa;

/** Ranges of longitude and latitude that a cell covers; where the caller likes to have it. */
@unmanaged
export class GeoArea {
  longitudeMin: f64;
  longitudeMax: f64;
  latitudeMin: f64;
  latitudeMax: f64;
}

/** Spreads the lower 32 bits to the even positions. */
function spread(v: u64): u64 {
  v = (v | (v << 16)) & 0x0000ffff0000ffff;
  v = (v | (v << 8)) & 0x00ff00ff00ff00ff;
  v = (v | (v << 4)) & 0x0f0f0f0f0f0f0f0f;
  v = (v | (v << 2)) & 0x3333333333333333;
  return (v | (v << 1)) & 0x5555555555555555;
}

/** The even bits, moved together. */
function gather(v: u64): u64 {
  v &= 0x5555555555555555;
  v = (v | (v >> 1)) & 0x3333333333333333;
  v = (v | (v >> 2)) & 0x0f0f0f0f0f0f0f0f;
  v = (v | (v >> 4)) & 0x00ff00ff00ff00ff;
  v = (v | (v >> 8)) & 0x0000ffff0000ffff;
  return (v | (v >> 16)) & 0x00000000ffffffff;
}

/** Bits of the cell of 2 · step bits that a place lies in. @param latitudeMax  edge of the map: LATITUDE_MAX, or 90 */
export function geohashEncode(longitude: f64, latitude: f64, step: u32, latitudeMax: f64): u64 {
  const size = <f64>((<u64>1) << step);
  const y = <u64>(((latitude + latitudeMax) / (latitudeMax * 2)) * size);
  const x = <u64>(((longitude + LONGITUDE_MAX) / (LONGITUDE_MAX * 2)) * size);
  return spread(y) | (spread(x) << 1);
}

/** What a cell covers. */
export function geohashDecode(bits: u64, step: u32, area: GeoArea): void {
  const size = <f64>((<u64>1) << step);
  const y = <f64>gather(bits);
  const x = <f64>gather(bits >> 1);
  area.latitudeMin = -LATITUDE_MAX + (y / size) * (LATITUDE_MAX * 2);
  area.latitudeMax = -LATITUDE_MAX + ((y + 1) / size) * (LATITUDE_MAX * 2);
  area.longitudeMin = -LONGITUDE_MAX + (x / size) * (LONGITUDE_MAX * 2);
  area.longitudeMax = -LONGITUDE_MAX + ((x + 1) / size) * (LONGITUDE_MAX * 2);
}

/** The middle of the cell that a score stands for: longitude in root.outF64, latitude returned. */
export function geohashPosition(score: f64): f64 {
  const bits = <u64>score;
  const size = <f64>((<u64>1) << STEP_MAX);
  const y = <f64>gather(bits);
  const x = <f64>gather(bits >> 1);
  const west = -LONGITUDE_MAX + (x / size) * (LONGITUDE_MAX * 2);
  const east = -LONGITUDE_MAX + ((x + 1) / size) * (LONGITUDE_MAX * 2);
  const south = -LATITUDE_MAX + (y / size) * (LATITUDE_MAX * 2);
  const north = -LATITUDE_MAX + ((y + 1) / size) * (LATITUDE_MAX * 2);
  root.outF64 = max(min((west + east) / 2, LONGITUDE_MAX), -LONGITUDE_MAX);
  return max(min((south + north) / 2, LATITUDE_MAX), -LATITUDE_MAX);
}

/** The cell that lies dx (east) and dy (north) cells away, each −1, 0 or 1; round the world where it must. */
export function geohashNeighbour(bits: u64, step: u32, dx: i32, dy: i32): u64 {
  const unused: u64 = 64 - step * 2;
  let x = bits & LONGITUDE_BITS;
  let y = bits & LATITUDE_BITS;
  // Adding one to every second bit: the bits between are filled, so that the carry passes them.
  const xFill = LATITUDE_BITS >> unused;
  const yFill = LONGITUDE_BITS >> unused;
  if (dx > 0) x += xFill + 1;
  else if (dx < 0) x = (x | xFill) - (xFill + 1);
  if (dy > 0) y += yFill + 1;
  else if (dy < 0) y = (y | yFill) - (yFill + 1);
  return (x & (LONGITUDE_BITS >> unused)) | (y & (LATITUDE_BITS >> unused));
}

/** Largest step at which the nine cells around a place cover a radius of so many metres. */
export function geohashStepFor(radius: f64, latitude: f64): u32 {
  if (radius == 0) return STEP_MAX;
  let step: i32 = 1;
  for (let r = radius; r < MERCATOR_MAX; r *= 2) step++;
  step -= 2; // so that the range is well inside the neighbours
  // Towards the poles a degree of longitude is shorter.
  if (latitude > 66 || latitude < -66) step--;
  if (latitude > 80 || latitude < -80) step--;
  return max(min(step, <i32>STEP_MAX), 1);
}

/** What lies within `height` metres north and south and `width` metres east and west of a place. */
export function geohashBounds(longitude: f64, latitude: f64, width: f64, height: f64, area: GeoArea): void {
  const dLatitude = height / EARTH_RADIUS / DEGREE;
  // The side nearer to a pole is the wider one in degrees.
  const widest = latitude < 0 ? latitude - dLatitude : latitude + dLatitude;
  const dLongitude = width / EARTH_RADIUS / Math.cos(widest * DEGREE) / DEGREE;
  area.longitudeMin = longitude - dLongitude;
  area.longitudeMax = longitude + dLongitude;
  area.latitudeMin = latitude - dLatitude;
  area.latitudeMax = latitude + dLatitude;
}

/** Metres between two latitudes. */
export function latitudeDistance(a: f64, b: f64): f64 {
  return EARTH_RADIUS * Math.abs(b * DEGREE - a * DEGREE);
}

/** Metres between two places (haversine). */
export function geoDistance(longitude1: f64, latitude1: f64, longitude2: f64, latitude2: f64): f64 {
  const v = Math.sin((longitude2 * DEGREE - longitude1 * DEGREE) / 2);
  if (v == 0) return latitudeDistance(latitude1, latitude2);
  const a = latitude1 * DEGREE;
  const b = latitude2 * DEGREE;
  const u = Math.sin((b - a) / 2);
  return 2 * EARTH_RADIUS * Math.asin(Math.sqrt(u * u + Math.cos(a) * Math.cos(b) * v * v));
}

/** Smallest score in a cell: its bits, with zeros behind them. */
// @ts-ignore: decorator
@inline
export function geohashScore(bits: u64, step: u32): f64 {
  return <f64>(bits << (52 - step * 2));
}
