/** testing/lzf: compression and checksums as they are. (In `export … from` asc adds the .ts itself.) */
export { lzfCompress, lzfDecompress, lzfRelease } from "../rdb/lzf";
export { crc64, crc64Release } from "../hashing/crc64";
export { crc16, keySlot } from "../hashing/crc16";
