/** lzf.ts, crc64.ts, crc16.ts: against plain versions here, published values, and native Redis' own bytes. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { native, startNative } from "../../../support/native.ts";
import type { RespClient } from "../../../support/resp-client.ts";
import type { SpawnedServer } from "../../../support/spawn-server.ts";
import { VerifyEngine } from "../../../support/verify-engine.ts";

const engine = new VerifyEngine();
const ROOM = 1 << 17;
const source = engine.alloc(ROOM);
const packed = engine.alloc(ROOM);
const unpacked = engine.alloc(ROOM);

/** Runs of repeated pieces, as texts and tables have them, and noise between. */
const compressible = fc
  .array(
    fc.oneof(
      fc.tuple(fc.string({ unit: "binary-ascii", maxLength: 12 }), fc.integer({ min: 1, max: 60 })),
      fc.tuple(
        fc.constantFrom("a", "ab", "\0", "field:", "0123456789abcdef0123456789"),
        fc.integer({ min: 1, max: 400 }),
      ),
    ),
    { maxLength: 30 },
  )
  .map((pieces) =>
    pieces
      .map(([text, times]) => text.repeat(times))
      .join("")
      .slice(0, 60000),
  );

function compress(text: string, capacity: number): Buffer | undefined {
  const length = engine.write(source, text);
  engine.bytes(packed, capacity + 16).fill(0xee);
  const size = engine.call("lzfCompress", source, length, packed, capacity);
  expect(engine.text(packed + capacity, 16)).toBe("\xee".repeat(16));
  return size === 0 ? undefined : Buffer.from(engine.bytes(packed, size));
}

function decompress(bytes: Uint8Array, size: number): string | undefined {
  engine.write(packed, bytes);
  engine.bytes(unpacked, size + 16).fill(0xee);
  const ok = engine.call("lzfDecompress", packed, bytes.length, unpacked, size);
  expect(engine.text(unpacked + size, 16)).toBe("\xee".repeat(16));
  return ok === 1 ? engine.text(unpacked, size) : undefined;
}

describe("lzf", () => {
  it("takes apart what it compressed, and writes nothing beyond the room it was given", () => {
    fc.assert(
      fc.property(compressible, fc.nat(100), (text, percent) => {
        const capacity = Math.ceil((text.length * percent) / 100) + 4;
        const bytes = compress(text, capacity);
        if (bytes !== undefined) {
          expect(bytes.length).toBeLessThanOrEqual(capacity);
          expect(decompress(bytes, text.length)).toBe(text);
          expect(decompress(bytes, text.length + 1)).toBe(undefined);
          if (text.length > 0) expect(decompress(bytes, text.length - 1)).toBe(undefined);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("gives the same bytes whatever was compressed before", () => {
    const text = "abcdefgh".repeat(40) + "hgfedcba".repeat(3);
    const first = compress(text, 1000);
    fc.assert(
      fc.property(compressible, (other) => {
        compress(other, ROOM - 16);
        expect(compress(text, 1000)!.equals(first!)).toBe(true);
      }),
    );
    engine.call("lzfRelease");
    expect(compress(text, 1000)!.equals(first!)).toBe(true);
  });

  it("refuses damaged bytes, or makes something of the right size: never a trap, never a byte beyond", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(2000), (bytes, size) => {
        decompress(bytes, size);
      }),
      { numRuns: 3000 },
    );
    fc.assert(
      fc.property(
        compressible,
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
        (text, flips) => {
          const bytes = compress(text, ROOM - 16);
          if (bytes === undefined) return;
          for (const [position, value] of flips) bytes[position % bytes.length] = value;
          decompress(bytes, text.length);
        },
      ),
    );
  });

  it("answers that it cannot when there is no memory for its table", () => {
    const small = new VerifyEngine(5);
    const at = small.alloc(4096);
    small.bytes(at, 4096).fill(97);
    expect(small.call("lzfCompress", at, 4000, at, 4000)).toBe(0);
  });
});

describe.skipIf(!native.redis)("lzf beside native Redis", () => {
  let server: SpawnedServer;
  let client: RespClient;

  beforeAll(async () => {
    server = await startNative("redis");
    client = await server.connect();
  });

  afterAll(() => server.stop());

  it("compresses strings of a DUMP to the same bytes", async () => {
    let compared = 0;
    for (const text of fc.sample(compressible, { numRuns: 300, seed: 3 })) {
      if (text.length <= 20) continue;
      await client.do("SET", "s", Buffer.from(text, "latin1"));
      const dump = Buffer.from(String(await client.do("DUMP", "s")), "latin1");
      const ours = compress(text, text.length - 4);
      expect(dump[1] === 0xc3).toBe(ours !== undefined);
      if (ours === undefined) continue;
      expect(dump.subarray(dump.length - 10 - ours.length, -10).equals(ours)).toBe(true);
      compared++;
    }
    expect(compared).toBeGreaterThan(150);
  });

  it("ends a DUMP with the same checksum", async () => {
    for (const length of [0, 1, 7, 8, 9, 100, 5000]) {
      await client.do("SET", "s", Buffer.from("0123456789".repeat(500).slice(0, length)));
      const dump = Buffer.from(String(await client.do("DUMP", "s")), "latin1");
      engine.write(source, dump.subarray(0, -8));
      const crc = BigInt.asUintN(64, engine.big("crc64", 0n, source, dump.length - 8) as bigint);
      expect(crc).toBe(dump.readBigUInt64LE(dump.length - 8));
    }
  });

  it("names the slot of a key as CLUSTER KEYSLOT does", async () => {
    const keys = [
      "",
      "{}",
      "{",
      "}",
      "a",
      "foo{bar}baz",
      "foo{}{bar}",
      "foo{{bar}}zap",
      "foo{bar}{zap}",
      "{a}",
      "x{}y",
      "ab}c{d}",
    ];
    const clustered = await startNative("redis", { args: ["--cluster-enabled", "yes"] });
    const other = await clustered.connect();
    for (const key of [
      ...keys,
      ...fc.sample(fc.string({ unit: "binary-ascii", maxLength: 40 }), { numRuns: 200, seed: 1 }),
    ]) {
      const slot = await other.do("CLUSTER", "KEYSLOT", key);
      expect([key, engine.call("keySlot", source, engine.write(source, key))]).toEqual([key, slot]);
    }
    await clustered.stop();
  });
});

describe("crc64", () => {
  const polynomial = 0x95ac9329ac4bc9b5n;

  function plain(bytes: Uint8Array): bigint {
    let crc = 0n;
    for (const byte of bytes) {
      crc ^= BigInt(byte);
      for (let bit = 0; bit < 8; bit++) crc = (crc >> 1n) ^ (crc & 1n ? polynomial : 0n);
    }
    return crc;
  }

  const check = (bytes: Uint8Array, cut: number, on = engine, at = source) => {
    on.write(at, bytes);
    const first = on.big("crc64", 0n, at, cut);
    return BigInt.asUintN(64, on.big("crc64", first, at + cut, bytes.length - cut) as bigint);
  };

  it("has the published check value", () => {
    expect(check(Buffer.from("123456789"), 0)).toBe(0xe9c6d914c4b8d9can);
  });

  it("equals the plain definition, also when continued", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(), (bytes, cut) => {
        expect(check(bytes, cut % (bytes.length + 1))).toBe(plain(bytes));
      }),
    );
  });

  it("is right without memory for its tables", () => {
    const small = new VerifyEngine(16);
    const at = small.alloc(64);
    // Whatever else there is: used up.
    while (small.call("testAlloc", 1024) !== 0);
    expect(check(Buffer.from("123456789"), 3, small, at)).toBe(0xe9c6d914c4b8d9can);
  });
});

describe("crc16", () => {
  function plain(bytes: Uint8Array): number {
    let crc = 0;
    for (const byte of bytes) {
      crc ^= byte << 8;
      for (let bit = 0; bit < 8; bit++) crc = ((crc << 1) ^ (crc & 0x8000 ? 0x1021 : 0)) & 0xffff;
    }
    return crc;
  }

  it("has the published check value", () => {
    expect(engine.call("crc16", source, engine.write(source, "123456789"))).toBe(0x31c3);
  });

  it("equals the plain definition for every length", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
        expect(engine.call("crc16", source, engine.write(source, bytes))).toBe(plain(bytes));
      }),
      { numRuns: 1000 },
    );
  });
});
