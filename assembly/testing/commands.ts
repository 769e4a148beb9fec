/** testing/commands: look-up in the generated command table, for test/unit/codegen. */
import {
  commandArity,
  commandFirstKey,
  commandFlags,
  commandKeyStep,
  commandLastKey,
  commandLookup,
  commandNameLen,
  commandNamePtr,
  subcommandLookup,
} from "../generated/commands.ts";

export function testCommandLookup(ptr: usize, len: u32): i32 {
  return commandLookup(ptr, len);
}

export function testSubcommandLookup(container: u32, ptr: usize, len: u32): i32 {
  return subcommandLookup(container, ptr, len);
}

export function testCommandArity(id: u32): i32 {
  return commandArity(id);
}

export function testCommandFlags(id: u32): u32 {
  return commandFlags(id);
}

export function testCommandFirstKey(id: u32): i32 {
  return commandFirstKey(id);
}

export function testCommandLastKey(id: u32): i32 {
  return commandLastKey(id);
}

export function testCommandKeyStep(id: u32): i32 {
  return commandKeyStep(id);
}

export function testCommandNamePtr(id: u32): usize {
  return commandNamePtr(id);
}

export function testCommandNameLen(id: u32): u32 {
  return commandNameLen(id);
}
