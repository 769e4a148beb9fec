/** index: what users import, no more. */
export type { Clock } from "./clock.ts";
export type {
  CommandBody,
  CommandFlag,
  CommandOptions,
  CommandResult,
  CommandScope,
} from "./defined-commands.ts";
export type { BytesReply, MapReply, Reply, SetReply, TextReply } from "./decode.ts";
export type { Argument, OneOrMore, Pairs } from "./encode.ts";
export { ArgumentError, KvasmError, type KvasmErrorCode, ReplyError } from "./errors.ts";
export { Commands } from "./generated/api.ts";
export type * from "./generated/api.ts";
export type { ModuleSource } from "./load.ts";
export { scanFields, scanKeys, scanMembers, scanScores } from "./scan.ts";
export type { IoredisOptions } from "./store-connect.ts";
export type { ClientStream, Listener, ListenOptions, Parameters } from "./store-listen.ts";
export { open, type OpenOptions, Store } from "./store.ts";
export { forkPerTest, type TestHooks, type TestStore } from "./testing.ts";
