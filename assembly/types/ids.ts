/**
 * ids: numbers of types and encodings. They reach disks and replicas: append only, never renumber
 * (frozen by test/boundary). They are Redis' own OBJ_* numbers.
 */

// @ts-ignore: decorator
@inline
export const TYPE_STRING: u32 = 0;
// @ts-ignore: decorator
@inline
export const TYPE_LIST: u32 = 1;
// @ts-ignore: decorator
@inline
export const TYPE_SET: u32 = 2;
// @ts-ignore: decorator
@inline
export const TYPE_ZSET: u32 = 3;
// @ts-ignore: decorator
@inline
export const TYPE_HASH: u32 = 4;
// @ts-ignore: decorator
@inline
export const TYPE_STREAM: u32 = 6;

// @ts-ignore: decorator
@inline
export const ENC_RAW: u32 = 0;
// @ts-ignore: decorator
@inline
export const ENC_INT: u32 = 1;
/** dict of entries: sets, hashes ("hashtable"). */
// @ts-ignore: decorator
@inline
export const ENC_HT: u32 = 2;
// @ts-ignore: decorator
@inline
export const ENC_INTSET: u32 = 6;
// @ts-ignore: decorator
@inline
export const ENC_SKIPLIST: u32 = 7;
// @ts-ignore: decorator
@inline
export const ENC_EMBSTR: u32 = 8;
// @ts-ignore: decorator
@inline
export const ENC_QUICKLIST: u32 = 9;
// @ts-ignore: decorator
@inline
export const ENC_STREAM: u32 = 10;
// @ts-ignore: decorator
@inline
export const ENC_LISTPACK: u32 = 11;
/** listpack of (field, value, expiry) triples: hashes with field expiration ("listpackex"). */
// @ts-ignore: decorator
@inline
export const ENC_LISTPACK_EX: u32 = 12;
