/** long-double.ts: extended precision against exact fractions, and sums beside native Redis. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nativeIsRedis8, startNative } from "../../../support/native.ts";
import { Prng } from "../../../support/prng.ts";
import { plain, type Reply, type RespClient } from "../../../support/resp-client.ts";
import type { SpawnedServer } from "../../../support/spawn-server.ts";
import { VerifyEngine } from "../../../support/verify-engine.ts";

const engine = new VerifyEngine();
const [value, increment, output] = [engine.alloc(6000), engine.alloc(6000), engine.alloc(6000)];
const number = engine.alloc(16);
const ERRORS = [
  "ok",
  "ERR value is not a valid float",
  "ERR value is not a valid float",
  "ERR increment would produce NaN or Infinity",
];

/** The sum as INCRBYFLOAT answers it. */
function sum(a: string, b: string): string {
  const aLength = engine.write(value, a);
  const bLength = engine.write(increment, b);
  const outcome = engine.call("longDoubleIncrement", value, aLength, increment, bLength, output);
  return outcome === 0 ? engine.text(output, engine.call("testOutLen")) : (ERRORS[outcome] as string);
}

// --- the model: exact fractions, rounded once to 64 bits ---

/** numerator / denominator rounded to the nearest integer, halves to even. */
function divideRounded(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator;
  const twice = 2n * (numerator - quotient * denominator);
  return twice > denominator || (twice === denominator && quotient % 2n === 1n) ? quotient + 1n : quotient;
}

const bitLength = (n: bigint) => (n === 0n ? 0 : n.toString(2).length);

/** A fraction · 2^-16445 as extended precision sees it. */
function roundTo64(numerator: bigint, denominator: bigint): bigint {
  const sign = numerator < 0n ? -1n : 1n;
  const scaled = (sign * numerator) << 16445n;
  const excess = Math.max(bitLength(scaled / denominator) - 64, 0);
  return sign * (divideRounded(scaled, denominator << BigInt(excess)) << BigInt(excess));
}

/** Decimal text → units of 2^-16445, rounded to 64 bits. */
function model(text: string): bigint {
  const [, sign, whole, decimals = "", exponent = "0"] = /^([-+]?)(\d*)\.?(\d*)(?:e(.*))?$/.exec(
    text,
  ) as RegExpExecArray;
  const power = Number(exponent) - decimals.length;
  const digits = BigInt((sign === "-" ? "-" : "") + `${whole}${decimals}`.replace(/^$/, "0"));
  return power >= 0 ? roundTo64(digits * 10n ** BigInt(power), 1n) : roundTo64(digits, 10n ** BigInt(-power));
}

/** As "%.17Lf" without trailing zeros. */
function modelText(units: bigint): string {
  const sign = units < 0n ? "-" : "";
  const scaled = divideRounded((units < 0n ? -units : units) * 10n ** 17n, 1n << 16445n);
  const digits = scaled.toString().padStart(18, "0");
  const text = `${sign}${digits.slice(0, -17)}.${digits.slice(-17)}`.replace(/\.?0+$/, "");
  return text === "-0" ? "0" : text;
}

const digits = (maxLength: number) =>
  fc.string({ unit: fc.constantFrom(..."0123456789"), minLength: 1, maxLength });
const sign = fc.constantFrom("", "-", "+");
const anyDecimal = fc.oneof(
  fc.tuple(sign, digits(6), digits(8)).map(([s, w, d]) => `${s}${w}.${d}`),
  fc.tuple(sign, digits(30), digits(30)).map(([s, w, d]) => `${s}${w}.${d}`),
  fc.tuple(sign, digits(25), fc.integer({ min: -60, max: 60 })).map(([s, w, e]) => `${s}${w}e${e}`),
  fc
    .tuple(sign, digits(3), digits(40), fc.integer({ min: -500, max: 500 }))
    .map(([s, w, d, e]) => `${s}${w}.${d}e${e}`),
  fc.integer({ min: -64, max: 63 }).map((e) => String(2 ** e)),
);

describe("INCRBYFLOAT sums", () => {
  it("are the exact sum of two extended numbers, rounded once and printed exactly", () => {
    fc.assert(
      fc.property(anyDecimal, anyDecimal, (a, b) => {
        expect(sum(a, b)).toBe(modelText(roundTo64(model(a) + model(b), 1n << 16445n)));
      }),
      { numRuns: 1500 },
    );
  });

  it("print as Redis prints them", () => {
    for (const [a, b, text] of [
      ["0.1", "0.2", "0.3"],
      ["10.50", "0.1", "10.6"],
      ["5.0e3", "2.0e2", "5200"],
      ["3", "-3", "0"],
      ["-1", "0.99999999999999999999", "0"],
      ["0", "-0.000000000000000009", "-0.00000000000000001"],
      ["0", "-5e-18", "0"],
      ["0x10", "0x1p3", "24"],
      ["", "1", "1"],
      ["18446744073709551615", "1", "18446744073709551616"],
      ["9223372036854775807", "0.5", "9223372036854775807.5"],
    ] as const) {
      expect([a, b, sum(a, b)]).toEqual([a, b, text]);
    }
  });

  it("refuse what is not a number, and what leaves the range", () => {
    for (const no of [
      "nan",
      " 1",
      "1 ",
      "",
      "abc",
      "1e5000",
      "1e-5000",
      "0x1p-16446",
      "1.18973149535723176506e4932",
    ]) {
      expect([no, sum("1", no)]).toEqual([no, "ERR value is not a valid float"]);
    }
    const largest = "1.18973149535723176502e4932";
    expect(sum("0", largest)).toHaveLength(4933);
    expect(sum(largest, largest)).toBe("ERR increment would produce NaN or Infinity");
    expect(sum("1", "inf")).toBe("ERR increment would produce NaN or Infinity");
    expect(sum("inf", "-inf")).toBe("ERR increment would produce NaN or Infinity");
    expect(sum("0", `0.${"1".repeat(5117)}`)).toBe("0.11111111111111111");
    expect(sum("0", `0.${"1".repeat(5118)}`)).toBe("ERR value is not a valid float");
  });
});

describe("conversion", () => {
  it("of doubles and integers is exact", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (v) => {
        engine.big("longDoubleFromF64", v, number);
        expect(engine.big("longDoubleToF64", number)).toBe(v);
      }),
    );
    fc.assert(
      fc.property(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), (v) => {
        engine.big("longDoubleFromI64", v, number);
        expect(engine.text(output, engine.call("longDoubleFormat", number, output))).toBe(String(v));
      }),
    );
  });
});

describe.skipIf(!nativeIsRedis8)("beside native Redis", () => {
  let server: SpawnedServer;
  let client: RespClient;
  beforeAll(async () => {
    server = await startNative("redis");
    client = await server.connect();
  });
  afterAll(() => server.stop());

  it("chains of increments agree", async () => {
    const prng = new Prng(Prng.seed());
    const some = (most: number) => prng.list(1, most, () => prng.below(10)).join("");
    const next = (): string => {
      const minus = prng.chance(0.4) ? "-" : "";
      if (prng.chance(0.5)) return `${minus}${some(4)}.${some(6)}`;
      if (prng.chance(0.3)) return `${minus}${some(3)}.${some(30)}e${prng.between(-40, 40)}`;
      if (prng.chance(0.2)) return `${minus}${some(3)}.${some(30)}e${prng.between(-4960, 4935)}`;
      if (prng.chance(0.3))
        return `${minus}0x${prng.u32().toString(16)}.${prng.u32().toString(16)}p${prng.between(-99, 99)}`;
      return minus + some(25);
    };
    const chains = Array.from({ length: 400 }, () => prng.list(1, 8, next));
    const replies = await client.pipeline(
      chains.flatMap((chain) => [["DEL", "k"], ...chain.map((by) => ["INCRBYFLOAT", "k", by])]),
    );
    let at = 0;
    for (const chain of chains) {
      let current = "";
      at++;
      for (const by of chain) {
        const reply = replies[at++] as Reply;
        const wanted = reply.type === "error" ? reply.value : String(plain(reply));
        expect(sum(current, by), `${current} + ${by}, seed ${prng.seed}`).toBe(wanted);
        if (reply.type !== "error") current = wanted;
      }
    }
  });
});
