/**
 * sessions: what clients do besides reading and writing: transactions, messages, MONITOR, users with limits, and many
 * connections that do nothing.
 */
import net from "node:net";
import { encodePipeline } from "../../test/support/resp-client.ts";
import { addSample, type Options, type Row, type Suite, wanted } from "../harness.ts";
import { type Contender, startAll, stopAll, versions } from "../contenders.ts";
import { benchmarkCommand, redisBenchmark } from "../load.ts";

const CONNECTIONS = 50;
const PIPELINE = 16;
const KEYS = 100_000;
const SETS = 10;
const TRANSACTIONS = 64_000;
const MESSAGE_BYTES = 100;
const SUBSCRIBERS = [1, 100, 1000];
const DELIVERIES: Readonly<Record<number, number>> = { 1: 200_000, 100: 1_000_000, 1000: 1_000_000 };
const REQUESTS = 1_000_000;
const IDLE = 10_000;
const OPENED_AT_ONCE = 250;
const SETTLE_MS = 3000;

/** A connection whose replies only count. */
class Counter {
  readonly socket: net.Socket;
  received = 0;
  #wanted = Infinity;
  #done: () => void = () => undefined;

  constructor(port: number) {
    this.socket = net.connect({ port, host: "127.0.0.1", noDelay: true });
    this.socket.on("data", (chunk) => {
      this.received += chunk.length;
      if (this.received >= this.#wanted) this.#done();
    });
    this.socket.on("error", () => undefined);
  }

  /** Until so many bytes have come since the connection was made. */
  async until(bytes: number): Promise<void> {
    if (this.received >= bytes) return;
    this.#wanted = bytes;
    await new Promise<void>((resolve) => (this.#done = resolve));
    this.#wanted = Infinity;
  }

  close(): void {
    this.socket.destroy();
  }
}

/** Notes how much one piece of work cost a contender. @param units  of work, for the metrics per unit */
async function measure(
  row: Row,
  contender: Contender,
  units: number,
  work: () => Promise<void>,
): Promise<void> {
  const cpu = contender.cpuSeconds();
  const startedAt = performance.now();
  await work();
  const seconds = (performance.now() - startedAt) / 1000;
  addSample(row, "rps", contender.name, units / seconds);
  addSample(row, "cpu", contender.name, ((contender.cpuSeconds() - cpu) * 1e6) / units);
}

/** MULTI, ten SETs, EXEC; sixteen of them in a write. */
async function transactions(contender: Contender, count: number): Promise<void> {
  const replyBytes = PIPELINE * ("+OK\r\n*10\r\n".length + SETS * "+QUEUED\r\n+OK\r\n".length);
  const clients = Array.from({ length: CONNECTIONS }, () => new Counter(contender.port));
  const rounds = Math.ceil(count / PIPELINE / CONNECTIONS);
  await Promise.all(
    clients.map(async (client, c) => {
      const batches = [0, 1, 2, 3].map((n) => transactionBatch(c * 4 + n));
      for (let round = 1; round <= rounds; round++) {
        client.socket.write(batches[round % batches.length]!);
        await client.until(round * replyBytes);
      }
    }),
  );
  for (const client of clients) client.close();
}

function transactionBatch(seed: number): string {
  const key = (n: number) => `key:${String((seed * 7919 + n * 104_729) % KEYS).padStart(12, "0")}`;
  const one = (t: number) => [
    ["MULTI"],
    ...Array.from({ length: SETS }, (_, n) => ["SET", key(t * SETS + n), "xxx"]),
    ["EXEC"],
  ];
  return encodePipeline(Array.from({ length: PIPELINE }, (_, t) => one(t)).flat()).toString("latin1");
}

/** Messages to subscribers who read all of them; the next sixteen when the last ones have arrived. */
class Audience {
  readonly #subscribers: Counter[];
  readonly #publisher: Counter;
  readonly #batch: string;
  readonly #messageBytes: number;
  readonly #replyBytes: number;

  private constructor(subscribers: Counter[], publisher: Counter) {
    this.#subscribers = subscribers;
    this.#publisher = publisher;
    const message = "x".repeat(MESSAGE_BYTES);
    this.#batch = encodePipeline(
      Array.from({ length: PIPELINE }, () => ["PUBLISH", "news", message]),
    ).toString();
    this.#messageBytes = encodePipeline([["message", "news", message]]).length;
    this.#replyBytes = `:${subscribers.length}\r\n`.length;
  }

  static async of(contender: Contender, size: number): Promise<Audience> {
    const subscribers: Counter[] = [];
    for (let i = 0; i < size; i++) {
      const one = new Counter(contender.port);
      subscribers.push(one);
      one.socket.write(encodePipeline([["SUBSCRIBE", "news"]]));
      await one.until(1);
    }
    for (const one of subscribers) one.received = 0;
    return new Audience(subscribers, new Counter(contender.port));
  }

  async hear(deliveries: number): Promise<void> {
    const rounds = Math.ceil(deliveries / PIPELINE / this.#subscribers.length);
    const before = this.#subscribers[0]!.received;
    const repliesBefore = this.#publisher.received;
    for (let round = 1; round <= rounds; round++) {
      this.#publisher.socket.write(this.#batch);
      await this.#publisher.until(repliesBefore + round * PIPELINE * this.#replyBytes);
      await Promise.all(
        this.#subscribers.map((one) => one.until(before + round * PIPELINE * this.#messageBytes)),
      );
    }
  }

  leave(): void {
    for (const one of [...this.#subscribers, this.#publisher]) one.close();
  }
}

/** Resident memory with many connections that say nothing, after they have said PING once. */
async function idle(contender: Contender, count: number): Promise<number> {
  const sockets: net.Socket[] = [];
  while (sockets.length < count) {
    await Promise.all(
      Array.from({ length: Math.min(OPENED_AT_ONCE, count - sockets.length) }, async () => {
        const socket = net.connect(contender.port, "127.0.0.1");
        sockets.push(socket);
        await new Promise<void>((resolve, reject) => {
          socket.once("data", () => resolve());
          socket.once("error", reject);
          socket.write("*1\r\n$4\r\nPING\r\n");
        });
      }),
    );
  }
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const bytes = contender.residentBytes();
  for (const socket of sockets) socket.destroy();
  return bytes;
}

async function run(options: Options) {
  const contenders = await startAll(options, ["--maxclients", String(IDLE + 1000)]);
  const rows: Row[] = [];
  const part = options.quick ? 20 : 1;
  const row = (name: string, command?: string): Row | undefined => {
    if (!wanted(name, options)) return undefined;
    const made: Row = { name, samples: {}, ...(command === undefined ? {} : { command }) };
    rows.push(made);
    options.log(name);
    return made;
  };
  try {
    const exec = row(`EXEC of ${SETS} SETs -P ${PIPELINE}`);
    if (exec) {
      for (let n = 0; n <= options.repetitions; n++) {
        for (const contender of contenders) {
          const count = TRANSACTIONS / part;
          if (n === 0) await transactions(contender, count / 4);
          else await measure(exec, contender, count, () => transactions(contender, count));
        }
      }
    }
    for (const size of SUBSCRIBERS) {
      const publish = row(`PUBLISH to ${size}`);
      if (!publish) continue;
      for (let n = 0; n < options.repetitions; n++) {
        for (const contender of contenders) {
          const audience = await Audience.of(contender, size);
          const count = Math.ceil(DELIVERIES[size]! / part);
          if (n === 0) await audience.hear(count / 4);
          await measure(publish, contender, count, () => audience.hear(count));
          audience.leave();
        }
      }
    }
    const args = ["-c", String(CONNECTIONS), "-P", String(PIPELINE), "-r", String(KEYS), "-t", "set"];
    const requests = REQUESTS / part;
    const monitored = row("SET -P 16 with one MONITOR", benchmarkCommand(requests / 5, args));
    if (monitored) await monitor(monitored, contenders, requests / 5, args, options);
    const restricted = row("SET -P 16 as a restricted user", benchmarkCommand(requests, args));
    if (restricted) await acl(restricted, contenders, requests, args, options);
    const connections = row(`${IDLE / part} idle connections`);
    if (connections) {
      for (const contender of contenders) {
        addSample(connections, "resident", contender.name, (await idle(contender, IDLE / part)) / 2 ** 20);
      }
    }
    return { rows, versions: versions(contenders) };
  } finally {
    await stopAll(contenders);
  }
}

async function monitor(
  row: Row,
  contenders: readonly Contender[],
  requests: number,
  args: string[],
  options: Options,
): Promise<void> {
  for (let n = 0; n <= options.repetitions; n++) {
    for (const contender of contenders) {
      const watcher = new Counter(contender.port);
      watcher.socket.write("MONITOR\r\n");
      await watcher.until(1);
      const result = await redisBenchmark(contender, n === 0 ? requests / 4 : requests, args);
      watcher.close();
      if (n === 0) continue;
      addSample(row, "rps", contender.name, result.rps);
      addSample(row, "cpu", contender.name, result.cpuUs);
    }
  }
}

/** The same server twice: as a user with a key pattern and two commands, and as one who may do all. */
async function acl(
  row: Row,
  contenders: readonly Contender[],
  requests: number,
  args: string[],
  options: Options,
): Promise<void> {
  for (const contender of contenders) {
    await contender.client.do("ACL", "SETUSER", "limited", "on", ">pass", "~key:*", "resetchannels", "-@all", "+get", "+set", "+config"); // prettier-ignore
  }
  const limited = ["--user", "limited", "-a", "pass", ...args];
  for (let n = 0; n <= options.repetitions; n++) {
    for (const contender of contenders) {
      for (const [suffix, how] of [
        ["", limited],
        [UNRESTRICTED, args],
      ] as const) {
        const result = await redisBenchmark(contender, n === 0 ? requests / 4 : requests, how);
        if (n === 0) continue;
        addSample(row, "rps", contender.name + suffix, result.rps);
        addSample(row, "cpu", contender.name + suffix, result.cpuUs);
      }
    }
  }
}

const UNRESTRICTED = ", unrestricted";

export const suite: Suite = {
  name: "sessions",
  title: "Transactions, messages, MONITOR, users, idle connections",
  method:
    "EXEC: 50 connections, each sending 16 transactions of ten SETs in a write. PUBLISH: messages of 100 bytes, 16 in a " +
    "write, to so many connections that read them; a request is a delivery. MONITOR and ACL: redis-benchmark as in " +
    "throughput, with one connection that watches, or as a user who may GET and SET keys of one pattern (beside the same " +
    "server's default user). Idle connections have said PING once; counted is the whole server's resident memory.",
  run,
};
