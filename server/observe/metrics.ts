/**
 * metrics: the figures of INFO for Prometheus, by HTTP on `metrics-port`, under the names that redis_exporter gives them, so
 * that dashboards and alerts made for it work unchanged. https://github.com/oliver006/redis_exporter
 *
 * Every scrape reads INFO as a client would and fills a registry of its own: what is gone from INFO (a database, a
 * command) is gone from the answer, and nothing is counted twice. Nothing happens between scrapes.
 *
 * Loaded only where a port is set, and prom-client with it: see docs/decisions/metrics.md.
 */
import http from "node:http";
import type { AddressInfo } from "node:net";
import { Counter, Gauge, Registry } from "prom-client";
import type { Server } from "../server.ts";
import { infoText } from "./info.ts";
import { COUNTERS, GAUGES, INSTANCE_LABELS, SLAVE_LABELS, STATUSES } from "./metric-names.ts";

const PREFIX = "redis_";
const DATABASE = /^db\d+$/;
const MICROS_PER_SECOND = 1e6;
const MILLIS_PER_SECOND = 1000;

export interface MetricsEndpoint {
  readonly port: number;
  close(): void;
}

/** @param host  an address     @throws the error of listening */
export function startMetrics(server: Server, host: string, port: number): Promise<MetricsEndpoint> {
  const endpoint = http.createServer((request, response) => void answer(server, request, response));
  // Nobody is kept from ending the process.
  endpoint.unref();
  return new Promise((resolve, reject) => {
    endpoint.once("error", reject);
    endpoint.listen({ host, port }, () => {
      endpoint.off("error", reject);
      resolve({
        port: (endpoint.address() as AddressInfo).port,
        close() {
          endpoint.close();
          endpoint.closeAllConnections();
        },
      });
    });
  });
}

async function answer(
  server: Server,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<void> {
  const path = (request.url ?? "").split("?")[0];
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.writeHead(405, { allow: "GET, HEAD" }).end();
  } else if (path === "/metrics") {
    const registry = collect(server);
    const text = await registry.metrics();
    response.writeHead(200, { "content-type": registry.contentType }).end(text);
  } else if (path === "/") {
    response.writeHead(200, { "content-type": "text/html" }).end('<a href="/metrics">Metrics</a>\n');
  } else response.writeHead(404).end();
}

/** A registry with everything, as of now. */
export function collect(server: Server): Registry {
  const metrics = new Metrics();
  const fields = parseInfo(infoText(server, ["everything"]));
  metrics.gauge("up", "Whether the server answers.", 1);
  metrics.gauge(
    "start_time_seconds",
    "When the server was started, in Unix time.",
    Math.floor(server.startedAtMs / MILLIS_PER_SECOND),
  );
  metrics.gauge("slowlog_length", "Entries of the slow log.", server.slowlog.length);
  metrics.gauge("config_maxclients", "CONFIG maxclients.", server.config.int("maxclients"));
  metrics.gauge("config_maxmemory", "CONFIG maxmemory.", server.config.int("maxmemory"));
  metrics.info("instance_info", "What the server is.", fields, INSTANCE_LABELS);
  if (fields.get("role") === "slave")
    metrics.info("slave_info", "What it is a replica of.", fields, SLAVE_LABELS);
  for (const [field, value] of fields) metrics.field(field, value);
  for (let db = 0; db < server.config.int("databases"); db++) {
    if (!fields.has(`db${db}`)) metrics.database(`db${db}`, new Map());
  }
  return metrics.registry;
}

/** INFO's lines, and the parts of a line that has several: `calls=1,usec=2`. */
function parseInfo(text: string): Map<string, string> {
  const lines = text.split("\r\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon), line.slice(colon + 1)];
    }),
  );
}

function parts(value: string): Map<string, number> {
  return new Map(
    value.split(",").map((part) => {
      const [name, number] = part.split("=");
      return [name!, Number(number)];
    }),
  );
}

class Metrics {
  readonly registry = new Registry();
  readonly #made = new Map<string, Gauge | Counter>();

  gauge(name: string, help: string, value: number, labels: Record<string, string> = {}): void {
    const gauge = this.#metric(name, () => new Gauge(this.#options(name, help, labels))) as Gauge;
    gauge.set(labels, value);
  }

  counter(name: string, help: string, value: number, labels: Record<string, string> = {}): void {
    const counter = this.#metric(name, () => new Counter(this.#options(name, help, labels))) as Counter;
    counter.inc(labels, value);
  }

  /** A gauge that is always 1: what there is to say are its labels. */
  info(name: string, help: string, fields: ReadonlyMap<string, string>, labels: readonly string[]): void {
    this.gauge(name, help, 1, Object.fromEntries(labels.map((label) => [label, fields.get(label) ?? ""])));
  }

  /** Whatever a line of INFO is told as. */
  field(field: string, value: string): void {
    if (DATABASE.test(field)) return this.database(field, parts(value));
    if (field.startsWith("cmdstat_")) return this.#command(field.slice("cmdstat_".length), parts(value));
    if (field.startsWith("errorstat_")) {
      const count = parts(value).get("count") ?? 0;
      const labels = { err: field.slice("errorstat_".length) };
      return this.counter("errors_total", "Error replies, by their code.", count, labels);
    }
    if (field.startsWith("latency_percentiles_usec_")) {
      return this.#percentiles(field.slice("latency_percentiles_usec_".length), parts(value));
    }
    const help = `INFO ${field}.`;
    if (STATUSES.has(field)) return this.gauge(field, help, value === "ok" ? 1 : 0);
    const number = Number(value);
    if (value === "" || Number.isNaN(number)) return;
    const [gauge, counter] = [GAUGES.get(field), COUNTERS.get(field)];
    if (gauge !== undefined) this.gauge(gauge, help, number);
    else if (counter !== undefined) this.counter(counter, help, Math.max(0, number));
  }

  /** @param values  none for an empty database: it has no line in INFO */
  database(db: string, values: ReadonlyMap<string, number>): void {
    this.gauge("db_keys", "Keys of a database.", values.get("keys") ?? 0, { db });
    this.gauge("db_keys_expiring", "Keys that have an expiry time.", values.get("expires") ?? 0, { db });
    if (!values.has("keys")) return;
    const seconds = (values.get("avg_ttl") ?? 0) / MILLIS_PER_SECOND;
    this.gauge("db_avg_ttl_seconds", "Mean time to live of those.", seconds, { db });
  }

  #command(cmd: string, values: ReadonlyMap<string, number>): void {
    const count = (name: string, help: string, value: number): void =>
      this.counter(`commands_${name}`, help, value, { cmd });
    count("total", "Calls of a command.", values.get("calls") ?? 0);
    count("duration_seconds_total", "Time in a command.", (values.get("usec") ?? 0) / MICROS_PER_SECOND);
    count(
      "rejected_calls_total",
      "Calls that were refused before they ran.",
      values.get("rejected_calls") ?? 0,
    );
    count("failed_calls_total", "Calls that ended in an error.", values.get("failed_calls") ?? 0);
  }

  #percentiles(cmd: string, values: ReadonlyMap<string, number>): void {
    for (const [name, micros] of values) {
      const quantile = String(Number(name.slice(1)) / 100);
      const labels = { cmd, quantile };
      this.gauge("latency_percentiles_usec", "Time of a command, by quantile.", micros, labels);
    }
  }

  #metric(name: string, make: () => Gauge | Counter): Gauge | Counter {
    let metric = this.#made.get(name);
    if (metric === undefined) this.#made.set(name, (metric = make()));
    return metric;
  }

  #options(
    name: string,
    help: string,
    labels: Record<string, string>,
  ): { name: string; help: string; labelNames: string[]; registers: Registry[] } {
    return { name: PREFIX + name, help, labelNames: Object.keys(labels), registers: [this.registry] };
  }
}
