/** servers: what the tests of one file start, each in a folder that outlives it, and what they ask them. All end after each test. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach } from "vitest";
import { startNative } from "../support/native.ts";
import type { RespClient } from "../support/resp-client.ts";
import { startKvasm } from "../support/server.ts";
import type { SpawnedServer } from "../support/spawn-server.ts";
import { POPULATION } from "./population.ts";

export class Servers {
  readonly #name: string;
  readonly #args: readonly string[];
  readonly #running: SpawnedServer[] = [];
  readonly #folders: string[] = [];

  /** @param name  part of the folders' names     @param args  of every server */
  constructor(name: string, args: readonly string[] = []) {
    this.#name = name;
    this.#args = args;
    afterEach(async () => {
      for (const server of this.#running.splice(0)) await server.stop();
      for (const folder of this.#folders.splice(0)) rmSync(folder, { recursive: true, force: true });
    });
  }

  /** A new folder. */
  folder(): string {
    const made = mkdtempSync(path.join(tmpdir(), `kvasm-${this.#name}-`));
    this.#folders.push(made);
    return made;
  }

  async kvasm(dir: string, ...args: string[]): Promise<RespClient> {
    return this.#add(await startKvasm({ dir, args: [...this.#args, ...args] }));
  }

  async native(which: "redis" | "valkey", dir: string): Promise<RespClient> {
    return this.#add(await startNative(which, { dir, args: [...this.#args] }));
  }

  #add(server: SpawnedServer): Promise<RespClient> {
    this.#running.push(server);
    return server.connect();
  }

  /** The server that was started last. */
  get last(): SpawnedServer {
    return this.#running.at(-1)!;
  }

  /** Ends the last one. @returns what it said */
  async stop(): Promise<string> {
    const server = this.#running.pop()!;
    await server.stop();
    return server.log;
  }

  /** kill -9 of the last one. */
  async crash(): Promise<void> {
    this.last.kill("SIGKILL");
    await this.stop();
  }
}

/** Runs commands that all have to work. */
export async function populate(client: RespClient, commands = POPULATION): Promise<void> {
  for (const reply of await client.pipeline(commands.map((command) => [...command]))) {
    if (reply.type === "error") throw new Error(String(reply.value));
  }
}

export const digestOf = (client: RespClient): Promise<unknown> => client.do("DEBUG", "DIGEST");

/** Waits until INFO persistence has a text. */
export async function untilInfo(client: RespClient, ...texts: string[]): Promise<void> {
  for (;;) {
    const info = String(await client.do("INFO", "persistence"));
    if (texts.every((text) => info.includes(text))) return;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
