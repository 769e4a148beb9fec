/**
 * battery: what the package must do in every runtime, with nothing but the language: no test framework, no Node. Each
 * behaviour gets the package's module and throws where it is not as it should be.
 */

import type net from "node:net";
import type * as kvasm from "../../bindings/index.ts";

/** The package as it is imported. */
export type Package = typeof kvasm;

export const BEHAVIOURS: Readonly<Record<string, (kvasm: Package) => void | Promise<void>>> = {
  async "opens without options, and finds its module by itself"({ open }) {
    const db = await open();
    same(db.set("key", "value"), "OK");
    same(db.get("key"), "value");
    same(db.get("missing"), null);
    db.close();
  },

  async "opens a second store at once"({ open }) {
    const [one, other] = await Promise.all([open(), open()]);
    one.set("key", 1);
    same(other.exists("key"), 0);
  },

  async "takes text of every length in UTF-8, and bytes as they are"({ open }) {
    const db = await open();
    for (const unit of ["a", "é", "☃", "😀"]) {
      for (const count of [0, 1, 7, 16, 31, 32, 33, 48, 49, 1000, 100_000]) {
        const text = unit.repeat(count);
        same(db.echo(text), text);
        db.set(text, text);
        same(db.get(text), text);
        alike(db.bytes.get(text)!, new TextEncoder().encode(text));
      }
    }
    const every = Uint8Array.from({ length: 256 }, (_, i) => i);
    db.set(every, every);
    alike(db.bytes.get(every)!, every);
    same(db.dbsize(), 42);
  },

  async "answers with what fits the reply"({ open }) {
    const db = await open();
    same(db.incr("n"), 1);
    same(db.incrby("n", 2n ** 60n), 2n ** 60n + 1n);
    same(db.command("TYPE", "n"), "string");
    same(JSON.stringify(db.mget(["n", "x"])), '["1152921504606846977",null]');
    same(db.object.encoding("n"), "int");
    same(JSON.stringify(db.scan(0)), '["0",["n"]]');
  },

  async "throws Redis' errors, and goes on"({ open, ReplyError, KvasmError, ArgumentError }) {
    const db = await open();
    db.set("text", "x");
    const error = thrown(() => db.incr("text"));
    same(error instanceof ReplyError && error instanceof KvasmError, true);
    same((error as InstanceType<typeof ReplyError>).code, "ERR");
    same((error as Error).message, "ERR value is not an integer or out of range");
    same(thrown(() => db.set("key", null as unknown as string)) instanceof ArgumentError, true);
    same(thrown(() => db.set("key", null as unknown as string)) instanceof TypeError, true);
    same(db.get("text"), "x");
    same(db.exists("key"), 0);
  },

  async "lets keys expire by the clock"({ open }) {
    const db = await open();
    db.set("key", "value", { px: 30 });
    same(db.get("key"), "value");
    await new Promise((resolve) => setTimeout(resolve, 60));
    same(db.get("key"), null);
    const clock = { nowMs: 1_700_000_000_000 };
    const frozen = await open({ now: () => clock.nowMs });
    frozen.set("key", "value", { ex: 10 });
    clock.nowMs += 10_001;
    same(frozen.get("key"), null);
  },

  async "grows its memory under the hands of its callers"({ open }) {
    const db = await open();
    const value = "0123456789".repeat(10_000);
    for (let i = 0; i < 200; i++) db.set(`key:${i}`, value);
    for (let i = 0; i < 200; i++) same(db.get(`key:${i}`), value);
    same(db.usedMemory > 200 * value.length, true);
    db.flushall();
    same(db.usedMemory < 4_000_000, true);
  },

  async "holds 100,000 keys"({ open }) {
    const db = await open();
    for (let i = 0; i < 100_000; i++) db.set(`key:${i}`, `value:${i}`);
    same(db.dbsize(), 100_000);
    for (let i = 0; i < 100_000; i += 7) same(db.get(`key:${i}`), `value:${i}`);
  },

  async "closes, twice, and says so afterwards"({ open, KvasmError }) {
    const db = await open();
    db.close();
    db.close();
    const error = thrown(() => db.get("key"));
    same(error instanceof KvasmError && error.code, "CLOSED");
  },

  async "closes at the end of its scope"({ open }) {
    const db = await open();
    same(typeof db[Symbol.dispose], "function");
    db[Symbol.dispose]();
    same(db.closed, true);
  },

  async "is the same for the same seed and clock"({ open }) {
    const results: string[] = [];
    for (let run = 0; run < 2; run++) {
      const db = await open({ seed: 42n, now: () => 1_700_000_000_000 });
      for (let i = 0; i < 500; i++) db.set(`key:${i}`, i);
      results.push(Array.from({ length: 20 }, () => db.randomkey()).join());
    }
    same(results[0], results[1]);
  },

  async "listens for clients, and runs their scripts and its own"({ open }) {
    const db = await open();
    const listener = await db.listen();
    db.set("key", "value");
    const script = "return redis.call('GET', KEYS[1])";
    same(await ask(listener.port, `EVAL "${script}" 1 key\r\n`), "$5\r\nvalue\r\n");
    same(await ask(listener.port, "SET key other\r\n"), "+OK\r\n");
    same(db.command("EVAL", script, 1, "key"), "other");
    await listener.close();
    same(db.get("key"), "other");
    db.close();
  },

  async "carries clients of the same process without a socket"({ open }) {
    const db = await open();
    const stream = await db.connect();
    let text = "";
    const ended = new Promise<void>((resolve) => stream.on("close", resolve));
    stream.on("data", (chunk) => (text += new TextDecoder().decode(chunk)));
    stream.write("SET key value\r\nGET key\r\nQUIT\r\n");
    await ended;
    same(text, "+OK\r\n$5\r\nvalue\r\n+OK\r\n");
    same(db.get("key"), "value");
    db.close();
  },

  async "says LOAD_FAILED where the module is not to be had"({ open, KvasmError }) {
    try {
      await open({ wasm: new URL("file:///no/such/kvasm.wasm") });
    } catch (error) {
      same(error instanceof KvasmError && error.code, "LOAD_FAILED");
      return;
    }
    throw new Error("nothing was thrown");
  },
};

export interface Result {
  readonly name: string;
  /** Why it failed. */
  readonly error?: string;
}

/** Runs every behaviour, one after the other. */
export async function runBattery(kvasm: Package): Promise<Result[]> {
  const results: Result[] = [];
  for (const [name, behaviour] of Object.entries(BEHAVIOURS)) {
    try {
      await behaviour(kvasm);
      results.push({ name });
    } catch (error) {
      results.push({ name, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  }
  return results;
}

/** What a server on this machine answers. Node's sockets, which Deno and Bun have too. */
async function ask(port: number, request: string): Promise<string> {
  const name = "node:net";
  const { connect } = (await import(name)) as typeof net;
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(request));
    socket.on("error", reject);
    socket.once("data", (data) => {
      resolve(data.toString());
      socket.destroy();
    });
  });
}

function same(actual: unknown, expected: unknown): void {
  if (!Object.is(actual, expected)) throw new Error(`${shown(actual)} is not ${shown(expected)}`);
}

function alike(actual: Uint8Array, expected: Uint8Array): void {
  same(actual.length, expected.length);
  for (let i = 0; i < expected.length; i++) same(actual[i], expected[i]);
}

function thrown(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

function shown(value: unknown): string {
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 100 ? `${text.slice(0, 100)}… (${text.length})` : text;
}
