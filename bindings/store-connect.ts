/**
 * store-connect: what makes client libraries talk to a store of this process without a socket.
 *
 * ioredis takes a class, `Connector`, whose `connect` gives the stream. Its types ask for a subclass of a class of its
 * own, which this package does not depend on: so the type here is one that fits every class.
 */
import type { ClientStream } from "./store-listen.ts";

/** Of the options of an ioredis client. */
export interface IoredisOptions {
  readonly Connector: new (options: unknown) => never;
}

/** @param connect  gives a stream for each connection, and for each reconnection */
export function ioredisOptions(connect: () => Promise<ClientStream>): IoredisOptions {
  class Connector {
    firstError: Error | undefined;
    #stream: ClientStream | undefined;
    #wanted = false;

    /** What ioredis asks a server for its role by: there is only one here. */
    check(): boolean {
      return true;
    }

    async connect(): Promise<ClientStream> {
      this.#wanted = true;
      const stream = await connect();
      this.#stream = stream;
      if (!this.#wanted) stream.destroy();
      return stream;
    }

    disconnect(): void {
      this.#wanted = false;
      this.#stream?.end();
    }
  }
  return { Connector: Connector as unknown as IoredisOptions["Connector"] };
}
