/** perfect-hash: names share no place, and a name's words match it in any case and nothing else. */
import { describe, expect, it } from "vitest";
import { nameWords, searchPerfectHash } from "../../../bindings/codegen/perfect-hash.ts";

const names = ["get", "set", "georadiusbymember_ro", "restore-asking", "hincrbyfloat", "x"].map((name) => ({
  name,
  salt: 0n,
}));

describe("searchPerfectHash", () => {
  it("gives every name a place of its own", () => {
    const { places, bits } = searchPerfectHash(names, 6);
    expect(places).toHaveLength(1 << bits);
    expect(places.filter((position) => position >= 0).sort()).toEqual(names.map((_, i) => i));
  });

  it("finds the same multiplier every time", () => {
    expect(searchPerfectHash(names, 6).multiplier).toBe(searchPerfectHash(names, 6).multiplier);
  });

  it("tells equal names apart by their salt", () => {
    const twins = [
      { name: "help", salt: 1n },
      { name: "help", salt: 2n },
    ];
    expect(searchPerfectHash(twins, 4).places.filter((position) => position >= 0)).toHaveLength(2);
  });

  it("gives up on names that cannot be told apart", () => {
    const same = [
      { name: "help", salt: 0n },
      { name: "HELP", salt: 0n },
    ];
    expect(() => searchPerfectHash(same, 4)).toThrow("no perfect hash for 2 names");
  });
});

describe("nameWords", () => {
  it("masks the case of letters, nothing of other bytes, and all beyond the name", () => {
    const { words, masks } = nameWords("a_b");
    expect(words).toEqual([0x42_5f_41n, 0n, 0n]);
    expect(masks).toEqual([0xdf_ff_dfn, 0n, 0n]);
  });

  it("takes the last 8 bytes of a name longer than 8, and bytes 8 to 16 of one longer than 16", () => {
    const text = (word: bigint): string =>
      Array.from({ length: 8 }, (_, i) => String.fromCharCode(Number((word >> BigInt(8 * i)) & 0xffn))).join(
        "",
      );
    expect(nameWords("hincrbyfloat").words.map(text).slice(0, 2)).toEqual(["HINCRBYF", "RBYFLOAT"]);
    expect(nameWords("georadiusbymember_ro").words.map(text)).toEqual([
      "GEORADIU",
      "ember_ro".toUpperCase(),
      "SBYMEMBE",
    ]);
  });
});
