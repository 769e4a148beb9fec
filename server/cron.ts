/**
 * cron: the server's one timer, `hz` times a second: background work of the engine in bounded slices, idle clients,
 * output limits, rates. With nothing to do a tick costs some microseconds.
 */
import { Root } from "../bindings/abi.ts";
import { CRON_BUDGET_MS, CRON_UNITS, IDLE_CHECK_CLIENTS } from "./limits.ts";
import type { Server } from "./server.ts";

/** `dynamic-hz`: one more hz for so many clients, so that the round over them keeps its pace. */
const CLIENTS_PER_HZ = 200;
const HZ_MAX = 500;

export class Cron {
  /** DEBUG PAUSE-CRON. */
  paused = false;
  /** Time spent in background work. */
  busyMs = 0;
  readonly #server: Server;
  #timer: NodeJS.Timeout | null = null;

  constructor(server: Server) {
    this.#server = server;
  }

  /** Ticks a second at present. */
  get hz(): number {
    const { config, clients } = this.#server;
    const configured = config.int("hz");
    if (!config.flag("dynamic-hz")) return configured;
    let hz = configured;
    while (clients.count / hz > CLIENTS_PER_HZ && hz < HZ_MAX) hz = Math.min(HZ_MAX, hz * 2);
    return hz;
  }

  start(): void {
    this.#timer = setTimeout(this.#tick, 1000 / this.hz);
  }

  stop(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }

  readonly #tick = (): void => {
    const server = this.#server;
    const nowMs = Date.now();
    server.tickMs = nowMs;
    if (!this.paused) this.#work(nowMs);
    server.stats.sample(nowMs, server.engine.counter(Root.statCommands));
    this.#lookAtClients(nowMs);
    this.start();
  };

  /** Slices of engine work until nothing is left to do or the budget is used up. */
  #work(nowMs: number): void {
    const { engine } = this.#server;
    const startedAt = performance.now();
    let more = 1;
    while (more !== 0 && performance.now() - startedAt < CRON_BUDGET_MS) {
      more = engine.exports.cron(CRON_UNITS, nowMs);
    }
    engine.memory.refresh();
    this.#server.drainEvents();
    this.busyMs += performance.now() - startedAt;
  }

  #lookAtClients(nowMs: number): void {
    const server = this.#server;
    const timeoutMs = server.config.int("timeout") * 1000;
    for (const client of server.clients.nextSlice(IDLE_CHECK_CLIENTS)) {
      if (client.connection.pendingBytes > 0) client.connection.checkOutputLimit(nowMs);
      if (timeoutMs > 0 && nowMs - client.lastInteractionMs > timeoutMs) {
        server.log.verbose(`Closing idle client ${client.address}`);
        client.connection.close();
      }
    }
  }
}
