/** config: CONFIG over a connection, side by side with native Redis where that is there. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { native, nativeIsRedis8, startNative } from "../support/native.ts";
import { plain, RespClient } from "../support/resp-client.ts";
import { startKvasm } from "../support/server.ts";
import { freePort, type SpawnedServer } from "../support/spawn-server.ts";

let server: SpawnedServer;
let client: RespClient;
beforeAll(async () => {
  server = await startKvasm();
  client = await server.connect();
});
afterAll(() => server.stop());

describe.skipIf(!native.redis || !nativeIsRedis8)("beside native Redis", () => {
  let redis: SpawnedServer;
  let theirs: RespClient;
  beforeAll(async () => {
    redis = await startNative("redis");
    theirs = await redis.connect();
  });
  afterAll(() => redis.stop());

  async function all(from: RespClient): Promise<Map<string, string>> {
    const flat = (await from.do("CONFIG", "GET", "*")) as string[];
    return new Map(flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1] as string]] : [])));
  }

  it("CONFIG GET * has the same names and values", async () => {
    const [mine, native] = [await all(client), await all(theirs)];
    for (const ownToEach of ["port", "dir"]) for (const side of [mine, native]) side.set(ownToEach, "");
    expect([...mine].sort()).toEqual([...native].sort());
  });

  it.each([
    ["CONFIG", "GET"],
    ["CONFIG", "GET", "MAXMEMORY", "maxmemory", "max*"],
    ["CONFIG", "GET", "nosuch"],
    ["CONFIG", "SET", "maxmemory"],
    ["CONFIG", "SET", "maxmemory", "1mb", "maxmemory", "2mb"],
    ["CONFIG", "SET", "maxmemory", "1mb", "foo", "2mb"],
    ["CONFIG", "SET", "maxmemory", "1mb", "foo"],
    ["CONFIG", "SET", "maxmemory", "1mb", "hz", "zz"],
    ["CONFIG", "GET", "maxmemory"],
    ["CONFIG", "SET", "MaxMemory", "100MB", "HZ", "20"],
    ["CONFIG", "GET", "maxmemory", "hz"],
    ["CONFIG", "SET", "maxmemory", "0", "hz", "10"],
    ["CONFIG", "SET", "appendfilename", "x"],
    ["CONFIG", "SET", "dir", "/"],
    ["CONFIG", "SET", "bind", "nosuch.invalid"],
    ["CONFIG", "SET", "save", "60 10 70"],
    ["CONFIG", "SET", "client-output-buffer-limit", "normal 1mb 2mb 30"],
    ["CONFIG", "GET", "client-output-buffer-limit"],
    ["CONFIG", "SET", "client-output-buffer-limit", "normal 0 0 0"],
    ["CONFIG", "SET", "notify-keyspace-events", "KEA"],
    ["CONFIG", "GET", "notify*"],
    ["CONFIG", "SET", "notify-keyspace-events", ""],
    ["CONFIG", "RESETSTAT"],
    ["CONFIG", "REWRITE"],
    ["CONFIG", "NOSUCH"],
    ["CONFIG"],
  ])("%j %j %j %j %j %j %j", async (...argv) => {
    const [mine, native] = [await client.send(...argv), await theirs.send(...argv)];
    const asMap = (reply: unknown): unknown =>
      Array.isArray(reply) ? reply.map((v, i) => (i % 2 ? `${reply[i - 1]}=${v}` : "")).sort() : reply;
    expect(asMap(plain(mine))).toEqual(asMap(plain(native)));
  });
});

it("CONFIG GET is a map in RESP3", async () => {
  const third = await server.connect();
  await third.do("HELLO", "3");
  expect(await third.send("CONFIG", "GET", "port")).toMatchObject({ type: "map" });
});

it("CONFIG SET port moves the server; a port in use leaves it where it is", async () => {
  const other = await startKvasm();
  const home = other.port;
  const one = await other.connect();
  const refused = plain(await one.send("CONFIG", "SET", "port", String(server.port)));
  expect(String(refused)).toContain(
    "CONFIG SET failed (possibly related to argument 'port') - Unable to listen on this port. Check server logs.",
  );
  const stillHere = await RespClient.connect({ port: home });
  expect(await stillHere.do("PING")).toBe("PONG");

  const next = await freePort();
  expect(await one.do("CONFIG", "SET", "port", String(next))).toBe("OK");
  const moved = await RespClient.connect({ port: next });
  expect(await moved.do("PING")).toBe("PONG");
  await expect(RespClient.connect({ port: home })).rejects.toThrow(/ECONNREFUSED/);
  await stillHere.close();
  await moved.close();
  await other.stop();
});

it("CONFIG REWRITE changes the file in place", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "kvasm-rewrite-"));
  const file = path.join(folder, "redis.conf");
  writeFileSync(file, "# kept\nmaxmemory 100mb\nsave 900 1\n");
  // The helper puts --port and --dir first, so the file comes by include; its own path is not known then.
  const port = await freePort();
  const { spawn } = await import("node:child_process");
  const { fileURLToPath } = await import("node:url");
  const program = fileURLToPath(new URL("../../dist/kvasm.js", import.meta.url));
  const child = spawn(process.execPath, [program, file, "--port", String(port)], { cwd: folder });
  try {
    await new Promise<void>((resolve) =>
      child.stdout.on("data", (text: Buffer) => {
        if (text.includes("Ready to accept")) resolve();
      }),
    );
    const one = await RespClient.connect({ port });
    expect(await one.do("CONFIG", "SET", "maxmemory", "50mb", "hz", "20", "save", "")).toBe("OK");
    expect(await one.do("CONFIG", "REWRITE")).toBe("OK");
    await one.close();
    expect(readFileSync(file, "latin1")).toBe(
      `# kept\nmaxmemory 50mb\nsave ""\n\n# Generated by CONFIG REWRITE\nport ${port}\nhz 20\n` +
        "user default on nopass sanitize-payload ~* &* +@all\n",
    );
  } finally {
    child.kill("SIGTERM");
    await new Promise((resolve) => child.once("close", resolve));
    expect(existsSync(file)).toBe(true);
    rmSync(folder, { recursive: true });
  }
});
