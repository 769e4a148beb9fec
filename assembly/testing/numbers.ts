/** testing/numbers: number reading and printing, as they are. (In `export … from` asc adds the .ts itself.) */
export { digits10, formatI64, formatU64, lengthOfI64, parseI64, parseU64 } from "../resp/numbers/integer";
export {
  formatDouble,
  formatDouble17,
  formatFixed,
  parseDouble,
  parseDoubleBound,
} from "../resp/numbers/double";
export {
  longDoubleAdd,
  longDoubleFormat,
  longDoubleFromF64,
  longDoubleFromI64,
  longDoubleIncrement,
  longDoubleParse,
  longDoubleToF64,
} from "../types/long-double";
