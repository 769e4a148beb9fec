/**
 * tracking: CLIENT TRACKING: tells clients that cache what they read when a key has changed.
 *
 *   #readers    "key"  ─► ids of the clients that have read it     they are told once, and forgotten for that key
 *   #prefixes   "user:" ─► clients, keys changed in this turn      BCAST: told at the end of the turn, all keys at once
 *
 * The engine emits the commands that tracking clients read with, the keys that change, and flushes, in the order in which
 * they happened; nothing of that while nobody tracks. Keys have no database here: as in Redis, a client that reads `k` in
 * database 0 is told of `k` in database 5.
 *
 * Always true
 *   1. `client.tracking` is set just while the client is in #clients.
 *   2. A client in BCAST mode is in #prefixes for each of its prefixes; any other may be in #readers.
 *   3. #readers may name clients that have gone or track no more: they are passed over.
 */
import { ClientFlag, Root, Watching } from "../../bindings/abi.ts";
import { commandKeys } from "../../bindings/command-keys.ts";
import { COMMANDS } from "../../bindings/command-table.ts";
import type { Engine } from "../../bindings/engine.ts";
import type { EventReader } from "../../bindings/events.ts";
import { byteString, clientResp, hasClientFlag, setClientFlag } from "../../bindings/records.ts";
import { encodeReply } from "../../bindings/reply-tree.ts";
import { Attention, setAttention } from "../attention.ts";
import type { Client } from "../client.ts";
import type { Clients } from "../clients.ts";
import { bulkBytes, type Fanout } from "../pubsub/fanout.ts";
import { PrefixMap } from "../pubsub/prefix-map.ts";

/** How a client tracks. */
export interface TrackingState {
  readonly mode: "default" | "optin" | "optout" | "bcast";
  readonly noloop: boolean;
  /** Id of the client that is told instead; 0 = none. */
  readonly redirect: number;
  /** The client to be told instead has gone. */
  brokenRedirect: boolean;
  /** CLIENT CACHING was said: for the next command, or transaction. */
  caching: boolean;
  /** The command before was a CLIENT command, which CLIENT CACHING outlasts. */
  afterClientCommand: boolean;
  /** BCAST: in the order in which they were given. */
  readonly prefixes: readonly string[];
}

export type TrackingOptions = Pick<TrackingState, "mode" | "noloop" | "redirect" | "prefixes">;

/** What BCAST clients of one prefix wait for. */
interface Prefix {
  readonly clients: Set<Client>;
  /** Keys that have changed in this turn, and whose command changed each last. */
  readonly changed: Map<string, Client | null>;
}

const INVALIDATE = bulkBytes("invalidate");
const MESSAGE = bulkBytes("message");
/** Where RESP2 clients that others redirect to are subscribed. */
const CHANNEL = bulkBytes("__redis__:invalidate");
const REDIRECT_BROKEN = bulkBytes("tracking-redir-broken");

export class Tracking {
  /** `tracking-table-max-keys`; 0 = any number. */
  keysMax = 0;
  readonly #engine: Engine;
  readonly #registry: Clients;
  readonly #fanout: Fanout;
  readonly #clients = new Set<Client>();
  readonly #readers = new Map<string, Set<number>>();
  readonly #prefixes = new PrefixMap<Prefix>();
  /** Ids in all of #readers. */
  #itemCount = 0;
  /** Clients that are not in BCAST mode. */
  #readerCount = 0;
  /** Something has changed that BCAST clients wait for. */
  #broadcastScheduled = false;

  constructor(engine: Engine, registry: Clients, fanout: Fanout) {
    this.#engine = engine;
    this.#registry = registry;
    this.#fanout = fanout;
  }

  get clientCount(): number {
    return this.#clients.size;
  }

  get keyCount(): number {
    return this.#readers.size;
  }

  get itemCount(): number {
    return this.#itemCount;
  }

  get prefixCount(): number {
    return this.#prefixes.size;
  }

  // --- on and off ---

  /** Turns tracking on; a client that tracks already gets the new options, and keeps its prefixes beside new ones. */
  enable(client: Client, options: TrackingOptions): void {
    const before = client.tracking;
    const added = options.mode === "bcast" && options.prefixes.length === 0 ? [""] : options.prefixes;
    const prefixes = [...(before?.prefixes ?? []), ...added.filter((one) => !before?.prefixes.includes(one))];
    client.tracking = {
      ...options,
      prefixes,
      brokenRedirect: false,
      caching: before?.caching ?? false,
      afterClientCommand: true,
    };
    this.#clients.add(client);
    for (const prefix of added) this.#enterPrefix(client, prefix);
    if (!before && options.mode !== "bcast") this.#readerCount++;
    setAttention(this.#engine, client, Attention.TRACKING, true);
    setClientFlag(this.#engine, client.record, ClientFlag.TRACKING, options.mode !== "bcast");
    this.#tellEngine();
  }

  #enterPrefix(client: Client, text: string): void {
    const prefix = this.#prefixes.get(text);
    if (prefix) prefix.clients.add(client);
    else this.#prefixes.add(text, { clients: new Set([client]), changed: new Map() });
  }

  /** Turns it off: CLIENT TRACKING off, RESET, the end of the connection. */
  disable(client: Client): void {
    const state = client.tracking;
    if (!state) return;
    for (const text of state.prefixes) {
      const prefix = this.#prefixes.get(text)!;
      prefix.clients.delete(client);
      if (prefix.clients.size === 0) this.#prefixes.delete(text);
    }
    if (state.mode !== "bcast") this.#readerCount--;
    client.tracking = null;
    this.#clients.delete(client);
    setAttention(this.#engine, client, Attention.TRACKING, false);
    setClientFlag(this.#engine, client.record, ClientFlag.TRACKING, false);
    this.#tellEngine();
  }

  /** Which events somebody wants. */
  #tellEngine(): void {
    const at = this.#engine.root + Root.watching;
    const { memory } = this.#engine;
    let watching = memory.u32(at) & ~(Watching.TRACKING | Watching.READS);
    if (this.#clients.size > 0) watching |= Watching.TRACKING;
    if (this.#readerCount > 0) watching |= Watching.READS;
    memory.setU32(at, watching);
    if (this.#clients.size > 0) return;
    this.#readers.clear();
    this.#itemCount = 0;
  }

  /** Before a tracking client's next command; the events of the one before have been taken. CLIENT CACHING ends here. */
  beforeCommand(client: Client, isClientCommand: boolean): void {
    const state = client.tracking!;
    const inMulti = hasClientFlag(this.#engine, client.record, ClientFlag.MULTI);
    if (!state.afterClientCommand && !inMulti) state.caching = false;
    state.afterClientCommand = isClientCommand;
  }

  // --- what happens ---

  /** A client has read (EventKind.READ). @param scriptCaller  who runs the script that the record belongs to */
  read(event: EventReader, scriptCaller: Client | null): void {
    const client = this.#registry.ofRecord(event.client) ?? scriptCaller;
    const state = client?.tracking;
    if (!client || !state || state.mode === "bcast") return;
    if (state.mode === "optin" ? !state.caching : state.mode === "optout" && state.caching) return;
    const argv = event.arguments();
    const row = COMMANDS[event.commandId]!;
    for (const { position } of commandKeys(row, { length: argv.length, text: (index) => argv[index]! })) {
      this.#remember(argv[position]!, client.id);
    }
    this.#evict();
  }

  #remember(key: string, id: number): void {
    const ids = this.#readers.get(key);
    if (!ids) this.#readers.set(key, new Set([id]));
    else if (ids.has(id)) return;
    else ids.add(id);
    this.#itemCount++;
  }

  /** Beyond the limit the keys that were read first go, and their readers are told. */
  #evict(): void {
    if (this.keysMax === 0) return;
    for (const key of this.#readers.keys()) {
      if (this.#readers.size <= this.keysMax) return;
      this.#tellReaders(key, null);
    }
  }

  /** A key has changed (EventKind.MODIFIED). @param by  whose command did it; null: nobody's */
  modified(event: EventReader, by: Client | null): void {
    if (this.#readers.size === 0 && this.#prefixes.size === 0) return;
    const key = byteString(event.key());
    for (const prefix of this.#prefixes.matching(key)) {
      prefix.changed.set(key, by);
      this.#scheduleBroadcast();
    }
    this.#tellReaders(key, by);
  }

  #tellReaders(key: string, by: Client | null): void {
    const ids = this.#readers.get(key);
    if (!ids) return;
    this.#readers.delete(key);
    this.#itemCount -= ids.size;
    let encoded: Uint8Array | undefined;
    for (const id of ids) {
      const client = this.#registry.get(id);
      const state = client?.tracking;
      if (!client || !state || state.mode === "bcast" || (state.noloop && client === by)) continue;
      this.#tell(client, state, (encoded ??= encodeReply([key], 2)));
    }
  }

  /** A database was emptied (EventKind.FLUSHED): everybody forgets everything. */
  flushed(): void {
    this.#readers.clear();
    this.#itemCount = 0;
    for (const client of this.#clients) {
      this.#tell(client, client.tracking!, encodeReply(null, clientResp(this.#engine, client.record)));
    }
  }

  // --- BCAST ---

  #scheduleBroadcast(): void {
    if (this.#broadcastScheduled) return;
    this.#broadcastScheduled = true;
    setImmediate(() => this.broadcast());
  }

  /** Tells BCAST clients what has changed in this turn. */
  broadcast(): void {
    if (!this.#broadcastScheduled) return;
    this.#broadcastScheduled = false;
    const prefixes = [...this.#prefixes.entries()].sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [, { clients, changed }] of prefixes) {
      if (changed.size === 0) continue;
      const keys = [...changed.keys()].sort();
      const all = encodeReply(keys, 2);
      for (const client of clients) {
        const state = client.tracking!;
        if (!state.noloop) {
          this.#tell(client, state, all);
          continue;
        }
        const others = keys.filter((key) => changed.get(key) !== client);
        if (others.length > 0) this.#tell(client, state, encodeReply(others, 2));
      }
      changed.clear();
    }
    this.#fanout.flush();
  }

  // --- telling ---

  /** @param keys  an encoded array of keys, or null for all */
  #tell(client: Client, state: TrackingState, keys: Uint8Array): void {
    const target = state.redirect === 0 ? client : this.#registry.get(state.redirect);
    if (!target) return this.#tellBroken(client, state);
    if (clientResp(this.#engine, target.record) === 3) this.#send(target, 3, 2, [INVALIDATE, keys]);
    else if (state.redirect !== 0 && target.subscriptions) this.#send(target, 2, 3, [MESSAGE, CHANNEL, keys]);
  }

  /** The client that should have been told is gone. */
  #tellBroken(client: Client, state: TrackingState): void {
    state.brokenRedirect = true;
    if (clientResp(this.#engine, client.record) !== 3) return;
    this.#send(client, 3, 2, [REDIRECT_BROKEN, encodeReply(state.redirect, 3)]);
  }

  #send(client: Client, version: 2 | 3, count: number, parts: readonly Uint8Array[]): void {
    this.#fanout.begin(count, parts, null);
    this.#fanout.send(client.connection, version);
    this.#fanout.end();
  }
}
