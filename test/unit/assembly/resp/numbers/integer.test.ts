/** integer.ts: what is read as an integer, and what is printed, against BigInt. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { VerifyEngine } from "../../../../support/verify-engine.ts";

const engine = new VerifyEngine();
const text = engine.alloc(256);
const I64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };
const U64_MAX = 2n ** 64n - 1n;

function parseI64(value: string): bigint | undefined {
  const length = engine.write(text, value);
  return engine.call("parseI64", text, length) ? (engine.big("testOutI64") as bigint) : undefined;
}

function parseU64(value: string): bigint | undefined {
  const length = engine.write(text, value);
  if (!engine.call("parseU64", text, length)) return undefined;
  return BigInt.asUintN(64, engine.big("testOutU64") as bigint);
}

/** What `format` writes, checked not to touch the bytes around it. */
function format(name: string, value: bigint): string {
  engine.bytes(text, 64).fill(0xee);
  const length = engine.call(name, value, text + 8);
  expect(engine.text(text, 8) + engine.text(text + 8 + length, 24)).toBe("\xee".repeat(32));
  return engine.text(text + 8, length);
}

/** Integers of every length, and their neighbours. */
const anyI64 = fc.oneof(
  fc.bigInt(I64),
  fc.integer({ min: -1000, max: 1000 }).map(BigInt),
  fc
    .tuple(fc.integer({ min: 0, max: 18 }), fc.integer({ min: -2, max: 2 }), fc.boolean())
    .map(([power, by, negative]) => (10n ** BigInt(power) + BigInt(by)) * (negative ? -1n : 1n)),
);

describe("parseI64", () => {
  it("reads back every integer", () => {
    fc.assert(fc.property(anyI64, (value) => parseI64(String(value)) === value));
    for (const edge of [I64.min, I64.max, 0n, -1n]) expect(parseI64(String(edge))).toBe(edge);
  });

  it("refuses what Redis refuses", () => {
    for (const no of [
      ...["", "-", "+1", " 1", "1 ", "-0", "00", "01", "-01", "1.0", "1e3", "0x1", "--1", "1\0", "\x001"],
      ...["9223372036854775808", "-9223372036854775809", "99999999999999999999", "123456789012345678901"],
      ...[
        "12345678/",
        "1234567:",
        "/2345678",
        "1234567890123456\xb5",
        "1234567\xff",
        "12345678901234567\xfa",
      ],
    ]) {
      expect([no, parseI64(no)]).toEqual([no, undefined]);
    }
  });

  it("agrees with a regular expression on texts that are nearly numbers", () => {
    const nearly = fc.string({ unit: fc.constantFrom(..."0123456789-+ ."), maxLength: 22 });
    fc.assert(
      fc.property(nearly, (value) => {
        const sound = /^(0|-?[1-9]\d*)$/.test(value) && value.length <= 20;
        const inRange = sound && BigInt.asIntN(64, BigInt(value)) === BigInt(value);
        return parseI64(value) === (inRange ? BigInt(value) : undefined);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("parseU64", () => {
  it("reads back every unsigned integer", () => {
    fc.assert(fc.property(fc.bigInt(0n, U64_MAX), (value) => parseU64(String(value)) === value));
    expect(parseU64(String(U64_MAX))).toBe(U64_MAX);
  });

  it("accepts what strtoull accepts, as Redis does in stream IDs", () => {
    for (const [given, value] of [
      ["05", 5n],
      [" 5", 5n],
      ["\t\n\v\f\r +5", 5n],
      ["5\0anything", 5n],
      ["0000000000000000000000000000000000000001", 1n],
      ["-01", U64_MAX],
      ["018446744073709551615", U64_MAX],
    ] as const) {
      expect([given, parseU64(given)]).toEqual([given, value]);
    }
  });

  it("refuses what string2ull refuses", () => {
    for (const no of [
      "",
      " ",
      "-1",
      "5 ",
      "5x",
      "\x005",
      "18446744073709551616",
      "99999999999999999999",
      "+-5",
      "0x5",
    ]) {
      expect([no, parseU64(no)]).toEqual([no, undefined]);
    }
  });
});

describe("printing", () => {
  it("equals BigInt's, and stays inside the bytes it returns", () => {
    fc.assert(
      fc.property(anyI64, (value) => {
        expect(format("formatI64", value)).toBe(String(value));
        expect(engine.call("lengthOfI64", value)).toBe(String(value).length);
      }),
      { numRuns: 1000 },
    );
    fc.assert(
      fc.property(fc.bigInt(0n, U64_MAX), (value) => {
        expect(format("formatU64", value)).toBe(String(value));
        expect(engine.call("digits10", value)).toBe(String(value).length);
      }),
      { numRuns: 1000 },
    );
    for (const edge of [I64.min, I64.max, 0n]) expect(format("formatI64", edge)).toBe(String(edge));
    expect(format("formatU64", U64_MAX)).toBe(String(U64_MAX));
  });
});
