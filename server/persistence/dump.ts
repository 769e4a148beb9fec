/**
 * dump: an RDB file as text: `kvasm dump FILE --json`, a JSON object a line, in the order of the file. The engine loads a
 * key, it is written out by pieces, and deleted: at most one value and a piece of the file are in memory.
 *
 *   {"aux":"redis-ver","value":"8.0.2"}
 *   {"library":"#!lua name=…"}
 *   {"db":0,"key":"k","type":"string","value":"v"}
 *   {"db":0,"key":"k","type":"list","expireAtMs":1700000000000,"value":["a","b"]}
 *   set     "value":["a","b"]
 *   hash    "value":[{"field":"f","value":"v","expireAtMs":1700000000000}]
 *   zset    "value":[{"member":"m","score":1.5}]               infinite scores are "inf" and "-inf"
 *   stream  "lastId", "maxDeletedId", "entriesAdded", "value":[{"id":"1-0","fields":[["f","v"]]}],
 *           "groups":[{"name","lastDeliveredId","entriesRead","consumers":[{"name","seenAtMs","activeAtMs",
 *                      "pending":[{"id","deliveredAtMs","deliveries"}]}]}]
 *
 * Strings are JSON strings where they are UTF-8, and {"base64":"…"} where they are not.
 */
import { ReplyReader } from "../../bindings/decode.ts";
import { Engine, type EngineModule } from "../../bindings/engine.ts";
import { setClientDb, setClientResp } from "../../bindings/records.ts";
import type { InputFile } from "./files.ts";
import { DUMP_ELEMENTS, DUMP_STRING_BYTES, DUMP_TEXT } from "./limits.ts";
import { RdbLoad, type RdbLoaded } from "./rdb-load.ts";

/** Takes text; what it is given is complete lines only at the end. */
export type TextSink = (text: string) => void;

/** Nothing has expired at the beginning of time. */
const BEGINNING_MS = 0;
/** Everything was delivered before the end of it. */
const END_MS = 2 ** 52;
const DATABASES = 16_384;

export class RdbDump {
  readonly #engine: Engine;
  readonly #client: number;
  readonly #reader = new ReplyReader(false);
  readonly #sink: TextSink;
  #nowMs = BEGINNING_MS;
  #text = "";
  #key: Uint8Array = new Uint8Array(0);

  constructor(module: EngineModule, sink: TextSink) {
    this.#engine = new Engine(module, { databases: DATABASES, now: () => this.#nowMs });
    this.#sink = sink;
    this.#client = this.#engine.exports.clientOpen();
    this.#engine.memory.refresh();
    setClientResp(this.#engine, this.#client, 3);
  }

  /** Writes the file out, a piece of it a step. @throws RdbError; what stands before the damage has been written */
  *steps(file: InputFile, progress: (bytes: number) => void): Generator<void, RdbLoaded> {
    const items = {
      aux: (name: string, value: string) => {
        this.#put(`{"aux":${textOf(name)},"value":${textOf(value)}}\n`);
      },
      library: (code: Uint8Array) => {
        this.#put('{"library":');
        this.#string(code);
        this.#put("}\n");
        return null;
      },
      key: (db: number, key: Uint8Array) => this.#writeKey(db, key),
    };
    const load = new RdbLoad(this.#engine, file, items, {
      keepExpired: true,
      checksum: true,
      replace: false,
      progress,
    });
    try {
      return yield* load.steps();
    } finally {
      this.#flush();
    }
  }

  // --- the engine ---

  #ask(...argv: (string | number | Uint8Array)[]): unknown {
    const engine = this.#engine;
    engine.call(
      this.#client,
      argv.map((word) => (word instanceof Uint8Array ? word : Buffer.from(String(word)))),
    );
    const reply = this.#reader.read(engine.reply, 0);
    engine.exports.clearReply();
    if (reply instanceof Error) throw reply;
    return reply;
  }

  #number(...argv: (string | number | Uint8Array)[]): number {
    return Number(this.#ask(...argv));
  }

  // --- keys ---

  #writeKey(db: number, key: Uint8Array): void {
    this.#key = key;
    setClientDb(this.#engine, this.#client, db);
    const type = String(this.#ask("TYPE", key));
    const expireAtMs = this.#number("PEXPIRETIME", key);
    this.#put(`{"db":${db},"key":`);
    this.#string(key);
    this.#put(`,"type":"${type}"`);
    if (expireAtMs >= 0) {
      this.#put(`,"expireAtMs":${expireAtMs}`);
      this.#ask("PERSIST", key);
    }
    if (type === "stream") this.#stream();
    else {
      this.#put(',"value":');
      if (type === "string") this.#bigString();
      else if (type === "list") this.#list();
      else if (type === "set") this.#scan("SSCAN", 1, ([member]) => this.#string(member!));
      else if (type === "zset") this.#sortedSet();
      else this.#hash();
    }
    this.#put("}\n");
    this.#ask("DEL", key);
    this.#engine.exports.clearEvents();
  }

  #list(): void {
    const length = this.#number("LLEN", this.#key);
    this.#put("[");
    for (let at = 0; at < length; at += DUMP_ELEMENTS) {
      const elements = this.#ask("LRANGE", this.#key, at, at + DUMP_ELEMENTS - 1) as Uint8Array[];
      elements.forEach((element, i) => {
        if (at + i > 0) this.#put(",");
        this.#string(element);
      });
    }
    this.#put("]");
  }

  #sortedSet(): void {
    const length = this.#number("ZCARD", this.#key);
    this.#put("[");
    for (let at = 0; at < length; at += DUMP_ELEMENTS) {
      const pairs = this.#ask("ZRANGE", this.#key, at, at + DUMP_ELEMENTS - 1, "WITHSCORES") as [
        Uint8Array,
        number,
      ][];
      pairs.forEach(([member, score], i) => {
        this.#put(at + i > 0 ? ',{"member":' : '{"member":');
        this.#string(member);
        this.#put(`,"score":${scoreOf(score)}}`);
      });
    }
    this.#put("]");
  }

  #hash(): void {
    this.#scan("HSCAN", 2, ([field, value]) => {
      this.#put('{"field":');
      this.#string(field!);
      this.#put(',"value":');
      this.#string(value!);
      const [expireAtMs] = this.#ask("HPEXPIRETIME", this.#key, "FIELDS", 1, field!) as [number];
      this.#put(expireAtMs >= 0 ? `,"expireAtMs":${expireAtMs}}` : "}");
    });
  }

  /** All elements of a table that stands still, each once: such a scan repeats none. */
  #scan(command: string, width: number, write: (element: Uint8Array[]) => void): void {
    this.#put("[");
    let cursor = "0";
    let isFirst = true;
    do {
      const [next, words] = this.#ask(command, this.#key, cursor, "COUNT", DUMP_ELEMENTS) as [
        Uint8Array,
        Uint8Array[],
      ];
      cursor = Buffer.from(next).toString();
      for (let i = 0; i < words.length; i += width) {
        if (!isFirst) this.#put(",");
        isFirst = false;
        write(words.slice(i, i + width));
      }
    } while (cursor !== "0");
    this.#put("]");
  }

  // --- streams ---

  #stream(): void {
    const key = this.#key;
    const facts = fieldsOf(this.#ask("XINFO", "STREAM", key));
    this.#put(`,"lastId":"${idOf(facts["last-generated-id"])}"`);
    this.#put(`,"maxDeletedId":"${idOf(facts["max-deleted-entry-id"])}"`);
    this.#put(`,"entriesAdded":${String(facts["entries-added"])},"value":[`);
    let from = "-";
    for (;;) {
      const entries = this.#ask("XRANGE", key, from, "+", "COUNT", DUMP_ELEMENTS) as [
        Uint8Array,
        Uint8Array[],
      ][];
      entries.forEach(([id, words], i) => {
        this.#put(`${from === "-" && i === 0 ? "" : ","}{"id":"${idOf(id)}","fields":[`);
        for (let at = 0; at < words.length; at += 2) {
          this.#put(at > 0 ? ",[" : "[");
          this.#string(words[at]!);
          this.#put(",");
          this.#string(words[at + 1]!);
          this.#put("]");
        }
        this.#put("]}");
      });
      if (entries.length < DUMP_ELEMENTS) break;
      from = `(${idOf(entries.at(-1)![0])}`;
    }
    this.#put('],"groups":[');
    const full = fieldsOf(this.#ask("XINFO", "STREAM", key, "FULL", "COUNT", 1));
    (full["groups"] as unknown[]).forEach((group, i) => {
      this.#put(i > 0 ? "," : "");
      this.#group(fieldsOf(group));
    });
    this.#put("]");
  }

  #group(group: Record<string, unknown>): void {
    const name = group["name"] as Uint8Array;
    this.#put('{"name":');
    this.#string(name);
    this.#put(`,"lastDeliveredId":"${idOf(group["last-delivered-id"])}"`);
    this.#put(
      `,"entriesRead":${group["entries-read"] === null ? "null" : String(group["entries-read"])},"consumers":[`,
    );
    (group["consumers"] as unknown[]).forEach((consumer, i) => {
      this.#put(i > 0 ? "," : "");
      this.#consumer(name, fieldsOf(consumer));
    });
    this.#put("]}");
  }

  #consumer(group: Uint8Array, consumer: Record<string, unknown>): void {
    const name = consumer["name"] as Uint8Array;
    this.#put('{"name":');
    this.#string(name);
    this.#put(`,"seenAtMs":${String(consumer["seen-time"])},"activeAtMs":${String(consumer["active-time"])}`);
    this.#put(',"pending":[');
    let from = "-";
    this.#nowMs = END_MS;
    for (;;) {
      const pending = this.#ask("XPENDING", this.#key, group, from, "+", DUMP_ELEMENTS, name) as [
        Uint8Array,
        Uint8Array,
        number,
        number,
      ][];
      pending.forEach(([id, , idleMs, deliveries], i) => {
        this.#put(from === "-" && i === 0 ? "" : ",");
        const deliveredAtMs = END_MS - idleMs;
        this.#put(`{"id":"${idOf(id)}","deliveredAtMs":${deliveredAtMs},"deliveries":${deliveries}}`);
      });
      if (pending.length < DUMP_ELEMENTS) break;
      from = `(${idOf(pending.at(-1)![0])}`;
    }
    this.#nowMs = BEGINNING_MS;
    this.#put("]}");
  }

  // --- text ---

  #put(text: string): void {
    this.#text += text;
    if (this.#text.length >= DUMP_TEXT) this.#flush();
  }

  #flush(): void {
    if (this.#text !== "") this.#sink(this.#text);
    this.#text = "";
  }

  #string(bytes: Uint8Array): void {
    if (bytes.length <= DUMP_STRING_BYTES) return this.#put(smallString(bytes));
    this.#pieces(bytes.length, (from, to) => bytes.subarray(from, to));
  }

  /** The string at the key, by pieces. */
  #bigString(): void {
    const size = this.#number("STRLEN", this.#key);
    this.#pieces(size, (from, to) => this.#ask("GETRANGE", this.#key, from, to - 1) as Uint8Array);
  }

  /** Read twice: first to see whether it is UTF-8. */
  #pieces(size: number, read: (from: number, to: number) => Uint8Array): void {
    const each = (take: (piece: Uint8Array) => void): void => {
      for (let at = 0; at < size; at += DUMP_STRING_BYTES) {
        take(read(at, Math.min(size, at + DUMP_STRING_BYTES)));
      }
    };
    const test = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    try {
      each((piece) => void test.decode(piece, { stream: true }));
      test.decode();
    } catch {
      this.#put('{"base64":"');
      each((piece) => this.#put(Buffer.from(piece).toString("base64")));
      return this.#put('"}');
    }
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    this.#put('"');
    each((piece) => this.#put(inner(decoder.decode(piece, { stream: true }))));
    this.#put('"');
  }
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function smallString(bytes: Uint8Array): string {
  try {
    return textOf(strict.decode(bytes));
  } catch {
    return `{"base64":"${Buffer.from(bytes).toString("base64")}"}`;
  }
}

function textOf(text: string): string {
  return JSON.stringify(text);
}

/** A JSON string without its quotes. */
function inner(text: string): string {
  return textOf(text).slice(1, -1);
}

function scoreOf(score: number): string {
  if (Number.isFinite(score)) return Object.is(score, -0) ? "-0.0" : String(score);
  return score > 0 ? '"inf"' : '"-inf"';
}

function idOf(id: unknown): string {
  return Buffer.from(id as Uint8Array).toString("latin1");
}

/** A map whose names are text. */
function fieldsOf(reply: unknown): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [name, value] of reply as Map<Uint8Array | string, unknown>) {
    fields[typeof name === "string" ? name : Buffer.from(name).toString("latin1")] = value;
  }
  return fields;
}
