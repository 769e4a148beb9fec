/**
 * tls: turns accepted sockets into encrypted streams, by the `tls-` parameters. Certificates are read when a parameter
 * changes, CONFIG SET to the same path included: connections that come from then on get the new ones, those that are
 * there keep what they have.
 */
import { readFileSync, readdirSync } from "node:fs";
import { constants } from "node:crypto";
import type net from "node:net";
import { join } from "node:path";
import tls from "node:tls";
import type { Config } from "../config/config.ts";
import { fromByteString } from "../config/split-args.ts";
import type { Log } from "../observe/log.ts";
import { SocketStream } from "../platform/portable.ts";
import type { OnStream } from "./stream.ts";

/** What Node calls the versions that `tls-protocols` names, oldest first. */
const VERSIONS: readonly tls.SecureVersion[] = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"];
/** Where no protocol is named. */
const OLDEST_BY_DEFAULT = "TLSv1.2";
const NEWEST = "TLSv1.3";

/** Suites of TLS 1.3 where `tls-ciphersuites` names none. */
const DEFAULT_SUITES = "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256";

export class TlsAcceptor {
  readonly #config: Config;
  readonly #log: Log;
  readonly #readBuffer: Uint8Array;
  readonly #onStream: OnStream;
  /** Never listens: it is handed sockets. */
  #server: tls.Server | null = null;

  /** @param onStream  is called when a handshake is over */
  constructor(config: Config, log: Log, readBuffer: Uint8Array, onStream: OnStream) {
    this.#config = config;
    this.#log = log;
    this.#readBuffer = readBuffer;
    this.#onStream = onStream;
  }

  /** Reads certificates and parameters anew. @returns false = they cannot be used, the log says why; the old ones stay */
  configure(): boolean {
    try {
      const server = tls.createServer(this.#options(), (socket) => this.#begin(socket));
      // A handshake that fails concerns nobody else.
      server.on("tlsClientError", (error) => this.#log.verbose(`TLS handshake failed: ${error.message}`));
      this.#server = server;
      return true;
    } catch (problem) {
      this.#log.warning(`Failed to configure TLS: ${(problem as Error).message}`);
      return false;
    }
  }

  accept(socket: net.Socket): void {
    socket.on("error", () => undefined); // told by way of the encrypted one
    this.#server!.emit("connection", socket);
  }

  #begin(socket: tls.TLSSocket): void {
    const isOptional = this.#config.text("tls-auth-clients") === "optional";
    // Who need not show a certificate may not show a wrong one.
    if (isOptional && !socket.authorized && Object.keys(socket.getPeerCertificate()).length > 0) {
      this.#log.verbose(`TLS client certificate refused: ${String(socket.authorizationError)}`);
      socket.destroy();
      return;
    }
    this.#onStream(new SocketStream(socket, "tcp", this.#readBuffer));
  }

  #options(): tls.TlsOptions {
    const text = (name: string): string => fromByteString(this.#config.text(name));
    const auth = text("tls-auth-clients");
    if (text("tls-cert-file") === "") throw new Error("No tls-cert-file configured!");
    const ca = [...filesOf(text("tls-ca-cert-file")), ...filesIn(text("tls-ca-cert-dir"))];
    if (auth !== "no" && ca.length === 0) {
      throw new Error(
        "Either tls-ca-cert-file or tls-ca-cert-dir must be specified when tls-cluster, tls-replication or tls-auth-clients are enabled!",
      );
    }
    const keyFile = text("tls-key-file") || text("tls-cert-file");
    const keepsSessions = this.#config.flag("tls-session-caching");
    return {
      cert: readFileSync(text("tls-cert-file")),
      key: readFileSync(keyFile),
      ...(text("tls-key-file-pass") !== "" && { passphrase: text("tls-key-file-pass") }),
      ...(ca.length > 0 && { ca }),
      ...(text("tls-dh-params-file") !== "" && { dhparam: readFileSync(text("tls-dh-params-file")) }),
      ...versions(text("tls-protocols")),
      ...ciphers(text("tls-ciphers"), text("tls-ciphersuites")),
      honorCipherOrder: this.#config.flag("tls-prefer-server-ciphers"),
      requestCert: auth !== "no",
      rejectUnauthorized: auth === "yes",
      sessionTimeout: Math.max(1, this.#config.int("tls-session-cache-timeout")),
      secureOptions: keepsSessions ? 0 : constants.SSL_OP_NO_TICKET,
    };
  }
}

function filesOf(path: string): Buffer[] {
  return path === "" ? [] : [readFileSync(path)];
}

function filesIn(folder: string): Buffer[] {
  if (folder === "") return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(folder, entry.name)));
}

/** @throws Error */
function versions(text: string): Pick<tls.TlsOptions, "minVersion" | "maxVersion"> {
  const words = text.split(/\s+/).filter((word) => word !== "");
  if (words.length === 0) return { minVersion: OLDEST_BY_DEFAULT, maxVersion: NEWEST };
  const places = words.map((word) => {
    const at = VERSIONS.findIndex((version) => version.toLowerCase() === word.toLowerCase());
    if (at < 0) throw new Error(`Invalid tls-protocols specified: ${word}`);
    return at;
  });
  return { minVersion: VERSIONS[Math.min(...places)]!, maxVersion: VERSIONS[Math.max(...places)]! };
}

/** Node takes ciphers of TLS 1.2 and suites of TLS 1.3 in one list. */
function ciphers(older: string, suites: string): Pick<tls.TlsOptions, "ciphers"> {
  if (older === "" && suites === "") return {};
  return { ciphers: `${suites || DEFAULT_SUITES}:${older || tls.DEFAULT_CIPHERS}` };
}
