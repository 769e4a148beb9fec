/**
 * Scripts past busy-reply-threshold that never come to a place where they could stand still: in whatever an endless loop
 * is nested, others are told BUSY, and SCRIPT KILL, FUNCTION KILL and SHUTDOWN NOSAVE end it.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RespClient, show } from "../support/resp-client.ts";
import { startKvasm } from "../support/server.ts";
import type { SpawnedServer } from "../support/spawn-server.ts";

const THRESHOLD = ["--busy-reply-threshold", "50"];
const LOOP = "while true do end";

/** An endless loop in every place from which Lua cannot yield. */
const NESTED: Record<string, string> = {
  pcall: `pcall(function() ${LOOP} end)`,
  "pcall in a loop": `while true do pcall(function() ${LOOP} end) end`,
  xpcall: `xpcall(function() ${LOOP} end, function(e) return e end)`,
  "an error handler": `xpcall(error, function() ${LOOP} end)`,
  "table.sort": `table.sort({3,2,1}, function() ${LOOP} end)`,
  "table.foreach": `table.foreach({1}, function() ${LOOP} end)`,
  "string.gsub": `string.gsub("x", "x", function() ${LOOP} end)`,
  "an error handler, again and again": `while true do xpcall(error, function() ${LOOP} end) end`,
  "an iterator": `for _ in function() ${LOOP} end do end`,
  "a metamethod": `local t = setmetatable({}, {__index = function() ${LOOP} end}) return t.x`,
  __tostring: `tostring(setmetatable({}, {__tostring = function() ${LOOP} end}))`,
  "a coroutine": `coroutine.wrap(function() ${LOOP} end)()`,
  "coroutines in a loop": `while true do pcall(coroutine.wrap(function() ${LOOP} end)) end`,
  "pcall in coroutines": `local function f() pcall(coroutine.wrap(f)) ${LOOP} end f()`,
  load: `load(function() ${LOOP} end)`,
};

describe("endless scripts", () => {
  let server: SpawnedServer;
  let a: RespClient;
  let b: RespClient;

  beforeAll(async () => {
    server = await startKvasm({ args: THRESHOLD });
    [a, b] = [await server.connect(), await server.connect()];
    for (const client of [a, b]) await client.send("PING");
  });
  afterAll(() => server.stop());

  for (const [place, script] of Object.entries(NESTED)) {
    it(`in ${place}: BUSY, SCRIPT KILL`, { timeout: 10_000 }, async () => {
      const reply = a.send("EVAL", script, 0);
      const behind = a.send("PING");
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(show(await b.send("GET", "x"))).toContain("BUSY Redis is busy running a script");
      expect(show(await b.send("FUNCTION", "KILL"))).toContain("BUSY");
      expect(show(await b.send("NOSUCH"))).toContain("unknown command");
      expect(show(await b.send("SCRIPT", "KILL"))).toBe("+OK");
      expect(show(await reply)).toContain("Script killed by user with SCRIPT KILL...");
      expect(show(await behind)).toBe("+PONG");
      expect(show(await b.send("SCRIPT", "KILL"))).toContain("NOTBUSY");
    });
  }

  it("in EXEC: BUSY, SCRIPT KILL, and the queue goes on", async () => {
    await a.send("MULTI");
    for (const argv of [
      ["SET", "before", "1"],
      ["EVAL", LOOP, "0"],
      ["INCR", "before"],
    ])
      await a.send(...argv);
    const reply = a.send("EXEC");
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(show(await b.send("GET", "before"))).toContain("BUSY");
    expect(show(await b.send("SCRIPT", "KILL"))).toBe("+OK");
    expect(show(await reply)).toMatch(/^\[\+OK, -ERR .*Script killed by user.*, :2\]$/);
  });

  it("in a function: FUNCTION KILL", async () => {
    const code = `#!lua name=lib\nredis.register_function{function_name='f', callback=function() pcall(function() ${LOOP} end) end, flags={'no-writes'}}`;
    await a.send("FUNCTION", "LOAD", code);
    const reply = a.send("FCALL", "f", 0);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(show(await b.send("GET", "x"))).toContain("FUNCTION KILL");
    expect(show(await b.send("FUNCTION", "STATS"))).toContain('"f"');
    expect(show(await b.send("FUNCTION", "KILL"))).toBe("+OK");
    expect(show(await reply)).toContain("Script killed by user with FUNCTION KILL...");
  });

  it("transactions, HELLO and halves of commands of others come through", async () => {
    const c = await server.connect();
    await c.send("PING");
    const reply = a.send("EVAL", NESTED.pcall!, 0);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(show(await b.send("MULTI"))).toBe("+OK");
    expect(show(await b.send("GET", "x"))).toContain("BUSY");
    expect(show(await b.send("EXEC"))).toContain("EXECABORT Transaction discarded because of: BUSY");
    expect(show(await c.send("HELLO", "3"))).toContain('"proto" => :3');
    c.write("*2\r\n$4\r\nECHO\r\n$3\r\nab");
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(show(await b.send("SCRIPT", "KILL"))).toBe("+OK");
    await reply;
    expect(show(await b.send("PING"))).toBe("+PONG");
    c.write("c\r\n");
    expect(await c.read(9)).toBe("$3\r\nabc\r\n");
    await c.close();
  });

  it("a script that has written: UNKILLABLE, and SHUTDOWN NOSAVE ends the server", async () => {
    const own = await startKvasm({ args: THRESHOLD });
    const [x, y] = [await own.connect(), await own.connect()];
    for (const client of [x, y]) await client.send("PING");
    const reply = x
      .send("EVAL", `redis.call('SET', 'k', 1) pcall(function() ${LOOP} end)`, 0)
      .catch(() => null);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(show(await y.send("SCRIPT", "KILL"))).toContain("UNKILLABLE");
    expect(show(await y.send("SHUTDOWN"))).toContain("BUSY");
    y.write("SHUTDOWN NOSAVE\r\n");
    await own.ended;
    await reply;
  });
});
