/**
 * image: a store as bytes: its engine's linear memory, which holds everything the engine knows (docs/abi.md). Pages of
 * zeros are left out: they are most of an empty store.
 *
 *   offset  size        what, little endian
 *        0     8        "KVASMIMG"
 *        8     4        version of this format
 *       12     8        build of the engine: nothing in the memory need be at its place in another
 *       20     4        xxHash32 of everything from 24 on
 *       24     4        pages of the memory, 64 KiB each
 *       28     4        address of the store's client record
 *       32     4        n, blocks of the heap that belong to nobody in a copy
 *       36     4        m, pages that are not zeros
 *       40     4n       addresses of the blocks
 *        …     4m       numbers of the pages
 *        …     65536m   the pages
 */
import { type Engine, type EngineModule, type MemoryContent, PAGE } from "./engine.ts";
import { KvasmError } from "./errors.ts";
import { buildIdOf } from "./load.ts";
import { xxHash32 } from "./xxhash.ts";

const MAGIC = [0x5341564b, 0x474d494d]; // KVAS MIMG
const FORMAT_VERSION = 1;
const HEADER_WORDS = 10;

/** What is in an image besides the pages. */
interface ImageHeader {
  /** Address of the store's client record. */
  readonly client: number;
  /** Blocks that the copy releases. */
  readonly blocks: readonly number[];
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

/** An engine as an image. O(its memory) */
export function writeImage(engine: Engine, header: ImageHeader): Uint8Array<ArrayBuffer> {
  const memory = engine.memory.bytes;
  const pages = engine.usedPages();
  const { blocks } = header;
  const dataAt = (HEADER_WORDS + blocks.length + pages.length) * 4;
  const image = new Uint8Array(dataAt + pages.length * PAGE);
  const words = new Uint32Array(image.buffer, 0, dataAt >>> 2);
  words.set([...MAGIC, FORMAT_VERSION]);
  new DataView(image.buffer).setBigUint64(12, buildIdOf(engine.module), true);
  words.set([memory.length / PAGE, header.client, blocks.length, pages.length], 6);
  words.set(blocks, HEADER_WORDS);
  words.set(pages, HEADER_WORDS + blocks.length);
  pages.forEach((page, i) => {
    image.set(memory.subarray(page * PAGE, (page + 1) * PAGE), dataAt + i * PAGE);
  });
  words[5] = xxHash32(image.subarray(24));
  return image;
}

/** An image that has been checked. */
export interface Image extends ImageHeader, MemoryContent {}

/**
 * Reads an image, all of it checked.
 * @param module  the engine's here     @throws KvasmError IMAGE_INVALID
 */
export function readImage(bytes: Uint8Array, module: EngineModule): Image {
  if (bytes.length < HEADER_WORDS * 4) throw invalid("it ends within its header");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const word = (index: number): number => view.getUint32(index * 4, true);
  if (word(0) !== MAGIC[0] || word(1) !== MAGIC[1]) throw invalid("it does not begin as one");
  if (word(2) !== FORMAT_VERSION || view.getBigUint64(12, true) !== buildIdOf(module)) {
    throw invalid("another version of kvasm has written it");
  }
  const [pages, client, blockCount, pageCount] = [word(6), word(7), word(8), word(9)];
  const dataAt = (HEADER_WORDS + blockCount + pageCount) * 4;
  if (bytes.length !== dataAt + pageCount * PAGE) throw invalid("it is not as long as it says");
  if (word(5) !== xxHash32(bytes.subarray(24))) throw invalid("its checksum does not fit");
  const list = (at: number, count: number): number[] => Array.from({ length: count }, (_, i) => word(at + i));
  const numbers = list(HEADER_WORDS + blockCount, pageCount);
  return {
    client,
    blocks: list(HEADER_WORDS, blockCount),
    size: pages * PAGE,
    lay(memory) {
      numbers.forEach((page, i) => {
        const at = dataAt + i * PAGE;
        memory.set(bytes.subarray(at, at + PAGE), page * PAGE);
      });
    },
  };
}

function invalid(why: string): KvasmError {
  return new KvasmError("IMAGE_INVALID", `This is no image of a store that can be opened here: ${why}`);
}
