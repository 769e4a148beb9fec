/**
 * client-eviction: `maxmemory-clients`: while the buffers of all clients together are beyond the limit, the one with the
 * largest is disconnected. CLIENT NO-EVICT exempts a client. Looked at with each tick of the timer: what a client can send
 * in that time is bounded by its socket.
 */
import { CLIENT_NO_EVICT, type Client } from "./client.ts";
import { clientMemory } from "./client-list.ts";
import type { Server } from "./server.ts";

/** @param setting  value of `maxmemory-clients`: bytes, or a percentage of maxmemory     @returns bytes; 0 = no limit */
export function clientsLimit(setting: string, maxmemory: number): number {
  if (!setting.endsWith("%")) return Number(setting);
  return Math.floor((parseInt(setting, 10) * maxmemory) / 100);
}

/** Disconnects the largest clients until the rest is within the limit. O(clients) */
export function evictClients(server: Server, limitBytes: number): void {
  let total = 0;
  const evictable: { client: Client; bytes: number }[] = [];
  for (const client of server.clients) {
    const bytes = clientMemory(server, client);
    total += bytes;
    if (!client.has(CLIENT_NO_EVICT)) evictable.push({ client, bytes });
  }
  if (total <= limitBytes) return;
  evictable.sort((a, b) => b.bytes - a.bytes);
  for (const { client, bytes } of evictable) {
    if (total <= limitBytes) return;
    server.log.notice(`Evicting client: id=${client.id} addr=${client.address} tot-mem=${bytes}`);
    server.stats.evictedClients++;
    client.connection.close();
    total -= bytes;
  }
}
