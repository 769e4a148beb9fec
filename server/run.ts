/**
 * run: `kvasm [options] --run COMMAND`: a server of its own for the time that another program runs. On a free port unless
 * the options name one; the program finds it in REDIS_URL; when it ends, the server and its data end with it.
 */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { Engine } from "../bindings/engine.ts";
import { packagedModule } from "../bindings/load.ts";
import { parseCommandLine } from "./config/command-line.ts";
import { Config } from "./config/config.ts";
import { emptyEffects, loadConfigText } from "./config/file.ts";
import { Log, type LogLevel } from "./observe/log.ts";
import { nodePlatform } from "./platform/node.ts";
import { portablePlatform } from "./platform/portable.ts";
import { Server } from "./server.ts";

/** What differs from a server that stands alone: it says nothing and keeps nothing, unless the options say so. */
const DEFAULTS = 'port 0\nsave ""\nbind 127.0.0.1\nloglevel nothing\n';

/** Signals that end both: the program decides what it makes of them. */
const PASSED_ON = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** A shell's exit code of a program that a signal ended. */
const BY_SIGNAL = 128;

/** Splits the arguments at `--run`. @returns null where it is not among them */
export function findRun(args: readonly string[]): { options: string[]; command: string[] } | null {
  const at = args.indexOf("--run");
  if (at < 0) return null;
  const command = args.slice(at + 1);
  return { options: args.slice(0, at), command: command[0] === "--" ? command.slice(1) : command };
}

/**
 * @param options  of the server
 * @param command  one word: a line for the shell; several: a program and its arguments
 * @returns the program's exit code     @throws ListenError, KvasmError, ConfigFileError
 */
export async function runBeside(options: readonly string[], command: readonly string[]): Promise<number> {
  const server = await startServer(options);
  try {
    return await runProgram(command, urlOf(server));
  } finally {
    await new Promise<void>((resolve) => {
      server.onExit(resolve);
      server.shutDown("The program has ended.", { save: null, force: true });
    });
  }
}

async function startServer(options: readonly string[]): Promise<Server> {
  const line = parseCommandLine(options);
  const config = new Config();
  const effects = emptyEffects();
  loadConfigText(config, DEFAULTS + (line.action === "serve" ? line.text : ""), effects);
  const log = new Log();
  log.level = config.text("loglevel") as LogLevel;
  const engine = new Engine(await packagedModule(), { databases: config.int("databases") });
  const platform = nodePlatform() ?? portablePlatform();
  const renames = effects.renamedCommands;
  const server = new Server({ config, log, engine, platform, configFile: null, renames });
  server.access.loadAtStart(effects.users);
  await server.start(config.text("unixsocket") === "");
  return server;
}

function urlOf({ config, listener }: Server): string {
  if (!listener.hasTcp) return `unix://${config.text("unixsocket")}`;
  const password = config.text("requirepass");
  const credentials = password === "" ? "" : `:${encodeURIComponent(password)}@`;
  return `redis://${credentials}127.0.0.1:${config.text("port")}`;
}

function runProgram([program, ...args]: readonly string[], url: string): Promise<number> {
  const env = { ...process.env, REDIS_URL: url };
  const child = spawn(program!, args, { stdio: "inherit", env, shell: args.length === 0 });
  for (const signal of PASSED_ON) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      resolve(code ?? BY_SIGNAL + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
