/**
 * rdb-saver: SAVE, BGSAVE, save points: when a snapshot is written, what became of it, and whether writes are refused
 * because of that.
 */
import { Root } from "../../bindings/abi.ts";
import { reasonOf } from "../config/file.ts";
import { fromByteString } from "../config/split-args.ts";
import type { Server } from "../server.ts";
import type { Files } from "./files.ts";
import { RETRY_SECONDS } from "./limits.ts";
import { rdbHeader } from "./rdb-header.ts";
import {
  SnapshotAbandoned,
  SnapshotFile,
  type SnapshotFacts,
  type SnapshotOptions,
} from "./snapshot-file.ts";

const MIB = 1024 * 1024;

interface SavePoint {
  readonly seconds: number;
  readonly changes: number;
}

export class RdbSaver {
  /** When the file was last complete, or the server started. */
  lastSaveSeconds: number;
  lastStatus: "ok" | "err" = "ok";
  /** Seconds that the last BGSAVE took; −1 = there was none. */
  lastDurationSeconds = -1;
  /** That were begun because somebody or a save point wanted them. */
  saves = 0;
  /** Most bytes that waited for the disk in the last one: what copy-on-write is to a server that forks. */
  lastWaitingPeak = 0;
  scheduled = false;
  readonly #server: Server;
  readonly #files: Files;
  #savePoints: readonly SavePoint[] = [];
  #running: SnapshotFile | null = null;
  #ended: Promise<void> = Promise.resolve();
  #startedAtMs = 0;
  #lastTrySeconds = 0;
  /** Engine's count of changes when what is on disk was taken. */
  #savedAt = 0;
  #keysTotal = 0;

  constructor(server: Server, files: Files) {
    this.#server = server;
    this.#files = files;
    this.lastSaveSeconds = Math.floor(server.startedAtMs / 1000);
    this.readSettings();
  }

  readSettings(): void {
    const numbers = this.#server.config.text("save").split(" ").filter(Boolean).map(Number);
    this.#savePoints = numbers.flatMap((seconds, i) =>
      i % 2 === 0 ? [{ seconds, changes: numbers[i + 1]! }] : [],
    );
  }

  get hasSavePoints(): boolean {
    return this.#savePoints.length > 0;
  }

  /** Changes that are in no file. */
  get changes(): number {
    return this.#server.engine.counter(Root.dirty) - this.#savedAt;
  }

  /** What is in memory is what is on disk. */
  noChanges(): void {
    this.#savedAt = this.#server.engine.counter(Root.dirty);
  }

  get isRunning(): boolean {
    return this.#running !== null;
  }

  /** Seconds that the present BGSAVE has taken; −1 = none runs. */
  get currentSeconds(): number {
    return this.#running ? Math.floor((Date.now() - this.#startedAtMs) / 1000) : -1;
  }

  /** Keys in the present file, of how many. */
  get progress(): { keys: number; total: number; waiting: number } | null {
    if (!this.#running) return null;
    const { keys, waitingPeak } = this.#running.facts;
    return { keys, total: this.#keysTotal, waiting: waitingPeak };
  }

  get path(): string {
    return fromByteString(this.#server.config.text("dbfilename"));
  }

  /** Ends when no snapshot runs. */
  get idle(): Promise<void> {
    return this.#ended;
  }

  /** SAVE. @param counts  whether somebody has asked for it     @returns whether it worked */
  saveNow(counts = true): boolean {
    const { log } = this.#server;
    if (counts) this.saves++;
    const dirty = this.#server.engine.counter(Root.dirty);
    try {
      this.#make(`temp-${process.pid}.rdb`).runNow();
    } catch (problem) {
      log.warning(`Write error saving DB on disk: ${whyOf(problem)}`);
      return false;
    }
    log.notice("DB saved on disk");
    this.#saved(dirty);
    return true;
  }

  /** Begins a BGSAVE of this instant, unless a snapshot is being written. @returns whether it runs */
  saveInBackground(): boolean {
    const server = this.#server;
    if (server.persistence.isSnapshotting) return false;
    const dirty = server.engine.counter(Root.dirty);
    this.#lastTrySeconds = Math.floor(Date.now() / 1000);
    this.saves++;
    let snapshot: SnapshotFile;
    try {
      snapshot = this.#make(`temp-${process.pid}.rdb`);
    } catch (problem) {
      this.#failed("Failed opening the temp RDB file for saving", problem);
      return false;
    }
    server.log.notice("Background saving started");
    this.#running = snapshot;
    this.#startedAtMs = Date.now();
    this.#keysTotal = server.keyCount();
    this.#ended = snapshot.run().then(
      (facts) => this.#backgroundDone(dirty, facts),
      (problem: unknown) => this.#backgroundFailed(problem),
    );
    return true;
  }

  /** Gives the running BGSAVE up; its file goes. */
  abandon(): void {
    this.#running?.abandon();
  }

  /** Called by the timer: save points, and what was put off. */
  tick(nowMs: number, busy: boolean): void {
    if (this.isRunning || busy) return;
    const nowSeconds = Math.floor(nowMs / 1000);
    const mayTry = this.lastStatus === "ok" || nowSeconds - this.#lastTrySeconds > RETRY_SECONDS;
    if (this.scheduled && mayTry) {
      if (this.saveInBackground()) this.scheduled = false;
      return;
    }
    const { changes } = this;
    const age = nowSeconds - this.lastSaveSeconds;
    const due = this.#savePoints.find((point) => changes >= point.changes && age > point.seconds);
    if (!due || changes === 0 || !mayTry) return;
    this.#server.log.notice(`${due.changes} changes in ${due.seconds} seconds. Saving...`);
    this.saveInBackground();
  }

  #make(temporary: string): SnapshotFile {
    const server = this.#server;
    const options = this.optionsFor(temporary, this.path, ".", false);
    return new SnapshotFile(server.engine, this.#files, options);
  }

  /** How any RDB file of this server is written. */
  optionsFor(temporary: string, path: string, folder: string, aofBase: boolean): SnapshotOptions {
    const { config, engine, scripting } = this.#server;
    const version = config.int("rdb-version");
    const header = rdbHeader({
      version,
      nowMs: engine.now(),
      usedMemory: engine.counter(Root.usedMemory),
      aofBase,
      libraries: [...scripting.functions.libraries.values()].map((library) => library.code),
    });
    const checksum = config.flag("rdbchecksum");
    return { temporary, path, folder, header, version, checksum, commands: false };
  }

  #saved(dirty: number): void {
    this.#savedAt = dirty;
    this.lastSaveSeconds = Math.floor(Date.now() / 1000);
    this.lastStatus = "ok";
    this.#server.persistence.rdbSaved();
  }

  #failed(what: string, problem: unknown): void {
    this.#server.log.warning(`${what}: ${whyOf(problem)}`);
    this.lastStatus = "err";
    this.#server.persistence.statusChanged();
  }

  #backgroundDone(dirty: number, facts: SnapshotFacts): void {
    const { log } = this.#server;
    this.#over(facts);
    log.notice("DB saved on disk");
    log.notice(
      `${Math.round(facts.waitingPeak / MIB)} MB waited for the disk at most, ${facts.preImages} keys changed meanwhile`,
    );
    log.notice("Background saving terminated with success");
    this.#saved(dirty);
  }

  #backgroundFailed(problem: unknown): void {
    const asked = problem instanceof SnapshotAbandoned && problem.message === "asked to";
    this.#over(this.#running!.facts);
    if (asked) {
      this.#server.log.warning("Background saving was given up");
      return;
    }
    this.#failed("Write error saving DB on disk", problem);
    this.#server.log.warning("Background saving error");
  }

  #over(facts: SnapshotFacts): void {
    this.lastDurationSeconds = Math.floor((Date.now() - this.#startedAtMs) / 1000);
    this.lastWaitingPeak = facts.waitingPeak;
    this.#running = null;
  }
}

function whyOf(problem: unknown): string {
  return problem instanceof SnapshotAbandoned ? problem.message : reasonOf(problem);
}
