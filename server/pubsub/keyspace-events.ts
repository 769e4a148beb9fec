/**
 * keyspace-events: what happens to keys, as messages: `__keyspace@<db>__:<key>` says what, `__keyevent@<db>__:<event>`
 * says to which key. The engine emits the events of the classes that are asked for, and none at all where nobody has
 * asked for either form.
 */
import type { EventReader } from "../../bindings/events.ts";
import { byteString } from "../../bindings/records.ts";
import type { PubSub } from "./pubsub.ts";

/** Letters of `notify-keyspace-events` and Redis' bits for them. A stands for those of ALL_CLASSES. */
const CLASS_BITS: Readonly<Record<string, number>> = {
  K: 1 << 0,
  E: 1 << 1,
  g: 1 << 2,
  $: 1 << 3,
  l: 1 << 4,
  s: 1 << 5,
  h: 1 << 6,
  z: 1 << 7,
  x: 1 << 8,
  e: 1 << 9,
  t: 1 << 10,
  m: 1 << 11,
  d: 1 << 13,
  n: 1 << 14,
};
const ALL_CLASSES = "g$lshzxetd";
const FORMS = CLASS_BITS["K"]! | CLASS_BITS["E"]!;

export class KeyspaceEvents {
  readonly #pubsub: PubSub;
  #flags = 0;

  constructor(pubsub: PubSub) {
    this.#pubsub = pubsub;
  }

  /** @param classes  value of `notify-keyspace-events`     @returns the classes that the engine shall emit, as bits */
  configure(classes: string): number {
    this.#flags = 0;
    for (const letter of classes.replace("A", () => ALL_CLASSES)) this.#flags |= CLASS_BITS[letter] ?? 0;
    return this.#flags & FORMS ? this.#flags & ~FORMS : 0;
  }

  /** Publishes the event that the reader stands at (EventKind.NOTIFY). */
  publish(event: EventReader): void {
    const pubsub = this.#pubsub;
    if (!pubsub.hasListeners) return;
    const name = event.name();
    const key = event.key();
    if (this.#flags & CLASS_BITS["K"]!) pubsub.publish(`__keyspace@${event.db}__:${byteString(key)}`, name);
    if (this.#flags & CLASS_BITS["E"]!) pubsub.publish(`__keyevent@${event.db}__:${byteString(name)}`, key);
  }
}
