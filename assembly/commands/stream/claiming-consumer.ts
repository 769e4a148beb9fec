/** claiming-consumer: who claims, in XCLAIM and XAUTOCLAIM: the consumer of argument 3, made where there was none. */
import { NOTIFY_STREAM } from "../../keyspace/events.ts";
import { notifyArg } from "../../keyspace/lookup.ts";
import { argLen, argPtr } from "../../resp/args.ts";
import { root } from "../../root.ts";
import { Consumer, consumerCreate, consumerFind, Group } from "../../types/stream-group.ts";

/** The consumer, seen now. @returns 0 = out of memory, nothing changed */
export function claimingConsumer(group: Group): Consumer {
  let consumer = consumerFind(group, argPtr(3), argLen(3));
  if (!changetype<usize>(consumer)) {
    consumer = consumerCreate(group, argPtr(3), argLen(3));
    if (!changetype<usize>(consumer)) return consumer;
    root.dirty++;
    notifyArg(NOTIFY_STREAM, "xgroup-createconsumer", 1);
  }
  consumer.seenAtMs = root.nowMs;
  return consumer;
}
