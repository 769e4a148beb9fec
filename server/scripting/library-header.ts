/** library-header: the first line of a library: `#!lua name=mylib`. */
import { firstLine } from "./shebang.ts";

export type LibraryHeader =
  | { readonly name: string; /** where the code begins */ readonly codeAt: number }
  | { readonly error: string };

const NEWLINE = 0x0a;
const NAME = /^[A-Za-z0-9_]+$/;

export const NAME_RULE =
  "ERR Library names can only contain letters, numbers, or underscores(_) and must be at least one character long";

export function isName(name: string): boolean {
  return NAME.test(name);
}

/** @param code  bytes of a library */
export function parseLibraryHeader(code: Uint8Array): LibraryHeader {
  if (code[0] !== 0x23 || code[1] !== 0x21) return { error: "ERR Missing library metadata" };
  const end = code.indexOf(NEWLINE);
  if (end < 0) return { error: "ERR Invalid library metadata" };
  const [engine = "", ...options] = firstLine(code, end)
    .split(/[ \t\r]+/)
    .filter(Boolean);
  let name: string | null = null;
  for (const option of options) {
    if (!/^name=/i.test(option)) return { error: `ERR Invalid metadata value given: ${option}` };
    if (name !== null) {
      return { error: "ERR Invalid metadata value, name argument was given multiple times" };
    }
    name = option.slice("name=".length);
  }
  if (name === null) return { error: "ERR Library name was not given" };
  if (!isName(name)) return { error: NAME_RULE };
  const language = engine.slice(2);
  if (language.toLowerCase() !== "lua") return { error: `ERR Engine '${language}' not found` };
  // The line end stays, so that lines keep their numbers.
  return { name, codeAt: end };
}
