/**
 * The same random commands on kvasm and on native Redis 8.0 give the same replies and leave the same data.
 * A fixed seed and size for every run; KVASM_SEED tries another, `npm run test:soak` tries more.
 */
import { afterAll, describe, expect, it } from "vitest";
import { native } from "../support/native.ts";
import { DifferentialClients } from "./clients.ts";
import { groupNames, loadGroup } from "./groups.ts";
import { Differential, readyGenerators } from "./runner.ts";

const SEED = Number(process.env["KVASM_SEED"] ?? 20240);
const OPS = Number(process.env["KVASM_OPS"] ?? 100_000);
/** A slow machine does fewer commands rather than fail. */
const BUDGET_MS = 12_000;

const groups = await Promise.all(groupNames().map(loadGroup));

describe.skipIf(!native.redis)("kvasm and native Redis agree", () => {
  const servers = new Differential();
  const clients = new DifferentialClients();
  afterAll(() => Promise.all([servers.close(), clients.close()]));

  it(
    `on what several clients say in turn (seed ${SEED})`,
    async () => {
      const steps = await clients.run({ steps: OPS / 10, seed: SEED, budgetMs: BUDGET_MS });
      expect(steps).toBeGreaterThan(0);
    },
    BUDGET_MS + 60_000,
  );

  for (const group of groups) {
    it.skipIf(readyGenerators(group).length === 0)(
      `on random ${group.name} commands (seed ${SEED})`,
      async () => {
        const result = await servers.run(group, { ops: OPS, seed: SEED, budgetMs: BUDGET_MS });
        expect(result.ops).toBeGreaterThan(0);
      },
      BUDGET_MS + 60_000,
    );
  }
});
