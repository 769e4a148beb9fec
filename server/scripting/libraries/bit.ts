/**
 * bit: operations on 32-bit integers, after Mike Pall's Lua BitOp: numbers wrap around modulo 2^32, results are signed.
 * https://bitop.luajit.org
 */
import { GLOBALS, type LuaState, LuaType } from "../lua/state.ts";
import { setFunctions } from "../redis-library.ts";

const HEX_DIGITS = 8;
/** 2^52 + 2^51: added to a double, it leaves its lower 32 bits, rounded to even, in the lower word. */
const ROUNDING = 6755399441055744;

export function openBit(lua: LuaState): void {
  const { api, main } = lua;
  const double = new Float64Array(1);
  const words = new Int32Array(double.buffer);
  const argument = (L: number, index: number): number => {
    double[0] = api.luaL_checknumber(L, index) + ROUNDING;
    return words[0]!;
  };
  const push = (L: number, value: number): number => {
    api.lua_pushnumber(L, value | 0);
    return 1;
  };
  const folding = (operation: (a: number, b: number) => number) => (L: number) => {
    let result = argument(L, 1);
    for (let i = api.lua_gettop(L); i > 1; i--) result = operation(result, argument(L, i));
    return push(L, result);
  };
  const shifting = (operation: (a: number, n: number) => number) => (L: number) => {
    const value = argument(L, 1);
    return push(L, operation(value, argument(L, 2) & 31));
  };
  api.lua_createtable(main, 0, 12);
  setFunctions(lua, api.lua_gettop(main), {
    tobit: (L) => push(L, argument(L, 1)),
    bnot: (L) => push(L, ~argument(L, 1)),
    band: folding((a, b) => a & b),
    bor: folding((a, b) => a | b),
    bxor: folding((a, b) => a ^ b),
    lshift: shifting((a, n) => a << n),
    rshift: shifting((a, n) => a >>> n),
    arshift: shifting((a, n) => a >> n),
    rol: shifting((a, n) => (a << n) | (n === 0 ? 0 : a >>> (32 - n))),
    ror: shifting((a, n) => (a >>> n) | (n === 0 ? 0 : a << (32 - n))),
    bswap: (L) => {
      const b = argument(L, 1);
      return push(L, (b >>> 24) | ((b >>> 8) & 0xff00) | ((b & 0xff00) << 8) | (b << 24));
    },
    tohex: (L) => {
      const value = argument(L, 1);
      const asked = api.lua_type(L, 2) === LuaType.NONE ? HEX_DIGITS : argument(L, 2);
      const count = Math.min(Math.abs(asked), HEX_DIGITS);
      const hex = (value >>> 0)
        .toString(16)
        .padStart(HEX_DIGITS, "0")
        .slice(HEX_DIGITS - count);
      lua.pushText(L, asked < 0 ? hex.toUpperCase() : hex);
      return 1;
    },
  });
  api.lua_setfield(main, GLOBALS, lua.cString("bit"));
}
