/** certificates: a certificate authority for tests, made anew where it is needed, by the system's openssl. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";

/** Whether there is an openssl to make certificates with. */
export const canMakeCertificates = (() => {
  try {
    execFileSync("openssl", ["version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

export interface Certificate {
  /** PEM files. */
  readonly cert: string;
  readonly key: string;
}

export class Authority {
  readonly #dir: string;
  readonly #name: string;
  readonly cert: string;
  readonly #key: string;

  /** @param dir  where its files and those of its certificates lie */
  constructor(dir: string, name: string) {
    this.#dir = dir;
    this.#name = name;
    this.cert = path.join(dir, `${name}.crt`);
    this.#key = path.join(dir, `${name}.key`);
    openssl("req", "-x509", ...newKey(this.#key), "-days", "2", "-subj", `/CN=${name}`, "-out", this.cert);
  }

  /** A certificate for 127.0.0.1 and localhost. */
  issue(name: string): Certificate {
    const file = (ending: string): string => path.join(this.#dir, `${this.#name}-${name}.${ending}`);
    const [cert, key, request, extensions] = [file("crt"), file("key"), file("csr"), file("ext")];
    writeFileSync(extensions, "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
    openssl("req", "-new", ...newKey(key), "-subj", `/CN=${name}`, "-out", request);
    const signer = ["-CA", this.cert, "-CAkey", this.#key, "-CAcreateserial"];
    openssl("x509", "-req", "-in", request, ...signer, "-days", "2", "-extfile", extensions, "-out", cert);
    return { cert, key };
  }
}

function newKey(file: string): string[] {
  return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", file];
}

function openssl(...args: string[]): void {
  execFileSync("openssl", args, { stdio: "ignore" });
}
