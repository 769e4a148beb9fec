/**
 * permission-block: what a user may do in any case, as the engine reads it (assembly/permissions.ts), so that only
 * commands beyond that cost a look of the host. The root selector alone counts; what it leaves open, the host judges.
 */
import { COMMANDS, type CommandRow } from "../../bindings/command-table.ts";
import { hasSpecialKeys } from "../../bindings/command-keys.ts";
import { channelUse } from "./channels.ts";
import { neededPermission, READ, type Selector, WRITE } from "./selector.ts";
import type { User } from "./user.ts";

const HEADER = 8;
const PATTERN_SIZE = 12;
const WHOLE_KEY = 4;

const ASK = 0;
const ALLOWED = 1;
const BY_KEY = 4;

interface Pattern {
  readonly flags: number;
  readonly text: string;
}

/** @param address  where the block will lie: it holds addresses of its own parts     @returns its bytes */
export function permissionBlock(user: User, address: number): Uint8Array {
  const selector = user.root;
  const patterns = simplePatterns(selector);
  const textAt = HEADER + patterns.length * PATTERN_SIZE + COMMANDS.length;
  const size = patterns.reduce((sum, { text }) => sum + text.length, textAt);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, patterns.length, true);
  let to = textAt;
  patterns.forEach(({ flags, text }, i) => {
    const at = HEADER + i * PATTERN_SIZE;
    view.setUint32(at, flags, true);
    view.setUint32(at + 4, address + to, true);
    view.setUint32(at + 8, text.length, true);
    for (let j = 0; j < text.length; j++) bytes[to++] = text.charCodeAt(j);
  });
  const verdicts = HEADER + patterns.length * PATTERN_SIZE;
  for (const row of COMMANDS) bytes[verdicts + row.id] = verdict(selector, row);
  return bytes;
}

/** The size that the block will have. */
export function permissionBlockSize(user: User): number {
  return permissionBlock(user, 0).length;
}

function verdict(selector: Selector, row: CommandRow): number {
  if (row.name === "exec") return ASK; // CLIENT LIST says so while it runs
  if (!selector.commands.has(row.id)) return ASK;
  if (!selector.allChannels && channelUse(row) !== undefined) return ASK;
  if (row.keySpecs.length === 0) return ALLOWED;
  const readsMore = row.name === "sort" || row.name === "sort_ro";
  if (selector.allKeys) return readsMore ? ASK : ALLOWED;
  const [spec] = row.keySpecs;
  const isOneKey = row.keySpecs.length === 1 && row.firstKey > 0 && row.lastKey === row.firstKey;
  if (spec === undefined || !isOneKey || readsMore) return ASK;
  return BY_KEY + (hasSpecialKeys(row) ? READ | WRITE : neededPermission(spec.flags));
}

/** Patterns that are a beginning or a whole key. */
function simplePatterns(selector: Selector): Pattern[] {
  const simple: Pattern[] = [];
  for (const { pattern, permission } of selector.keyPatterns) {
    const parts = /^([^*?[\\]*)(\*?)$/.exec(pattern);
    if (parts) simple.push({ flags: permission | (parts[2] === "" ? WHOLE_KEY : 0), text: parts[1]! });
  }
  return simple;
}
