/**
 * npm run test:soak -- [--group NAME[,NAME]] [--ops N] [--seed N] [--against native]: the differential tests
 * for as long as you like, and those of persistence with a cycle for each thousand commands (1e6: 1,000 crashes for each way
 * to synchronize, 5,000 power cuts, 100,000 damaged files). Without --group all groups in turn; without --seed another one every time.
 * `--against native` plays native Redis against itself: a check of the generators (see README.md).
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import path from "node:path";
import { parseArgs } from "node:util";
import { ClientsMismatch, DifferentialClients } from "./clients.ts";
import { groupNames, loadGroup } from "./groups.ts";
import { Prng } from "../support/prng.ts";
import { Differential, Mismatch } from "./runner.ts";

/** Not groups of commands: several connections in lock step; crashes, power cuts and damaged files. */
const CLIENTS = "clients";
const PERSISTENCE = "persistence";

const { values } = parseArgs({
  options: {
    group: { type: "string" },
    ops: { type: "string", default: "1e6" },
    seed: { type: "string" },
    against: { type: "string", default: "kvasm" },
  },
});

/** The tests of test/persistence that take a number of cycles, as many as --ops says. @throws Error where one fails */
function runPersistence(): void {
  const files = ["crash", "power-cut", "damage"].map((name) => `test/persistence/${name}.test.ts`);
  const cycles = {
    KVASM_CRASHES: String(Math.ceil(ops / 1000)),
    KVASM_POWER_CUTS: String(Math.ceil(ops / 200)),
    KVASM_MUTATIONS: String(Math.ceil(ops / 10)),
  };
  const { status } = spawnSync("npx", ["vitest", "run", ...files], {
    env: { ...process.env, ...cycles },
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (status !== 0) throw new Error(`persistence: ${JSON.stringify(cycles)}`);
}

const seed = values.seed === undefined ? Prng.seed() : Number(values.seed);
const ops = Number(values.ops);
// This program runs as a bundle in build/run/, the generators' folder is in the sources.
const folder = fileURLToPath(new URL("../../test/differential/generators/", import.meta.url));
const names = values.group?.split(",") ?? [...groupNames(path.resolve(folder)), CLIENTS, PERSISTENCE];

if (values.against === "native") process.env["KVASM_ALL_READY"] = "1";
const against = values.against === "native" ? "native" : "kvasm";
const servers = new Differential(against);
const clients = new DifferentialClients(against);
try {
  for (const name of names) {
    const began = performance.now();
    if (name === PERSISTENCE) {
      runPersistence();
      continue;
    }
    if (name === CLIENTS) {
      const steps = await clients.run({ steps: ops, seed, log: console.log });
      console.log(
        `clients: ${steps} steps agree (seed ${seed}, ${((performance.now() - began) / 1000).toFixed(1)} s)`,
      );
      continue;
    }
    const result = await servers.run(await loadGroup(name), { ops, seed, log: console.log });
    const seconds = (performance.now() - began) / 1000;
    console.log(
      `${name}: ${result.ops} commands in ${result.episodes} episodes agree (seed ${seed}, ${seconds.toFixed(1)} s)`,
    );
    const counts = [...result.commands]
      .sort((a, b) => b[1] - a[1])
      .map(([command, count]) => `${command} ${count}`);
    console.log(`  ${counts.join(", ")}`);
  }
} catch (error) {
  console.log(error instanceof Mismatch || error instanceof ClientsMismatch ? error.message : error);
  process.exitCode = 1;
} finally {
  await servers.close();
  await clients.close();
}
