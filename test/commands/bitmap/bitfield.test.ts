/** BITFIELD and BITFIELD_RO beside native Redis: types, offsets, what happens to values that do not fit. */
import { describe, it } from "vitest";
import { usePair } from "../../support/pair.ts";

const pair = usePair();
const same = (commands: string[], resp: 2 | 3 = 2) => pair.expectSame(commands, { resp });

describe.skipIf(!pair.available)("BITFIELD", () => {
  it("refuses what it cannot read, the first fault first", async () => {
    for (const type of ["u64", "i65", "u0", "i0", "x8", "u", "8", "i-1", "u08", "U8", '""']) {
      await same([
        `BITFIELD k GET ${type} 0`,
        `BITFIELD k SET ${type} x y`,
        `BITFIELD k OVERFLOW no GET ${type} 0`,
      ]);
    }
    for (const offset of [
      "-1",
      "#",
      "#-1",
      "x",
      "4294967296",
      "#4294967296",
      "#99999999999999999999",
      '""',
    ]) {
      await same([
        `BITFIELD k GET u8 ${offset}`,
        `BITFIELD k SET u8 ${offset} x`,
        `BITFIELD_RO k INCRBY u8 ${offset} 1`,
      ]);
    }
    await same([
      "BITFIELD k GET",
      "BITFIELD k GET u8",
      "BITFIELD k SET u8 0",
      "BITFIELD k SET u8 0 x",
      "BITFIELD k foo",
      "BITFIELD k OVERFLOW",
    ]);
    await same([
      "BITFIELD_RO k SET u8 0 x",
      "BITFIELD_RO k SET u8 0 1",
      "BITFIELD_RO k OVERFLOW WRAP GET u8 0",
      "BITFIELD_RO k foo",
      "EXISTS k",
    ]);
    await same([
      "RPUSH l a",
      "BITFIELD l",
      "BITFIELD l GET u8 x",
      "BITFIELD l GET u8 0",
      "BITFIELD l SET u8 0 1",
      "BITFIELD_RO l",
    ]);
  });

  it("reads what is not there as zeros, and makes what it writes", async () => {
    await same([
      "BITFIELD k GET u8 0 GET i64 #1",
      "EXISTS k",
      "BITFIELD k SET u8 3 255 GET u8 0 GET u8 8",
      "GET k",
      "OBJECT ENCODING k",
    ]);
    await same([
      "SET n 12345",
      "BITFIELD n GET u8 #1 GET i16 30 GET i64 0",
      "BITFIELD n SET u8 #1 65",
      "GET n",
      "OBJECT ENCODING n",
    ]);
    await same(["BITFIELD k OVERFLOW FAIL SET u8 16 256", "STRLEN k", "BITFIELD k"], 3);
  });

  it("counts fields of any width and place", async () => {
    for (const width of [1, 5, 7, 8, 9, 31, 33, 57, 63]) {
      const places = [0, 1, 6, 7, 8, 13, 63].flatMap((offset) => [
        `BITFIELD k SET u${width} ${offset} -1 GET i${width} ${offset} GET u${width} ${offset + 1}`,
        `BITFIELD k INCRBY i${width} #${offset} 1 GET i64 ${offset}`,
        `BITFIELD k SET i64 ${offset} -9223372036854775807 GET i${width} ${offset}`,
        "GET k",
      ]);
      await same(places);
    }
  });

  it("wraps, saturates or fails", async () => {
    const values = [
      "0",
      "1",
      "-1",
      "7",
      "8",
      "-8",
      "-9",
      "15",
      "16",
      "200",
      "-200",
      "9223372036854775807",
      "-9223372036854775808",
      "-9223372036854775807",
    ];
    for (const type of ["i4", "u4", "i64", "u63", "i63", "i1", "u1"]) {
      for (const overflow of ["WRAP", "sat", "FAIL"]) {
        const each = values.flatMap((value) => [
          `BITFIELD k OVERFLOW ${overflow} SET ${type} 3 ${value} GET ${type} 3`,
          ...values.map((more) => `BITFIELD k OVERFLOW ${overflow} INCRBY ${type} 3 ${more}`),
        ]);
        await same(each);
      }
    }
    await same([
      "BITFIELD k OVERFLOW SAT INCRBY u2 0 9 OVERFLOW FAIL INCRBY u2 0 1 OVERFLOW WRAP INCRBY u2 0 1 GET u2 0",
    ]);
  });
});
