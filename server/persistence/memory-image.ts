/**
 * memory-image: the engine's linear memory as a file (bindings/image.ts), so that a restart takes as long as reading it.
 * `image-save yes`: SAVE and SHUTDOWN write one beside the RDB file or the AOF; a start takes it instead of these.
 *
 * An image never holds the only copy, and never brings back what is older than the files beside it. It says beside which
 * it was written:
 *   AOF off   the RDB file, which was saved at the same moment. A later one makes the image void.
 *   AOF on    a place in the AOF (AofMark). What follows it there is replayed on top; a rewrite makes the image void.
 * So an image may be loaded as often as one likes, also after a crash; who writes does not have to touch it.
 *
 * The note in the image is JSON (ImageNote): what the host must know of a memory that it goes on with.
 */
import { Root } from "../../bindings/abi.ts";
import { COMMANDS } from "../../bindings/command-table.ts";
import { Engine, type EngineModule } from "../../bindings/engine.ts";
import { KvasmError } from "../../bindings/errors.ts";
import { type Image, imageParts, openImage } from "../../bindings/image.ts";
import { disconnectAll, resetStatistics } from "../../bindings/records.ts";
import type { Config } from "../config/config.ts";
import { reasonOf } from "../config/file.ts";
import { fromByteString } from "../config/split-args.ts";
import type { Log } from "../observe/log.ts";
import type { Server } from "../server.ts";
import { aofPaths } from "./aof/aof.ts";
import { type AofMark, hasMark } from "./aof/mark.ts";
import { type Files, fingerprint, type OutputFile } from "./files.ts";

const IMAGE = "kvasm.image";
/** Bytes of one write: what the system takes at once is bounded. */
const WRITE_BYTES = 64 * 1024 * 1024;

/** A file that an image was written beside. */
interface FileMark {
  readonly size: number;
  readonly print: number;
}

interface ImageNote {
  readonly databases: number;
  readonly startupMemory: number;
  /** Code of the libraries of functions, as byte strings. */
  readonly libraries: readonly string[];
  /** Client records; keys that clients block on: database, byte string, how often. */
  readonly clients: readonly number[];
  readonly blockedOn: readonly (readonly [number, string, number])[];
  readonly rdb: FileMark | null;
  readonly aof: AofMark | null;
}

/** What a server starts with that goes on from an image. */
export interface Restored {
  readonly engine: Engine;
  readonly startupMemory: number;
  readonly libraries: readonly string[];
  /** What of the AOF is in the image; null: it was off. */
  readonly aof: AofMark | null;
}

/**
 * Writes an image of this moment. What goes wrong is logged: everything is in the other files, too.
 * @param aof  where the AOF is; null: it is off, and the RDB file has just been saved
 */
export function saveImage(server: Server, files: Files, aof: AofMark | null): void {
  const { engine, log } = server;
  const startedAt = performance.now();
  const temporary = `temp-${process.pid}.image`;
  let output: OutputFile | null = null;
  try {
    const header = {
      client: 0,
      blocks: server.ownBlocks(),
      note: Buffer.from(JSON.stringify(noteOf(server, files, aof))),
    };
    output = files.create(temporary);
    let size = 0;
    for (const part of imageParts(engine, header)) {
      size += part.length;
      for (let at = 0; at < part.length;) at += output.writeNow(part.subarray(at, at + WRITE_BYTES));
    }
    output.syncNow();
    output.close();
    files.rename(temporary, IMAGE);
    files.syncFolder(".");
    log.notice(`Memory image saved on disk: ${size} bytes, ${seconds(startedAt)} seconds`);
  } catch (problem) {
    log.warning(`Memory image: ${reasonOf(problem)}`);
    output?.close();
    files.remove(temporary);
  }
}

function noteOf(server: Server, files: Files, aof: AofMark | null): ImageNote {
  return {
    databases: server.config.int("databases"),
    startupMemory: server.startupMemory,
    libraries: [...server.scripting.functions.libraries.values()].map(({ code }) =>
      Buffer.from(code).toString("latin1"),
    ),
    clients: server.clientRecords(),
    blockedOn: server.blocking.blockedOn(),
    rdb: aof === null ? markOf(files, server.persistence.rdb.path) : null,
    aof,
  };
}

function markOf(files: Files, path: string): FileMark | null {
  if (!files.exists(path)) return null;
  const file = files.open(path);
  try {
    return { size: file.size, print: fingerprint(file, file.size) };
  } finally {
    file.close();
  }
}

/** A new RDB file makes an image that was written beside the last one void. */
export function removeImage(files: Files): void {
  files.remove(IMAGE);
}

/** The engine to start with: as an image has it that goes with the files beside it; null: there is none. */
export function restoreImage(files: Files, config: Config, module: EngineModule, log: Log): Restored | null {
  if (!config.flag("image-save") || !files.exists(IMAGE)) return null;
  const startedAt = performance.now();
  try {
    const file = files.open(IMAGE);
    try {
      const image = openImage(file, module);
      const note = JSON.parse(Buffer.from(image.note).toString()) as ImageNote;
      const stale = whyStale(note, files, config);
      if (stale !== null) {
        log.notice(`The memory image is not used: ${stale}`);
        return null;
      }
      const engine = new Engine(module, {}, image);
      detach(engine, image, note);
      log.notice(`Memory image loaded: ${file.size} bytes, ${seconds(startedAt)} seconds`);
      return { engine, startupMemory: note.startupMemory, libraries: note.libraries, aof: note.aof };
    } finally {
      file.close();
    }
  } catch (problem) {
    if (problem instanceof KvasmError || problem instanceof SyntaxError) {
      log.warning(`The memory image is not used: ${problem.message}`);
    } else log.warning(`The memory image is not used: ${reasonOf(problem)}`);
    return null;
  }
}

/** @returns why the image must not be used; null: it may */
function whyStale(note: ImageNote, files: Files, config: Config): string | null {
  if (note.databases !== config.int("databases")) return "it has another number of databases";
  if (config.flag("appendonly") !== (note.aof !== null))
    return "appendonly was different when it was written";
  if (note.aof !== null) {
    return hasMark(files, aofPaths(config), note.aof)
      ? null
      : "the AOF is not the one that it was written beside";
  }
  const now = markOf(files, fromByteString(config.text("dbfilename")));
  const same = now?.size === note.rdb?.size && now?.print === note.rdb?.print;
  return same ? null : "the RDB file is not the one that it was written beside";
}

/** Nobody whom the other process knew is here: clients, blocks of the host's, what had not been told yet. */
function detach(engine: Engine, image: Image, note: ImageNote): void {
  const { exports, memory } = engine;
  exports.snapshotEnd();
  for (const [db, key, times] of note.blockedOn) {
    for (let i = 0; i < times; i++) engine.unblockKey(db, Buffer.from(key, "latin1"));
  }
  disconnectAll(engine, note.clients);
  image.blocks.forEach((block) => exports.release(block));
  resetStatistics(engine, COMMANDS.length);
  memory.setU32(engine.root + Root.peakMemory, 0);
  memory.setU32(engine.root + Root.peakMemory + 4, 0);
}

function seconds(startedAt: number): string {
  return ((performance.now() - startedAt) / 1000).toFixed(3);
}
