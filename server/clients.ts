/** clients: the connected clients, in the order in which they came. */
import type { Client } from "./client.ts";

export class Clients {
  readonly #byId = new Map<number, Client>();
  readonly #byRecord = new Map<number, Client>();
  #lastId = 0;
  /** Where the rounds of `nextSlice` have come to. */
  #walk: Iterator<Client> | null = null;

  /** Ids rise and are never used again. */
  nextId(): number {
    return ++this.#lastId;
  }

  get count(): number {
    return this.#byId.size;
  }

  add(client: Client): void {
    this.#byId.set(client.id, client);
    this.#byRecord.set(client.record, client);
  }

  remove(client: Client): void {
    this.#byId.delete(client.id);
    this.#byRecord.delete(client.record);
  }

  get(id: number): Client | undefined {
    return this.#byId.get(id);
  }

  /** The client to whom a record of the engine belongs; none: it is a script's, or an embedded program's. */
  ofRecord(record: number): Client | undefined {
    return this.#byRecord.get(record);
  }

  [Symbol.iterator](): IterableIterator<Client> {
    return this.#byId.values();
  }

  /** Some of the clients, others with each call, all of them in turn. */
  *nextSlice(count: number): Generator<Client> {
    for (let i = 0; i < Math.min(count, this.#byId.size); i++) {
      this.#walk ??= this.#byId.values();
      const step = this.#walk.next();
      if (step.done) {
        this.#walk = null;
        return;
      }
      yield step.value;
    }
  }
}
