/**
 * renames: `rename-command`: names that mean another command than the table says, or none. Servers without such lines pay
 * one test a command.
 *
 * Block (the host writes it at the start; root.renames is its address, 0 = none)
 *   offset  size  field  meaning
 *        0     4  count
 *        4  12·n  name   address u32, length u32 of a name in lower case; the command's number i32, −1 = no command;
 *                        with ANY_ARITY added: a command that the host's program has defined
 */
import { commandLookup } from "./generated/commands.ts";
import { root } from "./root.ts";

// @ts-ignore: decorator
@inline
const NAMES: usize = 4;
// @ts-ignore: decorator
@inline
const NAME_SIZE: u32 = 12;
// @ts-ignore: decorator
@inline
const ANY_ARITY: i32 = 0x10000;

/** The number of the command that a name means; −1 = none. */
// @ts-ignore: decorator
@inline
export function commandNamed(ptr: usize, len: u32): i32 {
  return root.renames ? renamed(ptr, len) : commandLookup(ptr, len);
}

function renamed(ptr: usize, len: u32): i32 {
  const count = load<u32>(root.renames);
  for (let i: u32 = 0; i < count; i++) {
    const name = root.renames + NAMES + i * NAME_SIZE;
    if (load<u32>(name, 4) != len || !isName(load<u32>(name), ptr, len)) continue;
    const id = load<i32>(name, 8);
    return id < 0 ? id : id & (ANY_ARITY - 1);
  }
  return commandLookup(ptr, len);
}

/** Whether the command was called by a name that takes any number of arguments: the host looks at them. */
export function takesAnyArity(ptr: usize, len: u32): bool {
  if (!root.renames) return false;
  const count = load<u32>(root.renames);
  for (let i: u32 = 0; i < count; i++) {
    const name = root.renames + NAMES + i * NAME_SIZE;
    if (load<i32>(name, 8) < ANY_ARITY) continue;
    if (load<u32>(name, 4) == len && isName(load<u32>(name), ptr, len)) return true;
  }
  return false;
}

/** @param name  in lower case     @param ptr  in any case */
function isName(name: usize, ptr: usize, len: u32): bool {
  for (let i: u32 = 0; i < len; i++) {
    let c: u32 = load<u8>(ptr + i);
    if (c - 0x41 < 26) c |= 0x20;
    if (load<u8>(name + i) != c) return false;
  }
  return true;
}
