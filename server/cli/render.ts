/**
 * render: a reply as text, in the forms that redis-cli has, so that scripts that read its output read ours.
 *
 *   standard   for people: types are seen, strings are quoted, collections are numbered and indented
 *   raw        for programs: bytes as they are, one element a line
 *   csv        elements with commas between them, nested ones in line
 *   json       JSON; `quotedJson` shows bytes as escapes within its strings, and so is ASCII
 *
 * Byte strings in, byte strings out.
 */
import { itemsOf, type Reply } from "./reply.ts";
import { quoteArg } from "../config/split-args.ts";

export type OutputForm = "standard" | "raw" | "csv" | "json" | "quotedJson";

/** Between the elements of a raw reply, and after the reply. */
export interface RawDelimiters {
  readonly element: string;
  readonly reply: string;
}

export function render(reply: Reply, form: OutputForm, delimiters: RawDelimiters): string {
  switch (form) {
    case "standard":
      return standard(reply, "");
    case "raw":
      return raw(reply, delimiters.element) + delimiters.reply;
    case "csv":
      return `${csv(reply)}\n`;
    case "json":
      return `${json(reply, jsonString)}\n`;
    case "quotedJson":
      return `${json(reply, quotedJsonString)}\n`;
  }
}

// --- for people ---

const EMPTY = { array: "(empty array)", set: "(empty set)", map: "(empty hash)", push: "(empty push)" };
const SEPARATOR = { array: ")", set: "~", map: "#", push: ")" };

/** @param indent  what stands before each line but the first     @returns lines, the last one ended */
function standard(reply: Reply, indent: string): string {
  switch (reply.kind) {
    case "status":
    case "verbatim":
      return `${reply.text}\n`;
    case "error":
      return `(error) ${reply.text}\n`;
    case "integer":
      return `(integer) ${reply.text}\n`;
    case "double":
      return `(double) ${reply.text}\n`;
    case "bigNumber":
      return `(big number) ${reply.text}\n`;
    case "boolean":
      return `(${reply.value})\n`;
    case "null":
      return "(nil)\n";
    case "bulk":
      return `${quoteArg(reply.text)}\n`;
    default:
      return standardItems(reply, indent);
  }
}

type Collection = Extract<Reply, { items: unknown }>;

function standardItems({ kind, items }: Collection, indent: string): string {
  if (items.length === 0) return `${EMPTY[kind]}\n`;
  const step = kind === "map" ? 2 : 1;
  const width = String(items.length / step).length;
  const inner = indent + " ".repeat(width + 2);
  let text = "";
  for (let i = 0; i < items.length; i += step) {
    const number = String(i / step + 1).padStart(width);
    text += `${i === 0 ? "" : indent}${number}${SEPARATOR[kind]} ${standard(items[i]!, inner)}`;
    if (kind !== "map") continue;
    const value = items[i + 1]!;
    const shown = standard(value, inner);
    // A collection that takes more than the rest of this line begins on one of its own.
    const isLong = itemsOf(value).length > 0 && shown.indexOf("\n") < shown.length - 1;
    text = `${text.slice(0, -1)} => ${isLong ? `\n${inner}` : ""}${shown}`;
  }
  return text;
}

// --- for programs ---

function raw(reply: Reply, delimiter: string): string {
  switch (reply.kind) {
    case "error":
      return `${reply.text}\n`;
    case "boolean":
      return `(${reply.value})`;
    case "null":
      return "";
    case "array":
    case "set":
    case "push":
      return reply.items.map((item) => raw(item, delimiter)).join(delimiter);
    case "map":
      return pairs(reply.items)
        .map(([key, value]) => `${raw(key, delimiter)} ${raw(value, delimiter)}`)
        .join(delimiter);
    default:
      return reply.text;
  }
}

function csv(reply: Reply): string {
  switch (reply.kind) {
    case "error":
      return `ERROR,${quoteArg(reply.text)}`;
    case "status":
    case "bulk":
    case "verbatim":
    case "bigNumber":
      return quoteArg(reply.text);
    case "integer":
    case "double":
      return reply.text;
    case "boolean":
      return String(reply.value);
    case "null":
      return "NULL";
    default:
      return reply.items.map(csv).join(",");
  }
}

function json(reply: Reply, string: (text: string) => string): string {
  switch (reply.kind) {
    case "error":
      return `error:${string(reply.text)}`;
    case "status":
    case "bulk":
    case "verbatim":
      return string(reply.text);
    case "integer":
    case "double":
    case "bigNumber":
      return reply.text;
    case "boolean":
      return String(reply.value);
    case "null":
      return "null";
    case "map":
      return `{${pairs(reply.items)
        .map(([key, value]) => `${jsonKey(key, string)}:${json(value, string)}`)
        .join(",")}}`;
    default:
      return `[${reply.items.map((item) => json(item, string)).join(",")}]`;
  }
}

/** JSON's keys are strings, those of RESP3 are not always. */
function jsonKey(key: Reply, string: (text: string) => string): string {
  const text = json(key, string);
  return text.startsWith('"') ? text : string(text);
}

/** Bytes from 0x80 on stay as they are: UTF-8 mostly. */
function jsonString(text: string): string {
  return `"${text.replace(/["\\\x00-\x1f]/g, (char) => JSON.stringify(char).slice(1, -1))}"`;
}

function quotedJsonString(text: string): string {
  return jsonString(quoteArg(text).slice(1, -1));
}

function pairs(items: readonly Reply[]): [Reply, Reply][] {
  return Array.from({ length: items.length / 2 }, (_, i) => [items[2 * i]!, items[2 * i + 1]!]);
}
