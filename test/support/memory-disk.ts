/**
 * memory-disk: a file system in memory that forgets at a power cut what was not synchronized, and fails where it is told
 * to: short writes, full disk, failed synchronization. Contents become safe by sync, names by syncFolder.
 */
import type { Files, InputFile, OutputFile } from "../../server/persistence/files.ts";

interface Content {
  bytes: Uint8Array;
  /** Bytes that a power cut leaves for sure. */
  safe: number;
}

/** What is about to happen: the fault that it meets, if any. */
export type FaultPlan = (
  operation: "write" | "sync" | "create" | "rename" | "remove",
  path: string,
) => "ENOSPC" | "EIO" | "EROFS" | "short" | null;

export class MemoryDisk implements Files {
  fault: FaultPlan = () => null;
  /** What synchronizations off the event loop wait for. */
  slowSync: Promise<void> | null = null;
  #names = new Map<string, Content>();
  #safeNames = new Map<string, Content>();
  #off = false;

  /** What is there after the power has come back. @param survives  how much of what was not synchronized stays, 0 … 1 */
  afterPowerCut(survives: () => number): MemoryDisk {
    this.#off = true;
    const disk = new MemoryDisk();
    for (const [name, { bytes, safe }] of this.#safeNames) {
      if (name === "kvasm.lock") continue; // of a process that is gone, though it is this one
      const kept = safe + Math.floor((bytes.length - safe) * survives());
      const content = { bytes: bytes.slice(0, kept), safe: kept };
      disk.#names.set(name, content);
      disk.#safeNames.set(name, content);
    }
    return disk;
  }

  #meet(operation: Parameters<FaultPlan>[0], path: string): boolean {
    if (this.#off) throw problem("EIO");
    const fault = this.fault(operation, path);
    if (fault === "short") return true;
    if (fault !== null) throw problem(fault);
    return false;
  }

  #content(path: string): Content {
    const content = this.#names.get(path);
    if (!content) throw problem("ENOENT");
    return content;
  }

  create(path: string): OutputFile {
    this.#meet("create", path);
    this.#names.set(path, { bytes: new Uint8Array(0), safe: 0 });
    return this.#output(path);
  }

  append(path: string): OutputFile {
    if (!this.#names.has(path)) return this.create(path);
    return this.#output(path);
  }

  #output(path: string): OutputFile {
    const content = this.#content(path);
    const writeNow = (bytes: Uint8Array): number => {
      const taken = this.#meet("write", path) ? bytes.length >> 1 : bytes.length;
      content.bytes = Buffer.concat([content.bytes, bytes.subarray(0, taken)]);
      return taken;
    };
    const syncNow = (): void => {
      this.#meet("sync", path);
      content.safe = content.bytes.length;
    };
    return {
      writeNow,
      write: async (bytes) => writeNow(bytes),
      syncNow,
      sync: async () => {
        await this.slowSync;
        syncNow();
      },
      truncate: (size) => {
        content.bytes = content.bytes.slice(0, size);
        content.safe = Math.min(content.safe, size);
      },
      close: () => undefined,
    };
  }

  open(path: string): InputFile {
    const { bytes } = this.#content(path);
    return {
      size: bytes.length,
      read(into, position) {
        const part = bytes.subarray(position, position + into.length);
        into.set(part);
        return part.length;
      },
      close: () => undefined,
    };
  }

  exists(path: string): boolean {
    return this.#names.has(path);
  }

  isFolder(): boolean {
    return true;
  }

  size(path: string): number {
    return this.#content(path).bytes.length;
  }

  readText(path: string): string {
    return Buffer.from(this.#content(path).bytes).toString("latin1");
  }

  writeText(path: string, text: string): void {
    this.#meet("create", path);
    const bytes = Buffer.from(text, "latin1");
    this.#names.set(path, { bytes, safe: bytes.length });
  }

  writeTextExclusively(path: string, text: string): void {
    if (this.#names.has(path)) throw problem("EEXIST");
    this.writeText(path, text);
  }

  rename(from: string, to: string): void {
    this.#meet("rename", to);
    this.#names.set(to, this.#content(from));
    this.#names.delete(from);
  }

  remove(path: string): void {
    this.#meet("remove", path);
    this.#names.delete(path);
  }

  makeFolder(): void {}

  list(path: string): string[] {
    return [...this.#names.keys()].filter((name) => name.startsWith(path));
  }

  /** Names of all folders: there is one journal. */
  syncFolder(): void {
    this.#meet("sync", ".");
    this.#safeNames = new Map(this.#names);
  }
}

function problem(code: string): Error {
  return Object.assign(new Error(`${code}: by plan`), { code });
}
