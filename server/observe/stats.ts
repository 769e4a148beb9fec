/**
 * stats: counters of the host for INFO stats, and rates over the last moments. What the engine counts (commands, hits,
 * expired keys) is read from the engine.
 */
import { performance } from "node:perf_hooks";
import { ERROR_CODES_MAX } from "../limits.ts";

/** Rates are means over this many samples: as Redis. */
const SAMPLES = 16;

/** A counter's growth per second, over the last samples. */
class Rate {
  readonly #samples = new Float64Array(SAMPLES);
  #next = 0;
  #lastValue = 0;

  sample(value: number, elapsedMs: number): void {
    if (elapsedMs <= 0) return;
    this.#samples[this.#next] = ((value - this.#lastValue) * 1000) / elapsedMs;
    this.#next = (this.#next + 1) % SAMPLES;
    this.#lastValue = value;
  }

  perSecond(): number {
    let sum = 0;
    for (const sample of this.#samples) sum += sample;
    return sum / SAMPLES;
  }

  clear(value: number): void {
    this.#samples.fill(0);
    this.#lastValue = value;
  }
}

function loopTurns(): number {
  return performance.nodeTiming.uvMetricsInfo?.loopCount ?? 0;
}

export class Stats {
  connectionsReceived = 0;
  connectionsRejected = 0;
  inputBytes = 0;
  outputBytes = 0;
  reads = 0;
  writes = 0;
  outputLimitDisconnections = 0;
  queryLimitDisconnections = 0;
  /** By `maxmemory-clients`. */
  evictedClients = 0;
  cronTicks = 0;
  /** Errors by code, in the order in which they first came. */
  readonly errors = new Map<string, number>();

  /** Time for which memory was beyond `maxmemory`, to the tick: until it last was, and since it is; 0 = it is not. */
  exceededMs = 0;
  exceededSinceMs = 0;

  readonly operations = new Rate();
  readonly input = new Rate();
  readonly output = new Rate();
  #sampledAtMs = 0;
  readonly turns = new Rate();
  /** Milliseconds that the event loop was at work, per second. */
  readonly busy = new Rate();
  #turnsBefore = 0;
  #busyBefore = 0;

  /** Rounds of the event loop; 0 where the runtime does not count them. */
  get loopTurns(): number {
    return loopTurns() - this.#turnsBefore;
  }

  /** Milliseconds that the event loop did not wait. */
  get loopBusyMs(): number {
    return performance.eventLoopUtilization().active - this.#busyBefore;
  }

  /** @param line  an error reply with its code */
  countError(line: string): void {
    const code = /^[^ \r\n]*/.exec(line)![0];
    const count = this.errors.get(code);
    if (count === undefined && this.errors.size >= ERROR_CODES_MAX) return;
    this.errors.set(code, (count ?? 0) + 1);
  }

  /** @param commands  processed by the engine since the start */
  sample(nowMs: number, commands: number): void {
    const elapsedMs = nowMs - this.#sampledAtMs;
    this.#sampledAtMs = nowMs;
    this.operations.sample(commands, elapsedMs);
    this.input.sample(this.inputBytes, elapsedMs);
    this.output.sample(this.outputBytes, elapsedMs);
    this.turns.sample(this.loopTurns, elapsedMs);
    this.busy.sample(this.loopBusyMs, elapsedMs);
  }

  /** With each tick. @param beyond  whether memory is beyond its limit */
  noteMemory(nowMs: number, beyond: boolean): void {
    if (beyond && this.exceededSinceMs === 0) this.exceededSinceMs = nowMs;
    if (beyond || this.exceededSinceMs === 0) return;
    this.exceededMs += nowMs - this.exceededSinceMs;
    this.exceededSinceMs = 0;
  }

  /** CONFIG RESETSTAT. */
  reset(commands: number): void {
    this.connectionsReceived = 0;
    this.connectionsRejected = 0;
    this.inputBytes = 0;
    this.outputBytes = 0;
    this.reads = 0;
    this.writes = 0;
    this.outputLimitDisconnections = 0;
    this.queryLimitDisconnections = 0;
    this.evictedClients = 0;
    this.errors.clear();
    this.operations.clear(commands);
    this.input.clear(0);
    this.output.clear(0);
    this.#turnsBefore = loopTurns();
    this.#busyBefore = performance.eventLoopUtilization().active;
    this.turns.clear(0);
    this.busy.clear(0);
    this.exceededMs = 0;
    this.exceededSinceMs = 0;
  }
}
