/**
 * cron: the server's one timer, `hz` times a second: background work of the engine in bounded slices, idle clients,
 * output limits, rates. With nothing to do a tick costs some microseconds.
 */
import { Root } from "../bindings/abi.ts";
import { clientsLimit, evictClients } from "./client-eviction.ts";
import { CRON_BUDGET_MS, CRON_UNITS, IDLE_CHECK_CLIENTS } from "./limits.ts";
import type { Server } from "./server.ts";

/** Clients that one tick can look at without being felt. */
const CLIENTS_PER_HZ = 200;
const HZ_MAX = 500;

export class Cron {
  /** DEBUG PAUSE-CRON. */
  paused = false;
  /** false: it does not keep the process alive, where nothing else does. */
  #holdsProcess = true;
  /** Time spent in background work. */
  busyMs = 0;
  readonly #server: Server;
  #timer: NodeJS.Timeout | null = null;

  constructor(server: Server) {
    this.#server = server;
  }

  /** Ticks a second at present: more with `dynamic-hz` and many clients to look at, so that a round keeps its pace. */
  get hz(): number {
    const { config, clients } = this.#server;
    let hz = config.int("hz");
    if (!config.flag("dynamic-hz") || config.int("timeout") === 0) return hz;
    while (clients.count / hz > CLIENTS_PER_HZ && hz < HZ_MAX) hz = Math.min(HZ_MAX, hz * 2);
    return hz;
  }

  start(): void {
    this.#timer = setTimeout(this.#tick, 1000 / this.hz);
    if (!this.#holdsProcess) this.#timer.unref();
  }

  /** Whether the timer alone keeps the process alive. */
  holdProcess(on: boolean): void {
    this.#holdsProcess = on;
    if (on) this.#timer?.ref();
    else this.#timer?.unref();
  }

  stop(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }

  readonly #tick = (): void => {
    const server = this.#server;
    const nowMs = Date.now();
    server.tickMs = nowMs;
    // A script that stands still must find everything as it left it.
    if (!this.paused && !server.pause.isOn && server.scripting.busyError === null) this.#work();
    server.persistence.tick(nowMs);
    server.stats.sample(nowMs, server.engine.counter(Root.statCommands));
    const maxmemory = server.config.int("maxmemory");
    server.stats.noteMemory(nowMs, maxmemory > 0 && server.engine.counter(Root.usedMemory) > maxmemory);
    this.#lookAtClients(nowMs);
    this.start();
  };

  /** Slices of engine work until nothing is left to do or the budget is used up. */
  #work(): void {
    const { engine } = this.#server;
    const nowMs = engine.now(); // an embedded store may have a clock of its own
    const startedAt = performance.now();
    let more = 1;
    while (more !== 0 && performance.now() - startedAt < CRON_BUDGET_MS) {
      more = engine.exports.cron(CRON_UNITS, nowMs);
    }
    engine.memory.refresh();
    this.#server.drainEvents();
    this.#server.blocking.resumeServed();
    this.#server.persistence.aof.noteEffects();
    this.busyMs += performance.now() - startedAt;
  }

  #lookAtClients(nowMs: number): void {
    const server = this.#server;
    for (const connection of server.slowReaders) connection.checkOutputLimit(nowMs);
    const limit = clientsLimit(server.config.text("maxmemory-clients"), server.config.int("maxmemory"));
    if (limit > 0) evictClients(server, limit);
    const timeoutMs = server.config.int("timeout") * 1000;
    if (timeoutMs === 0) return;
    for (const client of server.clients.nextSlice(IDLE_CHECK_CLIENTS)) {
      if (client.wait || client.subscriptions || nowMs - client.lastInteractionMs <= timeoutMs) continue;
      server.log.verbose(`Closing idle client ${client.address}`);
      client.connection.close();
    }
  }
}
