/**
 * transcript: conversations on the wire, written down in Markdown and played against servers.
 *
 * Each `##` section is one test on a connection of its own. Its fenced blocks hold lines in order:
 *
 *     > bytes sent          \r \n \t \\ \xHH are escapes; {x*1000} is a piece repeated; \{ is a brace
 *     < bytes received      {int} any integer, {...} anything up to what follows
 *     = closed              the server closes the connection
 *
 * A line sends or expects just its bytes: \r\n is written out. `Needs: hset, hgetall` names commands that must
 * be ready, `Options: --requirepass secret` those of the server. A section without `<` and `=` lines gets
 * them from native Redis when played with KVASM_RECORD=1.
 */
import { readFileSync } from "node:fs";

/** A piece of bytes, or a place where they may differ. */
export type Token = { literal: string } | "int" | "anything";

export type Step =
  { send: string; line: string } | { expect: Token[]; line: string } | { closed: true; line: string };

export interface Transcript {
  title: string;
  needs: string[];
  options: string[];
  steps: Step[];
  /** Line number, from 0, after its last step: where recorded lines go. */
  end: number;
}

const ESCAPES: Record<string, string> = { r: "\r", n: "\n", t: "\t", "\\": "\\", "{": "{" };

/** The bytes and wildcards of a line. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let literal = "";
  const flush = () => {
    if (literal !== "") tokens.push({ literal });
    literal = "";
  };
  const pattern = /\\(x[0-9a-f]{2}|.)|\{([^{}]+)\}|[^]/gis;
  for (const [whole, escape, brace] of text.matchAll(pattern)) {
    if (escape !== undefined) {
      literal +=
        escape.length === 3 ? String.fromCharCode(parseInt(escape.slice(1), 16)) : (ESCAPES[escape] ?? whole);
    } else if (brace !== undefined) {
      const repeat = /^(.+)\*(\d+)$/s.exec(brace);
      if (repeat) literal += bytesOf(repeat[1] as string).repeat(Number(repeat[2]));
      else {
        flush();
        if (brace === "int") tokens.push("int");
        else if (brace === "...") tokens.push("anything");
        else throw new Error(`unknown placeholder {${brace}}`);
      }
    } else literal += whole;
  }
  flush();
  return tokens;
}

function bytesOf(text: string): string {
  return tokensOf(text)
    .map((token) => {
      if (typeof token === "string") throw new Error(`a placeholder cannot be sent: ${text}`);
      return token.literal;
    })
    .join("");
}

/** Bytes as a line of a transcript; long runs of one character are folded. */
export function showBytes(bytes: string): string {
  return bytes
    .replace(/[\\{\x00-\x1f\x7f-\xff]/g, (c) => {
      const named = Object.entries(ESCAPES).find(([, value]) => value === c)?.[0];
      return named !== undefined ? `\\${named}` : `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`;
    })
    .replace(/([A-Za-z0-9])\1{79,}/g, (run: string, c: string) => `{${c}*${run.length}}`);
}

/**
 * How much of the bytes the tokens take: the number of bytes when they match, "more" when they could match
 * with more bytes, undefined when they do not.
 */
export function match(tokens: readonly Token[], bytes: string): number | "more" | undefined {
  let at = 0;
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] as Token;
    if (token === "int") {
      const digits = /-?\d+/y;
      digits.lastIndex = at;
      const found = digits.exec(bytes);
      if (found === null) return at === bytes.length ? "more" : undefined;
      at = digits.lastIndex;
    } else if (token === "anything") {
      const next = tokens[i + 1];
      if (next === undefined) return bytes.length;
      if (typeof next === "string") throw new Error("{...} must be followed by bytes");
      const found = bytes.indexOf(next.literal, at);
      if (found < 0) return "more";
      at = found;
    } else {
      const { literal } = token;
      if (bytes.startsWith(literal, at)) at += literal.length;
      else return literal.startsWith(bytes.slice(at)) ? "more" : undefined;
    }
  }
  return at;
}

export function readTranscripts(file: string): Transcript[] {
  const transcripts: Transcript[] = [];
  let current: Transcript | undefined;
  let fenced = false;
  for (const [number, line] of readFileSync(file, "utf8").split("\n").entries()) {
    if (line.startsWith("```")) {
      fenced = !fenced;
      if (!fenced && current) current.end = number;
    } else if (line.startsWith("## ")) {
      current = { title: line.slice(3), needs: [], options: [], steps: [], end: number };
      transcripts.push(current);
    } else if (!fenced && current && line.startsWith("Needs: ")) current.needs = line.slice(7).split(/,\s*/);
    else if (!fenced && current && line.startsWith("Options: ")) current.options = line.slice(9).split(/\s+/);
    else if (fenced && current) {
      if (line.startsWith("> ")) current.steps.push({ send: bytesOf(line.slice(2)), line });
      else if (line.startsWith("< ")) current.steps.push({ expect: tokensOf(line.slice(2)), line });
      else if (line === "= closed") current.steps.push({ closed: true, line });
      else throw new Error(`${file}:${number + 1}: not a line of a transcript: ${line}`);
    }
  }
  return transcripts;
}
