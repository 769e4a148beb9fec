/**
 * runner: the same random commands on kvasm and on native Redis, replies and datasets compared.
 *
 * A run is made of episodes. An episode starts from empty servers with some settings, RESP version and mode
 * drawn, sends its commands in pipelines of random length to both, compares reply by reply, and at its end
 * the whole dataset, and that each side loads the other's DUMP payloads. What fails is replayed with ever
 * fewer commands until none can be left out, and shown as lines that can be pasted into redis-cli.
 */
import { type Command, showCommand } from "../support/command-line.ts";
import { exact, type Rule, sameReply, sortMaps } from "../support/compare.ts";
import { differenceOf, type KeyState, readDataset, readKeys } from "../support/dataset.ts";
import { startNative } from "../support/native.ts";
import { encodePipeline, quote, type Reply, RespClient, show } from "../support/resp-client.ts";
import { startKvasm } from "../support/server.ts";
import type { SpawnedServer } from "../support/spawn-server.ts";
import { isReady, mayBlock } from "../support/table.ts";
import { type CommandGenerator, Draw, type Group, WRONG_TYPE_KEYS } from "./generator.ts";
import { NOISE } from "./noise.ts";

const EPISODE_OPS_MAX = 2000;
const PIPELINE_MAX = 64;
const NOISE_SHARE = 0.1;
const MALFORMED_SHARE = 0.05;
/** Every so many commands the keys of wrong type are made anew. */
const WRONG_KEYS_EVERY = 150;
const ANSWER_TIMEOUT_MS = 15_000;
/** The same, while looking for fewer commands that make it silent. */
const SHRINK_ANSWER_TIMEOUT_MS = 2000;
const SHRINK_BUDGET_MS = 40_000;

export interface RunOptions {
  ops: number;
  seed: number;
  /** Stop early after this long; what was done is in the result. */
  budgetMs?: number;
  log?(line: string): void;
}

export interface RunResult {
  ops: number;
  episodes: number;
  /** How often each command ran. */
  commands: Map<string, number>;
}

/** One command of an episode with how to compare its reply. */
interface Op {
  argv: Command;
  rule?: Rule | undefined;
  /** The command that a script calls, where that is what it does. */
  called?: Command;
}

/** Scripts that call the command in their arguments. A number at their end is that of keys: none. */
const SCRIPTS = [
  "return redis.call(unpack(ARGV))",
  "return redis.pcall(unpack(ARGV))",
  "local reply = redis.pcall(unpack(ARGV)) return {type(reply), reply}",
];
const SCRIPTS_RESP3 = SCRIPTS.map((script) => `redis.setresp(3) ${script}`);
/** Share of the commands that go through a script, in episodes that have scripts. */
const SCRIPTED_SHARE = 0.6;

interface Setting {
  name: string;
  value: string;
}

interface Episode {
  seed: number;
  resp: 2 | 3;
  settings: Setting[];
  ops: Op[];
}

/** Thrown with everything needed to reproduce it in its message. */
export class Mismatch extends Error {}

/** The group's generators whose commands are ready. */
export function readyGenerators(group: Group): CommandGenerator[] {
  return group.commands.filter(({ command }) => isReady(command));
}

/** One of the two servers: restarted when it died, so that a crash can be shrunk like any other failure. */
class Side {
  readonly #start: () => Promise<SpawnedServer>;
  #server: SpawnedServer | undefined;
  #client: RespClient | undefined;

  constructor(start: () => Promise<SpawnedServer>) {
    this.#start = start;
  }

  /** An empty server, and a new connection that speaks this RESP version: nothing is left of an episode before. */
  async fresh(resp: 2 | 3, settings: Setting[]): Promise<RespClient> {
    this.#server ??= await this.#start();
    await this.#client?.close();
    this.#client = await RespClient.connect({ port: this.#server.port });
    const begin: string[][] = [
      ["FLUSHALL"],
      ...settings.map(({ name, value }) => ["CONFIG", "SET", name, value]),
    ];
    if (isReady("hello")) begin.unshift(["HELLO", String(resp)]);
    // A mismatch may have left a transaction open.
    if (isReady("multi")) await this.#client.send("DISCARD");
    for (const reply of await this.#client.pipeline(begin)) {
      if (reply.type === "error") throw new Error(`${this.#server.name}: ${reply.value}`);
    }
    return this.#client;
  }

  /** Sends commands and waits for all replies; fewer replies than commands when it died or fell silent. */
  async run(ops: Op[], timeoutMs: number, pieces?: Draw): Promise<{ replies: Reply[]; failure?: string }> {
    const client = this.#client as RespClient;
    const replies: Reply[] = [];
    const pending = client.expectEach(ops.length);
    for (const reply of pending) reply.then((value) => replies.push(value)).catch(() => {});
    const bytes = encodePipeline(ops.map((op) => op.argv));
    if (pieces) void writeInPieces(client, bytes, pieces);
    else client.socket.write(bytes);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer for ${timeoutMs} ms`)), timeoutMs);
    });
    try {
      await Promise.race([Promise.all(pending), late]);
      return { replies };
    } catch (error) {
      const log = this.#server?.log.trimEnd().split("\n").slice(-15).join("\n") ?? "";
      await this.abandon();
      return { replies, failure: `${(error as Error).message}\n${log}` };
    } finally {
      clearTimeout(timer);
    }
  }

  get client(): RespClient {
    return this.#client as RespClient;
  }

  async settingsNow(names: string[]): Promise<Setting[]> {
    const settings: Setting[] = [];
    for (const name of names) {
      const reply = (await this.client.do("CONFIG", "GET", name)) as string[];
      if (reply[1] !== undefined) settings.push({ name, value: reply[1] });
    }
    return settings;
  }

  async abandon(): Promise<void> {
    const server = this.#server;
    await this.#client?.close();
    this.#server = undefined;
    this.#client = undefined;
    server?.kill("SIGKILL");
    await server?.stop();
  }
}

/** The pipeline cut anywhere, so that the parser meets every kind of half command. */
async function writeInPieces(client: RespClient, bytes: Buffer, draw: Draw): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const size = draw.chance(0.5) ? draw.between(1, 20) : draw.between(1, 2000);
    client.socket.write(bytes.subarray(at, at + size));
    at += size;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Both servers, for as many runs as are wanted. */
export class Differential {
  readonly #mine: Side;
  readonly #theirs: Side;
  #defaults: Setting[] = [];

  /** @param against  what stands in for kvasm; native itself tests the framework */
  constructor(against: "kvasm" | "native" = "kvasm") {
    this.#mine = new Side(() => (against === "kvasm" ? startKvasm() : startNative("redis")));
    this.#theirs = new Side(() => startNative("redis"));
  }

  async close(): Promise<void> {
    await Promise.all([this.#mine.abandon(), this.#theirs.abandon()]);
  }

  /** Runs a group's generators. Throws a Mismatch with a reproduction. */
  async run(group: Group, options: RunOptions): Promise<RunResult> {
    const result: RunResult = { ops: 0, episodes: 0, commands: new Map() };
    const generators = readyGenerators(group);
    if (generators.length === 0) return result;
    const seeds = new Draw(options.seed);
    const deadline = performance.now() + (options.budgetMs ?? Infinity);
    await this.#theirs.fresh(2, []);
    // The settings of earlier groups' last episodes go, too.
    const known = new Set(this.#defaults.map(({ name }) => name));
    const names = (group.settings ?? []).map(([name]) => name).filter((name) => !known.has(name));
    this.#defaults.push(...(await this.#theirs.settingsNow(names)));

    while (result.ops < options.ops && performance.now() < deadline) {
      const episode = makeEpisode(
        group,
        generators,
        seeds.u32(),
        Math.min(EPISODE_OPS_MAX, options.ops - result.ops),
      );
      await this.#check(group, episode, options);
      result.ops += episode.ops.length;
      result.episodes++;
      for (const { argv } of episode.ops) {
        const name = (argv[0] as string).toLowerCase();
        result.commands.set(name, (result.commands.get(name) ?? 0) + 1);
      }
      if (result.episodes % 100 === 0) options.log?.(`${group.name}: ${result.ops} commands`);
    }
    return result;
  }

  async #check(group: Group, episode: Episode, options: RunOptions): Promise<void> {
    const failure = await this.#play(episode, "pipelines", ANSWER_TIMEOUT_MS);
    if (failure === undefined) return;
    options.log?.(`${group.name}: mismatch, looking for fewer commands that show it`);
    const small = await this.#shrink(episode, failure);
    throw new Mismatch(report(group, options.seed, episode, small, small ?? failure));
  }

  /**
   * Plays an episode on both servers; what differed, or undefined.
   * @param how  in pipelines of random length, or all in one, which shrinks better
   */
  async #play(
    episode: Episode,
    how: "pipelines" | "one pipeline",
    timeoutMs: number,
  ): Promise<Failure | undefined> {
    const one = how === "one pipeline";
    const settings = [...(isReady("config|set") ? [...this.#defaults, ...episode.settings] : [])];
    await Promise.all([this.#mine.fresh(episode.resp, settings), this.#theirs.fresh(episode.resp, settings)]);
    const draw = new Draw(episode.seed ^ 0x5bd1e995);
    const transaction: Op[] = [];
    for (let at = 0; at < episode.ops.length;) {
      const chunk = episode.ops.slice(at, one ? undefined : at + draw.between(1, PIPELINE_MAX));
      const pieces = !one && draw.chance(0.1) ? draw : undefined;
      const [mine, theirs] = await Promise.all([
        this.#mine.run(chunk, timeoutMs, pieces),
        this.#theirs.run(chunk, ANSWER_TIMEOUT_MS),
      ]);
      if (theirs.failure !== undefined) {
        throw new Error(
          `the native server failed: ${theirs.failure}\n${chunk.map((op) => showCommand(op.argv)).join("\n")}`,
        );
      }
      for (let i = 0; i < chunk.length; i++) {
        const op = chunk[i] as Op;
        const [a, b] = [mine.replies[i], theirs.replies[i] as Reply];
        // Replies go out together: which command of the pipeline it was cannot be seen.
        if (a === undefined)
          return { at: at + chunk.length - 1, what: `kvasm: ${mine.failure}`, silent: true };
        if (!same(a, b, op, transaction)) {
          return { at: at + i, what: `kvasm:  ${show(a)}\nnative: ${show(b)}` };
        }
      }
      at += chunk.length;
    }
    const what = (await this.#compareDatasets()) ?? (await this.#crossRestore(episode));
    return what === undefined ? undefined : { at: episode.ops.length - 1, what };
  }

  async #compareDatasets(): Promise<string | undefined> {
    if (!isReady("keys", "type", "object|encoding", "pexpiretime")) return undefined;
    await this.#endTransactions();
    const [mine, theirs] = await Promise.all([
      readDataset(this.#mine.client),
      readDataset(this.#theirs.client),
    ]);
    for (const key of new Set([...mine.keys(), ...theirs.keys()])) {
      const difference = differenceOf(key, mine.get(key), theirs.get(key));
      if (difference !== undefined)
        return `at the end, the dataset differs (here: kvasm, there: native): ${difference}`;
    }
    return undefined;
  }

  /** Each side must load the other's DUMP payloads to just what its own payloads load to. */
  async #crossRestore(episode: Episode): Promise<string | undefined> {
    if (!isReady("dump", "restore", "keys") || episode.seed % 4 !== 0) return undefined;
    const all = ((await this.#theirs.client.do("KEYS", "*")) as string[]).sort();
    const [mine, theirs] = [await dumpAll(this.#mine.client, all), await dumpAll(this.#theirs.client, all)];
    // A DUMP that fails is a mismatch of DUMP itself, which the generic group finds.
    const keys = all.filter((_, i) => mine[i] !== undefined && theirs[i] !== undefined);
    const sides = [
      { name: "kvasm", client: this.#mine.client, payloads: mine.filter((payload) => payload !== undefined) },
      {
        name: "native",
        client: this.#theirs.client,
        payloads: theirs.filter((_, i) => mine[i] !== undefined) as string[],
      },
    ] as const;
    for (const to of sides) {
      const from = to === sides[0] ? sides[1] : sides[0];
      const own = await restoreAll(to.client, keys, to.payloads);
      const other = await restoreAll(to.client, keys, from.payloads);
      for (const [i, key] of keys.entries()) {
        const [a, b] = [own[i] as KeyState | string, other[i] as KeyState | string];
        const payload = `payload by ${from.name}: ${quote(from.payloads[i] as string)}`;
        if (typeof a === "string" || typeof b === "string") {
          if (a === b) continue;
          return `${to.name} restores a DUMP of ${quote(key)} with ${String(b)}, its own with ${String(a)}\n${payload}`;
        }
        const difference = differenceOf(key, a, b);
        if (difference !== undefined) {
          return `${to.name} restores a DUMP by ${from.name} differently (here: its own, there: this): ${difference}\n${payload}`;
        }
      }
    }
    return undefined;
  }

  async #endTransactions(): Promise<void> {
    if (!isReady("multi")) return;
    await Promise.all([this.#mine.client.send("DISCARD"), this.#theirs.client.send("DISCARD")]);
  }

  /** Fewer and shorter commands that still differ, or undefined when a replay does not. */
  async #shrink(episode: Episode, of: Failure): Promise<(Failure & { ops: Op[] }) | undefined> {
    const deadline = performance.now() + SHRINK_BUDGET_MS;
    let best: (Failure & { ops: Op[] }) | undefined;
    let how: "pipelines" | "one pipeline" = "one pipeline";
    const differs = async (ops: Op[]): Promise<boolean> => {
      if (ops.some(({ argv }) => crashesNative(argv))) return false;
      const failure = await this.#play({ ...episode, ops }, how, SHRINK_ANSWER_TIMEOUT_MS);
      if (failure === undefined || failure.silent !== of.silent) return false;
      best = { ...failure, ops: ops.slice(0, failure.at + 1) };
      return true;
    };
    const all = episode.ops.slice(0, of.at + 1);
    if (!(await differs(all))) {
      // It may depend on where pipelines end.
      how = "pipelines";
      if (!(await differs(all))) return undefined;
    }
    const current = () => (best as Failure & { ops: Op[] }).ops;
    for (let size = Math.ceil(current().length / 2); size >= 1;) {
      let removed = false;
      for (let from = 0; from < current().length && performance.now() < deadline;) {
        const ops = current();
        if (await differs([...ops.slice(0, from), ...ops.slice(from + size)])) removed = true;
        else from += size;
      }
      if (performance.now() > deadline) break;
      if (size > 1) size = Math.ceil(size / 2);
      else if (!removed) break;
    }
    await this.#shortenArguments(differs, current, deadline);
    return best;
  }

  async #shortenArguments(differs: (ops: Op[]) => Promise<boolean>, current: () => Op[], deadline: number) {
    for (let i = 0; i < current().length; i++) {
      for (let j = 1; j < (current()[i]?.argv.length ?? 0) && performance.now() < deadline;) {
        const op = current()[i] as Op;
        const arg = op.argv[j] as string;
        const with_ = (...args: string[]) =>
          current().map((other) =>
            other === op
              ? { ...op, argv: [...op.argv.slice(0, j), ...args, ...op.argv.slice(j + 1)] }
              : other,
          );
        if (await differs(with_())) continue; // the argument is gone: the next one is at j now
        if (arg.length > 3 && (await differs(with_(arg.slice(0, arg.length >> 1))))) continue;
        j++;
      }
    }
  }
}

async function dumpAll(client: RespClient, keys: readonly string[]): Promise<(string | undefined)[]> {
  const replies = await client.pipeline(keys.map((key) => ["DUMP", key]));
  return replies.map((reply) => (reply.type === "bulk" ? reply.value : undefined));
}

/** What each payload loads to; the error where it does not. */
async function restoreAll(
  client: RespClient,
  keys: readonly string[],
  payloads: readonly string[],
): Promise<(KeyState | string)[]> {
  const copies = keys.map((key) => `restored:${key}`);
  const replies = await client.pipeline(
    copies.map((copy, i) => ["RESTORE", copy, "0", payloads[i] as string]),
  );
  const states = await readKeys(client, copies);
  await client.pipeline([["DEL", "", ...copies]]);
  return copies.map((copy, i) => {
    const reply = replies[i] as Reply;
    return reply.type === "error" ? reply.value : (states.get(copy) as KeyState);
  });
}

interface Failure {
  /** Index of the command after which it showed. */
  at: number;
  what: string;
  /** It crashed or hung: worth more than a wrong reply, so shrinking does not trade it for one. */
  silent?: boolean;
}

/** Compares a reply; keeps track of MULTI, so that the parts of EXEC's reply have the rules of their commands. */
function same(mine: Reply, theirs: Reply, op: Op, transaction: Op[]): boolean {
  const name = (op.argv[0] ?? "").toLowerCase();
  if (theirs.type === "simple" && theirs.value === "QUEUED") {
    transaction.push(op);
    return sameReply(mine, theirs, op.argv);
  }
  if (op.called !== undefined) return sameCalled(mine, theirs, op);
  if (name !== "exec") {
    // Not for a MULTI within MULTI, which changes nothing.
    if (theirs.type === "simple" && ["multi", "discard", "reset"].includes(name)) transaction.length = 0;
    return sameReply(mine, theirs, op.argv, op.rule);
  }
  const queued = transaction.splice(0);
  if (mine.type !== "array" || theirs.type !== "array") return sameReply(mine, theirs, op.argv);
  return (
    mine.items.length === theirs.items.length &&
    mine.items.every((item, i) => {
      const part = queued[i] as Op;
      const other = theirs.items[i] as Reply;
      return part.called === undefined
        ? sameReply(item, other, part.argv, part.rule)
        : sameCalled(item, other, part);
    })
  );
}

/** Compares what a script has made of a command's reply: alone, or as [its type in Lua, the reply]. */
function sameCalled(mine: Reply, theirs: Reply, op: Op): boolean {
  const called = op.called as Command;
  const [a, b] = [sortMaps(mine), sortMaps(theirs)];
  const isPair = op.argv[1]?.endsWith("}") === true && a.type === "array" && b.type === "array";
  if (!isPair) return sameReply(a, b, called, op.rule);
  return (
    a.items.length === b.items.length &&
    a.items.every((item, i) => sameReply(item, b.items[i] as Reply, called, i === 0 ? exact : op.rule))
  );
}

/** Redis 8.0.2 looks for the count behind a last FIELDS, and dies of what it finds there. */
function crashesNative(argv: Command): boolean {
  const name = /^eval/i.test(argv[0] ?? "") ? argv[3] : argv[0];
  return /^hgetex$/i.test(name ?? "") && /^fields$/i.test(argv.at(-1) ?? "");
}

/** The command, called by a script. */
function inScript(draw: Draw, op: Op, resp: 2 | 3): Op {
  const script = draw.pick(resp === 3 && draw.chance(0.5) ? SCRIPTS_RESP3 : SCRIPTS);
  const name = draw.chance(0.9) ? "EVAL" : "EVAL_RO";
  return { ...op, argv: [name, script, "0", ...op.argv], called: op.argv };
}

function makeEpisode(group: Group, generators: CommandGenerator[], seed: number, opsMax: number): Episode {
  const draw = new Draw(seed);
  const settings: Setting[] = [];
  for (const [name, ...values] of group.settings ?? []) {
    if (draw.chance(0.5)) settings.push({ name, value: draw.pick(values) });
  }
  const noise = group.noise === false ? [] : NOISE.filter(({ command }) => isReady(command));
  const wrong = group.noise === false ? [] : WRONG_TYPE_KEYS.filter(({ command }) => isReady(command));
  const resp = isReady("hello") && draw.chance(0.5) ? 3 : 2;
  const transactions = isReady("multi", "exec") && draw.chance(0.25);
  // Weights drawn anew for each episode, some of them zero: different mixes reach different states.
  const weighted = generators.map((generator) => ({
    ...generator,
    weight: (generator.weight ?? 1) * (draw.chance(0.15) ? 0 : draw.float() + 0.1),
  }));
  const scripted = isReady("eval") && draw.chance(0.15);
  const ops: Op[] = [];
  const push = (op: Op) => {
    ops.push(scripted && draw.chance(SCRIPTED_SHARE) ? inScript(draw, op, resp) : op);
  };
  const size = draw.between(Math.min(50, opsMax), opsMax);
  let untilExec = 0;
  while (ops.length < size) {
    if (ops.length % WRONG_KEYS_EVERY === 0) {
      for (const { setUp } of wrong) ops.push(...setUp.map((argv) => ({ argv })));
    }
    if (transactions && untilExec === 0 && draw.chance(0.1)) {
      ops.push({ argv: ["MULTI"] });
      untilExec = draw.between(1, 20);
    }
    const generator = draw.weighted(noise.length > 0 && draw.chance(NOISE_SHARE) ? noise : weighted);
    let argv: Command = [...generator.command.toUpperCase().split("|"), ...generator.make(draw)];
    // A spoilt timeout may be 0, for ever.
    const mayWait = untilExec === 0 && mayBlock(generator.command);
    if (draw.chance(MALFORMED_SHARE) && !mayWait && generator.wellFormed !== true) argv = draw.malform(argv);
    if (crashesNative(argv)) continue;
    push({ argv, rule: generator.rule });
    for (const after of generator.after?.(argv) ?? []) ops.push("argv" in after ? after : { argv: after });
    if (untilExec > 0 && --untilExec === 0) ops.push({ argv: ["EXEC"] });
  }
  if (untilExec > 0) ops.push({ argv: ["EXEC"] });
  return { seed, resp, settings, ops };
}

function report(
  group: Group,
  seed: number,
  episode: Episode,
  small: { ops: Op[] } | undefined,
  failure: Failure,
): string {
  const ops = small?.ops ?? episode.ops.slice(0, failure.at + 1);
  const lines = [`${group.name}: kvasm and native Redis differ (seed ${seed}, episode ${episode.seed}):`];
  if (small === undefined) {
    lines.push("# a replay did not differ; the last 60 commands were:");
    ops.splice(0, Math.max(0, ops.length - 60));
  }
  lines.push("FLUSHALL");
  if (episode.resp === 3) lines.push("HELLO 3");
  for (const { name, value } of episode.settings) lines.push(`CONFIG SET ${name} ${value}`);
  lines.push(...ops.map((op) => showCommand(op.argv)), failure.what);
  lines.push(`again: npm run test:soak -- --group ${group.name} --seed ${seed}`);
  return lines.join("\n");
}
