/**
 * persistence: what the server keeps on disk: loads it at the start, writes it while it runs, and says which commands
 * may not run because of either.
 *
 *   Persistence ─┬─ FolderLock                   one server a folder
 *                ├─ RdbSaver ── SnapshotFile     SAVE, BGSAVE, save points
 *                ├─ Aof ─┬───── SnapshotFile     rewrites
 *                │       ├───── AppendFile       effects of what is written
 *                │       └───── Replay           … loaded at the start
 *                └─ RdbLoad                      an RDB file, loaded at the start
 */
import { CallFlag, Root, Watching } from "../../bindings/abi.ts";
import type { CommandRow } from "../../bindings/command-table.ts";
import { KvasmError } from "../../bindings/errors.ts";
import { reasonOf } from "../config/file.ts";
import { Attention, setAttention } from "../attention.ts";
import { ProgressLine } from "../observe/progress-line.ts";
import type { Server } from "../server.ts";
import { Aof } from "./aof/aof.ts";
import type { Files, InputFile } from "./files.ts";
import { LOAD_SLICE_MS } from "./limits.ts";
import { FolderLock } from "./lock.ts";
import { removeImage, type Restored, saveImage } from "./memory-image.ts";
import { RdbError, RdbLoad, type RdbItems, type RdbLoaded } from "./rdb-load.ts";
import { RdbSaver } from "./rdb-saver.ts";
import { finish, inSlices } from "./steps.ts";

const MIB = 1024 * 1024;

/** How far loading has come. */
export interface LoadProgress {
  readonly startedAtMs: number;
  readonly totalBytes: number;
  loadedBytes: number;
  rdbUsedMemory: number;
}

export interface ShutdownOptions {
  /** null: as there are save points. */
  readonly save: boolean | null;
  /** Whatever fails. */
  readonly force: boolean;
}

const LOADING = "LOADING Redis is loading the dataset in memory";
const CANNOT_SAVE =
  "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. Commands that may modify the data set are disabled, because this instance is configured to report errors during writes if RDB snapshotting fails (stop-writes-on-bgsave-error option). Please check the Redis logs for details about the RDB error.";

export class Persistence {
  readonly rdb: RdbSaver;
  readonly aof: Aof;
  loading: LoadProgress | null = null;
  lastLoad: Pick<RdbLoaded, "keys" | "expired"> = { keys: 0, expired: 0 };
  readonly #server: Server;
  readonly #files: Files;
  readonly #lock: FolderLock;
  readonly #restored: Restored | null;
  #attention = false;
  #defaultSave = "";

  /** @param restored  the memory image that the engine goes on from */
  constructor(server: Server, files: Files, restored: Restored | null = null) {
    this.#server = server;
    this.#restored = restored;
    this.#files = files;
    this.#lock = new FolderLock(files);
    this.rdb = new RdbSaver(server, files);
    this.aof = new Aof(server, this, files);
    this.#defaultSave = server.config.find("save")!.defaultValue;
    server.config.onApply("save", () => {
      this.rdb.readSettings();
      this.statusChanged();
      return null;
    });
    server.config.onApply("appendonly", () => {
      if (!server.config.flag("appendonly")) this.aof.switchOff();
      else if (!this.holdFolder() || !this.aof.switchOn()) {
        return "Unable to turn on AOF. Check server logs.";
      }
      return null;
    });
    server.config.onApply("writes", () => {
      this.statusChanged();
      return null;
    });
    this.#wantFlushes(true);
  }

  // --- the start ---

  /** Loads what is there. Clients that come meanwhile are told so. @throws KvasmError LOAD_FAILED, FOLDER_LOCKED */
  async start(): Promise<void> {
    this.#lockFolder();
    if (this.#restored) this.#loadLibraries(this.#restored);
    if (this.#server.config.flag("appendonly")) await this.#startAof();
    else if (!this.#restored) await this.#startRdb();
    this.rdb.noChanges();
  }

  async #startAof(): Promise<void> {
    const { aof } = this;
    if (aof.findFiles()) {
      const startedAt = performance.now();
      const mark = this.#restored?.aof ?? null;
      await this.#whileLoading(aof.totalBytes, (progress) =>
        inSlices(aof.load(progress, mark), LOAD_SLICE_MS),
      );
      this.#server.log.notice(`DB loaded from append only file: ${secondsSince(startedAt)} seconds`);
    }
    aof.open();
  }

  /** The image that the engine goes on from, and what is not in it. @throws KvasmError */
  #loadLibraries({ libraries }: Restored): void {
    const items = this.rdbItems(null);
    for (const code of libraries) {
      const problem = items.library(Buffer.from(code, "latin1"));
      if (problem !== null) {
        throw new KvasmError("LOAD_FAILED", `Failed creating function library: ${problem}`);
      }
    }
    this.lastLoad = { keys: this.#server.keyCount(), expired: 0 };
  }

  async #startRdb(): Promise<void> {
    const { log } = this.#server;
    const path = this.rdb.path;
    if (!this.#files.exists(path)) return;
    const startedAt = performance.now();
    try {
      const file = this.#files.open(path);
      try {
        await this.#whileLoading(file.size, async (progress) => {
          this.#loaded(await inSlices(this.#rdbLoad(file, progress, false).steps(), LOAD_SLICE_MS));
        });
      } finally {
        file.close();
      }
    } catch (problem) {
      if (problem instanceof RdbError) log.warning(`${problem.message} (${path}, offset ${problem.offset})`);
      else log.warning(`Fatal error: can't open the RDB file ${path} for reading: ${reasonOf(problem)}`);
      throw new KvasmError("LOAD_FAILED", "Fatal error loading the DB, check server logs. Exiting.", {
        cause: problem,
      });
    }
    log.notice(`DB loaded from disk: ${secondsSince(startedAt)} seconds`);
  }

  /** Clients are told that the dataset loads. */
  async #whileLoading(totalBytes: number, load: (progress: LoadProgress) => Promise<void>): Promise<void> {
    const quiet = this.#server.config.text("loglevel") === "nothing";
    const line = new ProgressLine("Loading", quiet ? null : process.stderr);
    const progress = newProgress(totalBytes, line);
    this.loading = progress;
    this.statusChanged();
    try {
      await load(progress);
    } finally {
      line.end();
      this.loading = null;
      this.statusChanged();
    }
  }

  #rdbLoad(file: InputFile, progress: LoadProgress | null, replace: boolean): RdbLoad {
    const { engine, config } = this.#server;
    return new RdbLoad(engine, file, this.rdbItems(progress), {
      keepExpired: false,
      checksum: config.flag("rdbchecksum"),
      replace,
      ...(progress ? { progress: (bytes: number) => (progress.loadedBytes = bytes) } : {}),
    });
  }

  /** A second server that was not told to save here goes on without; one that was does not start. */
  #lockFolder(): void {
    const { config, log } = this.#server;
    const keepsAof = config.flag("appendonly");
    if (!this.rdb.hasSavePoints && !keepsAof) return;
    const owner = this.#lock.take();
    if (owner === null) return;
    const who = `Process ${owner} persists in ${process.cwd()}`;
    if (keepsAof || config.text("save") !== this.#defaultSave) {
      throw new KvasmError("FOLDER_LOCKED", `${who}: two servers cannot. Exiting.`);
    }
    log.warning(`${who}: this server starts without save points`);
    config.force("save", "");
    this.rdb.readSettings();
  }

  #loaded(loaded: RdbLoaded): void {
    this.lastLoad = loaded;
    const { log } = this.#server;
    if (loaded.empty > 0)
      log.notice(
        `Done loading RDB, keys loaded: ${loaded.keys}, keys expired: ${loaded.expired}, empty keys skipped: ${loaded.empty}.`,
      );
    else log.notice(`Done loading RDB, keys loaded: ${loaded.keys}, keys expired: ${loaded.expired}.`);
  }

  /** What a file says beside its data: to the log, and libraries to be loaded. */
  rdbItems(progress: LoadProgress | null): RdbItems {
    const { log, scripting } = this.#server;
    return {
      aux: (name, value) => {
        if (name.startsWith("%")) log.notice(`RDB '${name}': ${value}`);
        else if (name === "redis-ver") log.notice(`Loading RDB produced by version ${value}`);
        else if (name === "ctime") {
          log.notice(`RDB age ${Math.max(0, Math.floor(Date.now() / 1000) - Number(value))} seconds`);
        } else if (name === "used-mem") {
          if (progress) progress.rdbUsedMemory = Number(value);
          log.notice(`RDB memory usage when created ${(Number(value) / MIB).toFixed(2)} Mb`);
        }
      },
      library: (code) => {
        const outcome = scripting.functions.load(scripting.machine, new Uint8Array(code), true);
        return "error" in outcome ? outcome.error : null;
      },
    };
  }

  // --- while it runs ---

  /** A slice of the timer's time. */
  tick(nowMs: number): void {
    this.aof.tick(nowMs);
    this.rdb.tick(nowMs, this.isSnapshotting);
  }

  /** Takes the folder for a save that was asked for. @returns whether it is ours */
  holdFolder(): boolean {
    const owner = this.#lock.take();
    if (owner === null) return true;
    this.#server.log.warning(`Process ${owner} persists in ${process.cwd()}: nothing is saved there`);
    return false;
  }

  /** `dir` changes: the lock goes along. */
  leaveFolder(): void {
    this.#lock.release();
  }

  enterFolder(): void {
    if (this.rdb.hasSavePoints || this.aof.isOn) this.holdFolder();
  }

  /** SAVE: everybody waits. @returns whether it worked */
  saveNow(): boolean {
    if (!this.holdFolder() || !this.rdb.saveNow()) return false;
    this.#saveImage();
    return true;
  }

  /** `image-save yes`, where all else is safe on disk. */
  #saveImage(): void {
    const { config, scripting } = this.#server;
    if (!config.flag("image-save") || scripting.busyError !== null) return;
    const mark = this.aof.isOn ? this.aof.mark() : null;
    if (mark !== null || !this.aof.isOn) saveImage(this.#server, this.#files, mark);
  }

  /** An RDB file has been saved. */
  rdbSaved(): void {
    this.statusChanged();
    if (this.aof.isOn || !this.#server.config.flag("image-save")) return;
    try {
      removeImage(this.#files);
    } catch {
      // It says itself that it goes with another file.
    }
  }

  /** FLUSHALL: what a BGSAVE is writing is of yesterday, and the file on disk must not outlive it, as in Redis. */
  flushedAll(): void {
    this.rdb.abandon();
    if (!this.rdb.hasSavePoints || this.loading) return;
    if (this.aof.isRewriting) this.rdb.scheduled = true;
    else if (this.holdFolder()) this.rdb.saveNow(false);
  }

  #wantFlushes(on: boolean): void {
    const { engine } = this.#server;
    const watching = engine.word(Root.watching) & ~Watching.FLUSHES;
    engine.memory.setU32(engine.root + Root.watching, on ? watching | Watching.FLUSHES : watching);
  }

  /** DEBUG RELOAD. @returns what went wrong, or null */
  reload(save: boolean, flush: boolean, replace: boolean): string | null {
    this.stopSnapshots();
    if (save && !this.rdb.saveNow()) return "ERR";
    const { log } = this.#server;
    if (flush) this.emptyDatabases();
    try {
      const file = this.#files.open(this.rdb.path);
      try {
        this.#loaded(finish(this.#rdbLoad(file, null, replace).steps()));
      } finally {
        file.close();
      }
    } catch (problem) {
      log.warning(problem instanceof RdbError ? problem.message : reasonOf(problem));
      return "ERR Error trying to load the RDB dump, check server logs";
    }
    log.warning("DB reloaded by DEBUG RELOAD");
    return null;
  }

  /** DEBUG LOADAOF. @returns what went wrong, or null */
  reloadAof(): string | null {
    this.aof.flush();
    this.emptyDatabases();
    try {
      this.#withoutEffects(() => finish(this.aof.load(newProgress(this.aof.totalBytes))));
    } catch (problem) {
      if (!(problem instanceof KvasmError)) throw problem;
      this.#server.log.warning(problem.message);
      return "ERR Error trying to load the AOF files, check server logs.";
    }
    this.rdb.noChanges();
    this.#server.log.warning("Append Only File loaded by DEBUG LOADAOF");
    return null;
  }

  /** Does something that neither AOF nor replicas are told of. */
  #withoutEffects(work: () => void): void {
    const { engine } = this.#server;
    const propagating = engine.word(Root.propagating);
    engine.memory.setU32(engine.root + Root.propagating, 0);
    try {
      work();
    } finally {
      engine.memory.setU32(engine.root + Root.propagating, propagating);
    }
  }

  /** Empties everything without telling anybody: what is loaded next takes its place. */
  emptyDatabases(): void {
    const { engine, scripting } = this.#server;
    const mark = engine.replyLength;
    const record = engine.exports.clientOpen();
    engine.memory.refresh();
    this.#wantFlushes(false);
    this.#withoutEffects(() => {
      engine.call(record, [Buffer.from("FLUSHALL"), Buffer.from("SYNC")], CallFlag.OBEY);
    });
    this.#wantFlushes(true);
    engine.truncateReply(mark);
    engine.exports.clientClose(record);
    scripting.functions.flush(scripting.machine);
  }

  /** Somebody wants a snapshot now, or none at all: what is being written is given up. */
  stopSnapshots(): void {
    this.rdb.abandon();
    if (!this.aof.isRewriting) return;
    this.aof.abandon();
    this.aof.rewriteScheduled = true;
  }

  /** A snapshot is written, for whatever purpose: there is one at a time. */
  get isSnapshotting(): boolean {
    return this.rdb.isRunning || this.aof.isRewriting;
  }

  // --- refusing commands ---

  /** Why a command may not run now, or null. */
  refusal(row: CommandRow): string | null {
    if (this.loading) return row.flags.includes("loading") ? null : LOADING;
    if (!row.flags.includes("write") && row.name !== "ping") return null;
    return this.writeRefusal;
  }

  /** Why writes may not run now, or null. */
  get writeRefusal(): string | null {
    const { config } = this.#server;
    const { problem } = this.aof;
    if (problem !== null) return `MISCONF Errors writing to the AOF file: ${problem}`;
    const stops = config.flag("stop-writes-on-bgsave-error") && this.rdb.hasSavePoints;
    return stops && this.rdb.lastStatus === "err" ? CANNOT_SAVE : null;
  }

  get isRefusing(): boolean {
    return this.loading !== null || this.writeRefusal !== null;
  }

  /** Whether commands are refused may have changed: then clients' commands are looked at one by one. */
  statusChanged(): void {
    const on = this.isRefusing;
    if (on === this.#attention) return;
    this.#attention = on;
    const { clients, engine } = this.#server;
    for (const client of clients) setAttention(engine, client, Attention.DISK, on);
  }

  // --- the end ---

  /** Brings everything to disk. @returns whether the server may end */
  finish({ save, force }: ShutdownOptions): boolean {
    const { log, config } = this.#server;
    if (this.rdb.isRunning) {
      log.warning("There is a snapshot being written. It is given up.");
      this.rdb.abandon();
    }
    if (this.aof.isRewriting) {
      log.warning("There is a rewrite of the AOF. It is given up.");
      this.aof.abandon();
    }
    if (this.loading) return true;
    this.aof.finish();
    const saves = save ?? (this.rdb.hasSavePoints || (config.flag("image-save") && !this.aof.isOn));
    if (saves) {
      log.notice("Saving the final RDB snapshot before exiting.");
      if (!this.holdFolder() || !this.rdb.saveNow()) {
        if (!force) {
          log.warning("Error trying to save the DB, can't exit.");
          return false;
        }
        log.warning("Error trying to save the DB, exit anyway.");
        return true;
      }
    }
    if (save !== false) this.#saveImage();
    return true;
  }

  /** The process ends, or the server leaves it. */
  close(): void {
    this.#lock.release();
  }
}

function newProgress(totalBytes: number, line?: ProgressLine): LoadProgress {
  let loaded = 0;
  return {
    startedAtMs: Date.now(),
    totalBytes,
    rdbUsedMemory: 0,
    get loadedBytes() {
      return loaded;
    },
    set loadedBytes(bytes) {
      loaded = bytes;
      line?.show(bytes, totalBytes);
    },
  };
}

function secondsSince(startedAt: number): string {
  return ((performance.now() - startedAt) / 1000).toFixed(3);
}
