/**
 * renames: `rename-command OLD NEW`: names that mean another command than the command table says, or none. They hold for
 * what clients and scripts send; ACL rules and COMMAND keep the table's names.
 */
import { findCommand } from "../bindings/command-table.ts";

/** Number of the command that a name in lower case means; NO_COMMAND = none. Other names mean what the table says. */
export type Renames = Map<string, number>;

export const NO_COMMAND = -1;

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
