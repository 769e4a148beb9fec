/**
 * BullMQ, unchanged, through ioredis: its documented first steps. Its Lua scripts use cjson, cmsgpack, streams, hashes
 * and sorted sets; its workers wait with BZPOPMIN. https://docs.bullmq.io/readme-1
 */
import { FlowProducer, Queue, QueueEvents, Worker } from "bullmq";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findCommand } from "../../bindings/command-table.ts";
import type { SpawnedServer } from "../support/spawn-server.ts";
import { startKvasm } from "../support/server.ts";

const NEEDED = ["bzpopmin", "xadd", "xread", "xtrim", "hset", "hmget", "zadd", "rpoplpush", "evalsha"];
const missing = NEEDED.filter((name) => findCommand(name)?.ready !== true);

describe.skipIf(missing.length > 0)("BullMQ", () => {
  let server: SpawnedServer;
  let connection: { host: string; port: number; maxRetriesPerRequest: null };

  beforeAll(async () => {
    server = await startKvasm({ args: ["--maxmemory-policy", "noeviction"] });
    connection = { host: "127.0.0.1", port: server.port, maxRetriesPerRequest: null };
  });
  afterAll(() => server.stop());

  it("a worker processes jobs, delayed and prioritized ones too; failed ones are tried again", async () => {
    const queue = new Queue("paint", { connection });
    const events = new QueueEvents("paint", { connection });
    await events.waitUntilReady();
    let attempts = 0;
    const worker = new Worker(
      "paint",
      async (job) => {
        await job.updateProgress(50);
        if (job.name === "flaky" && ++attempts < 3) throw new Error("not yet");
        return { color: (job.data as { color: string }).color };
      },
      { connection },
    );
    const jobs = await queue.addBulk([
      { name: "cars", data: { color: "blue" } },
      { name: "walls", data: { color: "red" }, opts: { delay: 100 } },
      { name: "boats", data: { color: "green" }, opts: { priority: 5 } },
      {
        name: "flaky",
        data: { color: "grey" },
        opts: { attempts: 3, backoff: { type: "fixed", delay: 50 } },
      },
    ]);
    const results = await Promise.all(jobs.map((job) => job.waitUntilFinished(events, 15_000)));
    expect(results).toEqual([{ color: "blue" }, { color: "red" }, { color: "green" }, { color: "grey" }]);
    expect(attempts).toBe(3);
    expect(await queue.getJobCounts("completed", "failed", "waiting")).toEqual({
      completed: 4,
      failed: 0,
      waiting: 0,
    });
    await worker.close();
    await events.close();
    await queue.obliterate({ force: true });
    await queue.close();
  });

  it("a flow: the parent runs after its children", async () => {
    const order: string[] = [];
    const worker = new Worker("steps", async (job) => void order.push(job.name), { connection });
    const flow = new FlowProducer({ connection });
    const events = new QueueEvents("steps", { connection });
    await events.waitUntilReady();
    const tree = await flow.add({
      name: "renovate",
      queueName: "steps",
      children: [
        { name: "paint", queueName: "steps" },
        { name: "ceiling", queueName: "steps" },
      ],
    });
    await tree.job.waitUntilFinished(events, 15_000);
    expect(order.at(-1)).toBe("renovate");
    expect(order.slice(0, 2).sort()).toEqual(["ceiling", "paint"]);
    await worker.close();
    await events.close();
    await flow.close();
  });
});
