/** What a script may not do to others: run for ever, take all memory, end the server. */
import { describe, expect, it } from "vitest";
import { show } from "../support/resp-client.ts";
import { startKvasm } from "../support/server.ts";

const HOSTILE = [
  "local t={} while true do t[#t+1]=string.rep('x',1000000)..#t end",
  "return string.rep('x',2^30)",
  "local s='x' while true do s=s..s end",
  "local function f() return f()+1 end return f()",
  "local function f() return pcall(f) end return f()",
  "return string.rep('a?',200000):find(string.rep('a?',200000))",
  "local t={} t.__index=t setmetatable(t,t) return t.x",
  "local t={} for i=1,1e5 do t={t} end return t",
  "local t={} for i=1,1e5 do t={t} end return cjson.encode(t)",
  "return cjson.decode(string.rep('[',1e6))",
  "return cmsgpack.unpack(string.rep('\\145',1e6))",
  "return table.concat({},'x',1,2^31)",
  "return unpack({},1,1e7)",
  "return {coroutine.wrap(function() return pcall(error) end)()}",
  "local function f() return coroutine.wrap(f)() end return f()",
  "return loadstring(string.rep('(',100000))",
  "return string.format(string.rep('%s',300),unpack({}))",
  "return redis.call('set',string.rep('k',1e6),1) and redis.call('flushall')",
  "getmetatable('').__index=nil",
  "string.rep=nil",
  "return tostring(setmetatable({},{__tostring=function() error('x') end}))",
  "error(setmetatable({},{__index=error}))",
  "error({})",
  "table.sort({3,2,1,5,4},function() return true end) return 1",
];

describe("limits of scripts", () => {
  it("a script past busy-reply-threshold: others get BUSY, SCRIPT KILL ends it", async () => {
    const server = await startKvasm({ args: ["--busy-reply-threshold", "50"] });
    const [a, b] = [await server.connect(), await server.connect()];
    for (const script of ["while true do end", "while true do pcall(function() end) end"]) {
      const reply = a.send("EVAL", script, 0);
      const behind = a.send("PING");
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(show(await b.send("GET", "x"))).toContain("BUSY Redis is busy running a script");
      expect(show(await b.send("FUNCTION", "KILL"))).toContain("BUSY");
      expect(show(await b.send("SCRIPT", "KILL"))).toContain("OK");
      expect(show(await reply)).toContain("Script killed by user with SCRIPT KILL...");
      expect(show(await behind)).toContain("PONG");
      expect(show(await b.send("SCRIPT", "KILL"))).toContain("NOTBUSY");
    }
    await server.stop();
  });

  it("a script that has written cannot be killed", async () => {
    const server = await startKvasm({ args: ["--busy-reply-threshold", "50"] });
    const [a, b] = [await server.connect(), await server.connect()];
    const reply = a.send("EVAL", "redis.call('set','x',1) local n=0 while n<3e7 do n=n+1 end return n", 0);
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(show(await b.send("SCRIPT", "KILL"))).toContain("UNKILLABLE");
    expect(await reply).toEqual({ type: "integer", value: 30000000n });
    expect(show(await b.send("GET", "x"))).toContain("1");
    await server.stop();
  });

  it("hostile scripts leave a server that answers", { timeout: 60_000 }, async () => {
    const server = await startKvasm();
    const client = await server.connect();
    for (const script of HOSTILE) {
      await client.send("EVAL", script, 0);
      expect(show(await client.send("EVAL", "return redis.call('ping')", 0)), script).toContain("PONG");
    }
    await server.stop();
  });
});
