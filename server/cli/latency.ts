/** latency: `--latency` and `--latency-history`: how long a PING takes, again and again. */
import type { CliOptions } from "./options.ts";
import type { Session } from "./session.ts";
import { sleep, type Terminal, write } from "./terminal.ts";

const SAMPLE_PAUSE_MS = 10;
const PROGRAM_DURATION_MS = 1000;
const HISTORY_DURATION_MS = 15_000;
const SHOW_EVERY_MS = 100;
const REWRITE_LINE = "\r\x1b[2K";

interface Samples {
  min: number;
  max: number;
  sum: number;
  count: number;
}

/**
 * On a terminal it goes on until it is ended; a program gets one line after a second (`-i`).
 * @throws ConnectionError
 */
export async function runLatency(options: CliOptions, terminal: Terminal, session: Session): Promise<number> {
  const isHistory = options.mode === "latencyHistory";
  const forPeople = terminal.output.isTTY && options.form === null;
  const durationMs = options.intervalMs || (isHistory ? HISTORY_DURATION_MS : PROGRAM_DURATION_MS);
  for (;;) {
    const began = performance.now();
    let shownMs = 0;
    const samples: Samples = { min: Infinity, max: 0, sum: 0, count: 0 };
    for (;;) {
      await sample(session, samples);
      const nowMs = performance.now();
      if (forPeople && nowMs - shownMs >= SHOW_EVERY_MS) {
        shownMs = nowMs;
        await write(terminal.output, REWRITE_LINE + forReaders(samples));
      }
      if ((isHistory || !forPeople) && nowMs - began > durationMs) break;
      await sleep(SAMPLE_PAUSE_MS);
    }
    if (forPeople) {
      const seconds = ((performance.now() - began) / 1000).toFixed(2);
      await write(terminal.output, `${REWRITE_LINE}${forReaders(samples)} -- ${seconds} seconds range\n`);
      continue;
    }
    await write(terminal.output, `${forPrograms(samples, options.form === "csv" ? "," : " ")}\n`);
    if (!isHistory) return 0;
  }
}

async function sample(session: Session, samples: Samples): Promise<void> {
  const began = performance.now();
  await session.call(["PING"]);
  const tookMs = Math.floor(performance.now() - began);
  samples.min = Math.min(samples.min, tookMs);
  samples.max = Math.max(samples.max, tookMs);
  samples.sum += tookMs;
  samples.count++;
}

const average = ({ sum, count }: Samples): string => (sum / count).toFixed(2);

function forReaders(samples: Samples): string {
  return `min: ${samples.min}, max: ${samples.max}, avg: ${average(samples)} (${samples.count} samples)`;
}

function forPrograms(samples: Samples, separator: string): string {
  return [samples.min, samples.max, average(samples), samples.count].join(separator);
}
