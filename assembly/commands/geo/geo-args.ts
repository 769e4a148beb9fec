/** geo-args: coordinates and units as the geo commands take them, and coordinates and distances as they reply them. */
import { SCRATCH } from "../../memory/map.ts";
import { argDouble, argIs } from "../../resp/args.ts";
import { errorNotFloat } from "../../resp/errors.ts";
import { formatFixed } from "../../resp/numbers/double.ts";
import {
  replyArray,
  replyBulk,
  replyDouble,
  replyError,
  replyErrorBegin,
  replyErrorEnd,
  replyPart,
  replyPartBytes,
} from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { geohashPosition, LATITUDE_MAX, LONGITUDE_MAX } from "../../structures/geohash.ts";
import { longDoubleFormat, longDoubleFromF64 } from "../../types/long-double.ts";

/** Reads longitude (to root.outF64) and latitude (returned) from two arguments; NaN = the error is replied. */
export function argCoordinates(i: u32): f64 {
  if (!argDouble(i)) {
    errorNotFloat();
    return NaN;
  }
  const longitude = root.outF64;
  if (!argDouble(i + 1)) {
    errorNotFloat();
    return NaN;
  }
  const latitude = root.outF64;
  root.outF64 = longitude;
  if (Math.abs(longitude) <= LONGITUDE_MAX && Math.abs(latitude) <= LATITUDE_MAX) return latitude;
  replyErrorBegin("ERR invalid longitude,latitude pair ");
  replyDegrees(longitude);
  replyPart(",");
  replyDegrees(latitude);
  replyErrorEnd();
  return NaN;
}

/** Part of an error: a number with six decimals, as C's %f prints it. */
function replyDegrees(value: f64): void {
  if (reinterpret<u64>(value) == MINUS_ZERO) replyPart("-");
  if (Math.abs(value) < FIXED_MAX)
    return replyPartBytes(SCRATCH, formatFixed(value, 6, SCRATCH), DEGREES_MAX);
  longDoubleFromF64(value, COORDINATE);
  replyPartBytes(SCRATCH, longDoubleFormat(COORDINATE, SCRATCH), DEGREES_MAX);
  if (Math.abs(value) != Infinity) replyPart(".000000");
}

const MINUS_ZERO: u64 = 1 << 63;
/** formatFixed prints six decimals of what is smaller; larger doubles have none. */
const FIXED_MAX: f64 = 1e12;
/** Digits of the largest double. */
const DEGREES_MAX: usize = 320;

/** Metres in the unit that argument `i` names; 0 = it is none, and the error is replied. */
export function argUnit(i: u32): f64 {
  if (argIs(i, "M")) return 1;
  if (argIs(i, "KM")) return 1000;
  if (argIs(i, "FT")) return 0.3048;
  if (argIs(i, "MI")) return 1609.34;
  replyError("ERR unsupported unit provided. please use M, KM, FT, MI");
  return 0;
}

/** A distance: a bulk string with four decimals in either protocol. */
export function replyDistance(distance: f64): void {
  replyBulk(SCRATCH, formatFixed(distance, 4, SCRATCH));
}

/** The place that a score stands for: longitude and latitude. */
export function replyPosition(score: f64): void {
  const latitude = geohashPosition(score);
  const longitude = root.outF64;
  replyArray(2);
  replyDouble(longitude);
  replyDouble(latitude);
}

/** Where a long double is built. */
const COORDINATE: usize = SCRATCH + 8192;
