/**
 * pubsub: who is subscribed to what, and messages to them.
 *
 *   #channels       "news"  ─► Channel ─► Set of Client        SUBSCRIBE
 *   #shardChannels  "news"  ─► Channel ─► Set of Client        SSUBSCRIBE: names of their own
 *   #patterns       "n*"    ─► Topic   ─► Set of Client        PSUBSCRIBE; found by #index
 *
 * In what order, as in Redis: the subscribers of the channel first, then those of each pattern that matches; messages to
 * one client in the order in which they were published. Messages that a client's own command brings about come behind
 * the reply to it (net/connection.ts).
 *
 * Always true
 *   1. A name without subscribers is not in its map. A client's own sets and the maps say the same.
 *   2. A client has `subscriptions` just while it is subscribed to something.
 */
import { ClientFlag } from "../../bindings/abi.ts";
import type { Engine } from "../../bindings/engine.ts";
import { clientResp, setClientFlag } from "../../bindings/records.ts";
import { Attention, setAttention } from "../attention.ts";
import type { Client } from "../client.ts";
import { bulkBytes, type Fanout } from "./fanout.ts";
import { Pattern } from "./pattern.ts";
import { PatternIndex } from "./pattern-index.ts";

/** What a subscription is to. */
export type TopicKind = "channel" | "pattern" | "shard";

/** What a client is subscribed to, in the order in which it subscribed. */
export type Subscriptions = Readonly<Record<TopicKind, Set<string>>>;

/** A channel or pattern with its subscribers. */
interface Topic {
  readonly name: string;
  /** The name as a bulk string. */
  readonly bulk: Uint8Array;
  readonly subscribers: Set<Client>;
}

interface PatternTopic extends Topic {
  readonly pattern: Pattern;
}

const MESSAGE = bulkBytes("message");
const PATTERN_MESSAGE = bulkBytes("pmessage");
const SHARD_MESSAGE = bulkBytes("smessage");

export class PubSub {
  readonly #engine: Engine;
  readonly #fanout: Fanout;
  readonly #channels = new Map<string, Topic>();
  readonly #shardChannels = new Map<string, Topic>();
  readonly #patterns = new Map<string, PatternTopic>();
  readonly #index = new PatternIndex<PatternTopic>();
  #clientCount = 0;

  constructor(engine: Engine, fanout: Fanout) {
    this.#engine = engine;
    this.#fanout = fanout;
  }

  /** Clients that are subscribed to anything. */
  get clientCount(): number {
    return this.#clientCount;
  }

  /** Whether anybody could get a message of a channel. */
  get hasListeners(): boolean {
    return this.#channels.size > 0 || this.#patterns.size > 0;
  }

  /** How many names of a kind have subscribers. */
  count(kind: TopicKind): number {
    return this.#mapOf(kind).size;
  }

  /** The names of a kind that have subscribers. */
  names(kind: TopicKind): IterableIterator<string> {
    return this.#mapOf(kind).keys();
  }

  subscriberCount(kind: TopicKind, name: string): number {
    return this.#mapOf(kind).get(name)?.subscribers.size ?? 0;
  }

  // --- subscribing ---

  /** Does nothing where the client is subscribed already. */
  subscribe(client: Client, kind: TopicKind, name: string): void {
    if (!client.subscriptions) {
      client.subscriptions = { channel: new Set(), pattern: new Set(), shard: new Set() };
      this.#mark(client, true);
    }
    client.subscriptions[kind].add(name);
    (this.#mapOf(kind).get(name) ?? this.#create(kind, name)).subscribers.add(client);
  }

  #create(kind: TopicKind, name: string): Topic {
    const topic = { name, bulk: bulkBytes(name), subscribers: new Set<Client>() };
    if (kind === "pattern") {
      const patternTopic = { ...topic, pattern: new Pattern(name) };
      this.#patterns.set(name, patternTopic);
      this.#index.add(patternTopic);
      return patternTopic;
    }
    this.#mapOf(kind).set(name, topic);
    return topic;
  }

  /** Does nothing where the client is not subscribed. */
  unsubscribe(client: Client, kind: TopicKind, name: string): void {
    const { subscriptions } = client;
    if (!subscriptions?.[kind].delete(name)) return;
    this.#leave(client, kind, name);
    const { channel, pattern, shard } = subscriptions;
    if (channel.size + pattern.size + shard.size > 0) return;
    client.subscriptions = null;
    this.#mark(client, false);
  }

  /** The client goes, or is reset. */
  forget(client: Client): void {
    const { subscriptions } = client;
    if (!subscriptions) return;
    for (const kind of ["channel", "pattern", "shard"] as const) {
      for (const name of subscriptions[kind]) this.#leave(client, kind, name);
    }
    client.subscriptions = null;
    this.#mark(client, false);
  }

  #leave(client: Client, kind: TopicKind, name: string): void {
    const topic = this.#mapOf(kind).get(name)!;
    topic.subscribers.delete(client);
    if (topic.subscribers.size > 0) return;
    this.#mapOf(kind).delete(name);
    if (kind === "pattern") this.#index.remove(topic as PatternTopic);
  }

  #mark(client: Client, subscribed: boolean): void {
    this.#clientCount += subscribed ? 1 : -1;
    setAttention(this.#engine, client, Attention.SUBSCRIBED, subscribed);
    setClientFlag(this.#engine, client.record, ClientFlag.SUBSCRIBED, subscribed);
  }

  #mapOf(kind: TopicKind): Map<string, Topic> {
    if (kind === "channel") return this.#channels;
    return kind === "shard" ? this.#shardChannels : this.#patterns;
  }

  // --- publishing ---

  /** @returns how many subscriptions got it     @param payload  may be a view on linear memory */
  publish(channel: string, payload: Uint8Array): number {
    let receivers = 0;
    const topic = this.#channels.get(channel);
    if (topic) receivers += this.#send(topic, 3, [MESSAGE, topic.bulk], payload);
    if (this.#patterns.size === 0) return receivers;
    const matching = this.#index.matches(channel);
    if (matching.length === 0) return receivers;
    const name = topic?.bulk ?? bulkBytes(channel);
    for (const pattern of matching) {
      receivers += this.#send(pattern, 4, [PATTERN_MESSAGE, pattern.bulk, name], payload);
    }
    return receivers;
  }

  /** As publish, to the subscribers of a shard channel. */
  publishShard(channel: string, payload: Uint8Array): number {
    const topic = this.#shardChannels.get(channel);
    return topic ? this.#send(topic, 3, [SHARD_MESSAGE, topic.bulk], payload) : 0;
  }

  #send(topic: Topic, count: number, parts: readonly Uint8Array[], payload: Uint8Array): number {
    const fanout = this.#fanout;
    const { subscribers } = topic;
    const { size } = subscribers;
    fanout.begin(count, parts, payload);
    // A subscriber that is too slow leaves the set on the way, which iteration allows for.
    for (const client of subscribers) fanout.send(client.connection, clientResp(this.#engine, client.record));
    fanout.end();
    return size;
  }
}
