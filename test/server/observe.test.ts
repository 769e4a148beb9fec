/** observe: INFO, SLOWLOG, LATENCY, MEMORY: what people and programs learn about a running server. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { native, nativeIsRedis8, startNative } from "../support/native.ts";
import { type RespClient, show } from "../support/resp-client.ts";
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

describe("SLOWLOG of commands that the engine runs", () => {
  /** What both servers have logged, oldest first, without times and addresses. */
  const logged = async (run: (one: RespClient, other: RespClient) => Promise<void>): Promise<unknown[]> => {
    const logs: unknown[] = [];
    const redis = await startNative("redis");
    for (const from of [redis, server]) {
      const [one, other] = [await from.connect(), await from.connect()];
      await one.do("FLUSHALL");
      await one.do("CONFIG", "SET", "slowlog-log-slower-than", "0", "slowlog-max-len", "100");
      await one.do("SLOWLOG", "RESET");
      await run(one, other);
      const entries = (await one.do("SLOWLOG", "GET", "-1")) as unknown[][];
      logs.push(entries.reverse().map((entry) => [entry[3], entry[4] === "", entry[5]]));
      await one.do("CONFIG", "SET", "slowlog-log-slower-than", "10000");
    }
    await redis.stop();
    return logs;
  };

  it.skipIf(!native.redis || !nativeIsRedis8)("is native's: transactions, scripts, waiting", async () => {
    const [theirs, ours] = await logged(async (one, other) => {
      await one.do("CLIENT", "SETNAME", "somebody");
      for (const line of ["SET k v", "GET k", "MULTI", "INCR n", "LPUSH l a b", "BLPOP q 0", "EXEC"]) {
        await one.do(...line.split(" "));
      }
      await one.send("LPUSH", "k", "wrong type");
      await one.send("SET", "arity");
      await one.send("NOSUCH");
      await one.do(
        "EVAL",
        "redis.call('SET', KEYS[1], ARGV[1]) return redis.call('GET', KEYS[1])",
        1,
        "s",
        "1",
      );
      const blocked = other.do("BLPOP", "q", "0");
      await new Promise((resolve) => setTimeout(resolve, 100));
      await one.do("RPUSH", "q", "x");
      await blocked;
      await other.do("BLPOP", "nothing", "0.01");
      await one.do("SET", "x".repeat(200), "\0y");
      await one.do("SADD", "set", ...Array.from({ length: 40 }, (_, i) => i));
      await one.send("HELLO", "2", "AUTH", "default", "secret");
      await one.send("CONFIG", "SET", "requirepass", "");
    });
    expect(ours).toEqual(theirs);
  });

  it("measures only what may be slow, where small times are not asked for", async () => {
    await client.do("CONFIG", "SET", "slowlog-log-slower-than", "2000");
    await client.do("SLOWLOG", "RESET");
    const members = Array.from({ length: 50_000 }, (_, i) => `member:${i}`);
    await client.do("SADD", "many", ...members);
    await client.do("SORT", "many", "ALPHA", "STORE", "sorted");
    const entries = (await client.do("SLOWLOG", "GET")) as unknown[][];
    expect(entries[0]![3]).toEqual(["SORT", "many", "ALPHA", "STORE", "sorted"]);
    expect((entries[1]![3] as string[]).at(-1)).toBe("... (49971 more arguments)");
    await client.do("DEL", "many", "sorted");
    await client.do("CONFIG", "SET", "slowlog-log-slower-than", "10000");
  });
});

describe("errorstats and commandstats", () => {
  it.skipIf(!native.redis || !nativeIsRedis8)("are native's, by the first word of the error", async () => {
    const [redis, kvasm] = await Promise.all([startNative("redis"), startKvasm()]);
    const seen: string[][] = [];
    for (const from of [redis, kvasm]) {
      const one = await from.connect();
      await one.do("FLUSHALL");
      await one.do("CONFIG", "RESETSTAT");
      await one.do("SET", "k", "v");
      for (const line of [
        ...["LPUSH k a", "SET k", "NOSUCH x", "EXEC", "XREADGROUP GROUP g c STREAMS s >", "RESTORE k 0 x"],
        ...["MULTI", "SET", "EXEC", "MULTI", "SUBSCRIBE x y z", "LPUSH k a", "EXEC", "GETRANGE k a b"],
        ...["CONFIG SET maxmemory 1", "SET k v", "CONFIG SET maxmemory 0", "HELLO 9", "CONFIG SET x y"],
      ]) {
        if (!line.startsWith("SUBSCRIBE")) await one.send(...line.split(" "));
      }
      for (const script of [
        "redis.pcall('LPUSH', 'k', 'a')",
        "return redis.pcall('LPUSH', 'k', 'a')",
        "return redis.call('LPUSH', 'k', 'a')",
        "return redis.call('NOSUCH')",
        "return redis.pcall('NOSUCH')",
        "return redis.call('SET')",
        "return {err = 'MINE of my own'}",
        "return redis.error_reply('YOURS')",
        "error('thrown')",
        "error({err = 'THROWN table'})",
        "syntax error",
      ]) {
        await one.send("EVAL", script, "0");
      }
      const lines = (await info(one, "commandstats", "errorstats")).split("\r\n");
      const ofData = lines.filter((line) =>
        /^(cmdstat_(lpush|set|eval|exec|restore|getrange)|errorstat)/.test(line),
      );
      seen.push(ofData.map((line) => line.replace(/usec=.*(?=,rejected)/, "")).sort());
    }
    expect(seen[1]).toEqual(seen[0]);
    await Promise.all([redis.stop(), kvasm.stop()]);
  });

  it("times of commands that are not timed one by one are estimated", async () => {
    await client.do("CONFIG", "RESETSTAT");
    await client.pipeline(Array.from({ length: 10_000 }, (_, i) => ["SET", `k${i}`, "v"]));
    const line = /cmdstat_set:calls=10000,usec=(\d+),usec_per_call=([\d.]+)/.exec(
      await info(client, "commandstats"),
    );
    expect(Number(line![1])).toBeGreaterThan(0);
    expect(Number(line![2])).toBeLessThan(1000);
  });
});

describe("hashes with fields that expire", () => {
  it("are counted as subexpiry", async () => {
    await client.do("FLUSHALL");
    await client.do("HSET", "h1", "f", "v", "g", "v");
    await client.do("HSET", "h2", "f", "v");
    await client.do("HEXPIRE", "h1", "1000", "FIELDS", "2", "f", "g");
    expect(await info(client, "keyspace")).toContain("keys=2,expires=0,avg_ttl=0,subexpiry=1");
    await client.do("HPERSIST", "h1", "FIELDS", "2", "f", "g");
    expect(await info(client, "keyspace")).toContain("subexpiry=0");
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

  it.skipIf(!native.redis || !nativeIsRedis8)(
    "DIGEST and DIGEST-VALUE are native's for the same data",
    async () => {
      const redis = await startNative("redis");
      const clients = [await server.connect(), await redis.connect()];
      const lines = [
        "FLUSHALL",
        "SET int 1",
        "SET text hello",
        "EXPIREAT text 4102444800",
        "RPUSH list 1 2 three",
        "SADD intset 1 2 3",
        "SADD set a b 1",
        "ZADD zset 1 a 2.5 b inf c",
        "HSET hash f v g w",
        "HPEXPIREAT hash 4102444800000 FIELDS 1 f",
        "XADD stream 1-1 a b c d",
        "XADD stream 2-1 a b",
        "XGROUP CREATE stream group 0",
        "PFADD hll a b c",
        "SETBIT bits 100 1",
        "SELECT 1",
        "SET other db",
        "DEBUG DIGEST",
        "SELECT 0",
        "DEBUG DIGEST-VALUE int text list intset set zset hash stream hll bits nosuch",
        "DEBUG POPULATE 50 key 20",
        "DEBUG DIGEST",
        "FLUSHALL",
        "DEBUG DIGEST",
      ];
      for (const line of lines) {
        const [mine, theirs] = await Promise.all(clients.map((each) => each.send(...line.split(" "))));
        expect([line, show(mine!)]).toEqual([line, show(theirs!)]);
      }
      await redis.stop();
    },
  );

  it("SET-DISABLE-DENY-SCRIPTS lets scripts call everything, until it is taken back", async () => {
    const script = ["EVAL", "return redis.call('config', 'get', 'hz')[2]", "0"];
    await expect(client.do(...script)).rejects.toThrow("not allowed from script");
    await client.do("DEBUG", "SET-DISABLE-DENY-SCRIPTS", "1");
    expect(await client.do(...script)).toBe("10");
    await client.do("DEBUG", "SET-DISABLE-DENY-SCRIPTS", "0");
    await expect(client.do(...script)).rejects.toThrow("not allowed from script");
  });

  it.each(["ASSERT", "PANIC", "SEGFAULT"])("%s ends the server with a report", async (how) => {
    const doomed = await startKvasm();
    (await doomed.connect()).post("DEBUG", how);
    expect(await doomed.ended).toBe(1);
    expect(doomed.log).toContain(`BUG REPORT: Error: DEBUG ${how}`);
    await doomed.stop();
  });
});
