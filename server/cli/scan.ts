/** scan: walks the keyspace with SCAN: for `--scan`, which prints the names, and for what looks at every key. */
import { quoteArg } from "../config/split-args.ts";
import type { CliOptions } from "./options.ts";
import { itemsOf, textOf } from "./reply.ts";
import type { Runner } from "./runner.ts";
import type { Session } from "./session.ts";
import { sleep, write } from "./terminal.ts";

const SCANS_A_PAUSE = 100;

/** A reply that makes it impossible to go on; the message is the server's. */
export class ServerError extends Error {}

/** @yields the keys that one SCAN returns     @throws ServerError, ConnectionError */
export async function* scannedKeys(session: Session, options: CliOptions): AsyncGenerator<string[]> {
  const { pattern, scanCount, scanType, intervalMs } = options;
  const filters = [
    ...(pattern === "*" ? [] : ["MATCH", pattern]),
    ...(scanCount === 0 ? [] : ["COUNT", String(scanCount)]),
    ...(scanType === null ? [] : ["TYPE", scanType]),
  ];
  let cursor = "0";
  let scans = 0;
  do {
    const reply = await session.call(["SCAN", cursor, ...filters]);
    if (reply.kind === "error") throw new ServerError(reply.text);
    const [next, keys] = itemsOf(reply);
    cursor = textOf(next);
    yield itemsOf(keys).map(textOf);
    if (++scans % SCANS_A_PAUSE === 0 && intervalMs > 0) await sleep(intervalMs);
  } while (cursor !== "0");
}

/** `--scan` @returns the exit code */
export async function runScan({ options, terminal, session, form }: Runner): Promise<number> {
  for await (const keys of scannedKeys(session, options)) {
    const lines = keys.map((key) => `${form === "standard" ? quoteArg(key) : key}\n`);
    if (lines.length > 0) await write(terminal.output, lines.join(""));
  }
  return 0;
}
