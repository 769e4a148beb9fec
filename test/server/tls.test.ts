/** tls: encrypted connections: certificates, of clients too, and their exchange while the server runs. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import tls from "node:tls";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Authority, canMakeCertificates, type Certificate } from "../support/certificates.ts";
import { show, type RespClient } from "../support/resp-client.ts";
import { startKvasm } from "../support/server.ts";
import { freePort, type SpawnedServer } from "../support/spawn-server.ts";

const PING = "*1\r\n$4\r\nPING\r\n";

describe.skipIf(!canMakeCertificates)("TLS", () => {
  const dir = mkdtempSync(path.join(tmpdir(), "kvasm-test-tls-"));
  let authority: Authority;
  let first: Certificate;
  let second: Certificate;
  let client: Certificate;
  let stranger: Certificate;
  let server: SpawnedServer;
  let port: number;
  let plain: RespClient;

  beforeAll(async () => {
    authority = new Authority(dir, "ours");
    first = authority.issue("first");
    second = authority.issue("second");
    client = authority.issue("client");
    stranger = new Authority(dir, "theirs").issue("stranger");
    port = await freePort();
    server = await startKvasm({
      args: [
        ...["--tls-port", String(port), "--tls-cert-file", first.cert, "--tls-key-file", first.key],
        ...["--tls-ca-cert-file", authority.cert, "--bind", "127.0.0.1", "--loglevel", "verbose"],
      ],
    });
    plain = await server.connect();
  });
  afterAll(async () => {
    await server.stop();
    rmSync(dir, { recursive: true });
  });

  /** What a client with this certificate gets for a text; the name on the server's certificate. */
  function talk(
    text: string,
    own?: Certificate,
    options: tls.ConnectionOptions = {},
  ): Promise<{ answer: string; name: string; protocol: string | null }> {
    return new Promise((resolve, reject) => {
      const pem = own && { cert: readFileSync(own.cert), key: readFileSync(own.key) };
      const ca = readFileSync(authority.cert);
      const socket = tls.connect({ port, host: "127.0.0.1", ca, ...pem, ...options });
      let answer = "";
      socket.setEncoding("latin1");
      socket.on("data", (chunk: string) => {
        answer += chunk;
        const name = String(socket.getPeerCertificate().subject?.CN);
        resolve({ answer, name, protocol: socket.getProtocol() });
        socket.end();
      });
      socket.on("error", reject);
      socket.on("close", () => reject(new Error("closed")));
      socket.write(text);
    });
  }

  it("answers clients whose certificate it can check", async () => {
    expect(await talk(PING, client)).toEqual({ answer: "+PONG\r\n", name: "first", protocol: "TLSv1.3" });
  });

  it("serves ioredis, node-redis and openssl s_client", async () => {
    const pem = {
      ca: readFileSync(authority.cert),
      cert: readFileSync(client.cert),
      key: readFileSync(client.key),
    };
    const io = new Redis({ port, host: "127.0.0.1", tls: pem });
    expect(await io.set("tls", "io")).toBe("OK");
    io.disconnect();
    const node = createClient({ socket: { port, host: "127.0.0.1", tls: true, ...pem }, RESP: 3 });
    await node.connect();
    expect(await node.get("tls")).toBe("io");
    await node.close();
    const files = ["-CAfile", authority.cert, "-cert", client.cert, "-key", client.key];
    const { stdout } = spawnSync(
      "openssl",
      ["s_client", "-quiet", "-connect", `127.0.0.1:${port}`, ...files],
      {
        input: "GET tls\r\nQUIT\r\n",
        encoding: "latin1",
        timeout: 10_000,
      },
    );
    expect(stdout).toBe("$2\r\nio\r\n+OK\r\n");
  });

  it("refuses clients without a certificate, or with that of somebody else", async () => {
    await expect(talk(PING)).rejects.toThrow();
    await expect(talk(PING, stranger)).rejects.toThrow();
  });

  it("carries values larger than a record, both ways", async () => {
    const value = "x".repeat(300_000);
    const set = `*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$${value.length}\r\n${value}\r\n`;
    expect((await talk(set, client)).answer).toBe("+OK\r\n");
    expect(await plain.do("STRLEN", "k")).toBe(value.length);
  });

  it("tls-auth-clients no and optional", async () => {
    await plain.do("CONFIG", "SET", "tls-auth-clients", "no");
    expect((await talk(PING)).answer).toBe("+PONG\r\n");
    expect((await talk(PING, stranger)).answer).toBe("+PONG\r\n");
    await plain.do("CONFIG", "SET", "tls-auth-clients", "optional");
    expect((await talk(PING)).answer).toBe("+PONG\r\n");
    expect((await talk(PING, client)).answer).toBe("+PONG\r\n");
    await expect(talk(PING, stranger)).rejects.toThrow();
    await plain.do("CONFIG", "SET", "tls-auth-clients", "yes");
    await expect(talk(PING)).rejects.toThrow();
  });

  it("takes new certificates while it runs; wrong ones change nothing", async () => {
    const swap = (cert: string, key: string): Promise<unknown> =>
      plain.send("CONFIG", "SET", "tls-cert-file", cert, "tls-key-file", key).then((reply) => show(reply));
    expect(await swap(second.cert, second.key)).toBe("+OK");
    expect((await talk(PING, client)).name).toBe("second");
    expect(await swap("/no/such/file", second.key)).toContain(
      "Unable to update TLS configuration. Check server logs.",
    );
    expect(await swap(first.cert, second.key)).toContain(
      "Unable to update TLS configuration. Check server logs.",
    );
    expect(await plain.do("CONFIG", "GET", "tls-cert-file")).toEqual(["tls-cert-file", second.cert]);
    expect((await talk(PING, client)).name).toBe("second");
    expect(await swap(first.cert, first.key)).toBe("+OK");
    expect((await talk(PING, client)).name).toBe("first");
  });

  it("tls-protocols and tls-ciphers", async () => {
    await plain.do("CONFIG", "SET", "tls-protocols", "TLSv1.2");
    expect((await talk(PING, client)).protocol).toBe("TLSv1.2");
    expect(show(await plain.send("CONFIG", "SET", "tls-protocols", "SSLv9"))).toContain("Unable to update");
    expect(show(await plain.send("CONFIG", "SET", "tls-ciphers", "NOSUCH"))).toContain("Unable to update");
    await plain.do("CONFIG", "SET", "tls-protocols", "", "tls-ciphersuites", "TLS_AES_128_GCM_SHA256");
    expect((await talk(PING, client)).protocol).toBe("TLSv1.3");
    await plain.do("CONFIG", "SET", "tls-ciphersuites", "");
  });

  it("tls-port moves, and goes; those who are there stay", async () => {
    const other = await freePort();
    await plain.do("CONFIG", "SET", "tls-port", String(other));
    await expect(talk(PING, client)).rejects.toThrow();
    expect((await talk(PING, client, { port: other })).answer).toBe("+PONG\r\n");
    await plain.do("CONFIG", "SET", "tls-port", String(port));
    expect((await talk(PING, client)).answer).toBe("+PONG\r\n");
    expect(String(await plain.do("INFO", "server"))).toContain(`name=tls,bind=127.0.0.1,port=${port}`);
  });

  it("a client that speaks plain text is let go, and nobody else is", async () => {
    const { RespClient } = await import("../support/resp-client.ts");
    const wrong = await RespClient.connect({ port });
    wrong.write(PING);
    await wrong.closed;
    expect((await talk(PING, client)).answer).toBe("+PONG\r\n");
  });

  it("a start without a certificate is refused", async () => {
    await expect(startKvasm({ args: ["--tls-port", String(await freePort())] })).rejects.toThrow(
      "Failed to configure TLS",
    );
  });
});
