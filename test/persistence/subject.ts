/** subject: a server without sockets in this process, on a disk in memory: persistence alone, fast enough for many seeds. */
import { Engine } from "../../bindings/engine.ts";
import { Config } from "../../server/config/config.ts";
import { Log } from "../../server/observe/log.ts";
import { portablePlatform } from "../../server/platform/portable.ts";
import { Server } from "../../server/server.ts";
import { engineModule } from "../support/engine.ts";
import type { MemoryDisk } from "../support/memory-disk.ts";

export class Subject {
  readonly engine = new Engine(engineModule("release"), { seed: 1n, databases: 2 });
  readonly server: Server;
  readonly #client: number;

  constructor(disk: MemoryDisk, settings: Record<string, string>, isEmbedded = false) {
    const config = new Config();
    const own = { save: "", loglevel: "nothing", ...settings };
    for (const [name, value] of Object.entries(own)) config.force(name, value);
    const log = new Log();
    const parts = { config, log, engine: this.engine, platform: portablePlatform(), configFile: null };
    this.server = new Server({ ...parts, files: disk, isEmbedded });
    this.#client = this.engine.exports.clientOpen();
    this.engine.memory.refresh();
  }

  async start(): Promise<this> {
    await this.server.persistence.start();
    return this;
  }

  run(...argv: string[]): string {
    const { engine } = this;
    engine.call(
      this.#client,
      argv.map((word) => Buffer.from(word, "latin1")),
    );
    const reply = Buffer.from(engine.reply).toString("latin1");
    engine.exports.clearReply();
    engine.exports.clearEvents();
    return reply;
  }

  /** Everything that it holds, as text. */
  dataset(): string {
    const keys = this.run("KEYS", "*")
      .split("\r\n")
      .filter((line) => line.startsWith("key:"));
    return keys
      .sort()
      .map((key) => `${key}=${this.run("LRANGE", key, "0", "-1").replaceAll("\r\n", " ")}`)
      .join("\n");
  }
}
