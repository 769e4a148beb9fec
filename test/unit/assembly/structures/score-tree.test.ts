/** score-tree.ts against a sorted array. */
import { describe, expect, it } from "vitest";
import { Prng } from "../../../support/prng.ts";
import { VerifyEngine } from "../../../support/verify-engine.ts";

interface Entry {
  score: number;
  member: string;
  node: number;
}

const KIND = { lowest: 0, highest: 1, inclusive: 2, exclusive: 3 };
type Bound = [kind: keyof typeof KIND, bytes: string];

const compareBinary = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
const compareEntries = (a: Entry, b: Entry) => a.score - b.score || compareBinary(a.member, b.member);

/** A score tree and the array it must equal. */
class Pair {
  readonly engine: VerifyEngine;
  readonly tree: number;
  model: Entry[] = [];
  readonly #member: number;
  readonly #range: number;
  readonly #bounds: number;

  constructor(engine = new VerifyEngine()) {
    this.engine = engine;
    this.#member = engine.alloc(1024);
    this.#range = engine.alloc(24);
    this.#bounds = engine.alloc(2048);
    this.tree = engine.call("scoreTreeCreate");
  }

  add(score: number, member: string): void {
    const length = this.engine.write(this.#member, member);
    const node = this.engine.call("testScoreTreeAdd", this.tree, score, this.#member, length);
    this.model.push({ score, member, node });
    this.model.sort(compareEntries);
  }

  remove(entry: Entry): void {
    this.engine.big("scoreTreeRemove", this.tree, entry.node);
    this.engine.free(entry.node);
    this.model.splice(this.model.indexOf(entry), 1);
  }

  update(entry: Entry, score: number): void {
    expect(this.engine.call("scoreTreeUpdateScore", this.tree, entry.node, score)).toBe(1);
    entry.score = score;
    this.model.sort(compareEntries);
  }

  move(entry: Entry): void {
    entry.node = this.engine.call("testScoreTreeMove", entry.node);
  }

  /** Frees a removed chain, which must be these entries of the model. */
  takeChain(node: number, entries: Entry[]): void {
    const count = this.engine.call("testScratch0");
    const chain: number[] = [];
    while (node) {
      chain.push(node);
      const next = this.engine.call("scoreTreeChainNext", node);
      this.engine.free(node);
      node = next;
    }
    expect(chain).toEqual(entries.map((entry) => entry.node));
    expect(count).toBe(entries.length);
    this.model = this.model.filter((entry) => !entries.includes(entry));
  }

  range(low: Bound, high: Bound): number {
    const ptr = this.#bounds;
    const fields = new Uint32Array([
      ...[KIND[low[0]], ptr, this.engine.write(ptr, low[1])],
      ...[KIND[high[0]], ptr + 1024, this.engine.write(ptr + 1024, high[1])],
    ]);
    this.engine.write(this.#range, new Uint8Array(fields.buffer));
    return this.#range;
  }

  check(): void {
    const { engine, tree, model } = this;
    expect(engine.call("scoreTreeValidate", tree)).toBe(1);
    expect(engine.call("scoreTreeLength", tree)).toBe(model.length);
    expect(engine.call("scoreTreeFirst", tree)).toBe(model[0]?.node ?? 0);
    expect(engine.call("scoreTreeLast", tree)).toBe(model.at(-1)?.node ?? 0);
    let node = engine.call("scoreTreeFirst", tree);
    for (const entry of model) {
      expect(node).toBe(entry.node);
      expect(engine.big("scoreTreeNodeScore", node)).toBe(entry.score);
      node = engine.call("scoreTreeNext", node);
    }
    expect(node).toBe(0);
    node = engine.call("scoreTreeLast", tree);
    for (const entry of model.toReversed()) {
      expect(node).toBe(entry.node);
      node = engine.call("scoreTreePrevious", node);
    }
    expect(node).toBe(0);
  }

  /** Adds many at once, in the order given. */
  fill(entries: { score: number; member: string }[]): void {
    for (const { score, member } of entries) {
      const length = this.engine.write(this.#member, member);
      const node = this.engine.call("testScoreTreeAdd", this.tree, score, this.#member, length);
      this.model.push({ score, member, node });
    }
    this.model.sort(compareEntries);
  }
}

const inLex = (member: string, low: Bound, high: Bound) => {
  const [a, b] = [compareBinary(member, low[1]), compareBinary(member, high[1])];
  const aboveLow =
    low[0] === "lowest" || (low[0] !== "highest" && (a > 0 || (a === 0 && low[0] === "inclusive")));
  const belowHigh =
    high[0] === "highest" || (high[0] !== "lowest" && (b < 0 || (b === 0 && high[0] === "inclusive")));
  return aboveLow && belowHigh;
};

function randomMember(prng: Prng): string {
  if (prng.chance(0.05)) return prng.bytes(prng.between(250, 260));
  return prng.chance(0.5) ? prng.bytes(prng.between(0, 12)) : `m${prng.below(300)}`;
}

function randomScore(prng: Prng): number {
  const score = prng.pick([prng.between(-5, 5), prng.float(), prng.below(1000) / 8, Infinity, -Infinity]);
  return score === 0 ? 0 : score;
}

describe("score tree", () => {
  it("does what a sorted array does", () => {
    const seed = Prng.seed();
    for (let run = 0; run < 12; run++) {
      const prng = new Prng(seed + run);
      const pair = new Pair(new VerifyEngine(1024, run + 1));
      const { engine, tree } = pair;
      const start = engine.usedMemory();
      const steps = [
        {
          weight: prng.between(1, 8),
          do: () => {
            const member = randomMember(prng);
            if (!pair.model.some((entry) => entry.member === member)) pair.add(randomScore(prng), member);
          },
        },
        { weight: prng.below(4), do: () => pair.model.length && pair.remove(prng.pick(pair.model)) },
        {
          weight: prng.below(4),
          do: () => pair.model.length && pair.update(prng.pick(pair.model), randomScore(prng)),
        },
        { weight: prng.below(2), do: () => pair.model.length && pair.move(prng.pick(pair.model)) },
        {
          weight: 1,
          do: () => {
            const rank = prng.below(pair.model.length + 2);
            const entry = pair.model[rank];
            expect(engine.call("scoreTreeByRank", tree, rank)).toBe(entry?.node ?? 0);
            if (entry) expect(engine.call("scoreTreeRank", entry.node)).toBe(rank);
          },
        },
        {
          weight: 1,
          do: () => {
            const [low, high, flags] = [randomScore(prng), randomScore(prng), prng.below(4)];
            const inside = pair.model.filter(
              ({ score }) =>
                (flags & 1 ? score > low : score >= low) && (flags & 2 ? score < high : score <= high),
            );
            expect(engine.call("scoreTreeFirstInRange", tree, low, high, flags)).toBe(inside[0]?.node ?? 0);
            expect(engine.call("scoreTreeLastInRange", tree, low, high, flags)).toBe(
              inside.at(-1)?.node ?? 0,
            );
            const below = pair.model.filter(
              ({ score }) => score < low || (score === low && flags & 1),
            ).length;
            expect(engine.call("scoreTreeCountBelow", tree, low, flags & 1)).toBe(below);
            if (prng.chance(0.2)) {
              pair.takeChain(engine.call("scoreTreeRemoveByScore", tree, low, high, flags), inside);
            }
          },
        },
        {
          weight: 0.2,
          do: () => {
            const [from, to] = [prng.below(pair.model.length + 1), prng.below(pair.model.length + 3)];
            pair.takeChain(
              engine.call("scoreTreeRemoveByRank", tree, from, to),
              pair.model.slice(from, Math.max(from, to)),
            );
          },
        },
      ];
      for (let step = 0; step < 400; step++) {
        prng.weighted(steps).do();
        if (step % 20 === 0) pair.check();
      }
      pair.check();
      for (const entry of [...pair.model]) if (prng.chance(0.5)) pair.remove(entry);
      pair.check();
      let slices = 1;
      while (engine.call("scoreTreeFreeSlice", tree, 10)) slices++;
      expect(slices).toBe(Math.max(1, Math.ceil(pair.model.length / 10)));
      expect(engine.usedMemory()).toBeLessThanOrEqual(start);
    }
  }, 60_000);

  it.each(["ascending", "descending", "shuffled", "of one score"])("grows and shrinks: %s", (order) => {
    const prng = new Prng(Prng.seed());
    const pair = new Pair();
    const { engine, tree } = pair;
    const start = engine.usedMemory();
    const entries = Array.from({ length: 5000 }, (_, i) => ({
      score: order === "of one score" ? 7 : Math.floor(i / 3),
      member: `m${i}`,
    }));
    if (order === "descending") entries.reverse();
    if (order === "shuffled" || order === "of one score") entries.sort(() => prng.float() - 0.5);
    pair.fill(entries);
    pair.check();
    for (let i = 0; i < 200; i++) {
      const rank = prng.below(pair.model.length);
      const { node, score } = pair.model[rank] as Entry;
      expect(engine.call("scoreTreeByRank", tree, rank)).toBe(node);
      expect(engine.call("scoreTreeRank", node)).toBe(rank);
      const below = pair.model.findIndex((entry) => entry.score >= score);
      expect(engine.call("scoreTreeCountBelow", tree, score, 0)).toBe(below);
    }
    for (let i = 0; i < 300; i++) pair.update(prng.pick(pair.model), prng.below(2000));
    pair.check();
    for (let i = 0; i < 2500; i++) pair.remove(prng.pick(pair.model));
    pair.check();
    while (pair.model.length) {
      const from = prng.below(pair.model.length);
      const to = from + prng.between(1, 700);
      pair.takeChain(engine.call("scoreTreeRemoveByRank", tree, from, to), pair.model.slice(from, to));
      expect(engine.call("scoreTreeValidate", tree)).toBe(1);
    }
    pair.check();
    expect(engine.usedMemory()).toBeLessThanOrEqual(start);
    engine.big("scoreTreeFree", tree);
  });

  it("finds lexicographic ranges among equal scores", () => {
    const prng = new Prng(Prng.seed());
    const pair = new Pair();
    const members = new Set(Array.from({ length: 300 }, () => randomMember(prng)));
    for (const member of members) pair.add(0, member);
    const bound = (): Bound => [
      prng.weighted([
        { kind: "inclusive", weight: 4 },
        { kind: "exclusive", weight: 4 },
        { kind: "lowest" },
        { kind: "highest" },
      ] as const).kind,
      prng.chance(0.5) ? prng.pick(pair.model).member : randomMember(prng),
    ];
    const { engine, tree } = pair;
    for (let round = 0; round < 400 && pair.model.length; round++) {
      const [low, high] = [bound(), bound()];
      const inside = pair.model.filter(({ member }) => inLex(member, low, high));
      const range = pair.range(low, high);
      expect(engine.call("scoreTreeFirstInLexRange", tree, range)).toBe(inside[0]?.node ?? 0);
      expect(engine.call("scoreTreeLastInLexRange", tree, range)).toBe(inside.at(-1)?.node ?? 0);
      if (inside.length) {
        expect(
          engine.call("scoreTreeLexCount", tree, range, 1) - engine.call("scoreTreeLexCount", tree, range, 0),
        ).toBe(inside.length);
      }
      if (inside.length < 4) {
        pair.takeChain(engine.call("scoreTreeRemoveByLex", tree, range), inside);
        pair.check();
      }
    }
    engine.big("scoreTreeFree", tree);
  });

  it("updates a score in place when the order stays", () => {
    const pair = new Pair();
    for (let i = 0; i < 50; i++) pair.add(i, `m${i}`);
    const entry = pair.model[20] as Entry;
    pair.update(entry, 20.5);
    pair.check();
    pair.update(entry, 22); // equal to a neighbour: ordered by member
    pair.check();
    pair.update(entry, -1);
    pair.check();
    pair.update(entry, 100);
    pair.check();
  });

  it("answers 0 when memory is out, and loses nothing", () => {
    const pair = new Pair(new VerifyEngine(16));
    const { engine, tree } = pair;
    const member = engine.alloc(600);
    engine.bytes(member, 600).fill(0x61);
    let count = 0;
    while (engine.call("testScoreTreeAdd", tree, count, member, 600)) count++;
    expect(count).toBeGreaterThan(10);
    expect(engine.call("scoreTreeLength", tree)).toBe(count);
    expect(engine.call("scoreTreeValidate", tree)).toBe(1);
    while (engine.call("scoreTreeCreate")); // fills up without a trap
    // Leaves that were appended to are full, so that a node which moves into one splits it.
    const node = engine.call("scoreTreeFirst", tree);
    expect(engine.call("scoreTreeUpdateScore", tree, node, count - 62.5)).toBe(0);
    expect(engine.call("scoreTreeFirst", tree)).toBe(node);
    expect(engine.big("scoreTreeNodeScore", node)).toBe(0);
    expect(engine.call("scoreTreeValidate", tree)).toBe(1);
  });
});
