/**
 * propagate: what commands on consumer groups leave for the AOF and replicas: not what the client asked for, but what
 * became of it.
 *
 *   XCLAIM key group consumer 0 id TIME ms RETRYCOUNT n FORCE JUSTID LASTID id   a delivery, as it is now
 *   XGROUP SETID key group id ENTRIESREAD n                                      how far the group has read
 *   XGROUP CREATECONSUMER key group consumer
 * Key and group are named by their index in argv. Each does nothing while nobody wants to know.
 */
import { DIGITS } from "../../memory/map.ts";
import {
  propagateArgument,
  propagateBegin,
  propagateBytes,
  propagateInteger,
  propagateText,
  propagating,
} from "../../propagate/stream.ts";
import { entryKey, entryKeyLen } from "../../types/entry-key.ts";
import { Consumer, Delivery, Group } from "../../types/stream-group.ts";
import { streamIdFormat } from "../../types/stream-id.ts";

/** An ID as an argument. */
export function propagateStreamId(ms: u64, seq: u64): void {
  propagateBytes(DIGITS, streamIdFormat(ms, seq, DIGITS));
}

export function propagateDelivery(
  key: u32,
  name: u32,
  group: Group,
  delivery: Delivery,
  ms: u64,
  seq: u64,
): void {
  if (!propagating()) return;
  propagateBegin(14);
  propagateText("XCLAIM");
  propagateArgument(key);
  propagateArgument(name);
  propagateBytes(entryKey(delivery.consumer), entryKeyLen(delivery.consumer));
  propagateText("0");
  propagateStreamId(ms, seq);
  propagateText("TIME");
  propagateInteger(delivery.deliveredAtMs);
  propagateText("RETRYCOUNT");
  propagateInteger(delivery.count);
  propagateText("FORCE");
  propagateText("JUSTID");
  propagateText("LASTID");
  propagateStreamId(group.lastMs, group.lastSeq);
}

export function propagateGroup(key: u32, name: u32, group: Group): void {
  if (!propagating()) return;
  propagateBegin(7);
  propagateText("XGROUP");
  propagateText("SETID");
  propagateArgument(key);
  propagateArgument(name);
  propagateStreamId(group.lastMs, group.lastSeq);
  propagateText("ENTRIESREAD");
  propagateInteger(group.entriesRead);
}

export function propagateConsumer(key: u32, name: u32, consumer: Consumer): void {
  if (!propagating()) return;
  propagateBegin(5);
  propagateText("XGROUP");
  propagateText("CREATECONSUMER");
  propagateArgument(key);
  propagateArgument(name);
  propagateBytes(entryKey(changetype<usize>(consumer)), entryKeyLen(changetype<usize>(consumer)));
}
