/** table: what the command table says is ready, so that tests of the whole skip what is still being built. */
import { COMMANDS } from "../../bindings/command-table.ts";

const READY = new Set(COMMANDS.filter((row) => row.ready).map((row) => row.name));

/** Is the command (`name` or `name|subcommand`) implemented? KVASM_ALL_READY=1 says so of every command. */
export function isReady(...names: string[]): boolean {
  return process.env["KVASM_ALL_READY"] === "1" || names.every((name) => READY.has(name));
}

const BLOCKING = new Set(COMMANDS.filter((row) => row.flags.includes("blocking")).map((row) => row.name));

/** May the command make its client wait? */
export function mayBlock(name: string): boolean {
  return BLOCKING.has(name);
}
