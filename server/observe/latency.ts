/**
 * latency: the latency monitor. An event is a kind of work (`command`, `fast-command`); a sample is a moment at which it
 * took at least `latency-monitor-threshold` milliseconds. Samples within one second are one, the worst.
 */
import { LATENCY_SAMPLES_MAX } from "../limits.ts";

export interface LatencySample {
  readonly timeSeconds: number;
  millis: number;
}

interface LatencyEvent {
  samples: LatencySample[];
  maxMillis: number;
}

export class LatencyMonitor {
  readonly #events = new Map<string, LatencyEvent>();
  /** 0 = off. */
  thresholdMs = 0;
  /** `latency-tracking`: how long each command takes is kept (bindings/records.ts). */
  keepsHistograms = false;

  /** Notes a duration if it is worth it. */
  note(event: string, millis: number, nowMs: number): void {
    if (this.thresholdMs === 0 || millis < this.thresholdMs) return;
    const timeSeconds = Math.floor(nowMs / 1000);
    const rounded = Math.round(millis);
    let entry = this.#events.get(event);
    if (!entry) this.#events.set(event, (entry = { samples: [], maxMillis: 0 }));
    entry.maxMillis = Math.max(entry.maxMillis, rounded);
    const last = entry.samples.at(-1);
    if (last?.timeSeconds === timeSeconds) {
      last.millis = Math.max(last.millis, rounded);
      return;
    }
    entry.samples.push({ timeSeconds, millis: rounded });
    if (entry.samples.length > LATENCY_SAMPLES_MAX) entry.samples.shift();
  }

  /** Name, time of the last sample, its milliseconds, the most ever. */
  latest(): [string, LatencySample, number][] {
    return [...this.#events].map(([name, event]) => [name, event.samples.at(-1)!, event.maxMillis]);
  }

  history(event: string): readonly LatencySample[] {
    return this.#events.get(event)?.samples ?? [];
  }

  names(): string[] {
    return [...this.#events.keys()];
  }

  /** Forgets these events, or all. @returns how many there were */
  reset(events: readonly string[]): number {
    if (events.length === 0) {
      const count = this.#events.size;
      this.#events.clear();
      return count;
    }
    return events.filter((event) => this.#events.delete(event)).length;
  }
}
