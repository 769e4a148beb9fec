/**
 * renames: `rename-command OLD NEW`: names that mean another command than the command table says, or none. They hold for
 * what clients and scripts send; ACL rules and COMMAND keep the table's names.
 */
import { findCommand } from "../bindings/command-table.ts";
import type { Engine } from "../bindings/engine.ts";
import { setRenames } from "../bindings/records.ts";

/** Number of the command that a name in lower case means; NO_COMMAND = none. Other names mean what the table says. */
export type Renames = Map<string, number>;

export const NO_COMMAND = -1;

const COUNT = 4;
const ENTRY_SIZE = 12;

/** One line of a configuration. @param newName  empty: the command has no name any more @returns what is wrong, or null */
export function renameCommand(renames: Renames, oldName: string, newName: string): string | null {
  const [from, to] = [oldName.toLowerCase(), newName.toLowerCase()];
  const id = meaningOf(renames, from);
  if (id === NO_COMMAND) return "No such command in rename-command";
  renames.set(from, NO_COMMAND);
  if (to === "") return null;
  if (meaningOf(renames, to) !== NO_COMMAND) return "Target command name already exists";
  renames.set(to, id);
  return null;
}

function meaningOf(renames: Renames, name: string): number {
  const row = findCommand(name);
  return renames.get(name) ?? (row === undefined || row.container !== undefined ? NO_COMMAND : row.id);
}

/** Tells the engine (assembly/renames.ts). @throws KvasmError OUT_OF_MEMORY */
export function applyRenames(engine: Engine, renames: ReadonlyMap<string, number>): void {
  if (renames.size === 0) return;
  const names = [...renames].map(([name, id]) => ({ bytes: Buffer.from(name, "latin1"), id }));
  const textAt = COUNT + names.length * ENTRY_SIZE;
  const size = names.reduce((sum, { bytes }) => sum + bytes.length, textAt);
  setRenames(engine, size, (block, address) => {
    const view = new DataView(block.buffer, block.byteOffset, size);
    view.setUint32(0, names.length, true);
    let to = textAt;
    names.forEach(({ bytes, id }, i) => {
      const at = COUNT + i * ENTRY_SIZE;
      view.setUint32(at, address + to, true);
      view.setUint32(at + 4, bytes.length, true);
      view.setInt32(at + 8, id, true);
      block.set(bytes, to);
      to += bytes.length;
    });
  });
}
