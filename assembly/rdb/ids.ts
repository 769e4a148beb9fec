/**
 * ids: the numbers of the RDB format: type bytes, opcodes, special encodings of a string, versions. They are Redis'
 * own and stand in files: append only. Format: https://rdb.fnordig.de/file_format.html and Redis' rdb.h by name.
 */

/** What DUMP and RDB files say; payloads up to this version load. */
// @ts-ignore: decorator
@inline
export const RDB_VERSION: u32 = 12;

/** The oldest version that is written. */
// @ts-ignore: decorator
@inline
export const RDB_VERSION_LEAST: u32 = 10;
/** First versions with sets as listpacks and the third form of streams, and with fields that expire. */
// @ts-ignore: decorator
@inline
export const RDB_VERSION_SET_LISTPACK: u32 = 11;
// @ts-ignore: decorator
@inline
export const RDB_VERSION_STREAM_3: u32 = 11;
// @ts-ignore: decorator
@inline
export const RDB_VERSION_FIELD_EXPIRY: u32 = 12;

// @ts-ignore: decorator
@inline
export const RDB_STRING: u32 = 0;
// @ts-ignore: decorator
@inline
export const RDB_LIST: u32 = 1;
// @ts-ignore: decorator
@inline
export const RDB_SET: u32 = 2;
/** Scores as text. */
// @ts-ignore: decorator
@inline
export const RDB_ZSET: u32 = 3;
// @ts-ignore: decorator
@inline
export const RDB_HASH: u32 = 4;
/** Scores as 8 bytes. */
// @ts-ignore: decorator
@inline
export const RDB_ZSET_2: u32 = 5;
// @ts-ignore: decorator
@inline
export const RDB_HASH_ZIPMAP: u32 = 9;
// @ts-ignore: decorator
@inline
export const RDB_LIST_ZIPLIST: u32 = 10;
// @ts-ignore: decorator
@inline
export const RDB_SET_INTSET: u32 = 11;
// @ts-ignore: decorator
@inline
export const RDB_ZSET_ZIPLIST: u32 = 12;
// @ts-ignore: decorator
@inline
export const RDB_HASH_ZIPLIST: u32 = 13;
// @ts-ignore: decorator
@inline
export const RDB_LIST_QUICKLIST: u32 = 14;
// @ts-ignore: decorator
@inline
export const RDB_STREAM_LISTPACKS: u32 = 15;
// @ts-ignore: decorator
@inline
export const RDB_HASH_LISTPACK: u32 = 16;
// @ts-ignore: decorator
@inline
export const RDB_ZSET_LISTPACK: u32 = 17;
// @ts-ignore: decorator
@inline
export const RDB_LIST_QUICKLIST_2: u32 = 18;
// @ts-ignore: decorator
@inline
export const RDB_STREAM_LISTPACKS_2: u32 = 19;
// @ts-ignore: decorator
@inline
export const RDB_SET_LISTPACK: u32 = 20;
// @ts-ignore: decorator
@inline
export const RDB_STREAM_LISTPACKS_3: u32 = 21;
/** Hashes with field expiry, of 7.4 release candidates: expiry times are absolute. */
// @ts-ignore: decorator
@inline
export const RDB_HASH_METADATA_PRE_GA: u32 = 22;
// @ts-ignore: decorator
@inline
export const RDB_HASH_LISTPACK_EX_PRE_GA: u32 = 23;
/** … as released: a minimum in front, times relative to it. */
// @ts-ignore: decorator
@inline
export const RDB_HASH_METADATA: u32 = 24;
// @ts-ignore: decorator
@inline
export const RDB_HASH_LISTPACK_EX: u32 = 25;

/** Values of modules: before and since Redis 4 GA. */
// @ts-ignore: decorator
@inline
export const RDB_MODULE_PRE_GA: u32 = 6;
// @ts-ignore: decorator
@inline
export const RDB_MODULE_2: u32 = 7;

/** Opcodes of a file: what stands in place of a type byte. */
// @ts-ignore: decorator
@inline
export const RDB_OP_SLOT_INFO: u32 = 244;
// @ts-ignore: decorator
@inline
export const RDB_OP_FUNCTION: u32 = 245;
/** Functions as release candidates of 7.0 wrote them. */
// @ts-ignore: decorator
@inline
export const RDB_OP_FUNCTION_PRE_GA: u32 = 246;
// @ts-ignore: decorator
@inline
export const RDB_OP_MODULE_AUX: u32 = 247;
/** Seconds since the last access of the key that follows. */
// @ts-ignore: decorator
@inline
export const RDB_OP_IDLE: u32 = 248;
/** Its LFU counter. */
// @ts-ignore: decorator
@inline
export const RDB_OP_FREQ: u32 = 249;
// @ts-ignore: decorator
@inline
export const RDB_OP_AUX: u32 = 250;
/** Number of keys, and of keys that expire, of the database. */
// @ts-ignore: decorator
@inline
export const RDB_OP_RESIZE_DB: u32 = 251;
// @ts-ignore: decorator
@inline
export const RDB_OP_EXPIRE_MS: u32 = 252;
// @ts-ignore: decorator
@inline
export const RDB_OP_EXPIRE_SECONDS: u32 = 253;
// @ts-ignore: decorator
@inline
export const RDB_OP_SELECT_DB: u32 = 254;
// @ts-ignore: decorator
@inline
export const RDB_OP_EOF: u32 = 255;

/** Special encodings of a string: the six bits behind 11 in its length byte (rdb/length.ts). */
// @ts-ignore: decorator
@inline
export const RDB_ENC_INT8: u32 = 0;
// @ts-ignore: decorator
@inline
export const RDB_ENC_INT16: u32 = 1;
// @ts-ignore: decorator
@inline
export const RDB_ENC_INT32: u32 = 2;
// @ts-ignore: decorator
@inline
export const RDB_ENC_LZF: u32 = 3;
