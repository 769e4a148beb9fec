/**
 * integer-format: %d %i %u %o %x %X of string.format with the 64 bits that scripts are used to. Lua on wasm32 formats
 * with 32; everything else of string.format is its own.
 */

const DIRECTIVE = /^([-+ #0]*)(\d{0,2})(\.\d{0,2})?([diouxX])/;
const INT64_MIN = -(2n ** 63n);

/** The directive after a `%`: its text and whether it formats an integer; null where Lua shall complain about it. */
export function integerDirective(format: string, at: number): RegExpExecArray | null {
  return DIRECTIVE.exec(format.slice(at, at + 12));
}

/** A double as (long long), as x86 converts it. */
export function toInt64(value: number): bigint {
  if (!(value >= -(2 ** 63) && value < 2 ** 63)) return INT64_MIN;
  return BigInt(Math.trunc(value));
}

/** A double as (unsigned long long), as x86 converts it. */
function toUint64(value: number): bigint {
  if (value < 2 ** 63) return BigInt.asUintN(64, toInt64(value));
  return BigInt.asUintN(64, toInt64(value - 2 ** 63) ^ INT64_MIN);
}

/** @param directive  what integerDirective found */
export function formatInteger(directive: RegExpExecArray, value: number): string {
  const [, flags = "", widthText = "", precisionText, conversion = "d"] = directive;
  const width = Number(widthText || 0);
  const precision = precisionText === undefined ? -1 : Number(precisionText.slice(1) || 0);
  let sign = "";
  let digits: string;
  if (conversion === "d" || conversion === "i") {
    const integer = toInt64(value);
    if (integer < 0n) sign = "-";
    else if (flags.includes("+")) sign = "+";
    else if (flags.includes(" ")) sign = " ";
    digits = String(integer < 0n ? -integer : integer);
  } else {
    const integer = toUint64(value);
    if (conversion === "u") digits = String(integer);
    else if (conversion === "o") digits = integer.toString(8);
    else digits = integer.toString(16);
    if (flags.includes("#") && integer !== 0n) {
      if (conversion === "x") sign = "0x";
      else if (conversion === "X") sign = "0X";
      else if (conversion === "o") digits = `0${digits}`;
    }
    if (conversion === "X") digits = digits.toUpperCase();
  }
  if (precision === 0 && digits === "0") digits = "";
  digits = digits.padStart(precision, "0");
  if (flags.includes("-")) return (sign + digits).padEnd(width, " ");
  if (flags.includes("0") && precision < 0) return sign + digits.padStart(width - sign.length, "0");
  return (sign + digits).padStart(width, " ");
}
