/** client-list: a client as a line of CLIENT LIST and CLIENT INFO, and the parts of a filter that both LIST and KILL know. */
import { ClientFlag } from "../bindings/abi.ts";
import { COMMANDS } from "../bindings/command-table.ts";
import {
  clientDb,
  clientInputBytes,
  clientQueryBytes,
  clientResp,
  hasClientFlag,
  queuedCount,
  watchCount,
} from "../bindings/records.ts";
import {
  type Client,
  CLIENT_CLOSE_AFTER_REPLY,
  CLIENT_MONITOR,
  CLIENT_NO_EVICT,
  CLIENT_NO_TOUCH,
  type ClientType,
  shownName,
} from "./client.ts";
import type { Server } from "./server.ts";

/** Rough memory of a connection that holds nothing: records on both sides, socket handle. Bytes. */
const CLIENT_BASE_BYTES = 2048;

/** Rough memory of a subscription beside its name: an entry of two sets. Bytes. */
const SUBSCRIPTION_BYTES = 64;

/** Bytes that a client's connection holds: what it has sent, what it has not read, what it is subscribed to. */
export function clientMemory(server: Server, client: Client): number {
  const { subscriptions, tracking } = client;
  let bytes = CLIENT_BASE_BYTES + clientInputBytes(server.engine, client.record);
  bytes += client.connection.heldBytes + client.connection.pendingBytes;
  if (subscriptions) {
    for (const names of [subscriptions.channel, subscriptions.pattern, subscriptions.shard]) {
      for (const name of names) bytes += name.length + SUBSCRIPTION_BYTES;
    }
  }
  for (const prefix of tracking?.prefixes ?? []) bytes += prefix.length + SUBSCRIPTION_BYTES;
  return bytes;
}

export function clientLine(server: Server, client: Client, nowMs: number): string {
  const { engine } = server;
  const seconds = (sinceMs: number): number => Math.max(0, Math.floor((nowMs - sinceMs) / 1000));
  const pending = client.connection.pendingBytes;
  const query = clientQueryBytes(engine, client.record);
  const fields: [string, string | number][] = [
    ["id", client.id],
    ["addr", client.address],
    ["laddr", client.localAddress],
    ["fd", client.connection.fd],
    ["name", shownName(client.name)],
    ["age", seconds(client.createdAtMs)],
    ["idle", seconds(client.lastInteractionMs)],
    ["flags", flagLetters(server, client)],
    ["db", clientDb(engine, client.record)],
    ["sub", client.subscriptions?.channel.size ?? 0],
    ["psub", client.subscriptions?.pattern.size ?? 0],
    ["ssub", client.subscriptions?.shard.size ?? 0],
    ["multi", queuedCount(engine, client.record)],
    ["watch", watchCount(engine, client.record)],
    ["qbuf", query],
    ["qbuf-free", 0],
    ["argv-mem", 0],
    ["multi-mem", 0],
    ["rbs", 0],
    ["rbp", 0],
    ["obl", 0],
    ["oll", pending > 0 ? 1 : 0],
    ["omem", pending],
    ["tot-mem", clientMemory(server, client)],
    ["events", pending > 0 ? "rw" : "r"],
    ["cmd", COMMANDS[client.lastCommand]?.name ?? "NULL"],
    ["user", client.userName],
    ["redir", client.tracking?.redirect ?? -1],
    ["resp", clientResp(engine, client.record)],
    ["lib-name", shownName(client.libraryName)],
    ["lib-ver", shownName(client.libraryVersion)],
    ["io-thread", 0],
  ];
  return fields.map(([name, value]) => `${name}=${value}`).join(" ");
}

/** What the client is, a letter each, in Redis' order. */
function flagLetters(server: Server, client: Client): string {
  const has = (flag: number): boolean => hasClientFlag(server.engine, client.record, flag);
  const { tracking } = client;
  let letters = "";
  if (client.has(CLIENT_MONITOR)) letters += "O";
  if (client.subscriptions) letters += "P";
  if (has(ClientFlag.MULTI | ClientFlag.EXECUTING)) letters += "x";
  if (client.wait || server.pause.isWaiting(client)) letters += "b";
  if (tracking) letters += "t";
  if (tracking?.brokenRedirect) letters += "R";
  if (tracking?.mode === "bcast") letters += "B";
  if (has(ClientFlag.DIRTY_CAS)) letters += "d";
  if (client.has(CLIENT_CLOSE_AFTER_REPLY)) letters += "c";
  if (client.connection.kind === "unix") letters += "U";
  if (client.has(CLIENT_NO_EVICT)) letters += "e";
  if (client.has(CLIENT_NO_TOUCH)) letters += "T";
  return letters === "" ? "N" : letters;
}

/** The word after TYPE; null when there is no such type. */
export function parseClientType(word: string): ClientType | null {
  switch (word.toLowerCase()) {
    case "normal":
      return "normal";
    case "master":
      return "master";
    case "slave":
    case "replica":
      return "replica";
    case "pubsub":
      return "pubsub";
    default:
      return null;
  }
}
