/**
 * append-file: the increment that effects are appended to: writes that fail are kept and tried again, and only what was
 * synchronized counts as safe.
 *
 *   written ≥ synced: bytes the system has taken, and those that are on disk. `pending` has not been taken.
 */
import type { Files, OutputFile } from "../files.ts";

export class AppendFile {
  readonly name: string;
  /** Bytes in the file. */
  size: number;
  /** Bytes of it that are on disk for sure. */
  synced: number;
  /** Why the last write or synchronization failed; null: it did not. */
  problem: unknown = null;
  readonly #file: OutputFile;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #syncing: Promise<void> | null = null;
  #broken = false;

  /** @throws Error of the file system */
  constructor(files: Files, path: string, name: string) {
    this.name = name;
    this.#file = files.append(path);
    this.size = files.size(path);
    this.synced = this.size;
  }

  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  get isSyncing(): boolean {
    return this.#syncing !== null;
  }

  /** It cannot be made safe any more. */
  get isBroken(): boolean {
    return this.#broken;
  }

  /** A synchronization failed that somebody relied on. */
  break(problem: unknown): void {
    this.#broken = true;
    this.problem = problem;
  }

  get isSafe(): boolean {
    return this.synced === this.size && this.#pendingBytes === 0;
  }

  /** Appends bytes, whatever becomes of them: what the system does not take is kept for the next try. */
  append(bytes: Uint8Array): void {
    if (this.#pendingBytes > 0 && !this.retry()) return this.#keep(bytes);
    const taken = this.#write(bytes);
    if (taken < bytes.length) this.#keep(bytes.subarray(taken));
  }

  /** Writes what was kept. @returns whether nothing is left */
  retry(): boolean {
    while (this.#pending.length > 0) {
      const bytes = this.#pending[0]!;
      const taken = this.#write(bytes);
      this.#pendingBytes -= taken;
      if (taken < bytes.length) {
        this.#pending[0] = bytes.subarray(taken);
        return false;
      }
      this.#pending.shift();
    }
    return true;
  }

  #keep(bytes: Uint8Array): void {
    this.#pending.push(new Uint8Array(bytes));
    this.#pendingBytes += bytes.length;
  }

  /**
   * A command that is written in part is taken back where that is possible, so that the file always ends with a whole one.
   * @returns bytes that the file holds now
   */
  #write(bytes: Uint8Array): number {
    let taken = 0;
    try {
      while (taken < bytes.length) taken += this.#file.writeNow(bytes.subarray(taken));
      if (!this.#broken) this.problem = null;
    } catch (problem) {
      this.problem = problem;
      if (taken > 0) {
        try {
          this.#file.truncate(this.size);
          taken = 0;
        } catch {
          // The rest will follow what is there.
        }
      }
    }
    this.size += taken;
    return taken;
  }

  /** Makes what was written safe; the event loop waits. @throws Error of the file system */
  syncNow(): void {
    const { size } = this;
    if (this.synced === size) return;
    this.#file.syncNow();
    this.synced = size;
  }

  /** The same off the event loop. Failure is in `problem`. */
  sync(): Promise<void> {
    if (this.#syncing) return this.#syncing;
    const { size } = this;
    if (this.synced === size) return Promise.resolve();
    this.#syncing = this.#file.sync().then(
      () => {
        this.synced = size;
        this.#syncing = null;
        if (this.#pendingBytes === 0 && !this.#broken) this.problem = null;
      },
      (problem: unknown) => {
        this.#syncing = null;
        this.problem = problem;
      },
    );
    return this.#syncing;
  }

  /** Closes it when nothing works on it any more. */
  close(): void {
    if (this.#syncing) void this.#syncing.then(() => this.#file.close());
    else this.#file.close();
  }
}
