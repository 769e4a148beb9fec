/**
 * categories: groups of commands that ACL rules name as `@name`. Which commands are in one, the rows of the command
 * table say; only the order in which ACL CAT lists them is here, as it is in Redis.
 */
import { COMMANDS, type CommandRow } from "../../bindings/command-table.ts";

export const CATEGORIES = [
  "keyspace",
  "read",
  "write",
  "set",
  "sortedset",
  "list",
  "hash",
  "string",
  "bitmap",
  "hyperloglog",
  "geo",
  "stream",
  "pubsub",
  "admin",
  "fast",
  "slow",
  "blocking",
  "dangerous",
  "connection",
  "transaction",
  "scripting",
] as const;

/** Commands and subcommands of a category. @param name  in any case, without the @ @returns undefined: no such category */
export function commandsOfCategory(name: string): readonly CommandRow[] | undefined {
  const category = name.toLowerCase();
  if (!(CATEGORIES as readonly string[]).includes(category)) return undefined;
  return COMMANDS.filter((row) => row.aclCategories.includes(category));
}
