/**
 * pair: a list of commands on kvasm and on native Redis, compared reply by reply. For fixed cases: what the
 * differential tests found once, and what a person wants to be sure of.
 *
 *     const pair = usePair();
 *     it("LPOS finds from the end", () => pair.expectSame(["RPUSH l a b a", "LPOS l a RANK -1"]));
 *
 * Each list starts on empty servers. Where no native Redis can be had, the tests of a pair are skipped.
 */
import { afterAll, beforeAll, expect } from "vitest";
import { type CommandLike, showCommand, toArgv } from "./command-line.ts";
import { sameReply } from "./compare.ts";
import { differenceOf, readDataset } from "./dataset.ts";
import { native, startNative } from "./native.ts";
import { type Reply, type RespClient, show } from "./resp-client.ts";
import { startKvasm } from "./server.ts";
import type { SpawnedServer } from "./spawn-server.ts";

export interface Pair {
  /** False where there is nothing to compare with: `describe.skipIf(!pair.available)`. */
  readonly available: boolean;
  readonly kvasm: SpawnedServer;
  readonly native: SpawnedServer;
  /**
   * Runs the commands on both, from empty databases, and expects equal replies and equal data at the end.
   * @param commands  lines, or argv for any bytes     @param options.resp  2 if not given
   * @returns         the replies of kvasm
   */
  expectSame(commands: readonly CommandLike[], options?: { resp?: 2 | 3 }): Promise<Reply[]>;
}

/** Both servers for the tests of this file (or describe block), with options for each or for both. */
export function usePair(
  options: { args?: string[]; kvasmArgs?: string[]; nativeArgs?: string[] } = {},
): Pair {
  const available = native.redis !== undefined;
  let kvasm: SpawnedServer | undefined;
  let other: SpawnedServer | undefined;
  let clients: [RespClient, RespClient] | undefined;

  beforeAll(async () => {
    if (!available) return;
    [kvasm, other] = await Promise.all([
      startKvasm({ args: [...(options.args ?? []), ...(options.kvasmArgs ?? [])] }),
      startNative("redis", { args: [...(options.args ?? []), ...(options.nativeArgs ?? [])] }),
    ]);
  });
  afterAll(async () => {
    await Promise.all([kvasm?.stop(), other?.stop()]);
  });

  return {
    available,
    get kvasm() {
      return kvasm as SpawnedServer;
    },
    get native() {
      return other as SpawnedServer;
    },
    async expectSame(commands, { resp = 2 } = {}) {
      // New connections: what an earlier list left (MULTI, SELECT, a subscription) is not ours.
      for (const client of clients ?? []) await client.close();
      clients = [await (kvasm as SpawnedServer).connect(), await (other as SpawnedServer).connect()];
      const [mine, theirs] = clients;
      for (const client of clients) {
        await client.do("FLUSHALL");
        if (resp === 3) await client.send("HELLO", 3);
      }
      const argvs = commands.map(toArgv);
      const replies: Reply[] = [];
      for (const [i, argv] of argvs.entries()) {
        const [a, b] = await Promise.all([mine.send(...argv), theirs.send(...argv)]);
        if (!sameReply(a, b, argv)) {
          const before = argvs.slice(0, i).map(showCommand).join("\n");
          expect.fail(`${before}\n${showCommand(argv)}\nkvasm:  ${show(a)}\nnative: ${show(b)}`);
        }
        replies.push(a);
      }
      const [a, b] = [await readDataset(mine), await readDataset(theirs)];
      for (const key of new Set([...a.keys(), ...b.keys()])) {
        const difference = differenceOf(key, a.get(key), b.get(key));
        if (difference !== undefined) {
          expect.fail(
            `${argvs.map(showCommand).join("\n")}\nthen (here: kvasm, there: native) ${difference}`,
          );
        }
      }
      return replies;
    },
  };
}
