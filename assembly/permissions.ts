/**
 * permissions: the quick yes for clients whose user may not do everything. The host judges ACL rules; what it can tell
 * in advance it writes into a block for each user, and only what that does not allow is shown to it.
 *
 * Block (the host writes it, and gives each client of the user its address)
 *   offset  size  field     meaning
 *        0     4  patterns  how many
 *        4     4  -         zero
 *        8  12·n  pattern   permission u32 (1 read, 2 write, 4 the whole key), address u32, length u32 of its bytes
 *        …     c  verdicts  one for each command: 0 = ask the host, 1 = allowed, 4 + permission = allowed where a
 *                           pattern with that permission is the beginning of the first key (the only one there is)
 *
 * A pattern is the part of an ACL rule before its last `*` where nothing in it is special; or a whole key.
 */
import { Client } from "./client.ts";
import { commandFirstKey } from "./generated/commands.ts";
import { equalBytes } from "./memory/bytes.ts";
import { root } from "./root.ts";

// @ts-ignore: decorator
@inline
const PATTERNS: usize = 8;
// @ts-ignore: decorator
@inline
const PATTERN_SIZE: u32 = 12;
/** Bit of a pattern's permission. */
// @ts-ignore: decorator
@inline
const WHOLE_KEY: u32 = 4;
/** Verdicts from here on look at the key. */
// @ts-ignore: decorator
@inline
const BY_KEY: u32 = 4;

/** Whether the command in root.argv may run without a look of the host. */
export function isPermitted(client: Client, id: i32): bool {
  const block = client.permissions;
  if (!block) return false;
  const count = load<u32>(block);
  const verdict: u32 = load<u8>(block + PATTERNS + count * PATTERN_SIZE + id);
  if (verdict < BY_KEY) return verdict != 0;
  const pair = root.argv + ((<usize>commandFirstKey(id)) << 3);
  return keyIsPermitted(block, count, load<u32>(pair), load<u32>(pair, 4), verdict - BY_KEY);
}

function keyIsPermitted(block: usize, count: u32, key: usize, len: u32, permission: u32): bool {
  for (let i: u32 = 0; i < count; i++) {
    const pattern = block + PATTERNS + i * PATTERN_SIZE;
    const flags = load<u32>(pattern);
    if ((flags & permission) != permission) continue;
    const size = load<u32>(pattern, 8);
    if (flags & WHOLE_KEY ? len != size : len < size || !len) continue;
    if (equalBytes(key, load<u32>(pattern, 4), size)) return true;
  }
  return false;
}
