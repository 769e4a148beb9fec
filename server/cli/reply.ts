/**
 * reply: replies of a server as `kvasm cli` sees them, and the parser that makes them of bytes in any pieces.
 *
 * A reply that has begun is kept on a stack of open collections, so a large one is read once however it arrives; a bulk
 * string waits as a list of chunks until all of it is there. Texts are byte strings. Attributes say nothing to people at a
 * terminal and are skipped.
 */

export type Reply =
  | {
      readonly kind: "status" | "error" | "bulk" | "verbatim" | "double" | "bigNumber";
      readonly text: string;
    }
  | { readonly kind: "integer"; readonly text: string }
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "null" }
  /** A map's keys and values alternate. */
  | { readonly kind: "array" | "set" | "map" | "push"; readonly items: readonly Reply[] };

/** What a server sent is not RESP. */
export class ProtocolError extends Error {}

interface OpenCollection {
  readonly kind: "array" | "set" | "map" | "push" | "attribute";
  readonly items: Reply[];
  readonly count: number;
}

const LF = 10;
const CRLF_BYTES = 2;
/** `txt:` before the text of a verbatim string. */
const VERBATIM_PREFIX = 4;
const NULL: Reply = { kind: "null" };

export class ReplyParser {
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  /** Chunks that came while a bulk string is not complete. */
  #more: Buffer[] = [];
  #moreBytes = 0;
  /** Bytes from `#at` without which it makes no sense to go on. */
  #needed = 0;
  readonly #open: OpenCollection[] = [];
  readonly #onReply: (reply: Reply) => void;

  constructor(onReply: (reply: Reply) => void) {
    this.#onReply = onReply;
  }

  /** @throws ProtocolError */
  feed(chunk: Buffer): void {
    this.#more.push(chunk);
    this.#moreBytes += chunk.length;
    const rest = this.#bytes.length - this.#at;
    if (rest + this.#moreBytes < this.#needed) return;
    this.#bytes = Buffer.concat([this.#bytes.subarray(this.#at), ...this.#more]);
    this.#at = 0;
    this.#more = [];
    this.#moreBytes = 0;
    this.#needed = 0;
    while (this.#step());
  }

  /** Reads one element, or the head of a collection. @returns false = more bytes are needed */
  #step(): boolean {
    const end = this.#bytes.indexOf(LF, this.#at);
    if (end < 0) return false;
    const type = String.fromCharCode(this.#bytes[this.#at]!);
    const line = this.#bytes.toString("latin1", this.#at + 1, Math.max(this.#at + 1, end - 1));
    const next = end + 1;
    switch (type) {
      case "$":
      case "!":
      case "=":
        return this.#bulk(type, line, next);
      case "*":
      case "~":
      case "%":
      case ">":
      case "|":
        this.#at = next;
        this.#begin(type, line);
        return true;
      default:
        this.#at = next;
        this.#take(scalar(type, line));
        return true;
    }
  }

  #bulk(type: "$" | "!" | "=", line: string, start: number): boolean {
    const size = length(line);
    if (size < 0) {
      this.#at = start;
      this.#take(NULL);
      return true;
    }
    const end = start + size;
    if (end + CRLF_BYTES > this.#bytes.length) {
      this.#needed = end + CRLF_BYTES - this.#at;
      return false;
    }
    const text = this.#bytes.toString("latin1", start, end);
    this.#at = end + CRLF_BYTES;
    if (type === "$") this.#take({ kind: "bulk", text });
    else if (type === "!") this.#take({ kind: "error", text });
    else this.#take({ kind: "verbatim", text: text.slice(VERBATIM_PREFIX) });
    return true;
  }

  #begin(type: "*" | "~" | "%" | ">" | "|", line: string): void {
    const count = length(line);
    if (count < 0) return this.#take(NULL);
    const kind = ({ "*": "array", "~": "set", "%": "map", ">": "push", "|": "attribute" } as const)[type];
    const pairs = kind === "map" || kind === "attribute";
    this.#open.push({ kind, items: [], count: pairs ? count * 2 : count });
    this.#closeFull();
  }

  #take(reply: Reply): void {
    const open = this.#open.at(-1);
    if (open === undefined) return this.#onReply(reply);
    open.items.push(reply);
    this.#closeFull();
  }

  #closeFull(): void {
    const open = this.#open.at(-1);
    if (open === undefined || open.items.length < open.count) return;
    this.#open.pop();
    if (open.kind !== "attribute") this.#take({ kind: open.kind, items: open.items });
  }
}

function scalar(type: string, line: string): Reply {
  switch (type) {
    case "+":
      return { kind: "status", text: line };
    case "-":
      return { kind: "error", text: line };
    case ":":
      return { kind: "integer", text: line };
    case ",":
      return { kind: "double", text: line };
    case "(":
      return { kind: "bigNumber", text: line };
    case "#":
      return { kind: "boolean", value: line === "t" };
    case "_":
      return NULL;
    default:
      throw new ProtocolError(`Protocol error, got ${JSON.stringify(type)} as reply type byte`);
  }
}

function length(line: string): number {
  if (!/^(-1|\d+)$/.test(line)) throw new ProtocolError("Protocol error, bad length");
  return Number(line);
}

/** A command as bytes of the protocol. @param argv  byte strings */
export function encodeCommand(argv: readonly string[]): Buffer {
  const parts = [`*${argv.length}\r\n`];
  for (const arg of argv) parts.push(`$${arg.length}\r\n`, arg, "\r\n");
  return Buffer.from(parts.join(""), "latin1");
}

/** The text of a reply that has one, "" otherwise. */
export function textOf(reply: Reply | undefined): string {
  return reply !== undefined && "text" in reply ? reply.text : "";
}

export function itemsOf(reply: Reply | undefined): readonly Reply[] {
  return reply !== undefined && "items" in reply ? reply.items : [];
}
