/** DUMP key: the value as RDB bytes, then two bytes RDB version and eight bytes CRC-64. https://redis.io/commands/dump */
import { crc64 } from "../../hashing/crc64.ts";
import { lookupRead } from "../../keyspace/lookup.ts";
import { RDB_VERSION } from "../../rdb/ids.ts";
import { rdbSaveValue, rdbTypeOf } from "../../rdb/save.ts";
import {
  rdbWriteByte,
  RdbWriter,
  rdbWriterCreate,
  rdbWriterFree,
  rdbWriteU16,
  rdbWriteU64,
} from "../../rdb/writer.ts";
import { errorOutOfMemory } from "../../resp/errors.ts";
import { replyBulk, replyNull } from "../../resp/reply.ts";

export function dump(): void {
  const entry = lookupRead(1);
  if (!entry) return replyNull();
  const writer = rdbWriterCreate();
  if (!writer) return errorOutOfMemory();
  writePayload(writer, entry);
  const w = changetype<RdbWriter>(writer);
  if (w.failed) errorOutOfMemory();
  else replyBulk(w.ptr, w.used);
  rdbWriterFree(writer);
}

function writePayload(writer: usize, entry: usize): void {
  rdbWriteByte(writer, rdbTypeOf(writer, entry));
  rdbSaveValue(writer, entry);
  rdbWriteU16(writer, RDB_VERSION);
  const w = changetype<RdbWriter>(writer);
  if (!w.failed) rdbWriteU64(writer, crc64(0, w.ptr, w.used));
}
