/**
 * resp-client: a small RESP2/RESP3 client that hides nothing. Replies come as a tree in which every wire
 * type stays distinct ($-1 is not *-1 is not _), pushes and unasked replies can be waited for, and raw bytes
 * can be sent and received. Clients for users hide just what the tests of a server want to see.
 *
 * Bytes are "binary strings" in both directions: one character per byte, latin1. So "\xff" is one byte, any
 * reply compares with ===, and a test may write what it means without thinking of encodings.
 */
import net from "node:net";

export type Arg = string | Uint8Array | number | bigint;

export type Reply =
  | { type: "simple" | "error" | "bulk" | "bulkError" | "double" | "bigNumber"; value: string }
  | { type: "integer"; value: bigint }
  | { type: "boolean"; value: boolean }
  | { type: "verbatim"; format: string; value: string }
  | { type: "null" | "nullBulk" | "nullArray" }
  | { type: "array" | "set" | "push"; items: Reply[] }
  | { type: "map"; pairs: [Reply, Reply][] }
  | { type: "attribute"; pairs: [Reply, Reply][]; of: Reply };

const CR = 13;
const LF = 10;

/** The command as a RESP array of bulk strings. */
export function encodeCommand(argv: readonly Arg[]): Buffer {
  const parts: Buffer[] = [Buffer.from(`*${argv.length}\r\n`)];
  for (const arg of argv) {
    const bytes = arg instanceof Uint8Array ? Buffer.from(arg) : binary(String(arg));
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from("\r\n"));
  }
  return Buffer.concat(parts);
}

/** Many commands in one buffer: for pipelines. Strings only, so that one conversion does for all. */
export function encodePipeline(commands: readonly (readonly Arg[])[]): Buffer {
  let text = "";
  for (const argv of commands) {
    text += `*${argv.length}\r\n`;
    for (const arg of argv) {
      const value = arg instanceof Uint8Array ? Buffer.from(arg).toString("latin1") : String(arg);
      text += `$${value.length}\r\n${value}\r\n`;
    }
  }
  return binary(text);
}

function binary(text: string): Buffer {
  const bytes = Buffer.from(text, "latin1");
  // latin1 would quietly cut larger characters to one byte.
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 255)
      throw new Error("a binary string has characters up to \\xff; encode text first");
  }
  return bytes;
}

/** A UTF-8 text as a binary string. */
export function utf8(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

/** Parses replies from bytes that arrive in pieces. */
export class ReplyParser {
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;

  feed(chunk: Buffer): void {
    const rest = this.#bytes.subarray(this.#at);
    this.#bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    this.#at = 0;
  }

  /** Bytes fed and not yet part of a reply. */
  get pending(): Buffer {
    return this.#bytes.subarray(this.#at);
  }

  /** The next whole reply, or undefined until more bytes are fed. Throws on what is not RESP. */
  next(): Reply | undefined {
    const began = this.#at;
    const reply = this.#parse();
    if (reply === undefined) this.#at = began;
    return reply;
  }

  #line(): string | undefined {
    const end = this.#bytes.indexOf(LF, this.#at);
    if (end < 0) return undefined;
    if (end === this.#at || this.#bytes[end - 1] !== CR) throw new Error("reply line ends without CR");
    const text = this.#bytes.toString("latin1", this.#at, end - 1);
    this.#at = end + 1;
    return text;
  }

  #bulk(length: number): string | undefined {
    const end = this.#at + length;
    if (end + 2 > this.#bytes.length) return undefined;
    if (this.#bytes[end] !== CR || this.#bytes[end + 1] !== LF) throw new Error("bulk ends without CRLF");
    const text = this.#bytes.toString("latin1", this.#at, end);
    this.#at = end + 2;
    return text;
  }

  #items(count: number): Reply[] | undefined {
    const items: Reply[] = [];
    for (let i = 0; i < count; i++) {
      const item = this.#parse();
      if (item === undefined) return undefined;
      items.push(item);
    }
    return items;
  }

  #pairs(count: number): [Reply, Reply][] | undefined {
    const items = this.#items(count * 2);
    if (items === undefined) return undefined;
    return Array.from({ length: count }, (_, i) => [items[2 * i] as Reply, items[2 * i + 1] as Reply]);
  }

  #parse(): Reply | undefined {
    const line = this.#line();
    if (line === undefined) return undefined;
    const rest = line.slice(1);
    switch (line[0]) {
      case "+":
        return { type: "simple", value: rest };
      case "-":
        return { type: "error", value: rest };
      case ":":
        return { type: "integer", value: BigInt(rest) };
      case ",":
        return { type: "double", value: rest };
      case "(":
        return { type: "bigNumber", value: rest };
      case "#":
        if (rest !== "t" && rest !== "f") throw new Error(`not a boolean: ${line}`);
        return { type: "boolean", value: rest === "t" };
      case "_":
        return { type: "null" };
      case "$":
      case "!":
      case "=": {
        if (line === "$-1") return { type: "nullBulk" };
        const value = this.#bulk(length(rest));
        if (value === undefined) return undefined;
        if (line[0] === "=") return { type: "verbatim", format: value.slice(0, 3), value: value.slice(4) };
        return { type: line[0] === "$" ? "bulk" : "bulkError", value };
      }
      case "*":
      case "~":
      case ">": {
        if (line === "*-1") return { type: "nullArray" };
        const items = this.#items(length(rest));
        if (items === undefined) return undefined;
        return { type: line[0] === "*" ? "array" : line[0] === "~" ? "set" : "push", items };
      }
      case "%": {
        const pairs = this.#pairs(length(rest));
        return pairs && { type: "map", pairs };
      }
      case "|": {
        const pairs = this.#pairs(length(rest));
        const of = pairs && this.#parse();
        return of && { type: "attribute", pairs, of };
      }
      default:
        throw new Error(`not a RESP reply: ${JSON.stringify(line)}`);
    }
  }
}

function length(text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`not a length: ${JSON.stringify(text)}`);
  return Number(text);
}

/** One reply on one line, types visible: +OK, -ERR no, :1, "bulk", [..], map{..}, set{..}, nil($-1). */
export function show(reply: Reply, most = 2000): string {
  const text = describe(reply);
  return text.length <= most ? text : `${text.slice(0, most)}… (${text.length} characters)`;
}

function describe(reply: Reply): string {
  const pairs = (all: [Reply, Reply][]) => all.map(([k, v]) => `${describe(k)} => ${describe(v)}`).join(", ");
  switch (reply.type) {
    case "simple":
      return `+${reply.value}`;
    case "error":
      return `-${reply.value}`;
    case "integer":
      return `:${reply.value}`;
    case "double":
      return `,${reply.value}`;
    case "bigNumber":
      return `(${reply.value}`;
    case "boolean":
      return reply.value ? "#t" : "#f";
    case "bulk":
      return quote(reply.value);
    case "bulkError":
      return `!${quote(reply.value)}`;
    case "verbatim":
      return `=${reply.format}:${quote(reply.value)}`;
    case "null":
      return "nil(_)";
    case "nullBulk":
      return "nil($-1)";
    case "nullArray":
      return "nil(*-1)";
    case "array":
      return `[${reply.items.map(describe).join(", ")}]`;
    case "set":
      return `set{${reply.items.map(describe).join(", ")}}`;
    case "push":
      return `push[${reply.items.map(describe).join(", ")}]`;
    case "map":
      return `map{${pairs(reply.pairs)}}`;
    case "attribute":
      return `attribute{${pairs(reply.pairs)}}${describe(reply.of)}`;
  }
}

/** A binary string as it can be pasted into redis-cli or a test. */
export function quote(text: string): string {
  return `"${text.replace(/[\\"\x00-\x1f\x7f-\xff]/g, (c) => {
    if (c === "\\" || c === '"') return `\\${c}`;
    if (c === "\n") return "\\n";
    if (c === "\r") return "\\r";
    if (c === "\t") return "\\t";
    return `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`;
  })}"`;
}

/**
 * A reply as plain values, for tests whose point is not the wire type: strings, bigints as numbers where
 * safe, null, arrays, [key, value] pairs of maps, errors as Error objects.
 */
export function plain(reply: Reply): unknown {
  switch (reply.type) {
    case "simple":
    case "bulk":
    case "bigNumber":
    case "verbatim":
      return reply.value;
    case "double":
      return Number(reply.value === "inf" ? Infinity : reply.value === "-inf" ? -Infinity : reply.value);
    case "error":
    case "bulkError":
      return new Error(reply.value);
    case "integer":
      return Number.isSafeInteger(Number(reply.value)) ? Number(reply.value) : reply.value;
    case "boolean":
      return reply.value;
    case "null":
    case "nullBulk":
    case "nullArray":
      return null;
    case "array":
    case "set":
    case "push":
      return reply.items.map(plain);
    case "map":
      return reply.pairs.map(([key, value]) => [plain(key), plain(value)]);
    case "attribute":
      return plain(reply.of);
  }
}

interface Waiting {
  resolve(reply: Reply): void;
  reject(error: Error): void;
}

export type Address = { port: number; host?: string } | { path: string };

export class RespClient {
  readonly socket: net.Socket;
  /** Settles when the connection has closed, whoever closed it. */
  readonly closed: Promise<void>;
  readonly #parser = new ReplyParser();
  readonly #waiting: Waiting[] = [];
  readonly #receivers: Waiting[] = [];
  readonly #unasked: Reply[] = [];
  #rawChunks: Buffer[] | undefined;
  #rawArrived: (() => void) | undefined;
  #ended = false;

  private constructor(socket: net.Socket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => {
      socket.once("close", () => {
        this.#ended = true;
        this.#fail(new Error("connection closed"));
        this.#rawArrived?.();
        resolve();
      });
    });
    socket.on("error", () => {}); // "close" follows and says it to everybody
    socket.on("data", (chunk) => this.#arrived(chunk));
  }

  static connect(address: Address): Promise<RespClient> {
    return new Promise((resolve, reject) => {
      const socket = net.connect("path" in address ? address : { host: "127.0.0.1", ...address });
      socket.setNoDelay(true);
      socket.once("error", reject);
      socket.once("connect", () => {
        socket.off("error", reject);
        resolve(new RespClient(socket));
      });
    });
  }

  /** Sends one command and waits for its reply. An error reply is a reply, not an exception. */
  send(...argv: Arg[]): Promise<Reply> {
    this.socket.write(encodeCommand(argv));
    return this.#expect();
  }

  /** Sends commands in one write and waits for all replies. */
  pipeline(commands: readonly (readonly Arg[])[]): Promise<Reply[]> {
    this.socket.write(encodePipeline(commands));
    return this.expectMany(commands.length);
  }

  /** Waits for the replies to that many commands, which the caller writes to the socket itself. */
  expectMany(count: number): Promise<Reply[]> {
    return Promise.all(this.expectEach(count));
  }

  /** As expectMany, each reply by a promise of its own. */
  expectEach(count: number): Promise<Reply>[] {
    return Array.from({ length: count }, () => this.#expect());
  }

  /** send(), as plain values; an error reply is thrown. For set-up and for tests not about the wire. */
  async do(...argv: Arg[]): Promise<unknown> {
    const value = plain(await this.send(...argv));
    if (value instanceof Error) throw value;
    return value;
  }

  /** Sends a command whose answers come unasked (SUBSCRIBE, MONITOR): take them with receive(). */
  post(...argv: Arg[]): void {
    this.socket.write(encodeCommand(argv));
  }

  /** The next reply that no send() waits for: pushes, pub/sub messages, what post() led to. */
  receive(timeoutMs = 5000): Promise<Reply> {
    const ready = this.#unasked.shift();
    if (ready !== undefined) return Promise.resolve(ready);
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { resolve: done(resolve), reject: done(reject) };
      const timer = setTimeout(() => {
        this.#receivers.splice(this.#receivers.indexOf(waiting), 1);
        reject(new Error(`nothing was received for ${timeoutMs} ms`));
      }, timeoutMs);
      function done<T>(then: (value: T) => void) {
        return (value: T) => {
          clearTimeout(timer);
          then(value);
        };
      }
      this.#receivers.push(waiting);
    });
  }

  /** How many unasked replies lie ready for receive(). */
  get received(): number {
    return this.#unasked.length;
  }

  /** Writes bytes as they are. Expect no replies of send() after it on this connection. */
  write(bytes: string | Uint8Array): void {
    this.#rawChunks ??= [];
    this.socket.write(typeof bytes === "string" ? binary(bytes) : bytes);
  }

  /**
   * After write(): the bytes that arrive until there are `count` of them, or the connection closes, or
   * nothing has come for `quietMs`.
   */
  async read(count = Infinity, quietMs = 200): Promise<string> {
    let received = "";
    while (received.length < count && (await this.#someRaw(quietMs))) received += this.#takeRaw();
    if (received.length > count) {
      this.#rawChunks?.unshift(Buffer.from(received.slice(count), "latin1"));
      received = received.slice(0, count);
    }
    return received;
  }

  /** After write(): the next bytes that arrive, as many as there are; "" when none come for `timeoutMs`. */
  async readSome(timeoutMs = 200): Promise<string> {
    return (await this.#someRaw(timeoutMs)) ? this.#takeRaw() : "";
  }

  /** Closes the connection; may be called twice. */
  async close(): Promise<void> {
    this.socket.destroy();
    await this.closed;
  }

  #takeRaw(): string {
    return Buffer.concat(this.#rawChunks?.splice(0) ?? []).toString("latin1");
  }

  /** True as soon as raw bytes are there, false when none came in that time or ever will. */
  async #someRaw(timeoutMs: number): Promise<boolean> {
    this.#rawChunks ??= [];
    if (this.#rawChunks.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        this.#rawArrived = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.#rawChunks.length > 0;
  }

  #expect(): Promise<Reply> {
    if (this.#ended) return Promise.reject(new Error("connection closed"));
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  #arrived(chunk: Buffer): void {
    if (this.#rawChunks !== undefined) {
      this.#rawChunks.push(chunk);
      this.#rawArrived?.();
      return;
    }
    this.#parser.feed(chunk);
    try {
      for (let reply = this.#parser.next(); reply !== undefined; reply = this.#parser.next()) {
        const waiting = reply.type === "push" ? undefined : this.#waiting.shift();
        const taker = waiting ?? this.#receivers.shift();
        if (taker !== undefined) taker.resolve(reply);
        else this.#unasked.push(reply);
      }
    } catch (error) {
      this.#fail(error as Error);
      this.socket.destroy();
    }
  }

  #fail(error: Error): void {
    for (const waiting of [...this.#waiting.splice(0), ...this.#receivers.splice(0)]) waiting.reject(error);
  }
}
