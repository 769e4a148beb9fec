/** observe: INFO, SLOWLOG, LATENCY, MEMORY: what people and programs learn about a running server. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { native, nativeIsRedis8, startNative } from "../support/native.ts";
import type { RespClient } from "../support/resp-client.ts";
import { startKvasm } from "../support/server.ts";
import type { SpawnedServer } from "../support/spawn-server.ts";

let server: SpawnedServer;
let client: RespClient;
beforeAll(async () => {
  server = await startKvasm();
  client = await server.connect();
});
afterAll(() => server.stop());

const info = async (from: RespClient, ...sections: string[]): Promise<string> =>
  String(await from.do("INFO", ...sections));

describe("INFO", () => {
  it.skipIf(!native.redis || !nativeIsRedis8)(
    "has native's sections and fields, in native's order",
    async () => {
      const redis = await startNative("redis");
      const theirs = await redis.connect();
      const names = (text: string): string[] =>
        text
          .split("\r\n")
          .map((line) => line.replace(/:.*/, ""))
          .filter((name) => !/^(kvasm_version|runtime|module|errorstat_.*|io_thread_\d+|db\d+)$/.test(name));
      expect(names(await info(client))).toEqual(names(await info(theirs)));
      const titles = (text: string): string[] => text.split("\r\n").filter((line) => line.startsWith("# "));
      expect(titles(await info(client, "all"))).toEqual(titles(await info(theirs, "all")));
      await redis.stop();
    },
  );

  it("sections by name, in any case", async () => {
    expect(await info(client, "SERVER", "nosuch", "keyspace")).toMatch(
      /^# Server\r\nredis_version:8\.0\.2\r\nkvasm_version:[\s\S]*\r\n\r\n# Keyspace\r\n/,
    );
  });

  it("counts keys, commands, errors, bytes", async () => {
    await client.do("CONFIG", "RESETSTAT");
    await client.do("SET", "a", "1");
    await client.do("SET", "b", "1", "EX", "100");
    await client.do("GET", "a");
    await client.do("GET", "nosuch");
    await client.send("CLIENT", "NO-TOUCH", "x");
    await client.send("HELLO", "9");
    const text = await info(client, "everything");
    expect(text).toMatch(/db0:keys=2,expires=1,avg_ttl=\d+,subexpiry=0\r/);
    expect(text).toMatch(
      /cmdstat_set:calls=2,usec=\d+,usec_per_call=[\d.]+,rejected_calls=0,failed_calls=0\r/,
    );
    expect(text).toMatch(/cmdstat_client\|no-touch:calls=1,.*failed_calls=1\r/);
    expect(text).toContain("errorstat_NOPROTO:count=1\r");
    expect(text).toContain("keyspace_hits:1\r");
    expect(text).toContain("keyspace_misses:1\r");
    expect(text).toMatch(/total_net_input_bytes:[1-9]/);
    expect(Number(/used_memory:(\d+)/.exec(text)![1])).toBeGreaterThan(0);
  });
});

describe("SLOWLOG", () => {
  it("keeps slow commands, newest first, cut to size", async () => {
    await client.do("CONFIG", "SET", "slowlog-log-slower-than", "0", "slowlog-max-len", "3");
    await client.do("SLOWLOG", "RESET");
    await client.do("CLIENT", "SETNAME", "slow");
    await client.do("DEBUG", "SLEEP", "0.01");
    await client.send("CLIENT", "SETINFO", "lib-name", "x".repeat(200));
    const entries = (await client.do("SLOWLOG", "GET", "2")) as unknown[][];
    expect(entries.length).toBe(2);
    expect(entries[0]![3]).toEqual([
      "CLIENT",
      "SETINFO",
      "lib-name",
      `${"x".repeat(128)}... (72 more bytes)`,
    ]);
    expect(entries[1]![3]).toEqual(["DEBUG", "SLEEP", "0.01"]);
    expect(Number(entries[1]![2])).toBeGreaterThanOrEqual(9_000);
    expect(entries[1]![5]).toBe("slow");
    expect(Number(await client.do("SLOWLOG", "LEN"))).toBe(3);
    await client.do("CONFIG", "SET", "slowlog-log-slower-than", "-1", "slowlog-max-len", "128");
    expect(await client.do("SLOWLOG", "RESET")).toBe("OK");
    expect(await client.do("SLOWLOG", "LEN")).toBe(0);
  });
});

describe("LATENCY", () => {
  it("records what passes the threshold", async () => {
    await client.do("CONFIG", "SET", "latency-monitor-threshold", "5");
    await client.do("DEBUG", "SLEEP", "0.02");
    const [latest] = (await client.do("LATENCY", "LATEST")) as unknown[][];
    expect(latest![0]).toBe("command");
    expect(Number(latest![2])).toBeGreaterThanOrEqual(19);
    expect(await client.do("LATENCY", "HISTORY", "command")).toHaveLength(1);
    expect(String(await client.do("LATENCY", "GRAPH", "command"))).toMatch(/^command - high \d+ ms/);
    expect(String(await client.do("LATENCY", "DOCTOR"))).toContain("command");
    expect(await client.do("LATENCY", "RESET")).toBe(1);
    expect(await client.do("LATENCY", "LATEST")).toEqual([]);
    await client.do("CONFIG", "SET", "latency-monitor-threshold", "0");
  });
});

describe("MEMORY", () => {
  it("STATS, DOCTOR, PURGE, MALLOC-STATS answer", async () => {
    const stats = (await client.do("MEMORY", "STATS")) as unknown[];
    expect(stats).toContain("dataset.bytes");
    expect(String(await client.do("MEMORY", "DOCTOR"))).toMatch(/\n$/);
    expect(await client.do("MEMORY", "PURGE")).toBe("OK");
    expect(String(await client.do("MEMORY", "MALLOC-STATS"))).toContain("Allocated:");
  });
});

describe("LOLWUT", () => {
  it("ends with the version, in the size asked for", async () => {
    const lines = String(await client.do("LOLWUT", "VERSION", "5", "10", "4")).split("\n");
    expect(lines.slice(0, 4).map((line) => Buffer.from(line, "latin1").toString().length)).toEqual([
      10, 10, 10, 10,
    ]);
    expect(lines.at(-2)).toMatch(/Redis ver\. 8\.0\.2$/);
  });
});

describe("DEBUG", () => {
  it("is refused unless the server was started with it", async () => {
    const closed = await startKvasm({ args: ["--enable-debug-command", "no"] });
    const one = await closed.connect();
    await expect(one.do("DEBUG", "SLEEP", "0")).rejects.toThrow(
      /^ERR DEBUG command not allowed\. If the enable-debug-command/,
    );
    await closed.stop();
  });
});
