/** limits: what happens at each bound of the host: clients, output, idleness, strangers; and clients that misbehave. */
import net from "node:net";
import { networkInterfaces } from "node:os";
import { afterEach, describe, expect, it } from "vitest";
import { RespClient, show } from "../support/resp-client.ts";
import { startKvasm } from "../support/server.ts";
import type { SpawnedServer } from "../support/spawn-server.ts";

const started: SpawnedServer[] = [];
afterEach(async () => {
  for (const server of started.splice(0)) await server.stop();
});

async function start(...args: string[]): Promise<SpawnedServer> {
  const server = await startKvasm({ args });
  started.push(server);
  return server;
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Everything that arrives until the connection closes. */
function readToEnd(socket: net.Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    socket.on("data", (chunk: Buffer) => (text += chunk.toString("latin1")));
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(text));
  });
}

describe("maxclients", () => {
  it("one too many is told so and closed; a place that becomes free is given", async () => {
    const server = await start("--maxclients", "3");
    const clients = [await server.connect(), await server.connect(), await server.connect()];
    for (const client of clients) await client.do("PING");
    expect(await readToEnd(net.connect(server.port, "127.0.0.1"))).toBe(
      "-ERR max number of clients reached\r\n",
    );
    expect(String(await clients[0]!.do("INFO", "stats"))).toContain("rejected_connections:1");
    await clients[2]!.close();
    await sleep(50);
    expect(await (await server.connect()).do("PING")).toBe("PONG");
  });

  it("changes while the server runs", async () => {
    const server = await start();
    const client = await server.connect();
    await client.do("CONFIG", "SET", "maxclients", "1");
    expect(await readToEnd(net.connect(server.port, "127.0.0.1"))).toBe(
      "-ERR max number of clients reached\r\n",
    );
  });
});

describe("protected mode", () => {
  const outside = Object.values(networkInterfaces())
    .flat()
    .find((address) => address && !address.internal && address.family === "IPv4")?.address;

  it.skipIf(!outside)("strangers are denied until there is a password", async () => {
    const server = await start();
    expect(await readToEnd(net.connect(server.port, outside))).toMatch(
      /^-DENIED Redis is running in protected mode because .* from the outside\.\r\n$/,
    );
    const client = await server.connect();
    await client.do("CONFIG", "SET", "requirepass", "x");
    const stranger = await RespClient.connect({ port: server.port, host: outside as string });
    expect(show(await stranger.send("PING"))).toContain("NOAUTH");
    await stranger.close();
    await client.do("CONFIG", "SET", "requirepass", "", "protected-mode", "no");
    const welcome = await RespClient.connect({ port: server.port, host: outside as string });
    expect(await welcome.do("PING")).toBe("PONG");
    await welcome.close();
  });
});

describe("client-output-buffer-limit", () => {
  const GET_BIG = "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n";

  it("hard: a client that does not read is cut off, and counted", async () => {
    const server = await start("--client-output-buffer-limit", "normal", "8mb", "0", "0");
    const client = await server.connect();
    await client.do("SET", "k", "x".repeat(1_000_000));
    const lazy = await server.connect();
    lazy.socket.pause();
    lazy.write(GET_BIG.repeat(60));
    await server.waitForLog("closed for overcoming of output buffer limits");
    expect(String(await client.do("INFO", "stats"))).toContain("client_output_buffer_limit_disconnections:1");
    expect(
      String(await client.do("CLIENT", "LIST"))
        .trim()
        .split("\n").length,
    ).toBe(1);
  });

  it("soft: only after its time", async () => {
    const server = await start("--client-output-buffer-limit", "normal", "0", "1mb", "1");
    const client = await server.connect();
    await client.do("SET", "k", "x".repeat(1_000_000));
    const lazy = await server.connect();
    lazy.socket.pause();
    const began = Date.now();
    lazy.write(GET_BIG.repeat(30));
    await server.waitForLog("closed for overcoming of output buffer limits");
    expect(Date.now() - began).toBeGreaterThan(900);
  });

  it("without a limit a slow reader gets everything, in order", async () => {
    const server = await start();
    const client = await server.connect();
    await client.do("SET", "k", "x".repeat(1_000_000));
    const slow = await server.connect();
    slow.socket.pause();
    slow.write(`${GET_BIG.repeat(40)}*1\r\n$4\r\nPING\r\n`);
    await sleep(300);
    expect(Number(/omem=([1-9]\d*)/.exec(String(await client.do("CLIENT", "LIST")))?.[1])).toBeGreaterThan(
      1_000_000,
    );
    slow.socket.resume();
    const text = await slow.read(40 * (1_000_000 + 12) + 7, 5_000);
    expect(text.length).toBe(40 * (1_000_000 + 12) + 7);
    expect(text.endsWith("x\r\n+PONG\r\n")).toBe(true);
  });
});

describe("timeout", () => {
  it("idle clients are closed, others stay", async () => {
    const server = await start("--timeout", "1");
    const idle = await server.connect();
    const busy = await server.connect();
    await idle.do("PING");
    let closed = false;
    void idle.closed.then(() => (closed = true));
    for (let i = 0; i < 30 && !closed; i++) {
      await busy.do("PING");
      await sleep(100);
    }
    expect(closed).toBe(true);
    expect(await busy.do("PING")).toBe("PONG");
  });
});

describe("misbehaving clients", () => {
  it("a protocol error is answered and the connection closed", async () => {
    const server = await start();
    const client = await server.connect();
    client.write("*1\r\n$4\r\nPING\r\n*1\r\n*4\r\n");
    expect(await client.read()).toMatch(/^\+PONG\r\n-ERR Protocol error: /);
    await client.closed;
  });

  it("connections that vanish in the middle of anything do no harm", async () => {
    const server = await start();
    const client = await server.connect();
    await client.do("SET", "k", "x".repeat(1_000_000));
    for (let i = 0; i < 40; i++) {
      const socket = net.connect(server.port, "127.0.0.1");
      socket.on("error", () => undefined);
      await new Promise((resolve) => socket.once("connect", resolve));
      socket.write("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n".repeat(20) + "*2\r\n$3\r\nGE");
      await sleep(i % 4);
      if (i % 2) socket.resetAndDestroy();
      else socket.destroy();
    }
    expect(await client.do("PING")).toBe("PONG");
    await expect
      .poll(async () => String(await client.do("INFO", "clients")), { timeout: 10_000 })
      .toContain("connected_clients:1\r");
  });

  it("half a command from one client does not hold up another", async () => {
    const server = await start();
    const half = await server.connect();
    half.write("*3\r\n$3\r\nSET\r\n$1\r\nh\r\n$5\r\nhe");
    const client = await server.connect();
    expect(await client.do("SET", "k", "v")).toBe("OK");
    half.write("llo\r\n");
    expect(await half.read(5)).toBe("+OK\r\n");
    expect(await client.do("GET", "h")).toBe("hello");
  });

  it("a command that does not come to its end is kept up to client-query-buffer-limit, then its client is gone", async () => {
    const server = await start("--client-query-buffer-limit", "1mb");
    const client = await RespClient.connect({ port: server.port });
    expect(await client.do("ECHO", "x".repeat(900_000))).toHaveLength(900_000);
    client.socket.write(`*1000\r\n${`$10000\r\n${"y".repeat(10_000)}\r\n`.repeat(200)}`);
    await client.closed;
    const other = await server.connect();
    expect(await other.do("PING")).toBe("PONG");
    expect(String(await other.do("INFO", "clients"))).toContain("connected_clients:1\r");
  });

  it("before AUTH, commands of many or long arguments are refused", async () => {
    const server = await start("--requirepass", "x");
    const many = await server.connect();
    many.write("*11\r\n");
    expect(await many.read()).toContain("-ERR Protocol error: unauthenticated multibulk length");
    const long = await server.connect();
    long.write("*2\r\n$4\r\nAUTH\r\n$20000\r\n");
    expect(await long.read()).toContain("-ERR Protocol error: unauthenticated bulk length");
  });
});

describe("many clients", () => {
  it("two thousand connections are served", async () => {
    const server = await start();
    const sockets: net.Socket[] = [];
    for (let i = 0; i < 2000; i++) {
      const socket = net.connect(server.port, "127.0.0.1");
      sockets.push(socket);
      if (i % 200 === 199) await new Promise((resolve) => socket.once("connect", resolve));
    }
    const answers = sockets.map(
      (socket) =>
        new Promise<string>((resolve) => socket.once("data", (chunk: Buffer) => resolve(chunk.toString()))),
    );
    for (const socket of sockets) socket.write("*1\r\n$4\r\nPING\r\n");
    expect(new Set(await Promise.all(answers))).toEqual(new Set(["+PONG\r\n"]));
    for (const socket of sockets) socket.destroy();
  });
});
