/**
 * clients: several connections in lock step on kvasm and on native Redis: who blocks, who is served and with what, what
 * WATCH and MULTI make of the commands of others. One step is one command of one client; the next comes when everybody
 * has his reply or is known to wait, so that what happens does not depend on speed.
 *
 * When is a step over? Clients that have sent more than they got replies to are either blocked or not done yet; as many of
 * them as INFO counts as blocked means that none is not done.
 */
import { showCommand } from "../support/command-line.ts";
import { exact, sameReply } from "../support/compare.ts";
import { differenceOf, readDataset } from "../support/dataset.ts";
import { startNative } from "../support/native.ts";
import { type Reply, RespClient, show } from "../support/resp-client.ts";
import { startKvasm } from "../support/server.ts";
import type { SpawnedServer } from "../support/spawn-server.ts";
import { Draw } from "./generator.ts";

const CLIENTS = 5;
const EPISODE_STEPS = 200;
const PATIENCE_MS = 5000;
const SHRINK_BUDGET_MS = 40_000;
/** Few keys, of whatever type comes: clients wait for one type and find another. */
const KEYS = ["k0", "k1", "k2", "k3"];
/** Stands for the id of client n: `#2`. */
const CLIENT_ID = /^#(\d)$/;

export interface Step {
  client: number;
  argv: string[];
}

/** Thrown with everything needed to reproduce it in its message. */
export class ClientsMismatch extends Error {}

// --- what clients say ---

function list(draw: Draw): string[] {
  return draw.list(1, 3, () => draw.pick(["a", "b", "c", "1"]));
}

function keys(draw: Draw): string[] {
  return draw.list(1, 3, () => draw.pick(KEYS));
}

function side(draw: Draw): string {
  return draw.pick(["LEFT", "RIGHT"]);
}

/** IDs rise mostly: a stream takes no others. */
function streamId(draw: Draw, step: number): string {
  return draw.chance(0.95) ? `${step + 1}-0` : `${draw.between(0, 20)}-1`;
}

// FLUSHALL with ASYNC: without it, Redis counts its client as blocked while memory is freed.
type Say = (draw: Draw, step: number) => string[];
const SAY: readonly { weight: number; say: Say }[] = [
  { weight: 6, say: (draw) => [draw.pick(["BLPOP", "BRPOP"]), ...keys(draw), "0"] },
  { weight: 2, say: (draw) => ["BLMOVE", draw.pick(KEYS), draw.pick(KEYS), side(draw), side(draw), "0"] },
  { weight: 1, say: (draw) => ["BRPOPLPUSH", draw.pick(KEYS), draw.pick(KEYS), "0"] },
  {
    weight: 2,
    say: (draw) => {
      const from = keys(draw);
      return ["BLMPOP", "0", String(from.length), ...from, side(draw), ...draw.option(0.5, "COUNT", "2")];
    },
  },
  { weight: 3, say: (draw) => [draw.pick(["BZPOPMIN", "BZPOPMAX"]), ...keys(draw), "0"] },
  {
    weight: 2,
    say: (draw) => {
      const from = keys(draw);
      return [
        "BZMPOP",
        "0",
        String(from.length),
        ...from,
        draw.pick(["MIN", "MAX"]),
        ...draw.option(0.5, "COUNT", "2"),
      ];
    },
  },
  {
    weight: 2,
    say: (draw) => ["XREAD", "BLOCK", "0", "STREAMS", draw.pick(KEYS), draw.pick(["$", "0-0", "5-0", "+"])],
  },
  {
    weight: 3,
    say: (draw) => [
      ...[
        "XREADGROUP",
        "GROUP",
        "g",
        draw.pick(["c", "d"]),
        ...draw.option(0.3, "NOACK"),
        "BLOCK",
        "0",
        "STREAMS",
      ],
      ...[draw.pick(KEYS), draw.chance(0.9) ? ">" : "0"],
    ],
  },
  { weight: 8, say: (draw) => [draw.pick(["RPUSH", "LPUSH"]), draw.pick(KEYS), ...list(draw)] },
  {
    weight: 5,
    say: (draw) => ["ZADD", draw.pick(KEYS), ...list(draw).flatMap((member, i) => [String(i), member])],
  },
  { weight: 5, say: (draw, step) => ["XADD", draw.pick(KEYS), streamId(draw, step), "f", "v"] },
  { weight: 3, say: (draw) => ["XGROUP", "CREATE", draw.pick(KEYS), "g", draw.pick(["$", "0"]), "MKSTREAM"] },
  { weight: 1, say: (draw) => ["XGROUP", "DESTROY", draw.pick(KEYS), "g"] },
  { weight: 1, say: (draw) => ["XSETID", draw.pick(KEYS), "100-0"] },
  { weight: 5, say: (draw) => ["DEL", ...keys(draw)] },
  { weight: 2, say: (draw) => ["SET", draw.pick(KEYS), draw.pick(["1", "x"])] },
  { weight: 1, say: (draw) => ["INCR", draw.pick(KEYS)] },
  { weight: 1, say: (draw) => ["SADD", draw.pick(KEYS), ...list(draw)] },
  { weight: 2, say: (draw) => ["RENAME", draw.pick(KEYS), draw.pick(KEYS)] },
  { weight: 2, say: (draw) => ["COPY", draw.pick(KEYS), draw.pick(KEYS), ...draw.option(0.5, "REPLACE")] },
  { weight: 1, say: (draw) => ["MOVE", draw.pick(KEYS), draw.pick(["0", "1"])] },
  { weight: 1, say: (draw) => ["EXPIRE", draw.pick(KEYS), draw.pick(["0", "-1", "1000"])] },
  { weight: 1, say: (draw) => ["PERSIST", draw.pick(KEYS)] },
  { weight: 2, say: (draw) => ["LMOVE", draw.pick(KEYS), draw.pick(KEYS), side(draw), side(draw)] },
  { weight: 1, say: (draw) => ["LINSERT", draw.pick(KEYS), "BEFORE", "a", "z"] },
  { weight: 1, say: (draw) => ["SORT", draw.pick(KEYS), "ALPHA", "STORE", draw.pick(KEYS)] },
  { weight: 1, say: (draw) => ["ZUNIONSTORE", draw.pick(KEYS), "1", draw.pick(KEYS)] },
  { weight: 2, say: (draw) => [draw.pick(["LPOP", "RPOP", "ZPOPMIN", "TYPE", "LLEN"]), draw.pick(KEYS)] },
  {
    weight: 1,
    say: (draw) =>
      draw.pick([
        ["FLUSHALL", "ASYNC"],
        ["FLUSHDB", "ASYNC"],
        ["SWAPDB", "0", "1"],
        ["SWAPDB", "1", "0"],
      ]),
  },
  { weight: 1, say: (draw) => ["SELECT", draw.pick(["0", "0", "1"])] },
  { weight: 5, say: () => ["MULTI"] },
  { weight: 8, say: () => ["EXEC"] },
  { weight: 1, say: () => ["DISCARD"] },
  { weight: 4, say: (draw) => ["WATCH", ...keys(draw)] },
  { weight: 1, say: () => ["UNWATCH"] },
  { weight: 1, say: () => ["NOSUCHCOMMAND"] },
  { weight: 1, say: () => ["RESET"] },
  {
    weight: 3,
    say: (draw) => [
      ...["CLIENT", "UNBLOCK", `#${draw.below(CLIENTS)}`],
      ...draw.pick([[], ["TIMEOUT"], ["ERROR"]]),
    ],
  },
  {
    weight: 3,
    say: (draw) => [
      ...["EVAL", "redis.call('RPUSH', KEYS[1], 'x', 'y') return redis.call('LPUSH', KEYS[2], 'z')", "2"],
      ...[draw.pick(KEYS), draw.pick(KEYS)],
    ],
  },
  {
    weight: 1,
    say: (draw) => ["EVAL", "return redis.call(unpack(ARGV))", "0", "BLPOP", draw.pick(KEYS), "0"],
  },
];

/** A client that waits is left alone mostly: what it sends now has its turn when it waits no more. */
const DISTURB_CHANCE = 0.05;

// --- the servers ---

class Side {
  readonly #start: () => Promise<SpawnedServer>;
  #server: SpawnedServer | undefined;
  #driver: RespClient | undefined;
  #clients: RespClient[] = [];
  #ids: string[] = [];
  #outstanding: number[] = [];

  constructor(start: () => Promise<SpawnedServer>) {
    this.#start = start;
  }

  async fresh(resp: readonly (2 | 3)[]): Promise<void> {
    this.#server ??= await this.#start();
    this.#driver ??= await RespClient.connect({ port: this.#server.port });
    for (const client of this.#clients) await client.close();
    while ((await this.#blocked()) > 0);
    await this.#driver.do("FLUSHALL");
    this.#clients = [];
    this.#ids = [];
    for (const version of resp) {
      const client = await RespClient.connect({ port: this.#server.port });
      if (version === 3) await client.send("HELLO", "3");
      this.#clients.push(client);
      this.#ids.push(String(await client.do("CLIENT", "ID")));
    }
    this.#outstanding = resp.map(() => 0);
  }

  get driver(): RespClient {
    return this.#driver as RespClient;
  }

  isWaiting(client: number): boolean {
    return (this.#outstanding[client] as number) > 0;
  }

  /** Carries a step out. @returns what each client has got; undefined where somebody gets nothing and does not block */
  async step({ client, argv }: Step): Promise<Reply[][] | undefined> {
    const sent = argv.map((arg) => this.#ids[Number(CLIENT_ID.exec(arg)?.[1])] ?? arg);
    (this.#clients[client] as RespClient).post(...sent);
    this.#outstanding[client] = (this.#outstanding[client] as number) + 1;
    const got: Reply[][] = this.#clients.map(() => []);
    const deadline = performance.now() + PATIENCE_MS;
    while (performance.now() < deadline) {
      // Counted before the question: the answer may be older than replies that came meanwhile.
      const waiting = this.#outstanding.filter((count) => count > 0).length;
      const blocked = await this.#blocked();
      const news = await this.#collect(got);
      if (blocked === waiting && !news) return got;
    }
    return undefined;
  }

  /** Takes the replies that have come. @returns whether there were any */
  async #collect(got: Reply[][]): Promise<boolean> {
    let news = false;
    for (const [i, from] of this.#clients.entries()) {
      while (from.received > 0) {
        got[i]!.push(await from.receive());
        this.#outstanding[i]!--;
        news = true;
      }
    }
    return news;
  }

  async #blocked(): Promise<number> {
    const info = String(await this.driver.do("INFO", "clients"));
    return Number(/blocked_clients:(\d+)/.exec(info)?.[1]);
  }

  async close(): Promise<void> {
    for (const client of [...this.#clients, ...(this.#driver ? [this.#driver] : [])]) await client.close();
    await this.#server?.stop();
  }
}

// --- runs ---

export interface ClientsOptions {
  steps: number;
  seed: number;
  budgetMs?: number;
  log?(line: string): void;
}

interface Failure {
  steps: Step[];
  what: string;
}

export class DifferentialClients {
  readonly #mine: Side;
  readonly #theirs: Side;

  /** @param against  "native": native Redis against itself, to check what clients say */
  constructor(against: "kvasm" | "native" = "kvasm") {
    this.#mine = new Side(against === "kvasm" ? () => startKvasm() : () => startNative("redis"));
    this.#theirs = new Side(() => startNative("redis"));
  }

  /** @returns how many steps were done     @throws ClientsMismatch */
  async run(options: ClientsOptions): Promise<number> {
    const seeds = new Draw(options.seed);
    const deadline = performance.now() + (options.budgetMs ?? Infinity);
    let done = 0;
    while (done < options.steps && performance.now() < deadline) {
      const seed = seeds.u32();
      const failure = await this.#episode(seed);
      if (failure !== undefined) {
        options.log?.("clients: mismatch, looking for fewer steps that show it");
        throw new ClientsMismatch(report(options.seed, await this.#shrink(seed, failure)));
      }
      done += EPISODE_STEPS;
      if (done % (50 * EPISODE_STEPS) === 0) options.log?.(`clients: ${done} steps`);
    }
    return done;
  }

  async close(): Promise<void> {
    await Promise.all([this.#mine.close(), this.#theirs.close()]);
  }

  async #episode(seed: number): Promise<Failure | undefined> {
    const draw = new Draw(seed);
    const resp = versions(draw);
    const said = SAY.map((choice) => ({ ...choice, weight: choice.weight * (draw.chance(0.2) ? 0 : 1) }));
    const steps: Step[] = [];
    return this.#play(resp, steps, () => {
      if (steps.length === EPISODE_STEPS) return undefined;
      let client = draw.below(CLIENTS);
      for (let i = 0; i < CLIENTS && this.#theirs.isWaiting(client) && !draw.chance(DISTURB_CHANCE); i++) {
        client = (client + 1) % CLIENTS;
      }
      return { client, argv: draw.weighted(said).say(draw, steps.length) };
    });
  }

  /** Plays steps on both servers until there is no next one; collects them in `steps`. */
  async #play(
    resp: readonly (2 | 3)[],
    steps: Step[],
    next: () => Step | undefined,
  ): Promise<Failure | undefined> {
    await Promise.all([this.#mine.fresh(resp), this.#theirs.fresh(resp)]);
    for (let step = next(); step !== undefined; step = next()) {
      steps.push(step);
      const [mine, theirs] = await Promise.all([this.#mine.step(step), this.#theirs.step(step)]);
      if (theirs === undefined) throw new Error(`native neither replied nor blocked: ${showStep(step)}`);
      if (mine === undefined) return { steps, what: "kvasm neither replied nor blocked" };
      for (let i = 0; i < CLIENTS; i++) {
        const [a, b] = [mine[i] as Reply[], theirs[i] as Reply[]];
        if (a.length === b.length && a.every((reply, j) => sameReply(reply, b[j] as Reply, [], exact)))
          continue;
        const text = (replies: Reply[]) => replies.map((reply) => show(reply)).join(" ") || "nothing";
        return { steps, what: `client ${i} gets\nkvasm:  ${text(a)}\nnative: ${text(b)}` };
      }
    }
    const [a, b] = await Promise.all([readDataset(this.#mine.driver), readDataset(this.#theirs.driver)]);
    for (const key of new Set([...a.keys(), ...b.keys()])) {
      const difference = differenceOf(key, a.get(key), b.get(key));
      if (difference !== undefined)
        return { steps, what: `at the end (here: kvasm, there: native): ${difference}` };
    }
    return undefined;
  }

  async #shrink(seed: number, failure: Failure): Promise<Failure> {
    const deadline = performance.now() + SHRINK_BUDGET_MS;
    const resp = versions(new Draw(seed));
    let best = failure;
    for (let size = Math.ceil(best.steps.length / 2); performance.now() < deadline;) {
      let removed = false;
      for (let from = 0; from < best.steps.length && performance.now() < deadline;) {
        const rest = [...best.steps.slice(0, from), ...best.steps.slice(from + size)];
        const again = rest.length < best.steps.length ? await this.#replay(resp, rest) : undefined;
        if (again === undefined) from += size;
        else {
          best = again;
          removed = true;
        }
      }
      if (size > 1) size = Math.ceil(size / 2);
      else if (!removed) break;
    }
    return best;
  }

  #replay(resp: readonly (2 | 3)[], steps: readonly Step[]): Promise<Failure | undefined> {
    const left = [...steps];
    return this.#play(resp, [], () => left.shift());
  }
}

function versions(draw: Draw): (2 | 3)[] {
  return Array.from({ length: CLIENTS }, () => draw.pick([2, 3] as const));
}

function showStep({ client, argv }: Step): string {
  return `${client}> ${showCommand(argv)}`;
}

function report(seed: number, { steps, what }: Failure): string {
  return [
    `clients: kvasm and native Redis differ (seed ${seed}); #n is the id of client n:`,
    ...steps.map(showStep),
    what,
    `again: npm run test:soak -- --group clients --seed ${seed}`,
  ].join("\n");
}
