/**
 * stage: several connections to kvasm and to native Redis, and everything that each of them receives: replies and what
 * nobody has asked for, in order. One step is what one connection sends in one write; then every connection is asked to
 * answer a PING, so that whatever the step has brought about has arrived. Both servers must have sent the same.
 *
 *     const stage = useStage(pair);
 *     it("…", () => stage().play("A: HELLO 3 | SUBSCRIBE c", "B: PUBLISH c hi"));
 *
 * A step must not leave MULTI open or replies switched off. `%B` in a command is the id of connection B.
 */
import net from "node:net";
import { afterEach, beforeEach, expect } from "vitest";
import { parseCommand } from "./command-line.ts";
import type { Pair } from "./pair.ts";
import { encodePipeline, type Reply, ReplyParser, show } from "./resp-client.ts";
import type { SpawnedServer } from "./spawn-server.ts";

const PATIENCE_MS = 10_000;

/** One connection that only notes what comes. */
class Actor {
  readonly #socket: net.Socket;
  readonly #parser = new ReplyParser();
  #received: Reply[] = [];
  #arrived: () => void = () => undefined;
  closed = false;

  constructor(port: number) {
    this.#socket = net.connect({ port, host: "127.0.0.1", noDelay: true });
    this.#socket.on("error", () => undefined);
    this.#socket.on("close", () => {
      this.closed = true;
      this.#arrived();
    });
    this.#socket.on("data", (chunk) => {
      this.#parser.feed(chunk);
      for (let reply = this.#parser.next(); reply; reply = this.#parser.next()) this.#received.push(reply);
      this.#arrived();
    });
  }

  send(commands: readonly (readonly string[])[]): void {
    this.#socket.write(encodePipeline(commands));
  }

  /** Waits for the answer to `PING token`, or for the end. */
  async fence(token: string): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    while (!this.closed && !this.#received.some((reply) => show(reply).includes(token))) {
      if (Date.now() > deadline)
        throw new Error(`no answer to PING; received ${this.#received.map((r) => show(r)).join(" ")}`);
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
        setTimeout(resolve, 1000).unref();
      });
    }
  }

  /** What has come, without the answers to PING. */
  take(): string[] {
    const lines = this.#received
      .map((reply) => show(reply, Infinity))
      .filter((line) => !line.includes(FENCE));
    this.#received = [];
    return this.closed ? [...lines, "(closed)"] : lines;
  }

  close(): void {
    this.#socket.destroy();
  }
}

const FENCE = "fence-";

/** The connections to one server. */
class Cast {
  readonly #server: SpawnedServer;
  readonly #actors = new Map<string, Actor>();
  readonly #ids = new Map<string, string>();
  #fences = 0;

  constructor(server: SpawnedServer) {
    this.#server = server;
  }

  async #actor(name: string): Promise<Actor> {
    const known = this.#actors.get(name);
    if (known) return known;
    const actor = new Actor(this.#server.port);
    this.#actors.set(name, actor);
    const token = this.#token();
    actor.send([
      ["CLIENT", "ID"],
      ["PING", token],
    ]);
    await actor.fence(token);
    this.#ids.set(name, actor.take()[0]!.slice(1));
    return actor;
  }

  #token(): string {
    return `${FENCE}${++this.#fences}.`;
  }

  /** @returns what each connection has received, ids by their connections' names */
  async step(name: string, commands: readonly string[]): Promise<Record<string, string[]>> {
    for (const [, other] of commands.join(" ").matchAll(/%(\w+)/g)) await this.#actor(other!);
    const actor = await this.#actor(name);
    const argvs = commands.map((command) =>
      parseCommand(command.replace(/%(\w+)/g, (_, other: string) => this.#ids.get(other)!)),
    );
    const first = this.#token();
    actor.send([...argvs, ["PING", first]]);
    await actor.fence(first);
    const received: Record<string, string[]> = {};
    for (const [other, listener] of this.#actors) {
      const token = this.#token();
      listener.send([["PING", token]]);
      await listener.fence(token);
      const lines = listener.take();
      if (lines.length > 0) received[other] = lines.map((line) => this.#named(line));
      if (listener.closed) this.#actors.delete(other);
    }
    return received;
  }

  /** Client ids are rarely the same on both servers, and modules are their own affair. */
  #named(line: string): string {
    if (line.includes('"proto"')) return "(HELLO)";
    if (!/redir|id=/.test(line)) return line;
    let text = line.replace(
      /\b(addr|laddr|fd|age|idle|qbuf|qbuf-free|argv-mem|rbs|rbp|obl|oll|omem|tot-mem|events|multi-mem)=\S*/g,
      "$1=…",
    );
    for (const [name, id] of this.#ids)
      text = text.replace(new RegExp(`(:|id=|redir=)${id}\\b`, "g"), `$1%${name}`);
    return text;
  }

  leave(name: string): void {
    this.#actors.get(name)?.close();
    this.#actors.delete(name);
  }

  close(): void {
    for (const actor of this.#actors.values()) actor.close();
  }
}

export interface PlayOptions {
  /** Takes what a connection has received in one step to a form in which equal means the same. */
  normalize?: (lines: string[]) => string[];
  /** Compares only what these receive. */
  only?: readonly string[];
}

export class Stage {
  readonly #casts: readonly [kvasm: Cast, native: Cast];
  readonly #played: string[] = [];

  constructor(pair: Pair) {
    this.#casts = [new Cast(pair.kvasm), new Cast(pair.native)];
  }

  /**
   * Plays steps `A: command | command`, or `A leaves`. Every connection must receive the same from both servers.
   */
  async play(...steps: string[]): Promise<void> {
    await this.playWith({}, ...steps);
  }

  async playWith(options: PlayOptions, ...steps: string[]): Promise<void> {
    for (const step of steps) {
      this.#played.push(step);
      const leaving = /^(\w+) leaves$/.exec(step);
      if (leaving) {
        for (const cast of this.#casts) cast.leave(leaving[1]!);
        continue;
      }
      const [, name, commands] = /^(\w+): (.*)$/s.exec(step)!;
      const [mine, theirs] = await Promise.all(
        this.#casts.map((cast) => cast.step(name!, commands!.split(" | "))),
      );
      const normal = (received: Record<string, string[]>): Record<string, string[]> =>
        Object.fromEntries(
          Object.entries(received)
            .filter(([who]) => options.only?.includes(who) ?? true)
            .map(([who, lines]) => [who, options.normalize?.(lines) ?? lines]),
        );
      expect(normal(mine!), this.#played.join("\n")).toEqual(normal(theirs!));
    }
  }

  close(): void {
    for (const cast of this.#casts) cast.close();
  }
}

/** A stage for each test of the file, from empty databases. */
export function useStage(pair: Pair): () => Stage {
  let stage: Stage;
  beforeEach(async () => {
    stage = new Stage(pair);
    await stage.play("driver: FLUSHALL");
  });
  afterEach(() => stage.close());
  return () => stage;
}
