/** metrics: what Prometheus gets of `metrics-port`, compared with INFO. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RespClient } from "../support/resp-client.ts";
import { startKvasm } from "../support/server.ts";
import { freePort, type SpawnedServer } from "../support/spawn-server.ts";

let port: number;
let server: SpawnedServer;
let client: RespClient;
beforeAll(async () => {
  port = await freePort();
  server = await startKvasm({ args: ["--metrics-port", String(port), "--databases", "2"] });
  client = await server.connect();
});
afterAll(() => server.stop());

const get = (path = "/metrics", method = "GET"): Promise<Response> =>
  fetch(`http://127.0.0.1:${port}${path}`, { method });

/** Samples by name with labels; each line of a comment or a sample must be one. */
async function scrape(): Promise<Map<string, number>> {
  const samples = new Map<string, number>();
  for (const line of (await (await get()).text()).split("\n")) {
    if (line === "" || /^# (HELP|TYPE) redis_\w+ ./.test(line)) continue;
    const [, name, value] = /^(redis_\w+(?:\{.*\})?) (\S+)$/.exec(line) ?? [];
    expect(name, line).toBeDefined();
    expect(samples.has(name!), line).toBe(false);
    samples.set(name!, Number(value));
  }
  return samples;
}

async function info(field: string): Promise<number> {
  const text = String(await client.do("INFO", "everything"));
  return Number(new RegExp(`^${field}:([-\\d.]+)`, "m").exec(text)?.[1]);
}

describe("metrics-port", () => {
  it("tells what INFO tells", async () => {
    await client.do("CONFIG", "SET", "maxmemory", "100mb");
    await client.do("SET", "a", "1", "EX", "1000");
    await client.do("SET", "b", "2");
    await client.do("GET", "nosuch");
    await client.send("NOSUCH");
    await client.send("LPUSH", "a", "x");
    const samples = await scrape();
    const compared = {
      redis_connected_clients: "connected_clients",
      redis_max_clients: "maxclients",
      redis_memory_max_bytes: "maxmemory",
      redis_keyspace_misses_total: "keyspace_misses",
      redis_keyspace_hits_total: "keyspace_hits",
      redis_expired_keys_total: "expired_keys",
      redis_evicted_keys_total: "evicted_keys",
      redis_connections_received_total: "total_connections_received",
      redis_rdb_changes_since_last_save: "rdb_changes_since_last_save",
      redis_rdb_last_save_timestamp_seconds: "rdb_last_save_time",
      redis_total_error_replies: "total_error_replies",
      redis_connected_slaves: "connected_slaves",
    };
    for (const [metric, field] of Object.entries(compared)) {
      expect([metric, samples.get(metric)]).toEqual([metric, await info(field)]);
    }
    // Asking takes some.
    expect(samples.get("redis_memory_used_bytes")! / (await info("used_memory"))).toBeCloseTo(1, 1);
    expect(samples.get("redis_up")).toBe(1);
    expect(samples.get("redis_memory_max_bytes")).toBe(100 * 1024 * 1024);
    expect(samples.get("redis_config_maxmemory")).toBe(100 * 1024 * 1024);
    expect(samples.get('redis_db_keys{db="db0"}')).toBe(2);
    expect(samples.get('redis_db_keys_expiring{db="db0"}')).toBe(1);
    const ttl = samples.get('redis_db_avg_ttl_seconds{db="db0"}')!;
    expect(ttl).toBeGreaterThanOrEqual(0);
    expect(samples.get('redis_db_keys{db="db1"}')).toBe(0);
    expect(samples.get('redis_commands_total{cmd="set"}')).toBe(2);
    expect(samples.get('redis_commands_failed_calls_total{cmd="lpush"}')).toBe(1);
    expect(samples.get('redis_commands_duration_seconds_total{cmd="set"}')).toBeGreaterThan(0);
    expect(samples.get('redis_errors_total{err="WRONGTYPE"}')).toBe(1);
    expect(samples.get("redis_rdb_last_bgsave_status")).toBe(1);
    const instance = [...samples.keys()].find((name) => name.startsWith("redis_instance_info{"));
    expect(instance).toMatch(/role="master".*redis_version="8\.0\.2".*maxmemory_policy="noeviction"/);
  });

  it("counts nothing twice, and forgets what INFO has forgotten", async () => {
    const before = await scrape();
    expect((await scrape()).get('redis_commands_total{cmd="set"}')).toBe(
      before.get('redis_commands_total{cmd="set"}'),
    );
    await client.do("CONFIG", "RESETSTAT");
    expect((await scrape()).has('redis_commands_total{cmd="set"}')).toBe(false);
  });

  it("answers for itself only", async () => {
    const answer = await get();
    expect(answer.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
    expect((await get("/metrics", "HEAD")).status).toBe(200);
    expect((await get("/")).status).toBe(200);
    expect((await get("/nosuch")).status).toBe(404);
    expect((await get("/metrics", "POST")).status).toBe(405);
  });

  it("is shown by CONFIG GET to those who ask for it, and set at the start only", async () => {
    expect(await client.do("CONFIG", "GET", "metrics-port")).toEqual(["metrics-port", String(port)]);
    expect(await client.do("CONFIG", "GET", "metrics-*")).toEqual([]);
    await expect(client.do("CONFIG", "SET", "metrics-port", "0")).rejects.toThrow("immutable");
  });

  it("a port that is taken stops the start and says so", async () => {
    await expect(startKvasm({ args: ["--metrics-port", String(port)] })).rejects.toThrow(
      `Could not open metrics-port 127.0.0.1:${port}: `,
    );
  });
});
