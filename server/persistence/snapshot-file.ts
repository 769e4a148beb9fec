/**
 * snapshot-file: a snapshot of the engine on its way to a file. In the background the engine serializes for a fraction of
 * a millisecond a turn, and chunks are written off the event loop; at once, everybody waits (SAVE).
 *
 *   engine ─ slices, pre-images ─► chunks ─► write ─► fsync ─► rename ─► fsync of the folder
 *
 * What waits between engine and disk is bounded: above QUEUE_PAUSE_BYTES no more is serialized; pre-images, which come
 * whether the disk is quick or not, make everybody wait for it above QUEUE_FORCE_BYTES.
 */
import { Root, SnapshotOption, SnapshotStatus } from "../../bindings/abi.ts";
import type { Engine } from "../../bindings/engine.ts";
import type { Files, OutputFile } from "./files.ts";
import { QUEUE_FORCE_BYTES, QUEUE_PAUSE_BYTES, SLICE_MS, SLICE_UNITS, CHUNK_BYTES } from "./limits.ts";

export interface SnapshotOptions {
  /** Where it is written first (a number is added), and what it is called when it is complete. */
  readonly temporary: string;
  readonly path: string;
  /** Folder of both. */
  readonly folder: string;
  readonly header: Uint8Array;
  readonly version: number;
  readonly checksum: boolean;
  /** Commands instead of RDB. */
  readonly commands: boolean;
}

export interface SnapshotFacts {
  readonly keys: number;
  /** Keys that were written before somebody changed them. */
  readonly preImages: number;
  readonly bytes: number;
  /** Most bytes that ever waited for the disk. */
  readonly waitingPeak: number;
}

/** A write of one that was given up may still be on its way: no two share a temporary file. */
let filesBegun = 0;

/** The snapshot was given up: asked to, or without memory. */
export class SnapshotAbandoned extends Error {}

export class SnapshotFile {
  readonly #engine: Engine;
  readonly #files: Files;
  readonly #options: SnapshotOptions;
  readonly #file: OutputFile;
  readonly #temporary: string;
  #queue: Uint8Array[] = [];
  #queued = 0;
  #writing: Promise<void> | null = null;
  #problem: unknown = null;
  #abandoned = false;
  #ended = false;
  #bytes = 0;
  #waitingPeak = 0;
  #keys = 0;
  #preImages = 0;

  /**
   * Begins with this instant.
   * @throws SnapshotAbandoned  the engine has no memory, or another snapshot runs
   * @throws Error of the file system
   */
  constructor(engine: Engine, files: Files, options: SnapshotOptions) {
    this.#engine = engine;
    this.#files = files;
    this.#options = options;
    this.#temporary = `${options.temporary}.${++filesBegun}`;
    this.#file = files.create(this.#temporary);
    try {
      this.#begin();
    } catch (problem) {
      this.#file.close();
      files.remove(this.#temporary);
      throw problem;
    }
  }

  #begin(): void {
    const { header, version, checksum, commands } = this.#options;
    const engine = this.#engine;
    const at = engine.exports.reserveCall(Math.max(1, header.length));
    engine.memory.refresh();
    if (!at) throw new SnapshotAbandoned("out of memory");
    engine.memory.bytes.set(header, at);
    const options = (checksum ? SnapshotOption.CHECKSUM : 0) | (commands ? SnapshotOption.COMMANDS : 0);
    const begun = engine.exports.snapshotBegin(at, header.length, version, options, engine.now());
    engine.memory.refresh();
    if (!begun) throw new SnapshotAbandoned("out of memory");
  }

  get facts(): SnapshotFacts {
    if (!this.#ended) this.#count();
    return {
      keys: this.#keys,
      preImages: this.#preImages,
      bytes: this.#bytes,
      waitingPeak: this.#waitingPeak,
    };
  }

  /** Writes it in the background. @throws SnapshotAbandoned, Error of the file system; then nothing is left of it */
  async run(): Promise<SnapshotFacts> {
    try {
      while (!this.#ended) {
        this.#slice();
        await nextTurn();
      }
      while (this.#writing) await this.#writing;
      this.#check();
      await this.#file.sync();
      this.#check();
      this.#publish();
    } catch (problem) {
      this.#clean();
      throw problem;
    }
    return this.facts;
  }

  /** Writes it while everybody waits. @throws as run */
  runNow(): SnapshotFacts {
    try {
      while (!this.#ended) {
        this.#take(SLICE_UNITS);
        this.#writeQueueNow();
        this.#check();
      }
      this.#file.syncNow();
      this.#publish();
    } catch (problem) {
      this.#clean();
      throw problem;
    }
    return this.facts;
  }

  /** Gives it up: run ends with SnapshotAbandoned. The engine is free for another snapshot at once. */
  abandon(): void {
    this.#abandoned = true;
    this.#stopEngine();
  }

  #stopEngine(): void {
    if (this.#ended) return;
    this.#count();
    this.#ended = true;
    this.#engine.exports.snapshotEnd();
    this.#engine.memory.refresh();
  }

  #check(): void {
    if (this.#problem !== null) throw this.#problem;
    if (this.#abandoned) throw new SnapshotAbandoned("asked to");
  }

  /** One turn's work: serialize while there is time and the disk keeps up. */
  #slice(): void {
    this.#check();
    const until = performance.now() + SLICE_MS;
    do this.#take(this.#queued < QUEUE_PAUSE_BYTES ? SLICE_UNITS : 0);
    while (!this.#ended && this.#queued < QUEUE_PAUSE_BYTES && performance.now() < until);
    if (this.#queued > QUEUE_FORCE_BYTES && !this.#writing) this.#writeQueueNow();
    else if (this.#queued >= CHUNK_BYTES || this.#ended) this.#writeQueue();
  }

  /** Lets the engine work, and takes what it has written. */
  #take(units: number): void {
    const engine = this.#engine;
    const status = engine.exports.snapshotNext(units);
    engine.memory.refresh();
    if (status === SnapshotStatus.FAILED) throw new SnapshotAbandoned("out of memory");
    const size = engine.word(Root.detail2);
    if (size > 0) {
      const at = engine.word(Root.detail);
      this.#queue.push(new Uint8Array(engine.memory.bytes.subarray(at, at + size)));
      this.#queued += size;
      this.#bytes += size;
      this.#waitingPeak = Math.max(this.#waitingPeak, this.#queued);
      engine.exports.snapshotClear();
    }
    if (status !== SnapshotStatus.COMPLETE) return;
    this.#count();
    this.#ended = true;
    engine.exports.snapshotEnd();
  }

  #count(): void {
    const engine = this.#engine;
    engine.exports.snapshotCount();
    this.#keys = engine.word(Root.detail);
    this.#preImages = engine.word(Root.detail2);
  }

  #writeQueue(): void {
    if (this.#writing || this.#queued === 0) return;
    const bytes = this.#takeQueue();
    this.#writing = this.#writeAll(bytes).then(
      () => {
        this.#writing = null;
        if (this.#ended) this.#writeQueue();
      },
      (problem: unknown) => {
        this.#writing = null;
        this.#problem = problem;
        this.#queue = [];
        this.#queued = 0;
      },
    );
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await this.#file.write(bytes.subarray(at));
  }

  #writeQueueNow(): void {
    const bytes = this.#takeQueue();
    for (let at = 0; at < bytes.length;) at += this.#file.writeNow(bytes.subarray(at));
  }

  #takeQueue(): Uint8Array {
    const bytes = this.#queue.length === 1 ? this.#queue[0]! : Buffer.concat(this.#queue);
    this.#queue = [];
    this.#queued = 0;
    return bytes;
  }

  #publish(): void {
    this.#file.close();
    const { path, folder } = this.#options;
    this.#files.rename(this.#temporary, path);
    this.#files.syncFolder(folder);
  }

  #clean(): void {
    this.#stopEngine();
    const remove = (): void => {
      try {
        this.#file.close();
        this.#files.remove(this.#temporary);
      } catch {
        // What is left of it is in nobody's way: the next one overwrites it.
      }
    };
    if (this.#writing) void this.#writing.then(remove);
    else remove();
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
