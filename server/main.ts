/**
 * main: the program `kvasm`: command line, configuration, start, signals, exit codes.
 *
 * The engine compiles while the configuration is read. Exit code 0: asked to stop; 1: could not start, or a bug.
 */
import { rm, writeFile } from "node:fs/promises";
import { appendFileSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { COMMANDS } from "../bindings/command-table.ts";
import { Engine } from "../bindings/engine.ts";
import { KvasmError } from "../bindings/errors.ts";
import { packagedModule } from "../bindings/load.ts";
import { hostCommandId } from "../bindings/records.ts";
import { AclStartError } from "./acl/access.ts";
import { parseCommandLine } from "./config/command-line.ts";
import { Config } from "./config/config.ts";
import {
  ConfigFileError,
  emptyEffects,
  type FileEffects,
  loadConfigText,
  readConfigFile,
  reasonOf,
} from "./config/file.ts";
import { fromByteString } from "./config/split-args.ts";
import { ListenError } from "./net/listener.ts";
import { Log, type LogLevel } from "./observe/log.ts";
import { nodePlatform } from "./platform/node.ts";
import { portablePlatform } from "./platform/portable.ts";
import { nodeFiles } from "./persistence/files.ts";
import { restoreImage } from "./persistence/memory-image.ts";
import { setProcessTitle } from "./process-title.ts";
import { findRun, runBeside } from "./run.ts";
import { Server } from "./server.ts";
import { runTool } from "./tools.ts";
import { OUR_VERSION, REDIS_VERSION } from "./version.ts";

const USAGE = `Usage: kvasm [/path/to/redis.conf] [options] [-]
       kvasm - (read the configuration from standard input)
       kvasm check-rdb FILE, kvasm check-aof [--fix] FILE (look at files)
       kvasm dump FILE --json (an RDB file as text)
       kvasm cli [options] [command] (a client; kvasm cli --help)
       kvasm --check-config [/path/to/redis.conf] [options] (look at a configuration)
       kvasm --test-memory MEGABYTES
       kvasm [options] --run COMMAND (a server for as long as COMMAND runs, its address in REDIS_URL)
       kvasm -v or --version
       kvasm -h or --help

Examples:
       kvasm (all defaults)
       echo 'maxmemory 128mb' | kvasm -
       kvasm /etc/redis/6379.conf
       kvasm --port 7777
       kvasm /etc/myredis.conf --loglevel verbose
`;

/** Tools look for `v=`. */
const VERSION_LINE = `kvasm ${OUR_VERSION} Redis server v=${REDIS_VERSION} sha=00000000:0 malloc=kvasm bits=32 build=${OUR_VERSION}\n`;

const STANDARD_INPUT = 0;
const log = new Log();
let server: Server | null = null;

/** Says why, and ends. */
function fail(message: string): never {
  log.warning(message);
  process.exit(1);
}

function readConfiguration(
  config: Config,
  file: string | null,
  standardInput: boolean,
  options: string,
): FileEffects {
  try {
    const parts = file === null ? "" : readConfigFile(file);
    const piped = standardInput ? `\n${readFileSync(STANDARD_INPUT).toString("latin1")}` : "";
    const effects = emptyEffects();
    loadConfigText(config, parts + piped + options, effects);
    checkLogFile(fromByteString(config.text("logfile")));
    return effects;
  } catch (problem) {
    if (!(problem instanceof ConfigFileError)) throw problem;
    if (problem.lines.length === 1) fail(problem.lines[0]!);
    process.stderr.write(`${problem.lines.join("\n")}\n`);
    process.exit(1);
  }
}

/** A log that cannot be opened is noticed at the start, not when something has to be said. */
function checkLogFile(path: string): void {
  if (path === "") return;
  try {
    appendFileSync(path, "");
  } catch (problem) {
    throw new ConfigFileError([
      "",
      `*** FATAL CONFIG FILE ERROR (Redis ${REDIS_VERSION}) ***`,
      `Can't open the log file: ${reasonOf(problem)}`,
    ]);
  }
}

function installSignals(started: Server): void {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      log.notice(`Received ${signal} scheduling shutdown...`);
      const words = started.config.text(`shutdown-on-${signal.toLowerCase()}`).split(" ");
      const save = words.includes("save") ? true : words.includes("nosave") ? false : null;
      started.shutDown("User requested shutdown...", { save, force: words.includes("force") });
    });
  }
  process.on("SIGPIPE", () => undefined);
  process.on("SIGHUP", () => undefined);
}

/** A bug ends the process: what it leaves behind cannot be trusted. The last command helps to find it. */
function installBugReport(): void {
  process.on("uncaughtException", (bug: Error) => {
    log.warning(`=== kvasm ${OUR_VERSION} BUG REPORT: ${bug.stack ?? bug.message}`);
    const last = server && COMMANDS[hostCommandId(server.engine)]?.name;
    if (last) log.warning(`The engine's last command: ${last}`);
    process.exit(1);
  });
}

async function serve(file: string | null, standardInput: boolean, options: string): Promise<void> {
  const compiled = packagedModule();
  compiled.catch(() => undefined); // reported where it is awaited
  const configFile = file === null ? null : resolve(file);
  const config = new Config();
  const effects = readConfiguration(config, configFile, standardInput, options);
  log.level = config.text("loglevel") as LogLevel;
  log.file = config.text("logfile") === "" ? "" : resolve(fromByteString(config.text("logfile")));

  log.notice("oO0OoO0OoO0Oo kvasm is starting oO0OoO0OoO0Oo");
  log.notice(
    `Redis version=${REDIS_VERSION}, kvasm version=${OUR_VERSION}, bits=32, pid=${process.pid}, just started`,
  );
  if (file !== null || standardInput || options !== "") log.notice("Configuration loaded");
  else {
    log.warning(
      "Warning: no config file specified, using the default config. In order to specify a config file use kvasm /path/to/redis.conf",
    );
  }
  log.role = "M";
  if (config.flag("daemonize")) log.warning("daemonize has no effect: the server stays in the foreground");
  const platform = nodePlatform() ?? portablePlatform();
  const module = await compiled;
  const restored = restoreImage(nodeFiles, config, module, log);
  const engine = restored?.engine ?? new Engine(module, { databases: config.int("databases") });
  log.notice(`Running mode=standalone, port=${config.text("port")}.`);
  log.notice(`PID: ${process.pid}`);
  const renames = effects.renamedCommands;
  server = new Server({ config, log, engine, platform, configFile, renames, restored });
  server.access.loadAtStart(effects.users);
  const pidFile = await writePidFile(config);
  server.onExit(() => void removePidFile(pidFile).then(() => process.exit(0)));
  installSignals(server);
  log.notice("Server initialized");
  await server.start();
  if (server.listener.hasTcp) log.notice("Ready to accept connections tcp");
  if (server.listener.hasTls) log.notice("Ready to accept connections tls");
  if (server.listener.hasUnix) log.notice("Ready to accept connections unix");
  setProcessTitle(config);
}

/** @returns its path, or null where none is wanted; one that cannot be written stops nothing, as in Redis */
async function writePidFile(config: Config): Promise<string | null> {
  const path = fromByteString(config.text("pidfile"));
  if (path === "") return null;
  try {
    await writeFile(path, `${process.pid}\n`);
    return resolve(path);
  } catch (problem) {
    log.warning(`Failed to write PID file: ${reasonOf(problem)}`);
    return null;
  }
}

async function removePidFile(path: string | null): Promise<void> {
  if (path === null) return;
  log.notice("Removing the pid file.");
  await rm(path, { force: true });
}

/** What is no bug: the message says all. */
function isStartError(problem: unknown): problem is Error {
  return problem instanceof ListenError || problem instanceof KvasmError || problem instanceof AclStartError;
}

async function runProgram(options: readonly string[], command: readonly string[]): Promise<number> {
  if (command.length === 0) {
    process.stdout.write(USAGE);
    return 1;
  }
  try {
    return await runBeside(options, command);
  } catch (problem) {
    if (problem instanceof ConfigFileError) fail(problem.lines.join("\n"));
    if (isStartError(problem) || (problem as NodeJS.ErrnoException).syscall) fail((problem as Error).message);
    throw problem;
  }
}

async function main(): Promise<void> {
  installBugReport();
  const tool = await runTool(process.argv.slice(2));
  if (tool !== null) {
    process.exitCode = tool;
    return;
  }
  const run = findRun(process.argv.slice(2));
  if (run !== null) {
    process.exitCode = await runProgram(run.options, run.command);
    return;
  }
  const line = parseCommandLine(process.argv.slice(2));
  if (line.action === "check") {
    readConfiguration(new Config(), line.file && resolve(line.file), line.standardInput, line.text);
    process.stdout.write("The configuration is sound.\n");
    return;
  }
  if (line.action !== "serve") {
    process.stdout.write(line.action === "help" ? USAGE : VERSION_LINE);
    return;
  }
  try {
    await serve(line.file, line.standardInput, line.text);
  } catch (problem) {
    if (isStartError(problem)) fail(problem.message);
    throw problem;
  }
}

await main();
