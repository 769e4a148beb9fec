/**
 * aof: the append-only file: effects of every write, in increments behind a base that is a snapshot; rewritten from time
 * to time, which is another snapshot.
 *
 *   engine's propagation stream ─ before the replies of a turn ─► AppendFile ─ fsync: always, everysec, no
 *
 * Replies leave when what they answer is written, and with `always` synchronized: one write and one fsync for all clients
 * of a turn (net/turn.ts).
 *
 * A rewrite begins with a new increment, which the manifest lists before anything is written to it; when its base is
 * complete the manifest names both, and what was before them is history, deleted last. So at any moment the files that
 * the manifest names make the whole dataset. Redis 7's layout: https://redis.io/docs/latest/operate/oss_and_stack/management/persistence/
 */
import { Root } from "../../../bindings/abi.ts";
import { KvasmError } from "../../../bindings/errors.ts";
import type { Config } from "../../config/config.ts";
import { reasonOf } from "../../config/file.ts";
import { fromByteString } from "../../config/split-args.ts";
import type { Server } from "../../server.ts";
import type { Files, InputFile } from "../files.ts";
import { FSYNC_SLOW_MS, REWRITE_RETRY_SECONDS } from "../limits.ts";
import type { LoadProgress, Persistence } from "../persistence.ts";
import { RdbError, RdbLoad } from "../rdb-load.ts";
import { SnapshotAbandoned, SnapshotFile } from "../snapshot-file.ts";
import { AppendFile } from "./append-file.ts";
import { Manifest, ManifestError, type ManifestFile } from "./manifest.ts";
import { type AofMark, type AofPaths, markEnd, sizeBefore } from "./mark.ts";
import { Replay, type ReplayOutcome } from "./replay.ts";
import { scanAof } from "./scan.ts";

/** off; on; starting: switched on at run time, and the first base is not complete. */
type State = "off" | "starting" | "on";

const RDB_MAGIC = "REDIS";

export class Aof {
  state: State = "off";
  rewriteScheduled = false;
  rewrites = 0;
  rewriteFailures = 0;
  lastRewriteStatus: "ok" | "err" = "ok";
  lastRewriteSeconds = -1;
  lastRewriteWaitingPeak = 0;
  /** Size of the base and what followed it when it was complete. */
  baseSize = 0;
  delayedFsyncs = 0;
  readonly #server: Server;
  readonly #owner: Persistence;
  readonly #files: Files;
  #manifest = new Manifest();
  #file: AppendFile | null = null;
  /** Size of the files before the present increment. */
  #sizeBefore = 0;
  #scheduled = false;
  /** When a write first came behind the fsync under way; 0 = none has, Infinity = it has been told. */
  #slowSinceMs = 0;
  #lastSyncMs = 0;
  #lastSyncFailed = false;
  #failedWrite = false;
  #rewriting: SnapshotFile | null = null;
  #rewriteStartedAtMs = 0;
  #lastTrySeconds = 0;
  /** The increment before, while it is synchronized. */
  #leaving: Promise<void> | null = null;
  #idle: Promise<void> = Promise.resolve();
  #timestamp = 0;

  constructor(server: Server, owner: Persistence, files: Files) {
    this.#server = server;
    this.#owner = owner;
    this.#files = files;
  }

  // --- names ---

  get #folder(): string {
    return folderOf(this.#server.config);
  }

  get #prefix(): string {
    return fromByteString(this.#server.config.text("appendfilename"));
  }

  get #manifestPath(): string {
    return aofPaths(this.#server.config).manifest;
  }

  #path(name: string): string {
    return aofPaths(this.#server.config).of(name);
  }

  // --- facts for INFO ---

  get isOn(): boolean {
    return this.state !== "off";
  }

  get isRewriting(): boolean {
    return this.#rewriting !== null;
  }

  get currentRewriteSeconds(): number {
    return this.#rewriting ? Math.floor((Date.now() - this.#rewriteStartedAtMs) / 1000) : -1;
  }

  get size(): number {
    return this.#sizeBefore + (this.#file?.size ?? 0);
  }

  get pendingBytes(): number {
    return (this.#file?.pendingBytes ?? 0) + this.#server.engine.word(Root.streamUsed);
  }

  get isSyncing(): boolean {
    return this.#file?.isSyncing ?? false;
  }

  /** Why the file does not take what is written; null: it does. */
  get problem(): string | null {
    const problem = this.#file?.problem ?? null;
    return problem === null ? null : reasonOf(problem);
  }

  /** Ends when no rewrite runs. */
  get idle(): Promise<void> {
    return this.#idle;
  }

  // --- memory images ---

  /** This very moment, with all before it on disk; what comes next names its database. null: there is no such place */
  mark(): AofMark | null {
    if (this.state !== "on" || !this.syncAll()) return null;
    this.#server.engine.exports.restartStream();
    return markEnd(this.#files, aofPaths(this.#server.config));
  }

  // --- loading ---

  /** Whether there is something to load. @throws KvasmError where the manifest is damaged */
  findFiles(): boolean {
    const { log } = this.#server;
    if (this.#files.exists(this.#manifestPath)) {
      try {
        this.#manifest = Manifest.parse(this.#files.readText(this.#manifestPath));
      } catch (problem) {
        const text =
          problem instanceof ManifestError ? `${problem.message} (line ${problem.line})` : reasonOf(problem);
        log.warning(`Fatal error loading the AOF manifest ${this.#manifestPath}: ${text}`);
        throw failed(problem);
      }
    } else if (this.#files.exists(this.#prefix)) this.#upgrade();
    return !this.#manifest.isEmpty;
  }

  /** A single file of Redis before 7 becomes the base. */
  #upgrade(): void {
    const old = this.#prefix;
    this.#makeFolder();
    const base: ManifestFile = { name: this.#server.config.text("appendfilename"), seq: 1, type: "b" };
    this.#persist(new Manifest(base));
    this.#files.rename(old, this.#path(base.name));
    this.#files.syncFolder(this.#folder);
    this.#server.log.notice(
      `Successfully migrated an old-style AOF configuration (${old}) into the AOF directory (${this.#folder}).`,
    );
  }

  get totalBytes(): number {
    return this.#manifest.files.reduce((sum, { name }) => sum + this.#sizeOf(name), 0);
  }

  #sizeOf(name: string): number {
    const path = this.#path(name);
    return this.#files.exists(path) ? this.#files.size(path) : 0;
  }

  /**
   * Loads the files of the manifest.
   * @param mark  what stands before it is there already; null: nothing is     @throws KvasmError LOAD_FAILED
   */
  *load(progress: LoadProgress, mark: AofMark | null = null): Generator<void, void> {
    const { files } = this.#manifest;
    let before = 0;
    for (const entry of files) {
      const path = this.#path(entry.name);
      if (!this.#files.exists(path)) {
        this.#server.log.warning(`The AOF file ${entry.name} doesn't exist, though the manifest names it`);
        throw failed(null);
      }
      const file = this.#files.open(path);
      const startedAt = performance.now();
      const isLast = entry === files.at(-1);
      try {
        const from = mark === null ? 0 : sizeBefore(mark);
        if (isLast || mark === null) yield* this.#loadFile(entry, file, isLast, progress, before, from);
      } finally {
        file.close();
      }
      before += file.size;
      const what = entry.type === "b" ? "base" : "incr";
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(3);
      this.#server.log.notice(`DB loaded from ${what} file ${entry.name}: ${seconds} seconds`);
    }
  }

  *#loadFile(
    entry: ManifestFile,
    file: InputFile,
    isLast: boolean,
    progress: LoadProgress,
    before: number,
    from: number,
  ): Generator<void, void> {
    const advance = (bytes: number): void => void (progress.loadedBytes = before + bytes);
    if (from === 0 && isRdb(file)) {
      const load = new RdbLoad(this.#server.engine, file, this.#owner.rdbItems(progress), {
        keepExpired: true,
        checksum: this.#server.config.flag("rdbchecksum"),
        replace: false,
        progress: advance,
      });
      try {
        const loaded = yield* load.steps();
        this.#owner.lastLoad = loaded;
        from = loaded.end;
      } catch (problem) {
        if (!(problem instanceof RdbError)) throw problem;
        this.#server.log.warning(`${problem.message} (${entry.name}, offset ${problem.offset})`);
        throw failed(problem);
      }
    }
    const replay = new Replay(this.#server, file, from);
    const outcome = yield* replay.steps(advance);
    if (outcome !== "complete") this.#damaged(entry, file, from, isLast, outcome);
  }

  /** A last command that is cut is cut off; anything else stops the start. @throws KvasmError */
  #damaged(
    entry: ManifestFile,
    file: InputFile,
    from: number,
    isLast: boolean,
    outcome: ReplayOutcome,
  ): void {
    const { log, config } = this.#server;
    const { name } = entry;
    if (typeof outcome === "object") {
      log.warning(`Unknown command '${outcome.unknownCommand}' reading the append only file ${name}`);
      throw failed(null);
    }
    const scan = scanAof(file, from);
    if (outcome === "format" || scan.problem === "format") {
      log.warning(
        `Bad file format reading the append only file ${name} at offset ${scan.validEnd}: make a backup of your AOF file, then use kvasm check-aof --fix <filename.manifest>`,
      );
      throw failed(null);
    }
    if (!isLast || !config.flag("aof-load-truncated")) {
      log.warning(
        `Unexpected end of file reading the append only file ${name} at offset ${scan.validEnd}. You can: 1) Make a backup of your AOF file, then use kvasm check-aof --fix <filename.manifest>. 2) Alternatively you can set the 'aof-load-truncated' configuration option to yes and restart the server.`,
      );
      throw failed(null);
    }
    log.warning(`!!! Warning: short read while loading the AOF file ${name}!!!`);
    log.warning(`AOF ${name} loaded anyway because aof-load-truncated is enabled`);
    log.warning(`Truncating the AOF ${name} at offset ${scan.validEnd}`);
    const output = this.#files.append(this.#path(name));
    try {
      output.truncate(scan.validEnd);
      output.syncNow();
    } catch (problem) {
      log.warning(`Error truncating the AOF ${name} file: ${reasonOf(problem)}`);
    } finally {
      output.close();
    }
  }

  // --- switching on and off ---

  /** Opens the file to append to, after what is there was loaded. @throws KvasmError */
  open(): void {
    const { log } = this.#server;
    try {
      this.#makeFolder();
      if (!this.#manifest.base) this.#createBase();
      const last = this.#manifest.lastIncrement;
      const increment = last ?? this.#manifest.nextIncrement(this.#server.config.text("appendfilename"));
      log.notice(`${last ? "Opening" : "Creating"} AOF incr file ${increment.name} on server start`);
      this.#file = last ? this.#openIncrement(increment) : this.#newIncrement(increment);
      if (!last) this.#persist(this.#manifest.withIncrement(increment));
      this.#deleteHistory();
    } catch (problem) {
      log.warning(`Can't open the append-only file: ${reasonOf(problem)}`);
      throw failed(problem);
    }
    this.#measure();
    this.state = "on";
    this.baseSize = this.size;
    this.#begin();
  }

  #createBase(): void {
    const base = this.#manifest.nextBase(this.#server.config.text("appendfilename"), this.#usesRdb);
    this.#server.log.notice(`Creating AOF base file ${base.name} on server start`);
    const snapshot = new SnapshotFile(
      this.#server.engine,
      this.#files,
      this.#snapshotOptions(`temp-rewriteaof-${process.pid}.aof`, base),
    );
    snapshot.runNow();
    this.#persist(new Manifest(base, this.#manifest.increments, this.#manifest.history));
  }

  /** Everything from here on goes to the file. */
  #begin(): void {
    const { engine } = this.#server;
    engine.exports.restartStream();
    engine.memory.setU32(engine.root + Root.propagating, 1);
    this.#server.turn.gathers = true;
  }

  /** CONFIG SET appendonly yes: a new base of this instant, and an increment. @returns whether it has begun */
  switchOn(): boolean {
    if (this.state !== "off") return true;
    try {
      this.#makeFolder();
      this.#manifest = this.#files.exists(this.#manifestPath)
        ? Manifest.parse(this.#files.readText(this.#manifestPath))
        : new Manifest();
      this.#file = this.#newIncrement(
        this.#manifest.nextIncrement(this.#server.config.text("appendfilename")),
      );
    } catch (problem) {
      const why = problem instanceof ManifestError ? problem.message : reasonOf(problem);
      this.#server.log.warning(`Redis needs to enable the AOF but can't open the append only file: ${why}`);
      return false;
    }
    this.state = "starting";
    this.#sizeBefore = 0;
    this.#begin();
    if (this.#owner.rdb.isRunning) this.rewriteScheduled = true;
    else if (!this.#startRewrite(this.#file.name)) {
      this.switchOff();
      return false;
    }
    return true;
  }

  switchOff(): void {
    if (this.state === "off") return;
    this.flush();
    this.#rewriting?.abandon();
    const { engine } = this.#server;
    engine.memory.setU32(engine.root + Root.propagating, 0);
    engine.exports.clearStream();
    this.#server.turn.gathers = false;
    try {
      this.#file?.syncNow();
    } catch (problem) {
      this.#server.log.warning(`Fail to fsync the AOF file: ${reasonOf(problem)}`);
    }
    this.#file?.close();
    this.#file = null;
    this.state = "off";
    this.rewriteScheduled = false;
    this.#owner.statusChanged();
  }

  // --- appending ---

  /** After a call into the engine: what it has left is written at the end of this turn. */
  noteEffects(): void {
    if (this.#scheduled || this.#server.engine.word(Root.streamUsed) === 0 || !this.#file) return;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#endOfTurn);
  }

  readonly #endOfTurn = (): void => {
    this.#scheduled = false;
    this.flush();
  };

  /** A reply is about to leave: what it answers is written before, for all clients of this turn at once. */
  beforeReply(): void {
    if (this.#file && this.#server.engine.word(Root.streamUsed) !== 0) this.flush();
  }

  /**
   * Writes what the engine has left, and synchronizes as `appendfsync` says. The write does not wait for an fsync under way,
   * as Redis' would with `everysec`: what has been answered is the system's then, and survives the process.
   */
  flush(): void {
    const file = this.#file;
    if (!file) return;
    const { engine, config } = this.#server;
    const policy = config.text("appendfsync");
    const size = engine.word(Root.streamUsed);
    if (size > 0 || file.pendingBytes > 0) {
      if (policy === "everysec") this.#watchSync(file);
      this.#note(file);
      const at = engine.word(Root.streamPtr);
      if (size > 0) file.append(engine.memory.bytes.subarray(at, at + size));
      else file.retry();
      engine.exports.clearStream();
      this.#written(file, policy);
    }
    if (policy === "always") this.#syncNow(file);
    else if (policy === "everysec") this.#syncEachSecond(file);
  }

  /** Says so, once for each, where an fsync takes so long that writes behind it may have to wait in the system. */
  #watchSync(file: AppendFile): void {
    if (!file.isSyncing) {
      this.#slowSinceMs = 0;
      return;
    }
    const nowMs = performance.now();
    this.#slowSinceMs ||= nowMs;
    if (nowMs - this.#slowSinceMs < FSYNC_SLOW_MS) return;
    this.#slowSinceMs = Infinity;
    this.delayedFsyncs++;
    this.#server.log.notice(
      "Asynchronous AOF fsync is taking too long (disk is busy?). Writing the AOF buffer without waiting for fsync to complete, this may slow down Redis.",
    );
  }

  /** aof-timestamp-enabled: a note of the time, once a second. */
  #note(file: AppendFile): void {
    if (!this.#server.config.flag("aof-timestamp-enabled")) return;
    const seconds = Math.floor(Date.now() / 1000);
    if (seconds <= this.#timestamp) return;
    this.#timestamp = seconds;
    file.append(Buffer.from(`#TS:${seconds}\r\n`));
  }

  #written(file: AppendFile, policy: string): void {
    const { log } = this.#server;
    if (file.problem !== null) {
      if (!this.#failedWrite) log.warning(`Error writing to the AOF file: ${reasonOf(file.problem)}`);
      if (policy === "always" && !this.#failedWrite) {
        this.#fail("Can't recover from AOF write error when the AOF fsync policy is 'always'. Exiting...");
      }
    } else if (this.#failedWrite) {
      log.warning("AOF write error looks solved. The server can write again.");
    }
    if (this.#failedWrite === (file.problem !== null)) return;
    this.#failedWrite = file.problem !== null;
    this.#owner.statusChanged();
  }

  #syncNow(file: AppendFile): void {
    if (file.isBroken) return;
    try {
      file.syncNow();
    } catch (problem) {
      // What the system has thrown away cannot be asked for again: only a new base makes it good.
      file.break(problem);
      this.rewriteScheduled = true;
      this.#fail(
        `Can't persist AOF for fsync error when the AOF fsync policy is 'always': ${reasonOf(problem)}. Exiting...`,
      );
    }
  }

  /**
   * What was about to be answered is not on disk: nobody may get that answer. The server ends; one in a program drops its
   * clients and goes on refusing writes until the disk takes them, and the program's call throws (commit).
   */
  #fail(why: string): void {
    const { log, clients, isEmbedded } = this.#server;
    log.warning(why);
    if (!isEmbedded) process.exit(1);
    for (const client of [...clients]) client.connection.close();
    this.#owner.statusChanged();
  }

  /** A program's own call is about to return. @throws KvasmError NOT_SAVED  with `always`, where it is not on disk */
  commit(): void {
    const file = this.#file;
    if (!file || this.#server.config.text("appendfsync") !== "always") return this.noteEffects();
    if (this.#server.engine.word(Root.streamUsed) === 0) return;
    this.flush();
    if (file.problem === null) return;
    const why = `The command was run, but is not on disk: ${reasonOf(file.problem)}`;
    throw new KvasmError("NOT_SAVED", why, { cause: file.problem });
  }

  #syncEachSecond(file: AppendFile): void {
    const nowMs = performance.now();
    // What comes later must not be safe sooner.
    if (this.#leaving) return;
    if (file.isSyncing || file.synced === file.size || nowMs - this.#lastSyncMs < 1000) return;
    if (this.#server.config.flag("no-appendfsync-on-rewrite") && this.#owner.isSnapshotting) return;
    this.#lastSyncMs = nowMs;
    void file.sync().then(() => {
      if ((file.problem !== null) !== this.#lastSyncFailed) {
        this.#lastSyncFailed = file.problem !== null;
        if (this.#lastSyncFailed)
          this.#server.log.warning(`Fail to fsync the AOF file: ${reasonOf(file.problem)}`);
        this.#owner.statusChanged();
      }
      if (this.#file === file) this.noteEffects();
    });
  }

  /** Everything that was written is on disk when this returns. @returns whether it is */
  syncAll(): boolean {
    if (!this.#file) return false;
    this.flush();
    try {
      this.#file.syncNow();
    } catch (problem) {
      this.#server.log.warning(`Fail to fsync the AOF file: ${reasonOf(problem)}`);
      return false;
    }
    return this.#file.isSafe;
  }

  // --- rewriting ---

  /** Called by the timer. */
  tick(nowMs: number): void {
    if (this.#file) this.flush();
    if (this.state === "off" || this.#owner.isSnapshotting) return;
    const seconds = Math.floor(nowMs / 1000);
    const mayTry = this.rewriteFailures === 0 || seconds - this.#lastTrySeconds > REWRITE_RETRY_SECONDS;
    if ((this.rewriteScheduled || this.state === "starting") && mayTry) {
      this.rewriteInBackground();
      return;
    }
    const { config, log } = this.#server;
    const percentage = config.int("auto-aof-rewrite-percentage");
    if (percentage === 0 || this.size <= config.int("auto-aof-rewrite-min-size") || !mayTry) return;
    const growth = Math.floor((this.size * 100) / (this.baseSize || 1)) - 100;
    if (growth < percentage) return;
    log.notice(`Starting automatic rewriting of AOF on ${growth}% growth`);
    this.rewriteInBackground();
  }

  /** Begins to write a new base of this instant, unless a snapshot is being written. @returns whether it runs */
  rewriteInBackground(): boolean {
    if (this.#owner.isSnapshotting) return false;
    this.rewriteScheduled = false;
    this.#lastTrySeconds = Math.floor(Date.now() / 1000);
    if (this.state === "off") return this.#startRewrite(null);
    // What has happened is in the base: none of it may come again in the increment behind it, nor lack in the one before.
    this.flush();
    if (this.#file!.pendingBytes > 0) {
      this.#rewriteFailed();
      return false;
    }
    if (this.state === "starting") return this.#startRewrite(this.#file!.name);
    const { log, config } = this.#server;
    const increment = this.#manifest.nextIncrement(config.text("appendfilename"));
    let next: AppendFile;
    try {
      next = this.#newIncrement(increment);
      this.#persist(this.#manifest.withIncrement(increment));
    } catch (problem) {
      log.warning(`Can't open the append-only file for a rewrite: ${reasonOf(problem)}`);
      this.#rewriteFailed();
      return false;
    }
    log.notice(`Creating AOF incr file ${increment.name} on background rewrite`);
    this.#leave(this.#file!);
    this.#file = next;
    this.#server.engine.exports.restartStream();
    return this.#startRewrite(increment.name);
  }

  /** An increment that is complete. */
  #leave(file: AppendFile): void {
    this.#sizeBefore += file.size;
    this.#leaving = file.sync().then(() => {
      file.close();
      this.#leaving = null;
    });
  }

  /** @param first  name of the increment that follows the base; null: there is none */
  #startRewrite(first: string | null): boolean {
    const { log, config } = this.#server;
    const base = this.#manifest.nextBase(config.text("appendfilename"), this.#usesRdb);
    let snapshot: SnapshotFile;
    try {
      this.#makeFolder();
      snapshot = new SnapshotFile(
        this.#server.engine,
        this.#files,
        this.#snapshotOptions(`temp-rewriteaof-bg-${process.pid}.aof`, base),
      );
    } catch (problem) {
      log.warning(
        `Can't rewrite append only file in background: ${problem instanceof SnapshotAbandoned ? problem.message : reasonOf(problem)}`,
      );
      this.#rewriteFailed();
      return false;
    }
    log.notice("Background append only file rewriting started");
    this.#rewriting = snapshot;
    this.#rewriteStartedAtMs = Date.now();
    this.rewrites++;
    this.#idle = snapshot.run().then(
      () => this.#rewriteDone(snapshot, base, first),
      (problem: unknown) => {
        this.#rewriteOver(snapshot);
        if (problem instanceof SnapshotAbandoned && problem.message === "asked to") return;
        log.warning(
          `Background AOF rewrite failed: ${problem instanceof SnapshotAbandoned ? problem.message : reasonOf(problem)}`,
        );
        this.#rewriteFailed();
      },
    );
    return true;
  }

  /** Gives a running rewrite up. */
  abandon(): void {
    this.#rewriting?.abandon();
  }

  #rewriteOver(snapshot: SnapshotFile): void {
    this.#rewriting = null;
    this.lastRewriteSeconds = Math.floor((Date.now() - this.#rewriteStartedAtMs) / 1000);
    this.lastRewriteWaitingPeak = snapshot.facts.waitingPeak;
  }

  #rewriteFailed(): void {
    this.lastRewriteStatus = "err";
    this.rewriteFailures++;
  }

  #rewriteDone(snapshot: SnapshotFile, base: ManifestFile, first: string | null): void {
    const { log } = this.#server;
    this.#rewriteOver(snapshot);
    log.notice("Background AOF rewrite terminated with success");
    try {
      const increments = this.#incrementsFrom(first);
      this.#persist(this.#manifest.rebased(base, increments));
      if (this.state === "starting" && first !== null) this.state = "on";
      this.#deleteHistory();
    } catch (problem) {
      log.warning(`Error trying to persist the new AOF manifest: ${reasonOf(problem)}`);
      return this.#rewriteFailed();
    }
    this.#measure();
    this.baseSize = this.size;
    this.rewriteFailures = 0;
    this.lastRewriteStatus = "ok";
    log.notice("Background AOF rewrite finished successfully");
  }

  /** Increments from this one on; that of an AOF which is being switched on is not in the manifest yet. */
  #incrementsFrom(first: string | null): ManifestFile[] {
    if (first === null) return [];
    const at = this.#manifest.increments.findIndex((file) => file.name === first);
    if (at >= 0) return this.#manifest.increments.slice(at);
    return [this.#manifest.nextIncrement(this.#server.config.text("appendfilename"))];
  }

  // --- files ---

  get #usesRdb(): boolean {
    return this.#server.config.flag("aof-use-rdb-preamble");
  }

  #snapshotOptions(temporary: string, base: ManifestFile): ConstructorParameters<typeof SnapshotFile>[2] {
    const folder = this.#folder;
    const options = this.#owner.rdb.optionsFor(`${folder}/${temporary}`, this.#path(base.name), folder, true);
    if (this.#usesRdb) return options;
    return { ...options, commands: true, header: this.#librariesAsCommands() };
  }

  /** FUNCTION LOAD of each library. */
  #librariesAsCommands(): Uint8Array {
    const libraries = [...this.#server.scripting.functions.libraries.values()];
    return Buffer.concat(
      libraries.map(({ code }) =>
        Buffer.concat([
          Buffer.from(`*3\r\n$8\r\nFUNCTION\r\n$4\r\nLOAD\r\n$${code.length}\r\n`),
          code,
          Buffer.from("\r\n"),
        ]),
      ),
    );
  }

  #makeFolder(): void {
    if (!this.#files.isFolder(this.#folder)) this.#files.makeFolder(this.#folder);
  }

  #openIncrement({ name }: ManifestFile): AppendFile {
    return new AppendFile(this.#files, this.#path(name), name);
  }

  /** What has this name already is of a start that came to nothing, or of an AOF whose manifest is gone: that is kept. */
  #newIncrement(increment: ManifestFile): AppendFile {
    const path = this.#path(increment.name);
    if (this.#files.exists(path)) {
      if (this.#files.size(path) === 0) this.#files.remove(path);
      else {
        this.#server.log.warning(
          `No manifest names the AOF file ${increment.name}: it is kept as ${increment.name}.unnamed`,
        );
        this.#files.rename(path, `${path}.unnamed`);
      }
    }
    return this.#openIncrement(increment);
  }

  /** Sizes of the files before the one that is appended to. */
  #measure(): void {
    const current = this.#file?.name;
    this.#sizeBefore = this.#manifest.files
      .filter((file) => file.name !== current)
      .reduce((sum, { name }) => sum + this.#sizeOf(name), 0);
  }

  #persist(manifest: Manifest): void {
    const temporary = `${this.#folder}/temp_${this.#prefix}.manifest`;
    this.#files.writeText(temporary, manifest.format());
    this.#files.rename(temporary, this.#manifestPath);
    this.#files.syncFolder(this.#folder);
    this.#manifest = manifest;
  }

  #deleteHistory(): void {
    if (this.#manifest.history.length === 0) return;
    for (const { name } of this.#manifest.history) {
      this.#server.log.notice(`Removing the history file ${name} in the background`);
      this.#files.remove(this.#path(name));
    }
    this.#persist(this.#manifest.withoutHistory());
  }

  // --- the end ---

  finish(): void {
    if (!this.#file) return;
    this.#server.log.notice("Calling fsync() on the AOF file.");
    this.syncAll();
  }
}

function folderOf(config: Config): string {
  return fromByteString(config.text("appenddirname"));
}

/** Where the files are, as the configuration says. */
export function aofPaths(config: Config): AofPaths {
  const folder = folderOf(config);
  return {
    manifest: `${folder}/${fromByteString(config.text("appendfilename"))}.manifest`,
    of: (name) => `${folder}/${fromByteString(name)}`,
  };
}

function isRdb(file: InputFile): boolean {
  const magic = new Uint8Array(RDB_MAGIC.length);
  return file.read(magic, 0) === magic.length && Buffer.from(magic).toString("latin1") === RDB_MAGIC;
}

function failed(cause: unknown): KvasmError {
  if (cause instanceof KvasmError) return cause;
  return new KvasmError(
    "LOAD_FAILED",
    "Fatal error loading the append-only file, check server logs. Exiting.",
    {
      cause,
    },
  );
}
