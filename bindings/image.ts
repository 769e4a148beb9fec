/**
 * image: a store as bytes: its engine's linear memory, which holds everything the engine knows (docs/abi.md). Pages of
 * zeros are left out: they are most of an empty store.
 *
 *   offset  size        what, little endian
 *        0     8        "KVASMIMG"
 *        8     4        version of this format
 *       12     8        build of the engine: nothing in the memory need be at its place in another
 *       20     4        xxHash32 of everything from 28 to the pages
 *       24     4        checksum of the pages: that, continued over each of them (pageHash)
 *       28     4        pages of the memory, 64 KiB each
 *       32     4        address of the store's client record; 0 = it has none
 *       36     4        n, blocks of the heap that belong to nobody in a copy
 *       40     4        m, pages that are not zeros
 *       44     4        k, bytes of the note
 *       48     4n       addresses of the blocks
 *        …     4m       numbers of the pages, ascending
 *        …     k        what the host has noted, filled up with zeros to a multiple of 4
 *        …     65536m   the pages
 *
 * Pages go straight from the memory to a file and back: no copy of them is made.
 */
import { type Engine, type EngineModule, type MemoryContent, PAGE } from "./engine.ts";
import { KvasmError } from "./errors.ts";
import { buildIdOf } from "./load.ts";
import { xxHash32 } from "./xxhash.ts";

const MAGIC = [0x5341564b, 0x474d494d]; // KVAS MIMG
const FORMAT_VERSION = 2;
const HEADER_WORDS = 12;
const HEAD_CHECKSUM = 5;
const PAGES_CHECKSUM = 6;
const CHECKED_FROM = 28;
/** Pages that are read before they are hashed: few enough to be in the processor's cache still. */
const PIECE_PAGES = 8;

/** What is in an image besides the pages. */
interface ImageHeader {
  /** Address of the store's client record. */
  readonly client: number;
  /** Blocks that the copy releases. */
  readonly blocks: readonly number[];
  /** What the host wants to know of it. */
  readonly note?: Uint8Array;
}

/** Where an image is read from. */
export interface ImageSource {
  readonly size: number;
  /** @returns bytes read; 0 = there are none from this position on */
  read(into: Uint8Array, position: number): number;
}

/** What an engine's memory holds, for another engine of the same build. */
export function contentOf(engine: Engine): MemoryContent {
  const { bytes } = engine.memory;
  const pages = engine.usedPages();
  return {
    size: bytes.length,
    lay(memory) {
      for (const page of pages) memory.set(bytes.subarray(page * PAGE, (page + 1) * PAGE), page * PAGE);
    },
  };
}

/** An engine as an image, in pieces: what stands before the pages, then views of the memory. O(its memory) */
export function imageParts(
  engine: Engine,
  { client, blocks, note = new Uint8Array(0) }: ImageHeader,
): Uint8Array[] {
  const pages = engine.usedPages();
  const dataAt = dataOffset(blocks.length, pages.length, note.length);
  const head = new Uint8Array(dataAt);
  const words = new Uint32Array(head.buffer);
  words.set([...MAGIC, FORMAT_VERSION]);
  new DataView(head.buffer).setBigUint64(12, buildIdOf(engine.module), true);
  const memory = engine.memory.bytes;
  words.set([memory.length / PAGE, client, blocks.length, pages.length, note.length], 7);
  words.set(blocks, HEADER_WORDS);
  words.set(pages, HEADER_WORDS + blocks.length);
  head.set(note, (HEADER_WORDS + blocks.length + pages.length) * 4);
  let checksum = xxHash32(head.subarray(CHECKED_FROM));
  words[HEAD_CHECKSUM] = checksum;
  for (const page of pages) checksum = engine.exports.pageHash(page, checksum) >>> 0;
  words[PAGES_CHECKSUM] = checksum;
  return [
    head,
    ...runsOf(pages).map(({ page, count }) => memory.subarray(page * PAGE, (page + count) * PAGE)),
  ];
}

/** An engine as an image. O(its memory) */
export function writeImage(engine: Engine, header: ImageHeader): Uint8Array<ArrayBuffer> {
  const parts = imageParts(engine, header);
  const image = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    image.set(part, at);
    at += part.length;
  }
  return image;
}

function dataOffset(blocks: number, pages: number, note: number): number {
  return (HEADER_WORDS + blocks + pages + Math.ceil(note / 4)) * 4;
}

interface Run {
  /** Number of the first page, and how many follow each other. */
  readonly page: number;
  count: number;
}

function runsOf(pages: readonly number[]): Run[] {
  const runs: Run[] = [];
  for (const page of pages) {
    const last = runs.at(-1);
    if (last && last.page + last.count === page) last.count++;
    else runs.push({ page, count: 1 });
  }
  return runs;
}

/** An image whose pages are checked when they are laid. */
export interface Image extends Required<ImageHeader>, MemoryContent {}

/** An image in memory. @throws KvasmError IMAGE_INVALID, as does what it returns when it is laid */
export function readImage(bytes: Uint8Array, module: EngineModule): Image {
  return openImage(
    {
      size: bytes.length,
      read(into, position) {
        const part = bytes.subarray(position, position + into.length);
        into.set(part);
        return part.length;
      },
    },
    module,
  );
}

/**
 * Reads what stands before the pages; they are read, and checked, when the image is laid.
 * @param module  the engine's here     @throws KvasmError IMAGE_INVALID
 */
export function openImage(source: ImageSource, module: EngineModule): Image {
  if (source.size < HEADER_WORDS * 4) throw invalid("it ends within its header");
  const header = readWords(source, 0, HEADER_WORDS);
  if (header[0] !== MAGIC[0] || header[1] !== MAGIC[1]) throw invalid("it does not begin as one");
  const build = new DataView(header.buffer).getBigUint64(12, true);
  if (header[2] !== FORMAT_VERSION || build !== buildIdOf(module)) {
    throw invalid("another version of kvasm has written it");
  }
  const [size, client, blockCount, pageCount, noteSize] = [...header.subarray(7)] as [
    number,
    number,
    number,
    number,
    number,
  ];
  const dataAt = dataOffset(blockCount, pageCount, noteSize);
  if (source.size !== dataAt + pageCount * PAGE) throw invalid("it is not as long as it says");
  const head = readWords(source, 0, dataAt / 4);
  const bytes = new Uint8Array(head.buffer);
  const headChecksum = xxHash32(bytes.subarray(CHECKED_FROM));
  if (headChecksum !== head[HEAD_CHECKSUM]) throw invalid("its checksum does not fit");
  const pages = head.subarray(HEADER_WORDS + blockCount, HEADER_WORDS + blockCount + pageCount);
  const noteAt = (HEADER_WORDS + blockCount + pageCount) * 4;
  return {
    client,
    blocks: [...head.subarray(HEADER_WORDS, HEADER_WORDS + blockCount)],
    note: bytes.subarray(noteAt, noteAt + noteSize),
    size: size * PAGE,
    lay(memory, hashPage) {
      let checksum = headChecksum;
      let position = dataAt;
      for (const run of runsOf([...pages])) {
        for (let done = 0; done < run.count; done += PIECE_PAGES) {
          const page = run.page + done;
          const end = page + Math.min(PIECE_PAGES, run.count - done);
          readWhole(source, memory.subarray(page * PAGE, end * PAGE), position);
          position += (end - page) * PAGE;
          for (let i = page; i < end; i++) checksum = hashPage(i, checksum);
        }
      }
      if (checksum !== head[PAGES_CHECKSUM]) throw invalid("its checksum does not fit");
    },
  };
}

function readWords(source: ImageSource, position: number, count: number): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(count);
  readWhole(source, new Uint8Array(words.buffer), position);
  return words;
}

function readWhole(source: ImageSource, into: Uint8Array, position: number): void {
  for (let at = 0; at < into.length;) {
    const got = source.read(into.subarray(at), position + at);
    if (got === 0) throw invalid("it ends before its last page");
    at += got;
  }
}

function invalid(why: string): KvasmError {
  return new KvasmError("IMAGE_INVALID", `This is no image of a store that can be opened here: ${why}`);
}
