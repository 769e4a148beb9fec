/** MEMORY USAGE key [SAMPLES n]. https://redis.io/commands/memory-usage */
import { findArg } from "../../keyspace/lookup.ts";
import { usableSize } from "../../memory/allocator.ts";
import { argInteger, argIs } from "../../resp/args.ts";
import { errorNotInteger, errorSyntax } from "../../resp/errors.ts";
import { replyInteger, replyNull } from "../../resp/reply.ts";
import { root } from "../../root.ts";
import { valueMemory } from "../../types/value.ts";

/** Elements of a collection whose size is taken for that of all. */
const SAMPLES_DEFAULT: i64 = 5;

export function memoryUsage(): void {
  let samples = SAMPLES_DEFAULT;
  for (let i: u32 = 3; i < root.argc; i++) {
    if (!argIs(i, "SAMPLES") || i + 1 == root.argc) return errorSyntax();
    if (!argInteger(++i)) return errorNotInteger();
    samples = root.outI64;
    if (samples < 0) return errorSyntax();
  }
  const entry = findArg(2);
  if (!entry) return replyNull();
  replyInteger(usableSize(entry) + valueMemory(entry, <u32>min<i64>(samples, u32.MAX_VALUE)));
}
