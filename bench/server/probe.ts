/**
 * probe: the latency that a second connection sees. It runs in a worker thread, so that what the benchmark does
 * meanwhile does not hold it up: PING, wait, note how long it took, at once again.
 */
import net from "node:net";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { fileURLToPath } from "node:url";

export interface ProbeResult {
  count: number;
  worstMs: number;
  p999Ms: number;
}

/** Latencies by microsecond up to this, and the worst beyond. */
const HISTOGRAM_US = 1_000_000;

export class Probe {
  readonly #worker: Worker;

  private constructor(worker: Worker) {
    this.#worker = worker;
  }

  /** Begins to ping; resolves when the first answer is there. */
  static async start(port: number): Promise<Probe> {
    const worker = new Worker(fileURLToPath(import.meta.url), { workerData: { probePort: port } });
    await new Promise<void>((resolve, reject) => {
      worker.once("message", () => resolve());
      worker.once("error", reject);
    });
    return new Probe(worker);
  }

  /** Ends, with what was seen since the start or the last reset(). */
  async stop(): Promise<ProbeResult> {
    const result = new Promise<ProbeResult>((resolve) => {
      this.#worker.once("message", (message) => resolve(message as ProbeResult));
    });
    this.#worker.postMessage("stop");
    const seen = await result;
    await this.#worker.terminate();
    return seen;
  }
}

/** The worker's side. */
function pingUntilStopped(port: number): void {
  const histogram = new Uint32Array(HISTOGRAM_US);
  let count = 0;
  let worstUs = 0;
  const ping = Buffer.from("*1\r\n$4\r\nPING\r\n");
  const socket = net.connect(port, "127.0.0.1");
  socket.setNoDelay(true);
  let sentAt = 0;
  const send = () => {
    sentAt = performance.now();
    socket.write(ping);
  };
  socket.on("connect", send);
  socket.on("data", () => {
    const us = (performance.now() - sentAt) * 1000;
    if (count === 0) parentPort?.postMessage("ready");
    // The first answers warm this thread up; they say nothing about the server.
    if (count++ > 100) {
      worstUs = Math.max(worstUs, us);
      histogram[Math.min(HISTOGRAM_US - 1, Math.floor(us))]!++;
    }
    send();
  });
  parentPort?.on("message", () => {
    // An answer that is still being waited for is part of what a client sees.
    worstUs = Math.max(worstUs, (performance.now() - sentAt) * 1000);
    const measured = Math.max(0, count - 101);
    let left = measured * 0.001;
    let at = HISTOGRAM_US - 1;
    for (; at > 0 && left > (histogram[at] as number); at--) left -= histogram[at] as number;
    parentPort?.postMessage({
      count: measured,
      worstMs: worstUs / 1000,
      p999Ms: at / 1000,
    } satisfies ProbeResult);
    socket.destroy();
  });
}

const data = workerData as { probePort?: number } | null;
if (!isMainThread && typeof data?.probePort === "number") pingUntilStopped(data.probePort);
