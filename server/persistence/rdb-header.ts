/**
 * rdb-header: what stands in front of the keys of an RDB file: magic and version, auxiliary fields, libraries of functions.
 * https://rdb.fnordig.de/file_format.html
 */
import { REDIS_VERSION } from "../version.ts";

const OPCODE_AUX = 250;
const OPCODE_FUNCTION = 245;
const VERSION_DIGITS = 4;
const BITS = 32;

export interface HeaderFacts {
  /** RDB version. */
  readonly version: number;
  readonly nowMs: number;
  readonly usedMemory: number;
  /** It is the first part of an AOF. */
  readonly aofBase: boolean;
  /** Code of each library. */
  readonly libraries: readonly Uint8Array[];
}

export function rdbHeader({ version, nowMs, usedMemory, aofBase, libraries }: HeaderFacts): Uint8Array {
  const parts: Uint8Array[] = [ascii(`REDIS${String(version).padStart(VERSION_DIGITS, "0")}`)];
  const aux = (name: string, value: string | number): void => {
    parts.push(Uint8Array.of(OPCODE_AUX), rdbString(ascii(name)), rdbString(ascii(String(value))));
  };
  aux("redis-ver", REDIS_VERSION);
  aux("redis-bits", BITS);
  aux("ctime", Math.floor(nowMs / 1000));
  aux("used-mem", usedMemory);
  aux("aof-base", aofBase ? 1 : 0);
  for (const code of libraries) parts.push(Uint8Array.of(OPCODE_FUNCTION), rdbString(code));
  return Buffer.concat(parts);
}

/** A string as it is, behind its length. */
function rdbString(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([rdbLength(bytes.length), bytes]);
}

function rdbLength(length: number): Uint8Array {
  if (length < 1 << 6) return Uint8Array.of(length);
  if (length < 1 << 14) return Uint8Array.of(0x40 | (length >> 8), length & 0xff);
  return Uint8Array.of(0x80, length >>> 24, (length >>> 16) & 0xff, (length >>> 8) & 0xff, length & 0xff);
}

function ascii(text: string): Uint8Array {
  return Buffer.from(text, "latin1");
}
