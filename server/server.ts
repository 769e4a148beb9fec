/**
 * server: the composition root: builds the parts and wires them, and holds what they share. Logic is in the parts.
 *
 *   main ─► Server ─┬─ Config, Log                         what was asked for, what is said about it
 *                   ├─ Engine                              the data
 *                   ├─ Listener ─► Connection ─► Gate      who asks
 *                   ├─ Clients, Stats, Slowlog, Latency    who is there, what happened
 *                   └─ Cron                                what has to be done anyway
 */
import { randomBytes } from "node:crypto";
import { EventKind, Root, Setting } from "../bindings/abi.ts";
import { COMMANDS } from "../bindings/command-table.ts";
import { DefinedCommands } from "../bindings/defined-commands.ts";
import type { Engine } from "../bindings/engine.ts";
import { EventReader } from "../bindings/events.ts";
import { clientQueryBytes, databaseSizes, errorCounts, resetStatistics } from "../bindings/records.ts";
import { Access } from "./acl/access.ts";
import { Attention, setAttention } from "./attention.ts";
import { BlockedClients } from "./blocking/blocked-clients.ts";
import { Client } from "./client.ts";
import { Clients } from "./clients.ts";
import type { Config } from "./config/config.ts";
import { changeFolder } from "./config/file.ts";
import { ConfigValueError } from "./config/value-types.ts";
import { Cron } from "./cron.ts";
import { applyEngineSettings } from "./engine-settings.ts";
import { Gate } from "./gate.ts";
import { SHUTDOWN_FLUSH_MS, SHUTDOWN_POLL_MS } from "./limits.ts";
import { Connection } from "./net/connection.ts";
import { Listener, ListenError } from "./net/listener.ts";
import { OutputLimits } from "./net/output.ts";
import { ReadChunks } from "./net/read-chunks.ts";
import type { ByteStream, NetPlatform } from "./net/stream.ts";
import { Turn } from "./net/turn.ts";
import { noteSlowCommand, reportFrom } from "./observe/durations.ts";
import { LatencyMonitor } from "./observe/latency.ts";
import type { Log, LogLevel } from "./observe/log.ts";
import type { MetricsEndpoint } from "./observe/metrics.ts";
import { Monitors } from "./observe/monitors.ts";
import { Slowlog } from "./observe/slowlog.ts";
import { Stats } from "./observe/stats.ts";
import { type Files, nodeFiles } from "./persistence/files.ts";
import type { Restored } from "./persistence/memory-image.ts";
import { Persistence, type ShutdownOptions } from "./persistence/persistence.ts";
import { Fanout } from "./pubsub/fanout.ts";
import { KeyspaceEvents } from "./pubsub/keyspace-events.ts";
import { PubSub } from "./pubsub/pubsub.ts";
import { setProcessTitle } from "./process-title.ts";
import { Pause } from "./pause.ts";
import { Tracking } from "./tracking/tracking.ts";
import { Scripting } from "./scripting/scripting.ts";

const ID_BYTES = 20;

/** Clients of this process, in CLIENT LIST. */
export const LOCAL_ADDRESS = "embedded:0";

export interface ServerParts {
  readonly config: Config;
  readonly log: Log;
  readonly engine: Engine;
  readonly platform: NetPlatform;
  /** Absolute path of the configuration file; null without one. */
  readonly configFile: string | null;
  /** Where things are kept; the runtime's files by default. */
  readonly files?: Files;
  /** `rename-command` */
  readonly renames?: ReadonlyMap<string, number>;
  /** It runs in a program that is more than a server. */
  readonly isEmbedded?: boolean;
  /** Commands of that program's own. */
  readonly defined?: DefinedCommands;
  /** The memory image that the engine goes on from. */
  readonly restored?: Restored | null;
}

export class Server {
  readonly config: Config;
  readonly log: Log;
  readonly engine: Engine;
  readonly configFile: string | null;
  readonly isEmbedded: boolean;
  readonly platformName: string;
  /** Names that mean other commands than the command table says, or none. */
  readonly renames: ReadonlyMap<string, number>;
  readonly defined: DefinedCommands;
  readonly clients = new Clients();
  readonly stats = new Stats();
  readonly access: Access;
  readonly monitors: Monitors;
  readonly outputLimits = new OutputLimits();
  /** Connections with replies that the kernel has not taken yet. */
  readonly slowReaders = new Set<Connection>();
  readonly latency = new LatencyMonitor();
  readonly slowlog: Slowlog;
  readonly listener: Listener;
  readonly gate: Gate;
  readonly turn: Turn;
  readonly blocking: BlockedClients;
  readonly scripting: Scripting;
  readonly persistence: Persistence;
  readonly cron: Cron;
  readonly startedAtMs = Date.now();
  readonly runId = randomBytes(ID_BYTES).toString("hex");
  replicationId = randomBytes(ID_BYTES).toString("hex");
  /** Time of the last tick of the timer: for what need not be exact. */
  tickMs = this.startedAtMs;
  /** Engine memory in use before there was any data. */
  readonly startupMemory: number;
  /** `maxclients`. */
  maxClients = 0;
  /** `slowlog-log-slower-than`; negative: off. */
  slowlogMicros = 0;
  /** Commands that take as long concern slow log or latency monitor. */
  reportMicros = 0;
  readonly fanout = new Fanout();
  readonly tracking: Tracking;
  readonly pause: Pause;
  /** Whose commands are being run; null: nobody's. */
  current: Client | null = null;
  readonly pubsub: PubSub;
  readonly keyspaceEvents: KeyspaceEvents;
  readonly #chunks: ReadChunks;
  readonly #events: EventReader;
  /** Bytes of the events in which noteSlowCommands has looked. */
  #slowSeen = 0;
  /** Events were taken; what they ask for beyond messages is still to be done. */
  #eventsTaken = false;
  /** FLUSHALL was among them. */
  #flushedAll = false;
  #onExit: (() => void) | null = null;
  #metrics: MetricsEndpoint | null = null;
  #isEnding = false;

  constructor(parts: ServerParts) {
    const { config, log, engine, platform, configFile, files = nodeFiles } = parts;
    this.renames = parts.renames ?? new Map<string, number>();
    this.isEmbedded = parts.isEmbedded ?? false;
    this.defined = parts.defined ?? new DefinedCommands();
    if (this.renames.size > 0) this.defined.tell(engine, this.renames);
    this.config = config;
    this.log = log;
    this.engine = engine;
    this.configFile = configFile;
    this.platformName = platform.name;
    this.#chunks = new ReadChunks(platform.readBuffer);
    this.#events = new EventReader(engine);
    this.slowlog = new Slowlog(config.int("slowlog-max-len"));
    this.access = new Access(this);
    this.monitors = new Monitors(this);
    this.listener = new Listener(this, platform);
    this.gate = new Gate(this);
    this.tracking = new Tracking(engine, this.clients, this.fanout);
    this.pause = new Pause(engine, this.clients);
    this.pubsub = new PubSub(engine, this.fanout);
    this.keyspaceEvents = new KeyspaceEvents(this.pubsub);
    this.blocking = new BlockedClients(this);
    this.turn = new Turn(engine, () => {
      this.blocking.resumeServed();
      this.persistence.aof.noteEffects();
      this.tracking.broadcast();
      this.fanout.flush();
      if (this.monitors.isPending) this.monitors.flush();
    });
    this.scripting = new Scripting(this);
    this.persistence = new Persistence(this, files, parts.restored ?? null);
    this.cron = new Cron(this);
    this.startupMemory = parts.restored?.startupMemory ?? engine.counter(Root.usedMemory);
    applyEngineSettings(engine, config);
    this.#readOwnSettings();
    this.access.users.setDefaultPassword(config.text("requirepass"));
    this.#registerHooks();
  }

  /**
   * Opens the ports, loads what is on disk and begins to serve.
   * @param anyPort  as of Listener.open     @throws ListenError, KvasmError
   */
  async start(anyPort = false): Promise<void> {
    await this.listener.open(anyPort);
    await this.#openMetrics();
    await this.persistence.start();
    this.cron.start();
  }

  /** A client in this process. @param stream  its server's end */
  addLocalClient(stream: ByteStream): void {
    this.addClient(stream, true, LOCAL_ADDRESS, LOCAL_ADDRESS);
  }

  /** @throws ListenError */
  async #openMetrics(): Promise<void> {
    const port = this.config.int("metrics-port");
    if (port === 0) return;
    const host = this.config.text("metrics-bind");
    try {
      const { startMetrics } = await import("./observe/metrics.ts");
      this.#metrics = await startMetrics(this, host, port);
      this.log.notice(`Metrics for Prometheus at http://${host}:${port}/metrics`);
    } catch (problem) {
      this.listener.close();
      throw new ListenError(`Could not open metrics-port ${host}:${port}: ${(problem as Error).message}`);
    }
  }

  // --- settings ---

  #readOwnSettings(): void {
    const { config } = this;
    this.maxClients = config.int("maxclients");
    this.slowlogMicros = config.int("slowlog-log-slower-than");
    this.slowlog.setCapacity(config.int("slowlog-max-len"));
    this.latency.thresholdMs = config.int("latency-monitor-threshold");
    this.latency.keepsHistograms = config.flag("latency-tracking");
    this.engine.exports.configure(Setting.LATENCY_TRACKING, this.latency.keepsHistograms ? 1 : 0);
    const reportMicros = reportFrom(this.slowlogMicros, this.latency.thresholdMs);
    this.reportMicros = reportMicros < 0 ? Infinity : reportMicros;
    this.engine.exports.configure(Setting.SLOW_MICROS, reportMicros);
    this.outputLimits.set(config.outputLimits());
    this.access.log.setCapacity(config.int("acllog-max-len"));
    this.tracking.keysMax = config.int("tracking-table-max-keys");
    const notifyClasses = this.keyspaceEvents.configure(config.text("notify-keyspace-events"));
    this.engine.memory.setU32(this.engine.root + Root.notifyFlags, notifyClasses);
    this.log.level = config.text("loglevel") as LogLevel;
  }

  #registerHooks(): void {
    const { config } = this;
    const own = (): null => {
      this.#readOwnSettings();
      return null;
    };
    config.onApply("server", own);
    config.onApply("engine", (changed) => {
      applyEngineSettings(this.engine, config, changed);
      return null;
    });
    config.onApply("requirepass", () => {
      this.access.users.setDefaultPassword(config.text("requirepass"));
      this.access.refreshAll();
      return null;
    });
    config.onApply("listen", (changed) => this.listener.reopen(changed));
    config.onApply("tls", (changed) => this.listener.reconfigureTls(changed));
    config.onApply("title", () => {
      setProcessTitle(config);
      return null;
    });
    config.onApply("dir", () => {
      this.persistence.leaveFolder();
      try {
        changeFolder(config.text("dir"));
        config.force("dir", process.cwd());
        return null;
      } catch (problem) {
        if (problem instanceof ConfigValueError) return problem.message;
        throw problem;
      } finally {
        this.persistence.enterFolder();
      }
    });
  }

  // --- clients ---

  addClient(stream: ByteStream, isLocal: boolean, address: string, localAddress: string): void {
    const { engine } = this;
    const record = engine.exports.clientOpen();
    engine.memory.refresh();
    if (record === 0) {
      this.log.warning("Out of memory: a connection was refused.");
      return stream.destroy();
    }
    this.stats.connectionsReceived++;
    const connection = new Connection(this, stream, this.#chunks, isLocal);
    const id = this.clients.nextId();
    const client = new Client({
      id,
      connection,
      record,
      address,
      localAddress,
      user: this.access.users.default,
      nowMs: Date.now(),
    });
    this.access.begin(client);
    if (this.monitors.count > 0) setAttention(engine, client, Attention.MONITORED, true);
    if (this.scripting.busyError !== null) setAttention(engine, client, Attention.BUSY, true);
    if (this.persistence.isRefusing) setAttention(engine, client, Attention.DISK, true);
    if (this.pause.isOn) this.pause.greet(client);
    this.clients.add(client);
    connection.start(client);
  }

  /** The connection is over. */
  forgetClient(client: Client): void {
    if (this.clients.get(client.id) !== client) return;
    this.blocking.forget(client);
    this.tracking.disable(client);
    this.pause.forget(client);
    this.pubsub.forget(client);
    this.monitors.remove(client);
    this.clients.remove(client);
    this.engine.exports.clientClose(client.record);
    this.engine.memory.refresh();
  }

  /** Every client record that the engine has of this server. */
  clientRecords(): number[] {
    const records = Array.from(this.clients, (client) => client.record);
    return this.scripting.record === 0 ? records : [...records, this.scripting.record];
  }

  /** Blocks in linear memory that are the host's. */
  ownBlocks(): number[] {
    const renames = this.engine.word(Root.renames);
    return renames === 0 ? this.access.blocks : [...this.access.blocks, renames];
  }

  /** Keys of all databases. */
  keyCount(): number {
    return databaseSizes(this.engine).reduce((sum, { keys }) => sum + keys, 0);
  }

  queryBytes(client: Client): number {
    return clientQueryBytes(this.engine, client.record);
  }

  // --- what happened ---

  /** Takes the engine's events: messages are on their way, blocked clients are served by drainEvents. */
  takeEvents(): void {
    this.noteSlowCommands();
    const events = this.#events;
    for (events.open(); events.next();) {
      if (events.kind === EventKind.READY) this.blocking.keyReady(events.db, events.key(), events.readyType);
      else if (events.kind === EventKind.NOTIFY) this.keyspaceEvents.publish(events);
      else if (events.kind === EventKind.MODIFIED) this.tracking.modified(events, this.current);
      else if (events.kind === EventKind.READ) this.tracking.read(events, this.current);
      else if (events.kind === EventKind.FLUSHED) {
        this.tracking.flushed();
        this.#flushedAll ||= events.isFlushAll;
      }
    }
    this.engine.memory.setU32(this.engine.root + Root.eventsUsed, 0);
    this.#slowSeen = 0;
    this.#eventsTaken = true;
  }

  /** Takes the engine's events, and serves blocked clients whose keys are ready. */
  drainEvents(): void {
    this.takeEvents();
    this.#eventsTaken = false;
    this.engine.exports.clearEvents();
    if (this.#flushedAll) {
      this.#flushedAll = false;
      this.persistence.flushedAll();
    }
    this.blocking.serve();
  }

  /** Enters the engine's slow commands in slow log and latency monitor, and leaves the other events for drainEvents. */
  noteSlowCommands(): void {
    const used = this.engine.word(Root.eventsUsed);
    if (used === this.#slowSeen) return;
    const events = this.#events;
    for (events.open(this.#slowSeen); events.next();) {
      if (events.kind !== EventKind.SLOW) continue;
      const command = events.slowCommand();
      noteSlowCommand(this, this.clients.ofRecord(command.client) ?? null, command);
    }
    this.#slowSeen = used;
  }

  /** As drainEvents, where there is anything to do. */
  drainNewEvents(): void {
    if (this.#eventsTaken || this.engine.word(Root.eventsUsed) > 0) this.drainEvents();
  }

  /** Error replies by code: the engine's and the host's. */
  errorCounts(): Map<string, number> {
    const counts = errorCounts(this.engine);
    for (const [code, count] of this.stats.errors) counts.set(code, (counts.get(code) ?? 0) + count);
    return counts;
  }

  get errorReplies(): number {
    let sum = this.engine.counter(Root.statErrorReplies);
    for (const count of this.stats.errors.values()) sum += count;
    return sum;
  }

  /** CONFIG RESETSTAT. */
  resetStatistics(): void {
    resetStatistics(this.engine, COMMANDS.length);
    this.stats.reset(0);
    this.access.resetStatistics();
    this.log.notice("Statistics were reset.");
  }

  newReplicationId(): void {
    this.replicationId = randomBytes(ID_BYTES).toString("hex");
  }

  /** `name=tcp,bind=*,port=6379`, as INFO shows them. */
  listenerLines(): string[] {
    const { config, listener } = this;
    const lines: string[] = [];
    if (listener.hasTcp) {
      const binds = config.text("bind").split(" ");
      lines.push(`name=tcp,${binds.map((bind) => `bind=${bind}`).join(",")},port=${config.text("port")}`);
    }
    if (listener.hasTls) {
      const binds = config.text("bind").split(" ");
      const port = config.text("tls-port");
      lines.push(`name=tls,${binds.map((bind) => `bind=${bind}`).join(",")},port=${port}`);
    }
    if (listener.hasUnix) lines.push(`name=unix,bind=${config.text("unixsocket")}`);
    return lines;
  }

  // --- the end ---

  /** It has shut down, and goes as soon as the event loop is back. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  /** What ends the process when the server has shut down. */
  onExit(exit: () => void): void {
    this.#onExit = exit;
  }

  /**
   * Saves, takes no more connections, lets replies leave, closes everything. May be called twice.
   * @returns false = what is to be saved could not be, and the server goes on
   */
  shutDown(why: string, options: ShutdownOptions = { save: null, force: false }): boolean {
    if (!this.#onExit) return true;
    this.log.notice(why);
    if (!this.persistence.finish(options)) return false;
    const exit = this.#onExit;
    this.#onExit = null;
    this.#isEnding = true;
    this.listener.close();
    this.#metrics?.close();
    this.cron.stop();
    this.endConnections(
      Array.from(this.clients, (client) => client.connection),
      () => {
        this.persistence.close();
        this.log.warning("kvasm is now ready to exit, bye bye...");
        exit();
      },
    );
    return true;
  }

  /** Ends connections when their replies have left, or after a while. @param done  called when they are gone */
  endConnections(connections: readonly Connection[], done: () => void): void {
    setImmediate(() => {
      for (const connection of connections) connection.closeAfterReplies();
      whenWritten(connections, Date.now() + SHUTDOWN_FLUSH_MS, done);
    });
  }
}

function whenWritten(connections: readonly Connection[], deadlineMs: number, done: () => void): void {
  const waiting = connections.filter((connection) => connection.pendingBytes > 0);
  if (waiting.length === 0 || Date.now() >= deadlineMs) done();
  else setTimeout(() => whenWritten(waiting, deadlineMs, done), SHUTDOWN_POLL_MS);
}
