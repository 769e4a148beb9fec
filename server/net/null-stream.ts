/** null-stream: the stream of a client that is no connection (the program itself, an AOF): nothing comes, and nobody reads. */
import type { ByteStream } from "./stream.ts";

export class NullStream implements ByteStream {
  readonly kind = "unix";
  readonly pendingBytes = 0;
  readonly fd = -1;
  start(): void {}
  pause(): void {}
  resume(): void {}
  readNow(): number {
    return 0;
  }
  write(): void {}
  writeShared(): boolean {
    return false;
  }
  closeAfterWrites(): void {}
  destroy(): void {}
  setNoDelay(): void {}
  setKeepAlive(): void {}
  localAddress(): null {
    return null;
  }
  peerAddress(): null {
    return null;
  }
}
