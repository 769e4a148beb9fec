/** process-title: what `ps` shows, from `proc-title-template`. */
import type { Config } from "./config/config.ts";
import { fromByteString } from "./config/split-args.ts";

export function setProcessTitle(config: Config): void {
  if (!config.flag("set-proc-title")) return;
  const port = config.text("port");
  const socket = config.text("unixsocket");
  const bind = config.text("bind").split(" ")[0] || "*";
  const values: Readonly<Record<string, string>> = {
    title: "kvasm",
    "listen-addr": port === "0" && socket !== "" ? socket : `${bind}:${port}`,
    "server-mode": "",
    port,
    "tls-port": config.text("tls-port"),
    unixsocket: socket,
    "config-file": "",
  };
  const title = config
    .text("proc-title-template")
    .replace(/\{([^{}]*)\}/g, (_, name: string) => values[name] ?? "");
  process.title = fromByteString(title).trim();
}
