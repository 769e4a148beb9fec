/**
 * attention: why each command of a client is shown to the gate before it runs. Any of several parts may want that; the
 * engine only knows whether somebody does, and for nearly all clients nobody does.
 */
import { ClientFlag } from "../bindings/abi.ts";
import type { Engine } from "../bindings/engine.ts";
import { setClientFlag, setClientPermissions } from "../bindings/records.ts";
import type { Client } from "./client.ts";

/** Reasons, as bits. */
export const Attention = {
  /** Somebody's script stands still. */
  BUSY: 1,
  /** It is subscribed: what it may call (RESP2), or where messages stand among its replies (RESP3). */
  SUBSCRIBED: 2,
  /** It tracks keys: invalidations stand behind the command that caused them. */
  TRACKING: 4,
  /** CLIENT PAUSE WRITE. */
  PAUSED: 8,
  /** Its user may not do everything. */
  RESTRICTED: 16,
  /** The dataset is being loaded, or the disk does not take what is to be written. */
  DISK: 64,
  /** Somebody watches every command. */
  MONITORED: 32,
} as const;

export function setAttention(engine: Engine, client: Client, reason: number, on: boolean): void {
  client.attention = on ? client.attention | reason : client.attention & ~reason;
  setClientFlag(engine, client.record, ClientFlag.GATED, client.attention !== 0);
  // Whoever else wants to see the commands wants to see those, too, that the engine could let pass by itself.
  const block = client.attention === Attention.RESTRICTED ? client.user.permissionBlock : 0;
  setClientPermissions(engine, client.record, block);
}
