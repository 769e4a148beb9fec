/** command-syntax: argument trees as people read them. */
import { expect, it } from "vitest";
import { argumentsSyntax } from "../../../bindings/command-syntax.ts";
import { findCommand } from "../../../bindings/command-table.ts";
import { allCommandDocs } from "../../../bindings/generated/command-docs.ts";

it.each([
  ["ping", "[<message>]"],
  ["get", "<key>"],
  ["del", "<key> [<key> ...]"],
  ["mset", "<key> <value> [<key> <value> ...]"],
  ["linsert", "<key> (BEFORE|AFTER) <pivot> <element>"],
  ["client|caching", "(YES|NO)"],
  ["script|flush", "[ASYNC|SYNC]"],
  ["command|info", "[<command-name> ...]"],
  ["bitfield_ro", "<key> [GET <encoding> <offset> [GET <encoding> <offset> ...]]"],
  ["client|list", "[TYPE (NORMAL|MASTER|REPLICA|PUBSUB)] [ID <client-id> [<client-id> ...]]"],
  ["command|list", "[FILTERBY (MODULE <module-name>|ACLCAT <category>|PATTERN <pattern>)]"],
  [
    "set",
    "<key> <value> [NX|XX] [GET] [EX <seconds>|PX <milliseconds>|EXAT <unix-time-seconds>|" +
      "PXAT <unix-time-milliseconds>|KEEPTTL]",
  ],
  [
    "sort",
    "<key> [BY <pattern>] [LIMIT <offset> <count>] [GET <pattern> [GET <pattern> ...]] [ASC|DESC] [ALPHA] [STORE <destination>]",
  ],
])("%s", (name, syntax) => {
  expect(argumentsSyntax(allCommandDocs()[findCommand(name)?.id ?? -1]?.arguments ?? [])).toBe(syntax);
});
