/** memory: what a million keys cost, each kind on a fresh server. */
import { addSample, type Options, type Row, type Suite, wanted } from "../harness.ts";
import { available, Contender } from "../contenders.ts";
import { fillKeys, load } from "../load.ts";

const COUNT = 1_000_000;

interface Kind {
  name: string;
  fill(contender: Contender, count: number): Promise<void>;
}

const KINDS: Kind[] = [
  {
    name: "key of 16, value of 16 bytes",
    fill: (contender, count) => fillKeys(contender, count, "v".repeat(16)),
  },
  {
    name: "key of 16, value of 64 bytes",
    fill: (contender, count) => fillKeys(contender, count, "v".repeat(64)),
  },
  {
    name: "key of 16 bytes, integer",
    fill: (contender, count) => fillKeys(contender, count, (i) => String(1_000_000 + i)),
  },
  {
    name: "key of 16, value of 16 bytes, with expiry",
    fill: (contender, count) =>
      load(contender.port, count, (i) => [
        "SET",
        `key:${String(i).padStart(12, "0")}`,
        "v".repeat(16),
        "PXAT",
        "4000000000000",
      ]),
  },
];

/** The kinds one by one; each contender is alone with a fresh server of its own. */
export async function measureMemory(kinds: readonly Kind[], count: number, options: Options) {
  const rows: Row[] = [];
  const versions: Record<string, string> = {};
  for (const kind of kinds) {
    if (!wanted(kind.name, options)) continue;
    const row: Row = { name: kind.name, samples: {} };
    rows.push(row);
    for (const name of available(options)) {
      const contender = await Contender.start(name);
      try {
        versions[name] = contender.version;
        const before = { used: await contender.usedMemory(), rss: contender.residentBytes() };
        await kind.fill(contender, count);
        addSample(row, "used", name, ((await contender.usedMemory()) - before.used) / count);
        addSample(row, "rss", name, (contender.residentBytes() - before.rss) / count);
      } finally {
        await contender.stop();
      }
    }
    options.log(kind.name);
  }
  return { rows, versions };
}

export const suite: Suite = {
  name: "memory",
  title: "Memory per key",
  method:
    "Growth of used_memory and of the process's resident memory by a million SETs on a fresh server, divided by a million. " +
    "Table growth is included: it makes steps, and a million is where it is for each.",
  run: (options) => measureMemory(KINDS, options.quick ? COUNT / 10 : COUNT, options),
};
