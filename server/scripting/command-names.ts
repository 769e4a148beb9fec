/**
 * command-names: which command redis.call means, from the bytes of its name as they lie in Lua's memory: a hash of the
 * bytes in lower case finds the row, a comparison makes sure. Nothing is allocated for a command without subcommands.
 */
import { COMMANDS, type CommandRow, findCommand } from "../../bindings/command-table.ts";
import { byteString } from "./lua/state.ts";

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
/** Longer names are none of ours, and must not cost. */
const NAME_MAX = 32;

/** What redis.call must know of a command. */
export interface Callable {
  readonly row: CommandRow;
  readonly isContainer: boolean;
  readonly isWrite: boolean;
  /** Writes, or may have effects that replicas must see (PUBLISH, PFCOUNT). */
  readonly mayReplicate: boolean;
  /** May be refused for want of memory. */
  readonly needsMemory: boolean;
  readonly isForbidden: boolean;
  /** TIME, which goes on while the clock of expiry stands still. */
  readonly isClock: boolean;
}

function callable(row: CommandRow): Callable {
  const isWrite = row.flags.includes("write");
  return {
    row,
    isContainer: row.subcommands !== undefined,
    isWrite,
    mayReplicate: isWrite || row.internalFlags?.includes("may_replicate") === true,
    needsMemory: row.flags.includes("denyoom"),
    isForbidden: row.flags.includes("noscript"),
    isClock: row.name === "time",
  };
}

interface Named {
  readonly name: string;
  readonly command: Callable;
}

export class CommandNames {
  readonly #byHash = new Map<number, Named[]>();
  readonly #byId: readonly Callable[];
  /** What was found last: loops ask for the same again. */
  #last: Named | null = null;

  /** @param renames  names in lower case that mean other commands than the table says, or none */
  constructor(renames: ReadonlyMap<string, number>) {
    this.#byId = COMMANDS.map(callable);
    for (const command of this.#byId) {
      const name = command.row.name.toLowerCase();
      if (command.row.container === undefined && !renames.has(name)) this.#add(name, command);
    }
    for (const [name, id] of renames) {
      const command = this.#byId[id];
      if (command) this.#add(name, command);
    }
  }

  #add(name: string, command: Callable): void {
    const bytes = Buffer.from(name, "latin1");
    const hash = hashName(bytes, 0, bytes.length);
    this.#byHash.set(hash, [...(this.#byHash.get(hash) ?? []), { name, command }]);
  }

  /** The command whose name lies at an address. */
  find(bytes: Uint8Array, at: number, length: number): Callable | undefined {
    if (length > NAME_MAX) return undefined;
    const last = this.#last;
    if (last !== null && isName(last.name, bytes, at, length)) return last.command;
    const candidates = this.#byHash.get(hashName(bytes, at, length));
    const found = candidates?.find(({ name }) => isName(name, bytes, at, length));
    if (found === undefined) return undefined;
    this.#last = found;
    return found.command;
  }

  /** The subcommand of a container. */
  findSubcommand(container: Callable, bytes: Uint8Array, at: number, length: number): Callable | undefined {
    if (length > NAME_MAX) return undefined;
    const row = findCommand(`${container.row.name}|${byteString(bytes, at, length)}`);
    return row && this.#byId[row.id];
  }
}

function hashName(bytes: Uint8Array, at: number, length: number): number {
  let hash = FNV_OFFSET;
  for (let i = 0; i < length; i++) hash = Math.imul(hash ^ (bytes[at + i]! | 0x20), FNV_PRIME);
  return hash;
}

function isName(name: string, bytes: Uint8Array, at: number, length: number): boolean {
  if (name.length !== length) return false;
  for (let i = 0; i < length; i++) {
    const expected = name.charCodeAt(i) | 0x20;
    const given = bytes[at + i]!;
    if ((given | 0x20) !== expected || given >= 0x80) return false;
  }
  return true;
}
