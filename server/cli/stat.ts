/** stat: `--stat`: a line of figures from INFO, every second (`-i`), with what each column is above every screenful. */
import { humanBytes } from "../observe/info.ts";
import type { CliOptions } from "./options.ts";
import { type Reply, textOf } from "./reply.ts";
import type { Session } from "./session.ts";
import { sleep, type Terminal, write } from "./terminal.ts";

const DEFAULT_INTERVAL_MS = 1000;
const LINES_A_HEADING = 20;
const HEADING = `------- data ------ --------------------- load -------------------- - child -
keys       mem      clients blocked requests            connections          
`;
const WIDTHS = { keys: 11, memory: 9, clients: 8, blocked: 8, requests: 20, connections: 12 };

/** Goes on until it is ended. @throws ConnectionError */
export async function runStat(options: CliOptions, terminal: Terminal, session: Session): Promise<never> {
  let before: number | null = null;
  for (let line = 0; ; line++) {
    const reply = await session.call(["INFO"]);
    if (line % LINES_A_HEADING === 0) await write(terminal.output, HEADING);
    const { text, requests } = statLine(reply, before);
    before = requests;
    await write(terminal.output, `${text}\n`);
    await sleep(options.intervalMs || DEFAULT_INTERVAL_MS);
  }
}

function statLine(reply: Reply, before: number | null): { text: string; requests: number } {
  const info = textOf(reply);
  const field = (name: string): number => Number(new RegExp(`^${name}:(\\d+)`, "m").exec(info)?.[1] ?? 0);
  const keys = [...info.matchAll(/^db\d+:keys=(\d+)/gm)].reduce((sum, match) => sum + Number(match[1]), 0);
  const requests = field("total_commands_processed");
  const columns = [
    String(keys).padEnd(WIDTHS.keys),
    humanBytes(field("used_memory")).padEnd(WIDTHS.memory),
    String(field("connected_clients")).padEnd(WIDTHS.clients),
    String(field("blocked_clients")).padEnd(WIDTHS.blocked),
    `${requests} (+${before === null ? 0 : requests - before})`.padEnd(WIDTHS.requests),
    String(field("total_connections_received")).padEnd(WIDTHS.connections),
    child(field),
  ];
  return { text: columns.join(""), requests };
}

/** What is written in the background. */
function child(field: (name: string) => number): string {
  const saves = field("rdb_bgsave_in_progress") > 0;
  const rewrites = field("aof_rewrite_in_progress") > 0;
  if (saves && rewrites) return "SAVE+AOF";
  return saves ? "SAVE" : rewrites ? "AOF" : "";
}
