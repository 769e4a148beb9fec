/**
 * cli: `kvasm cli`: a client for the command line, for machines that have no redis-cli. It takes the same options and
 * prints the same, so scripts need not care which of the two they run.
 *
 *   options ─► one of   a command, a file of commands, a session with a person      runner.ts, lines.ts, interactive.ts
 *                       --pipe, --latency, --stat, --bigkeys, --memkeys, --scan     a file each
 *
 * Exit code 0, or 1 where there was no connection, no sense in the options, or (with -e) an error reply.
 */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { OUR_VERSION } from "../version.ts";
import type { Connection } from "./connection.ts";
import { ConnectionError } from "./connection.ts";
import { runInteractive } from "./interactive.ts";
import { runKeySizes } from "./key-sizes.ts";
import { runLatency } from "./latency.ts";
import { runLine } from "./lines.ts";
import { type CliOptions, parseCliOptions, UsageError } from "./options.ts";
import { runPipe } from "./pipe.ts";
import { ProtocolError, type Reply } from "./reply.ts";
import { Runner } from "./runner.ts";
import { runScan, ServerError } from "./scan.ts";
import { Session } from "./session.ts";
import { runStat } from "./stat.ts";
import { readAll, STANDARD_STREAMS, type Terminal } from "./terminal.ts";
import { toByteString } from "../config/split-args.ts";

const USAGE = `kvasm cli ${OUR_VERSION}

Usage: kvasm cli [OPTIONS] [command [argument ...]]

Where the server is
  -h <host>            127.0.0.1 if not given        -p <port>   6379 if not given
  -s <socket>          A Unix socket instead         -t <seconds> Give up connecting after so long
  -u <uri>             redis://user:password@host:port/database, rediss:// for TLS
  -4, -6               IPv4 or IPv6 only
  --tls                With TLS; --sni <name> --cacert <file> --cert <file> --key <file> --insecure
                       --tls-ciphers <list> --tls-ciphersuites <list>

Who asks
  -a <password>        Better in REDISCLI_AUTH, which others do not see; also --pass
  --user <name>        With -a                       --askpass   Ask for the password
  --no-auth-warning    Do not warn of -a
  -n <number>          Database                      -2, -3      RESP2 or RESP3

How replies look
  --no-raw             For people: the form of a terminal
  --raw                For programs: the form of everything else
  -d <text> -D <text>  What stands between elements, and after replies, of raw output
  --csv --json --quoted-json
  --show-pushes <y|n>  Print what RESP3 pushes; on a terminal it does

How commands run
  -r <times> -i <seconds>  Repeat the command (-1: for ever), with a pause
  -x                   Standard input is the last argument
  -X <word>            Standard input takes the place of this argument
  -e                   An error reply goes to standard error and ends it with exit code 1
  --quoted-input       Arguments have the escapes of double quotes
  --eval <file>        Run a script: keys, a comma between spaces, arguments

Instead of commands
  --pipe               Send standard input, which is RESP, as it is (--pipe-timeout <seconds>)
  --scan               Names of all keys             --pattern <glob> --quoted-pattern <text>
                                                     --count <number> --type <type>
  --bigkeys --memkeys  The largest keys by elements, by memory (--memkeys-samples <number>)
  --stat               Figures of the server, again and again (-i)
  --latency            How long a PING takes         --latency-history   The same by the quarter of a minute

  --help --version

Without a command, a terminal gets a session with history, completion and hints ("help" there says more); lines of a file
or a pipe are run one by one.
`;

/** @param args  what follows `kvasm cli`     @returns the exit code */
export async function runCli(
  args: readonly string[],
  terminal: Terminal = STANDARD_STREAMS,
): Promise<number> {
  // Whoever reads our output may have had enough (`| head`).
  terminal.output.on("error", () => process.exit(0));
  if (args.includes("--help") || (args.length === 1 && args[0] === "-h")) {
    terminal.output.write(USAGE);
    return 0;
  }
  if (args.length === 1 && (args[0] === "--version" || args[0] === "-v")) {
    terminal.output.write(`kvasm cli ${OUR_VERSION}\n`);
    return 0;
  }
  try {
    const options = await withAskedPassword(parseCliOptions(args, process.env), terminal);
    if (options.warnOfPassword) {
      terminal.errors.write(
        "Warning: Using a password with '-a' or '-u' option on the command line interface may not be safe.\n",
      );
    }
    return await run(options, terminal);
  } catch (problem) {
    if (problem instanceof UsageError) terminal.errors.write(`${problem.message}\n`);
    else if (problem instanceof ServerError) terminal.errors.write(`${problem.message}\n`);
    else if (problem instanceof ConnectionError || problem instanceof ProtocolError) {
      const { message } = problem;
      terminal.errors.write(message.startsWith("Could not") ? `${message}\n` : `Error: ${message}\n`);
    } else throw problem;
    return 1;
  }
}

async function run(options: CliOptions, terminal: Terminal): Promise<number> {
  if (options.mode === "pipe")
    return runPipe(options, terminal, (listener) => greeted(options, terminal, listener));
  const runner = new Runner(options, terminal);
  try {
    switch (options.mode) {
      case "latency":
      case "latencyHistory":
        return await runLatency(options, terminal, runner.session);
      case "stat":
        return await runStat(options, terminal, runner.session);
      case "bigkeys":
      case "memkeys":
        return await runKeySizes(runner);
      case "scan":
        return await runScan(runner);
      case "commands":
        return await runCommands(runner);
    }
  } finally {
    runner.session.close();
  }
}

async function runCommands(runner: Runner): Promise<number> {
  const { options, terminal } = runner;
  const argv = await commandOf(options, terminal);
  if (argv === null) return 1;
  if (argv.length > 0) return runOnce(runner, argv);
  if (terminal.input.isTTY && terminal.output.isTTY) return runInteractive(runner);
  return runLines(runner);
}

async function runOnce(runner: Runner, argv: readonly string[]): Promise<number> {
  const word = argv[0]!.toLowerCase();
  if (word === "help" || word === "?") {
    await runLine(runner, argv.join(" "));
    return 0;
  }
  if (!(await runner.repeat(argv, runner.options.repeat))) return 1;
  const { connection } = runner.session;
  if (connection?.isMonitoring === true || connection?.isSubscribed === true) await runner.listen();
  return 0;
}

/** Commands of a file or a pipe. A connection that has been lost is made anew for the next one. */
async function runLines(runner: Runner): Promise<number> {
  const { input, errors } = runner.terminal;
  input.setEncoding("latin1");
  await runner.session.connect();
  for await (const line of createInterface({ input, terminal: false })) {
    try {
      if ((await runLine(runner, line)) === "end") return 0;
    } catch (problem) {
      if (!(problem instanceof ConnectionError)) throw problem;
      errors.write(`Error: ${problem.message}\n`);
      return 1;
    }
  }
  return 0;
}

/** The command to run, none for a session; null: it cannot be put together, which has been said. */
async function commandOf(options: CliOptions, terminal: Terminal): Promise<readonly string[] | null> {
  const argv = options.evalFile === null ? options.command : evalCommand(options);
  if (options.inputTag === null || argv.length === 0) return argv;
  const input = await readAll(terminal.input);
  if (options.inputTag === "") return [...argv, input];
  if (!argv.includes(options.inputTag)) {
    terminal.errors.write("Using -X option but stdin tag not match.\n");
    return null;
  }
  return argv.map((arg) => (arg === options.inputTag ? input : arg));
}

/** `--eval FILE key … , argument …` */
function evalCommand({ evalFile, command }: CliOptions): string[] {
  let script: string;
  try {
    script = readFileSync(evalFile!).toString("latin1");
  } catch (problem) {
    throw new UsageError(`Can't open file '${evalFile}': ${(problem as Error).message}`);
  }
  const comma = command.indexOf(",");
  const keys = comma < 0 ? command : command.slice(0, comma);
  const rest = comma < 0 ? [] : command.slice(comma + 1);
  return ["EVAL", script, String(keys.length), ...keys, ...rest];
}

/** A connection for `--pipe`: who asks has been said, all that comes from here on is the listener's. */
async function greeted(
  options: CliOptions,
  terminal: Terminal,
  listener: (reply: Reply) => void,
): Promise<Connection> {
  const session = new Session(options, {
    unasked: listener,
    warning: (line) => terminal.errors.write(`${line}\n`),
  });
  return session.connect();
}

/** `--askpass` */
async function withAskedPassword(options: CliOptions, terminal: Terminal): Promise<CliOptions> {
  if (!options.askPassword) return options;
  const { input, errors } = terminal;
  errors.write("Please input password: ");
  // What is typed is not shown: the terminal echoes nothing, and readline has nowhere to write.
  const lines = createInterface({ input, terminal: input.isTTY });
  const password = await new Promise<string>((resolve) => lines.once("line", resolve));
  lines.close();
  errors.write("\n");
  return { ...options, password: toByteString(password) };
}
