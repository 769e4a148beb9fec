/** client-list: a client as a line of CLIENT LIST and CLIENT INFO, and the parts of a filter that both LIST and KILL know. */
import { COMMANDS } from "../bindings/command-table.ts";
import { clientDb, clientQueryBytes, clientResp } from "../bindings/records.ts";
import { type Client, type ClientType, shownName } from "./client.ts";
import type { Server } from "./server.ts";

/** Rough memory of a connection that holds nothing: records on both sides, socket handle. Bytes. */
const CLIENT_BASE_BYTES = 2048;

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
    ["flags", client.flagLetters()],
    ["db", clientDb(engine, client.record)],
    ["sub", client.subscriptions?.channel.size ?? 0],
    ["psub", client.subscriptions?.pattern.size ?? 0],
    ["ssub", client.subscriptions?.shard.size ?? 0],
    ["multi", -1],
    ["watch", 0],
    ["qbuf", query],
    ["qbuf-free", 0],
    ["argv-mem", 0],
    ["multi-mem", 0],
    ["rbs", 0],
    ["rbp", 0],
    ["obl", 0],
    ["oll", pending > 0 ? 1 : 0],
    ["omem", pending],
    ["tot-mem", CLIENT_BASE_BYTES + query + pending],
    ["events", pending > 0 ? "rw" : "r"],
    ["cmd", COMMANDS[client.lastCommand]?.name ?? "NULL"],
    ["user", client.userName],
    ["redir", -1],
    ["resp", clientResp(engine, client.record)],
    ["lib-name", shownName(client.libraryName)],
    ["lib-ver", shownName(client.libraryVersion)],
    ["io-thread", 0],
  ];
  return fields.map(([name, value]) => `${name}=${value}`).join(" ");
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
