/** elements: values that exercise every encoding of a listpack, and listpack bytes made in the plainest way. */
import fc from "fast-check";

/** Integers at both sides of each encoding's range. */
const EDGES = [7n, 12n, 15n, 23n, 31n, 63n]
  .flatMap((bits) => [2n ** bits, -(2n ** bits)])
  .flatMap((edge) => [edge - 2n, edge - 1n, edge, edge + 1n])
  .filter((value) => BigInt.asIntN(64, value) === value)
  .map(String);

const integerText = fc.oneof(
  fc.integer({ min: -5, max: 200 }).map(String),
  fc.constantFrom(...EDGES),
  fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map(String),
);

/** Texts that look like integers but must come back as they are. */
const nearlyInteger = fc.constantFrom(
  "",
  "-",
  "-0",
  "00",
  "01",
  "+1",
  " 1",
  "1 ",
  "1.0",
  "9223372036854775808",
);

const bytes = (minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc
    .tuple(fc.integer({ min: minLength, max: maxLength }), fc.integer({ min: 0, max: 255 }))
    .map(([length, seed]) => {
      let text = "";
      for (let i = 0; i < length; i++) text += String.fromCharCode((seed + i * 7) & 255);
      return text;
    });

/** Mostly short, as in small collections; sometimes at the lengths where the encoding changes. */
export const element = fc.oneof(
  { weight: 5, arbitrary: integerText },
  { weight: 1, arbitrary: nearlyInteger },
  { weight: 6, arbitrary: fc.constantFrom("a", "b", "abc", "xxx", "field:1", "field:2", "element:000012") },
  { weight: 3, arbitrary: bytes(0, 20) },
  { weight: 2, arbitrary: bytes(60, 68) },
  { weight: 1, arbitrary: bytes(120, 130) },
);

/** As `element`, now and then with one of the long ones. */
export const anyElement = fc.oneof(
  { weight: 20, arbitrary: element },
  { weight: 1, arbitrary: bytes(4090, 4100) },
  { weight: 1, arbitrary: bytes(16374, 16384) },
);

function isInteger(text: string): boolean {
  return (
    /^(0|-?[1-9]\d*)$/.test(text) && text.length <= 20 && BigInt.asIntN(64, BigInt(text)) === BigInt(text)
  );
}

function body(text: string): Buffer {
  if (!isInteger(text)) {
    const data = Buffer.from(text, "latin1");
    const n = data.length;
    if (n < 64) return Buffer.concat([Buffer.of(0x80 | n), data]);
    if (n < 4096) return Buffer.concat([Buffer.of(0xe0 | (n >> 8), n & 255), data]);
    const head = Buffer.alloc(5, 0xf0);
    head.writeUInt32LE(n, 1);
    return Buffer.concat([head, data]);
  }
  const value = BigInt(text);
  if (value >= 0n && value < 128n) return Buffer.of(Number(value));
  if (value >= -4096n && value < 4096n) {
    const bits = Number(BigInt.asUintN(13, value));
    return Buffer.of(0xc0 | (bits >> 8), bits & 255);
  }
  const [code, width] = (
    [
      [0xf1, 2],
      [0xf2, 3],
      [0xf3, 4],
      [0xf4, 8],
    ] as const
  ).find(([, size]) => BigInt.asIntN(size * 8, value) === value)!;
  const data = Buffer.alloc(8);
  data.writeBigInt64LE(value);
  return Buffer.concat([Buffer.of(code), data.subarray(0, width)]);
}

function backlen(length: number): Buffer {
  const size = [128, 16383, 2097151, 268435455].filter((bound) => length >= bound).length + 1;
  const out: number[] = [];
  for (let i = 0; i < size; i++) {
    out.unshift((length & 127) | (i < size - 1 ? 128 : 0));
    length = Math.floor(length / 128);
  }
  return Buffer.from(out);
}

/** The listpack of these elements. */
export function encodeListpack(elements: readonly string[]): Buffer {
  const parts = elements.map((text) => {
    const data = body(text);
    return Buffer.concat([data, backlen(data.length)]);
  });
  const out = Buffer.concat([Buffer.alloc(6), ...parts, Buffer.of(255)]);
  out.writeUInt32LE(out.length, 0);
  out.writeUInt16LE(Math.min(elements.length, 65535), 4);
  return out;
}
