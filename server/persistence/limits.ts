/** limits: every bound of persistence, with its unit and reason. */

/** Milliseconds that the engine serializes in one turn of the event loop: below what a client notices. */
export const SLICE_MS = 0.4;

/** Units of engine work between two looks at the clock: about 100 microseconds of small keys. */
export const SLICE_UNITS = 150;

/** Bytes that are worth a write of their own. */
export const CHUNK_BYTES = 1024 * 1024;

/** Bytes of a snapshot that wait for the disk: above the first no more is serialized, above the second everybody waits. */
export const QUEUE_PAUSE_BYTES = 8 * 1024 * 1024;
export const QUEUE_FORCE_BYTES = 32 * 1024 * 1024;

/** Bytes of a file that are read at a time while loading. */
export const READ_BYTES = 256 * 1024;

/** Milliseconds of loading between two looks at who asks meanwhile. */
export const LOAD_SLICE_MS = 8;

/** After a snapshot that failed, the next is tried so many seconds later, whatever save points say: as Redis. */
export const RETRY_SECONDS = 5;

/** An fsync of the AOF that takes longer than this is told in the log and counted: as Redis. */
export const FSYNC_SLOW_MS = 2000;

/** After a rewrite of the AOF that failed, seconds until the next try. */
export const REWRITE_RETRY_SECONDS = 60;

/** Elements of a collection that `kvasm dump` asks for at a time, bytes of a string, characters that are written at once. */
export const DUMP_ELEMENTS = 256;
/** A multiple of 3: pieces of base64 must fit together. */
export const DUMP_STRING_BYTES = 3 * 16384;
export const DUMP_TEXT = 65536;
