/**
 * Plays the transcripts of this folder: against native Redis, which makes sure that they are true, and against
 * kvasm, whole and byte by byte. KVASM_RECORD=1 fills in what native Redis answers.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { native, startNative } from "../support/native.ts";
import type { RespClient } from "../support/resp-client.ts";
import { startKvasm } from "../support/server.ts";
import type { SpawnedServer } from "../support/spawn-server.ts";
import { isReady } from "../support/table.ts";
import { match, readTranscripts, showBytes, type Step, type Transcript } from "./transcript.ts";

const FOLDER = fileURLToPath(new URL(".", import.meta.url));
const ANSWER_TIMEOUT_MS = 5000;
/** After the last expected byte, for bytes that should not come. */
const QUIET_MS = 15;
/** Sections that send more than this are not played byte by byte. */
const BYTEWISE_MAX = 2000;

const files = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".md") && name !== "README.md")
  .map((name) => ({ name, transcripts: readTranscripts(path.join(FOLDER, name)) }));

/** Servers by their options, started when first needed. */
class Servers {
  readonly #start: (args: string[]) => Promise<SpawnedServer>;
  readonly #started = new Map<string, Promise<SpawnedServer>>();

  constructor(start: (args: string[]) => Promise<SpawnedServer>) {
    this.#start = start;
  }

  async connect(options: string[]): Promise<RespClient> {
    const key = options.join(" ");
    const starting = this.#started.get(key) ?? this.#start(options);
    this.#started.set(key, starting);
    const server = await starting;
    const cleaner = await server.connect();
    const password = options[options.indexOf("--requirepass") + 1] as string;
    if (options.includes("--requirepass")) await cleaner.send("AUTH", password);
    await cleaner.send("FLUSHALL");
    await cleaner.close();
    return server.connect();
  }

  async stop(): Promise<void> {
    for (const server of this.#started.values()) await (await server).stop();
  }
}

async function send(client: RespClient, bytes: string, bytewise: boolean): Promise<void> {
  if (!bytewise) return client.write(bytes);
  for (const byte of bytes) {
    client.write(byte);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Plays the steps; several sends before an expectation go out one after the other. */
async function play(client: RespClient, steps: readonly Step[], bytewise: boolean): Promise<void> {
  let received = "";
  for (const step of steps) {
    if ("send" in step) {
      await send(client, step.send, bytewise);
    } else if ("expect" in step) {
      const deadline = Date.now() + ANSWER_TIMEOUT_MS;
      let matched = match(step.expect, received);
      while (matched === "more" && Date.now() < deadline) {
        const more = await client.readSome();
        if (more === "" && client.socket.destroyed) break;
        received += more;
        matched = match(step.expect, received);
      }
      if (typeof matched !== "number") {
        expect.fail(`expected ${step.line}\nreceived < ${showBytes(received).slice(0, 2000)}`);
      }
      received = received.slice(matched);
    } else {
      await Promise.race([
        client.closed,
        new Promise((_, reject) =>
          setTimeout(() => reject(new Error("the connection stays open")), ANSWER_TIMEOUT_MS),
        ),
      ]);
    }
  }
  received += await client.read(Infinity, QUIET_MS);
  expect(showBytes(received), "bytes that nobody expects").toBe("");
}

/** Plays the sends alone and writes what came back into the file. */
async function record(client: RespClient, file: string, { steps, end }: Transcript): Promise<void> {
  for (const step of steps) if ("send" in step) client.write(step.send);
  const received = await client.read(Infinity, 300);
  const lines = readFileSync(file, "utf8").split("\n");
  const shown = received.split(/(?<=\r\n)/).map((line) => `< ${showBytes(line)}`);
  lines.splice(end, 0, ...(received === "" ? [] : shown), ...(client.socket.destroyed ? ["= closed"] : []));
  writeFileSync(file, lines.join("\n"));
}

describe.skipIf(!native.redis)("native Redis", () => {
  const servers = new Servers((args) => startNative("redis", { args }));
  afterAll(() => servers.stop());
  for (const { name, transcripts } of files) {
    // From the end, so that recording does not move the sections that come.
    for (const transcript of transcripts.toReversed()) {
      it(`${name}: ${transcript.title}`, async () => {
        const client = await servers.connect(transcript.options);
        if (transcript.steps.every((step) => "send" in step)) {
          expect(process.env["KVASM_RECORD"], "nothing is expected yet: record it").toBe("1");
          await record(client, path.join(FOLDER, name), transcript);
        } else await play(client, transcript.steps, false);
        await client.close();
      });
    }
  }
});

describe("kvasm", () => {
  const servers = new Servers((args) => startKvasm({ args }));
  afterAll(() => servers.stop());
  for (const { name, transcripts } of files) {
    for (const transcript of transcripts) {
      const { title, steps, options } = transcript;
      const size = steps.reduce((sum, step) => sum + ("send" in step ? step.send.length : 0), 0);
      for (const bytewise of size <= BYTEWISE_MAX ? [false, true] : [false]) {
        it.skipIf(!isReady(...transcript.needs))(
          `${name}: ${title}${bytewise ? " [byte by byte]" : ""}`,
          async () => {
            const client = await servers.connect(options);
            await play(client, steps, bytewise);
            await client.close();
          },
        );
      }
    }
  }
});
