/**
 * scene: several clients in lock step on kvasm and on native Redis, for what one connection cannot show: who waits, who
 * is served first. Every reply must be the same on both.
 *
 *     const scene = useScene(pair);
 *     await scene.block("a", "BLPOP k 0");
 *     await scene.run("RPUSH k 1");
 *     await scene.gets("a");
 */
import { afterEach, beforeEach, expect } from "vitest";
import { parseCommand } from "./command-line.ts";
import { sameReply } from "./compare.ts";
import type { Pair } from "./pair.ts";
import { type Reply, type RespClient, show } from "./resp-client.ts";

/** A name for the client that only looks on. */
const DRIVER = "driver";
const PATIENCE_MS = 5000;
const POLL_MS = 2;

type Both = readonly [kvasm: RespClient, native: RespClient];

export class Scene {
  readonly #pair: Pair;
  readonly #clients = new Map<string, Both>();

  constructor(pair: Pair) {
    this.#pair = pair;
  }

  /** A client by name; it comes when it is first spoken of. */
  async #client(name: string): Promise<Both> {
    let both = this.#clients.get(name);
    if (!both) {
      both = [await this.#pair.kvasm.connect(), await this.#pair.native.connect()];
      this.#clients.set(name, both);
    }
    return both;
  }

  /** Commands that do not block, one after the other. */
  async run(...lines: string[]): Promise<Reply[]> {
    return this.runAs(DRIVER, ...lines);
  }

  async runAs(name: string, ...lines: string[]): Promise<Reply[]> {
    const [mine, theirs] = await this.#client(name);
    const replies: Reply[] = [];
    for (const line of lines) {
      const argv = parseCommand(line);
      const [a, b] = await Promise.all([mine.send(...argv), theirs.send(...argv)]);
      expectSame(line, a, b, argv);
      replies.push(a);
    }
    return replies;
  }

  /** A command that makes its client wait, then, in the same write, others behind it. */
  async block(name: string, ...lines: string[]): Promise<void> {
    const clients = await this.#client(name);
    const before = await this.#blocked();
    for (const client of clients) {
      for (const line of lines) client.post(...parseCommand(line));
    }
    await this.#until(
      async () => (await this.#blocked()).every((count, i) => count === before[i]! + 1),
      `${name} to block`,
    );
  }

  /** Sends without waiting for anything. */
  async post(name: string, line: string): Promise<void> {
    for (const client of await this.#client(name)) client.post(...parseCommand(line));
  }

  /** The next reply to what was posted. */
  async gets(name: string): Promise<Reply> {
    const [mine, theirs] = await this.#client(name);
    const [a, b] = await Promise.all([mine.receive(PATIENCE_MS), theirs.receive(PATIENCE_MS)]);
    expectSame(`what ${name} gets`, a, b, []);
    return a;
  }

  /** Nothing has come. */
  async waits(name: string): Promise<void> {
    await this.run("PING");
    for (const client of await this.#client(name)) expect(client.received).toBe(0);
  }

  /** The connection goes. */
  async leave(name: string): Promise<void> {
    const before = await this.#blocked();
    for (const client of await this.#client(name)) await client.close();
    this.#clients.delete(name);
    await this.#until(
      async () => (await this.#blocked()).every((count, i) => count < before[i]!),
      `${name} to go`,
    );
  }

  /** Ids of a client, which differ. */
  async ids(name: string): Promise<[kvasm: number, native: number]> {
    const [mine, theirs] = await this.#client(name);
    return [Number(await mine.do("CLIENT", "ID")), Number(await theirs.do("CLIENT", "ID"))];
  }

  /** As run, with something for each server in the place of `%`. */
  async runEach(line: string, [mine, theirs]: readonly [number, number]): Promise<Reply> {
    const [a, b] = await this.#client(DRIVER);
    const [x, y] = await Promise.all([
      a.send(...parseCommand(line.replace("%", String(mine)))),
      b.send(...parseCommand(line.replace("%", String(theirs)))),
    ]);
    expectSame(line, x, y, []);
    return x;
  }

  async close(): Promise<void> {
    for (const clients of this.#clients.values()) for (const client of clients) await client.close();
    this.#clients.clear();
  }

  async #blocked(): Promise<number[]> {
    const clients = await this.#client(DRIVER);
    return Promise.all(
      clients.map(async (client) => {
        const info = String(await client.do("INFO", "clients"));
        return Number(/blocked_clients:(\d+)/.exec(info)?.[1]);
      }),
    );
  }

  async #until(done: () => Promise<boolean>, what: string): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    while (!(await done())) {
      if (Date.now() > deadline) expect.fail(`waited in vain for ${what}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
}

function expectSame(what: string, mine: Reply, theirs: Reply, argv: readonly string[]): void {
  if (!sameReply(mine, theirs, [...argv])) {
    expect.fail(`${what}\nkvasm:  ${show(mine)}\nnative: ${show(theirs)}`);
  }
}

/** A scene for each test of the file, from empty databases. */
export function useScene(pair: Pair): () => Scene {
  let scene: Scene;
  beforeEach(async () => {
    scene = new Scene(pair);
    if (pair.available) await scene.run("FLUSHALL");
  });
  afterEach(() => scene.close());
  return () => scene;
}
