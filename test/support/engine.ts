/**
 * engine: the whole engine in this process, without a server: bytes in, bytes out, for tests that want millions of
 * steps, a clock and a seed of their own, or two engines side by side.
 *
 * The verify build (asserts, validators, poisoned memory) unless asked otherwise: a broken invariant throws, with the
 * text of the assertion.
 */
import { readFileSync } from "node:fs";
import { ClientField, Root, Status } from "../../bindings/abi.ts";
import { Engine, type EngineOptions } from "../../bindings/engine.ts";

export type Build = "verify" | "release";

const FILES: Record<Build, string> = { verify: "kvasm.verify.wasm", release: "kvasm.wasm" };
const compiled = new Map<Build, WebAssembly.Module>();

/** The module as it lies on the disk. */
export function engineBytes(build: Build = "verify"): Buffer<ArrayBuffer> {
  const given = build === "verify" ? process.env["KVASM_VERIFY_WASM"] : process.env["KVASM_WASM"];
  return readFileSync(given ?? new URL(`../../build/${FILES[build]}`, import.meta.url));
}

/** The compiled module, once for all tests of a file. */
export function engineModule(build: Build = "verify"): WebAssembly.Module {
  const module = compiled.get(build) ?? new WebAssembly.Module(engineBytes(build));
  compiled.set(build, module);
  return module;
}

/** An engine with a fixed seed and a clock that stands still unless moved. */
export class TestEngine {
  readonly engine: Engine;
  nowMs: number;

  constructor(options: EngineOptions & { build?: Build; nowMs?: number } = {}) {
    const { build = "verify", nowMs = 1_700_000_000_000, ...rest } = options;
    this.nowMs = nowMs;
    this.engine = new Engine(engineModule(build), { seed: 1n, now: () => this.nowMs, ...rest });
  }

  open(): TestClient {
    const record = this.engine.exports.clientOpen();
    this.engine.memory.refresh();
    if (record === 0) throw new Error("no memory for a client");
    return new TestClient(this, record);
  }

  /** Background work until there is none, or that many rounds. */
  cron(rounds = 100): void {
    for (let i = 0; i < rounds; i++) {
      const more = this.engine.exports.cron(1000, this.nowMs);
      this.engine.memory.refresh();
      if (more === 0) break;
    }
  }

  get usedMemory(): number {
    return this.engine.counter(Root.usedMemory);
  }
}

/** A client of the engine. Host commands get an error: there is no host. A command that would block gets null. */
export class TestClient {
  /** True after a protocol error: no more bytes are taken. */
  closed = false;
  readonly #of: TestEngine;
  readonly #record: number;

  constructor(of: TestEngine, record: number) {
    this.#of = of;
    this.#record = record;
  }

  /** Feeds bytes (a binary string or bytes) and returns all replies as a binary string. */
  feed(bytes: string | Uint8Array): string {
    const { engine } = this.#of;
    const all = typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes;
    let replies = "";
    for (let at = 0; at < all.length && !this.closed; at += engine.chunkSize) {
      let status = engine.execute(this.#record, all.subarray(at, at + engine.chunkSize));
      while (status !== Status.DONE && !this.closed) {
        if (status === Status.HOST_COMMAND) engine.appendReply(Buffer.from("-ERR a command of the host\r\n"));
        if (status === Status.BLOCK) engine.appendReply(Buffer.from("*-1\r\n"));
        if (status === Status.INTERRUPT) this.#drain();
        if (status === Status.PROTOCOL_ERROR) this.closed = true;
        else {
          replies += this.#take();
          status = status === Status.GATE ? engine.proceed(this.#record) : engine.resume(this.#record);
        }
      }
      replies += this.#take();
    }
    return replies;
  }

  /** Bytes of unfinished commands that the engine keeps for this client. */
  get queryUsed(): number {
    return this.#of.engine.memory.u32(this.#record + ClientField.queryUsed);
  }

  close(): void {
    this.closed = true;
    this.#of.engine.exports.clientClose(this.#record);
    this.#of.engine.memory.refresh();
  }

  #take(): string {
    const { engine } = this.#of;
    const text = Buffer.from(engine.reply).toString("latin1");
    engine.exports.clearReply();
    return text;
  }

  #drain(): void {
    const { engine } = this.#of;
    engine.exports.clearEvents();
    engine.exports.clearStream();
    engine.memory.setU32(engine.root + Root.interrupt, 0);
  }
}
