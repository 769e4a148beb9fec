/** start: how the program begins and ends: what it logs, what stops it, with which exit code. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { networkInterfaces, tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { RespClient } from "../support/resp-client.ts";
import { startKvasm } from "../support/server.ts";
import { freePort, type SpawnedServer } from "../support/spawn-server.ts";

const PROGRAM = fileURLToPath(new URL("../../dist/kvasm.js", import.meta.url));

let folder: string;
beforeAll(() => (folder = mkdtempSync(path.join(tmpdir(), "kvasm-start-"))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const started: SpawnedServer[] = [];
afterEach(async () => {
  for (const server of started.splice(0)) await server.stop();
});

async function start(...args: string[]): Promise<SpawnedServer> {
  const server = await startKvasm({ args });
  started.push(server);
  return server;
}

/** Runs the program to its end. */
function run(args: string[], input = "") {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], {
    cwd: folder,
    encoding: "utf8",
    input,
    timeout: 15_000,
  });
  return { status, stdout, stderr };
}

describe("a start", () => {
  it("logs what those who wait for it look for", async () => {
    const server = await start();
    expect(server.log).toMatch(
      /^\d+:C \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2}\.\d{3} \* oO0OoO0OoO0Oo .* oO0OoO0OoO0Oo$/m,
    );
    expect(server.log).toContain("Configuration loaded");
    expect(server.log).toContain(`Running mode=standalone, port=${server.port}.`);
    expect(server.log).toContain(`PID: ${server.pid}`);
    expect(server.log).toContain("Server initialized");
    expect(server.log).toMatch(/^\d+:M .* \* Ready to accept connections tcp$/m);
  });

  it("takes a file, options over it, and standard input", async () => {
    const file = path.join(folder, "redis.conf");
    writeFileSync(file, "maxclients 50\ntimeout 7\n");
    const server = await start("--maxclients", "60");
    const client = await server.connect();
    expect(await client.do("CONFIG", "GET", "maxclients")).toEqual(["maxclients", "60"]);

    const port = await freePort();
    const other = await startKvasm({ nodeArgs: [], port, args: ["--include", file] });
    started.push(other);
    const second = await other.connect();
    expect(await second.do("CONFIG", "GET", "timeout")).toEqual(["timeout", "7"]);
  });

  it("answers on a Unix socket with the permissions asked for, and removes it at the end", async () => {
    const socket = path.join(folder, "kvasm.sock");
    const server = await start("--unixsocket", socket, "--unixsocketperm", "700");
    await server.waitForLog("Ready to accept connections unix");
    expect(statSync(socket).mode & 0o777).toBe(0o700);
    const client = await RespClient.connect({ path: socket });
    expect(await client.do("PING")).toBe("PONG");
    expect(await client.do("CLIENT", "INFO")).toMatch(
      new RegExp(`addr=${socket}:0 laddr=${socket}:0 .*flags=U`),
    );
    await client.close();
    server.kill("SIGTERM");
    expect(await server.ended).toBe(0);
    expect(statSync(socket, { throwIfNoEntry: false })).toBe(undefined);
  });

  it("writes its pid file and removes it", async () => {
    const file = path.join(folder, "kvasm.pid");
    const server = await start("--pidfile", file);
    expect(readFileSync(file, "utf8")).toBe(`${server.pid}\n`);
    server.kill("SIGINT");
    expect(await server.ended).toBe(0);
    expect(statSync(file, { throwIfNoEntry: false })).toBe(undefined);
  });

  it("logs to a file", async () => {
    const file = path.join(folder, "kvasm.log");
    // The helper waits for standard output, which stays empty: so it is started here as a program that ends itself.
    const port = await freePort();
    const config = `port ${port}\nlogfile ${file}\nunixsocket ${folder}/no/such/folder.sock\n`;
    expect(run(["-"], config).status).toBe(1);
    expect(readFileSync(file, "utf8")).toContain(
      "Failed opening Unix socket: bind: No such file or directory",
    );
  });

  it("listens on the addresses it is told; those with a minus need not exist", async () => {
    const server = await start("--bind", "127.0.0.1", "-203.0.113.1");
    const client = await server.connect();
    expect(await client.do("CONFIG", "GET", "bind")).toEqual(["bind", "127.0.0.1 -203.0.113.1"]);
  });

  it("listens on IPv6 and IPv4 at once, and says who came by which", async () => {
    if (!Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === "::1")))
      return;
    const server = await start("--bind", "127.0.0.1", "::1");
    const six = await RespClient.connect({ host: "::1", port: server.port });
    expect(String(await six.do("CLIENT", "INFO"))).toMatch(/ addr=\[::1\]:\d+ laddr=\[::1\]:\d+ /);
    const four = await server.connect();
    expect(String(await four.do("CLIENT", "INFO"))).toMatch(/ addr=127\.0\.0\.1:\d+ /);
    await six.close();
  });
});

describe("a start that cannot be ends with exit code 1 and says why", () => {
  it("port in use", async () => {
    const server = await start();
    const { status, stdout } = run(["--port", String(server.port), "--save", ""]);
    expect(status).toBe(1);
    expect(stdout).toContain(
      `Warning: Could not create server TCP listening socket *:${server.port}: bind: Address already in use`,
    );
    expect(stdout).toContain(`Failed listening on port ${server.port} (tcp), aborting.`);
  });

  it("an address that is not ours", async () => {
    const port = await freePort();
    const { status, stdout } = run(["--port", String(port), "--bind", "203.0.113.1"]);
    expect(status).toBe(1);
    expect(stdout).toContain(
      `Warning: Could not create server TCP listening socket 203.0.113.1:${port}: bind: Cannot assign requested address`,
    );
  });

  it("nothing to listen on", () => {
    const { status, stdout } = run(["--port", "0"]);
    expect(status).toBe(1);
    expect(stdout).toContain("Configured to not listen anywhere, exiting.");
  });

  it("a directive nobody knows", () => {
    writeFileSync(path.join(folder, "bad.conf"), "port 7000\nfoo bar\n");
    expect(run(["bad.conf"])).toEqual({
      status: 1,
      stdout: "",
      stderr:
        "\n*** FATAL CONFIG FILE ERROR (Redis 8.0.2) ***\nReading the configuration file, at line 2\n" +
        ">>> 'foo bar'\nBad directive or wrong number of arguments\n",
    });
  });

  it("an option with a bad value counts as a line behind the file", () => {
    writeFileSync(path.join(folder, "good.conf"), "port 7000\n");
    const { status, stderr } = run(["good.conf", "--loglevel", "loud"]);
    expect(status).toBe(1);
    expect(stderr).toContain(
      "at line 3\n>>> 'loglevel \"loud\"'\nargument(s) must be one of the following: debug, verbose, notice, warning, nothing\n",
    );
  });

  it("a file that is not there", () => {
    const { status, stdout } = run(["missing.conf"]);
    expect(status).toBe(1);
    expect(stdout).toContain("missing.conf': No such file or directory");
  });

  it("a log file that cannot be opened", () => {
    const { status, stderr } = run(["--logfile", "/nope/kvasm.log"]);
    expect(status).toBe(1);
    expect(stderr).toContain("Can't open the log file: No such file or directory");
  });
});

describe("questions to the program", () => {
  it.each(["-v", "--version"])("%s", (option) => {
    const { status, stdout } = run([option]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^kvasm \S+ .*v=8\.0\.2 /);
  });

  it.each(["-h", "--help"])("%s", (option) => {
    const { status, stdout } = run([option]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Usage: kvasm /);
  });
});

describe("--check-config", () => {
  it("says that a configuration is sound, and starts nothing", () => {
    const { status, stdout } = run(["--check-config", "-", "--maxmemory", "1gb"], "appendonly yes\n");
    expect({ status, stdout }).toEqual({ status: 0, stdout: "The configuration is sound.\n" });
  });
  it("says what is wrong with one", () => {
    const { status, stderr } = run(["--check-config", "-"], "port 7000\nmaxmemory much\n");
    expect(status).toBe(1);
    expect(stderr).toContain("maxmemory much");
  });
});

describe("--test-memory", () => {
  it("passes on a machine that is well", () => {
    const { status, stdout } = run(["--test-memory", "2"]);
    expect({ status, stdout }).toEqual({ status: 0, stdout: "Your memory passed this test.\n" });
  });
  it.each([[[]], [["x"]], [["0"]], [["1", "2"]]])("wants a number of megabytes: %j", (args) => {
    expect(run(["--test-memory", ...args]).status).toBe(1);
  });
  it("more than there can be is an error", () => {
    expect(run(["--test-memory", "1000000000000"]).stdout).toContain("Unable to allocate");
  });
});

describe("an end", () => {
  it.each(["SIGTERM", "SIGINT"] as const)("%s: exit code 0, connections closed", async (signal) => {
    const server = await start();
    const client = await server.connect();
    await client.do("PING");
    const began = Date.now();
    server.kill(signal);
    expect(await server.ended).toBe(0);
    await client.closed;
    expect(Date.now() - began).toBeLessThan(5_000);
    expect(server.log).toContain(`Received ${signal} scheduling shutdown...`);
    expect(server.log).toMatch(/ready to exit, bye bye\.\.\./);
  });

  it("SHUTDOWN NOSAVE: no reply, exit code 0", async () => {
    const server = await start();
    const client = await server.connect();
    client.write("*2\r\n$8\r\nSHUTDOWN\r\n$6\r\nNOSAVE\r\n");
    expect(await client.read()).toBe("");
    expect(await server.ended).toBe(0);
  });

  it("a client that does not read does not hold it up", async () => {
    const server = await start();
    const client = await server.connect();
    await client.do("SET", "k", "x".repeat(1_000_000));
    client.socket.pause();
    client.write("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n".repeat(30));
    await new Promise((resolve) => setTimeout(resolve, 200));
    const began = Date.now();
    server.kill("SIGTERM");
    expect(await server.ended).toBe(0);
    expect(Date.now() - began).toBeLessThan(8_000);
  });
});
