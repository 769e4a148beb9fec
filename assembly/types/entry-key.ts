/**
 * entry-key: where the key stands in a block that a dict can hold.
 *
 * Every such block (a key of a database, a field of a hash, a member of a set or sorted set) begins alike:
 *   offset  size  field      meaning
 *        0     1  keyOffset  where the key's bytes start, from the start of the block
 *        1     1  keyLen     length of the key; 255 = long: the length is a u32 at keyOffset − 4
 * so that one dict serves them all without being told which it holds.
 */

/** Longest key whose length fits in the short form. */
// @ts-ignore: decorator
@inline
export const SHORT_KEY_MAX: usize = 254;

/** Address of the key's bytes. */
// @ts-ignore: decorator
@inline
export function entryKey(entry: usize): usize {
  return entry + load<u8>(entry);
}

/** Length of the key in bytes. */
// @ts-ignore: decorator
@inline
export function entryKeyLen(entry: usize): u32 {
  const len = <u32>load<u8>(entry, 1);
  return len < 255 ? len : load<u32>(entry + load<u8>(entry) - 4);
}
