/**
 * shebang: the first line of a script or library that says how it is to be run: `#!lua flags=no-writes,allow-oom` or
 * `#!lua name=mylib`.
 */

/** What a script is allowed, or promises. */
export interface ScriptFlags {
  readonly noWrites: boolean;
  readonly allowOom: boolean;
  readonly allowStale: boolean;
  readonly noCluster: boolean;
  readonly allowCrossSlotKeys: boolean;
}

export const FLAG_NAMES = ["no-writes", "allow-oom", "allow-stale", "no-cluster", "allow-cross-slot-keys"];

export function flagsOf(names: ReadonlySet<string>): ScriptFlags {
  return {
    noWrites: names.has("no-writes"),
    allowOom: names.has("allow-oom"),
    allowStale: names.has("allow-stale"),
    noCluster: names.has("no-cluster"),
    allowCrossSlotKeys: names.has("allow-cross-slot-keys"),
  };
}

/** What a script's shebang says; `flags` is null where it has none (then checks are those of Redis before 7). */
export type ScriptHeader =
  | { readonly flags: ScriptFlags | null; /** where the code begins */ readonly codeAt: number }
  | { readonly error: string };

const NEWLINE = 0x0a;

/** @param body  bytes of a script */
export function parseShebang(body: Uint8Array): ScriptHeader {
  if (body[0] !== 0x23 || body[1] !== 0x21) return { flags: null, codeAt: 0 };
  const end = body.indexOf(NEWLINE);
  if (end < 0) return { error: "ERR Invalid script shebang" };
  const [engine = "", ...options] = firstLine(body, end).split(" ").filter(Boolean);
  if (engine !== "#!lua") return { error: `ERR Unexpected engine in script shebang: ${engine}` };
  const names = new Set<string>();
  for (const option of options) {
    if (!option.startsWith("flags=")) return { error: `ERR Unknown lua shebang option: ${option}` };
    for (const name of option.slice("flags=".length).split(",")) {
      if (name === "") continue;
      if (!FLAG_NAMES.includes(name)) return { error: `ERR Unexpected flag in script shebang: ${name}` };
      names.add(name);
    }
  }
  // The line end stays, so that lines keep their numbers.
  return { flags: flagsOf(names), codeAt: end };
}

export function firstLine(body: Uint8Array, end: number): string {
  let line = "";
  for (let i = 0; i < end; i++) line += String.fromCharCode(body[i]!);
  return line;
}
