/**
 * pause: CLIENT PAUSE: for a time no client gets on, or none with a command that writes. Such a command is put back, its
 * client stands still, and goes on when the time is up.
 */
import { ClientFlag, Setting } from "../bindings/abi.ts";
import { COMMANDS, type CommandRow, hasFlag } from "../bindings/command-table.ts";
import type { Engine } from "../bindings/engine.ts";
import { hasClientFlag, queuedCommandIds } from "../bindings/records.ts";
import { Attention, setAttention } from "./attention.ts";
import type { Client } from "./client.ts";
import type { Clients } from "./clients.ts";
import { TIMER_MAX_MS } from "./limits.ts";

export type PauseMode = "all" | "write";

export class Pause {
  readonly #engine: Engine;
  readonly #clients: Clients;
  #mode: PauseMode | null = null;
  #untilMs = 0;
  #timer: NodeJS.Timeout | null = null;
  /** Who stands still, in the order in which they came to it. */
  #waiting = new Set<Client>();

  constructor(engine: Engine, clients: Clients) {
    this.#engine = engine;
    this.#clients = clients;
    this.#pauseExpiry(false);
  }

  get isOn(): boolean {
    return this.#mode !== null;
  }

  get waitingCount(): number {
    return this.#waiting.size;
  }

  isWaiting(client: Client): boolean {
    return this.#waiting.has(client);
  }

  /** A pause that is on already is neither shortened nor weakened. */
  begin(mode: PauseMode, untilMs: number): void {
    const before = this.#mode;
    this.#mode = before === "all" ? "all" : mode;
    this.#untilMs = before === null ? untilMs : Math.max(this.#untilMs, untilMs);
    if (before === null) for (const client of this.#clients) this.greet(client);
    this.#pauseExpiry(true);
    this.#startTimer();
  }

  /** A client that has come while the pause is on. */
  greet(client: Client): void {
    setAttention(this.#engine, client, Attention.PAUSED, this.isOn);
  }

  /** Nothing changes meanwhile: reads do not delete what has expired, though they do not see it. */
  #pauseExpiry(on: boolean): void {
    this.#engine.exports.configure(Setting.EXPIRE_PAUSED, on ? 1 : 0);
  }

  #startTimer(): void {
    if (this.#timer) clearTimeout(this.#timer);
    const leftMs = this.#untilMs - Date.now();
    this.#timer = setTimeout(
      () => {
        if (Date.now() < this.#untilMs) this.#startTimer();
        else this.end();
      },
      Math.min(TIMER_MAX_MS, Math.max(0, leftMs)),
    );
    this.#timer.unref();
  }

  /** Ends it; those who stand still go on once the running command is over. */
  end(): void {
    if (this.#mode === null) return;
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#mode = null;
    this.#pauseExpiry(false);
    for (const client of this.#clients) setAttention(this.#engine, client, Attention.PAUSED, false);
    const waiting = this.#waiting;
    this.#waiting = new Set();
    setImmediate(() => {
      for (const client of waiting) client.connection.resumeInput();
    });
  }

  /** Whether a command has to wait. */
  stops(client: Client, row: CommandRow): boolean {
    if (this.#mode === null || this.#untilMs <= Date.now()) return false;
    if (this.#mode === "all") return true;
    if (row.name !== "exec") return mayWrite(row);
    if (!hasClientFlag(this.#engine, client.record, ClientFlag.MULTI)) return false;
    return queuedCommandIds(this.#engine, client.record).some((id) => mayWrite(COMMANDS[id]!));
  }

  wait(client: Client): void {
    this.#waiting.add(client);
  }

  /** The connection is over. */
  forget(client: Client): void {
    this.#waiting.delete(client);
  }
}

function mayWrite(row: CommandRow): boolean {
  return hasFlag(row, "write") || hasFlag(row, "may_replicate");
}
