/** Clients that wait in blocking commands, beside native Redis: who is served, in which order, and with what behind it. */
import { describe, expect, it } from "vitest";
import { usePair } from "../support/pair.ts";
import { useScene } from "../support/scene.ts";

const pair = usePair();
const scene = useScene(pair);

describe.skipIf(!pair.available)("blocked clients", () => {
  it("are served in the order in which they came", async () => {
    const s = scene();
    await s.block("a", "BLPOP k 0");
    await s.block("b", "BRPOP k 0");
    await s.run("RPUSH k 1");
    await s.gets("a");
    await s.waits("b");
    await s.run("RPUSH k 2 3");
    await s.gets("b");
    await s.run("LRANGE k 0 -1");
  });

  it("are served by keys in the order in which these became ready", async () => {
    const s = scene();
    await s.block("a", "BLPOP k j 0");
    await s.block("b", "BRPOP j k 0");
    await s.block("c", "BLMPOP 0 2 k j LEFT COUNT 2");
    await s.run("MULTI", "RPUSH j 1", "RPUSH k 1 2 3 4 5", "EXEC");
    for (const name of ["a", "b", "c"]) await s.gets(name);
    await s.run("LRANGE j 0 -1", "LRANGE k 0 -1");
  });

  it("wait on where the key holds another type, until it holds theirs", async () => {
    const s = scene();
    await s.block("a", "BLPOP k 0");
    await s.block("z", "BZPOPMIN k 0");
    await s.run("SADD k x");
    await s.waits("a");
    await s.run("DEL k", "ZADD k 1 m");
    await s.gets("z");
    await s.waits("a");
    await s.run("RPUSH k v");
    await s.gets("a");
  });

  it("are not told when what they wait for takes the place of a stream, as in Redis; only group readers are", async () => {
    const s = scene();
    await s.block("z", "BZPOPMIN k 0");
    await s.run("XADD k 1-0 f v", "ZADD from 1 m", "ZUNIONSTORE k 1 from");
    await s.waits("z");
    await s.run("DEL k", "XGROUP CREATE k g $ MKSTREAM");
    await s.block("x", "XREADGROUP GROUP g c BLOCK 0 STREAMS k >");
    await s.run("ZUNIONSTORE k 1 from");
    await s.gets("x");
    await s.gets("z");
  });

  it("are not told of a key that came as something nobody waits for, whatever it is by the time of EXEC's end", async () => {
    const s = scene();
    await s.block("z", "BZPOPMIN k 0");
    await s.run("MULTI", "SADD k b", "ZUNIONSTORE k 1 k", "EXEC");
    await s.waits("z");
    await s.run("DEL k", "ZADD scores 1 m", "MULTI", "RPUSH k x", "ZUNIONSTORE k 1 scores", "EXEC");
    await s.waits("z");
    await s.block("l", "BLPOP other 0");
    await s.run("DEL k", "MULTI", "RPUSH k x", "ZUNIONSTORE k 1 scores", "EXEC");
    await s.gets("z");
  });

  it("are not told of more in a sorted set that took another key's place, as in Redis", async () => {
    const s = scene();
    await s.block("z", "BZPOPMIN k 0");
    await s.run("SADD k c b", "ZUNIONSTORE k 1 k", "ZADD k 0 m");
    await s.waits("z");
    await s.run("DEL k", "ZADD k 1 m");
    await s.gets("z");
  });

  it("get the error of another key of theirs that holds a wrong type", async () => {
    const s = scene();
    await s.block("a", "BLPOP k1 k2 0");
    await s.run("SET k1 x", "RPUSH k2 y");
    await s.gets("a");
  });

  it("see a transaction only when it is over", async () => {
    const s = scene();
    await s.block("a", "BLPOP k 0");
    await s.run("MULTI", "RPUSH k 1", "DEL k", "SET k x", "EXEC");
    await s.waits("a");
    await s.run("MULTI", "DEL k", "RPUSH k 1", "LPUSH k 0", "EXEC");
    await s.gets("a");
  });

  it("see a script only when it is over, within a transaction when that is", async () => {
    const s = scene();
    const script = `EVAL "redis.call('RPUSH', KEYS[1], 1); return redis.call('LPUSH', KEYS[1], 0)" 1 k`;
    await s.block("a", "BLPOP k 0");
    await s.run(script);
    await s.gets("a");
    await s.run("DEL k");
    await s.block("a", "BLPOP k 0");
    await s.run("MULTI", script, "LPUSH k -1", "EXEC");
    await s.gets("a");
  });

  it("serve each other: BLMOVE pushes to a key that another waits for", async () => {
    const s = scene();
    await s.block("a", "BLMOVE k j LEFT RIGHT 0");
    await s.block("b", "BRPOPLPUSH j l 0");
    await s.block("c", "BLPOP l 0");
    await s.run("RPUSH k v");
    for (const name of ["a", "b", "c"]) await s.gets(name);
    await s.block("a", "BRPOPLPUSH k k 0");
    await s.run("RPUSH k v w");
    await s.gets("a");
    await s.run("LRANGE k 0 -1");
  });

  it("get an error where BLMOVE cannot push, and the element stays", async () => {
    const s = scene();
    await s.block("a", "BLMOVE k j LEFT RIGHT 0");
    await s.run("SET j x", "RPUSH k v");
    await s.gets("a");
    await s.run("LRANGE k 0 -1");
  });

  it("go on with what they sent behind the command, and while they waited", async () => {
    const s = scene();
    await s.block("a", "BLPOP k 0", "SET after 1", "GET after");
    await s.post("a", "APPEND after 2");
    await s.post("a", "GET after");
    await s.run("GET after", "RPUSH k 9");
    for (let i = 0; i < 5; i++) await s.gets("a");
  });

  it("may block again in what they sent behind", async () => {
    const s = scene();
    await s.block("a", "BLPOP k 0", "BLPOP k 0", "PING");
    await s.run("RPUSH k 1");
    await s.gets("a");
    await s.waits("a");
    await s.run("RPUSH k 2");
    await s.gets("a");
    await s.gets("a");
  });

  it("are freed by CLIENT UNBLOCK, as if by time or with an error", async () => {
    const s = scene();
    const ids = await s.ids("a");
    for (const [command, how] of [
      ["BLPOP k 0", ""],
      ["BLMOVE k j LEFT LEFT 0", "TIMEOUT"],
      ["XREAD BLOCK 0 STREAMS s $", "error"],
    ]) {
      await s.block("a", command!, "PING");
      await s.runEach(`CLIENT UNBLOCK % ${how}`, ids);
      await s.gets("a");
      await s.gets("a");
    }
    await s.runEach("CLIENT UNBLOCK %", ids);
    await s.run("CLIENT UNBLOCK x", "CLIENT UNBLOCK 0", "CLIENT UNBLOCK 1 NOW");
  });

  it.each([
    "BLPOP k 0.01",
    "BLMOVE k j LEFT LEFT 0.01",
    "BLMPOP 0.01 1 k LEFT",
    "BZPOPMAX z 0.01",
    "XREAD BLOCK 10 STREAMS s $",
  ])("time out: %s", async (command) => {
    const s = scene();
    await s.runAs("a", command, "HELLO 3");
    const hello = await s.runAs("a", command);
    expect(hello[0]?.type).toBe("null");
  });

  it("in transactions and scripts do not wait", async () => {
    const s = scene();
    await s.run(
      "MULTI",
      "BLPOP k 0",
      "BLMOVE k j LEFT LEFT 0",
      "BRPOPLPUSH k j 0",
      "BLMPOP 0 1 k LEFT",
      "BZMPOP 0 1 z MIN",
    );
    await s.run(
      "EXEC",
      `EVAL "return {redis.call('BLPOP', 'k', 0), redis.call('BLMOVE', 'k', 'j', 'LEFT', 'LEFT', 0)}" 0`,
    );
  });

  it("that go away take nothing", async () => {
    const s = scene();
    await s.block("a", "BLPOP k 0");
    await s.leave("a");
    await s.run("RPUSH k 1", "LRANGE k 0 -1");
  });

  it("may name a key several times", async () => {
    const s = scene();
    await s.block("a", "BLPOP k k k 0");
    await s.run("RPUSH k 1 2");
    await s.gets("a");
    await s.run("LRANGE k 0 -1");
  });

  it("wait in their own database, also when it is swapped", async () => {
    const s = scene();
    await s.block("a", "BLPOP k 0");
    await s.run("SELECT 1", "RPUSH k 1", "SELECT 0");
    await s.waits("a");
    await s.run("SWAPDB 0 1");
    await s.gets("a");
  });

  it.each(["RENAME tmp k", "COPY tmp k", "SORT tmp ALPHA STORE k", "LMOVE tmp k LEFT LEFT", "MOVE k 1"])(
    "are served by %s",
    async (command) => {
      const s = scene();
      if (command.startsWith("MOVE")) await s.runAs("a", "SELECT 1");
      await s.block("a", "BLPOP k 0");
      await s.run(command.startsWith("MOVE") ? "RPUSH k q" : "RPUSH tmp q", command);
      await s.gets("a");
    },
  );

  it("that read for a group learn that stream or group are gone", async () => {
    const s = scene();
    const wait = "XREADGROUP GROUP g c BLOCK 0 STREAMS s >";
    for (const end of ["DEL s", "SET s x", "XGROUP DESTROY s g", "FLUSHDB", "RENAME t s"]) {
      await s.run("FLUSHALL", "RPUSH t v", "XGROUP CREATE s g $ MKSTREAM");
      await s.block("a", wait);
      await s.run(end);
      await s.gets("a");
    }
  });

  it("of one group share its entries", async () => {
    const s = scene();
    await s.run("XGROUP CREATE s g $ MKSTREAM");
    await s.block("a", "XREADGROUP GROUP g one BLOCK 0 STREAMS s >");
    await s.block("b", "XREADGROUP GROUP g two BLOCK 0 STREAMS s >");
    await s.block("c", "XREAD BLOCK 0 STREAMS s $");
    await s.run("XADD s 1-1 f v");
    await s.gets("a");
    await s.gets("c");
    await s.waits("b");
    await s.run("XADD s 2-1 f v");
    await s.gets("b");
  });

  it("say nothing after CLIENT REPLY OFF", async () => {
    const s = scene();
    await s.block("a", "CLIENT REPLY OFF", "BLPOP k 0", "CLIENT REPLY ON");
    await s.run("RPUSH k q");
    await s.gets("a");
    await s.runAs("a", "PING");
  });

  it("are seen in CLIENT LIST and INFO, and counted once", async () => {
    const s = scene();
    await s.run("CONFIG RESETSTAT");
    await s.block("a", "BLPOP k 0");
    await s.block("b", "BLPOP k j 1000");
    for (const server of [pair.kvasm, pair.native]) {
      const client = await server.connect();
      const clients = String(await client.do("CLIENT", "LIST"));
      expect(clients.split("\n").filter((line) => /flags=b .* cmd=blpop /.test(line))).toHaveLength(2);
      const shown = String(await client.do("INFO", "clients"));
      expect(/blocked_clients:(\d+)/.exec(shown)?.[1]).toBe("2");
      expect(/clients_in_timeout_table:(\d+)/.exec(shown)?.[1]).toBe("1");
      expect(/total_blocking_keys:(\d+)/.exec(shown)?.[1]).toBe("2");
      await client.do("RPUSH", "k", "1", "2");
      const stats = String(await client.do("INFO", "commandstats"));
      expect(/cmdstat_blpop:calls=(\d+)/.exec(stats)?.[1]).toBe("2");
      await client.close();
    }
    await s.gets("a");
    await s.gets("b");
  });
});
