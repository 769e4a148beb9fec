/** kill -9 at random moments: nothing that was answered is lost, and no transaction is halved. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, it } from "vitest";
import { Prng } from "../support/prng.ts";
import type { RespClient } from "../support/resp-client.ts";
import { startKvasm } from "../support/server.ts";

/** For each way to synchronize; 1,000 and more in the soak. */
const CYCLES = Number(process.env["KVASM_CRASHES"] ?? 15);
const ARGS = ["--appendonly", "yes", "--auto-aof-rewrite-min-size", "1kb"];

/** Writes numbers until the connection ends. @returns the last number that was answered */
async function write(client: RespClient, from: number, rewrite: boolean): Promise<number> {
  let answered = from;
  try {
    for (let n = from + 1; ; n++) {
      if (rewrite && n % 50 === 0) await client.send("BGREWRITEAOF");
      await client.pipeline([
        ["MULTI"],
        ["SET", "number", String(n)],
        ["RPUSH", "list", String(n)],
        ["ZADD", "zset", String(n), "last"],
        ["HSET", "hash", `field ${n % 100}`, String(n)],
        ["SADD", "set", String(n)],
        ["XADD", "stream", `${n}-1`, "n", String(n)],
        ["PFADD", "hyperloglog", String(n)],
        ["EXEC"],
      ]);
      answered = n;
    }
  } catch {
    return answered;
  }
}

it.each(["always", "everysec"])(
  `appendfsync %s: ${CYCLES} crashes`,
  { timeout: 20_000 * CYCLES },
  async (fsync) => {
    const prng = new Prng(7);
    const dir = mkdtempSync(path.join(tmpdir(), "kvasm-crash-"));
    try {
      let answered = 0;
      for (let cycle = 0; cycle <= CYCLES; cycle++) {
        const server = await startKvasm({ dir, args: [...ARGS, "--appendfsync", fsync] });
        const client = await server.connect();
        const found = Number((await client.do("GET", "number")) ?? 0);
        // What the process has handed to the system survives its death, synchronized or not.
        expect(found).toBeGreaterThanOrEqual(answered);
        expect(await client.do("LLEN", "list")).toBe(found);
        expect(await client.do("LINDEX", "list", "-1")).toBe(found === 0 ? null : String(found));
        expect(Number((await client.do("ZSCORE", "zset", "last")) ?? 0)).toBe(found);
        expect(Number((await client.do("HGET", "hash", `field ${found % 100}`)) ?? 0)).toBe(found);
        expect(await client.do("SCARD", "set")).toBe(found);
        expect(await client.do("XREVRANGE", "stream", "+", "-", "COUNT", "1")).toEqual(
          found === 0 ? [] : [[`${found}-1`, ["n", String(found)]]],
        );
        expect(await client.do("EXISTS", "hyperloglog")).toBe(found === 0 ? 0 : 1);
        if (cycle < CYCLES) {
          const writing = write(client, found, prng.below(2) === 0);
          await new Promise((resolve) => setTimeout(resolve, 20 + prng.below(cycle % 5 === 4 ? 2000 : 150)));
          server.kill("SIGKILL");
          answered = await writing;
        }
        await server.stop();
      }
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  },
);
