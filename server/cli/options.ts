/**
 * options: the command line of `kvasm cli`, as redis-cli takes it. Options come before the command; from the first word
 * that is none, everything belongs to the command.
 */
import { readFileSync } from "node:fs";
import type { ConnectionOptions as TlsOptions } from "node:tls";
import { splitArgs, toByteString } from "../config/split-args.ts";
import type { OutputForm } from "./render.ts";

/** What is done instead of running commands. */
export type Mode =
  "commands" | "pipe" | "latency" | "latencyHistory" | "stat" | "bigkeys" | "memkeys" | "scan";

export interface CliOptions {
  readonly host: string;
  readonly port: number;
  /** Path of a Unix socket, which takes the place of host and port; null: none. */
  readonly socket: string | null;
  /** 0: whatever the host's name leads to. */
  readonly addressFamily: 0 | 4 | 6;
  readonly connectTimeoutMs: number;
  readonly user: string | null;
  readonly password: string | null;
  /** The password stood on the command line, where others can see it. */
  readonly warnOfPassword: boolean;
  readonly askPassword: boolean;
  readonly database: number;
  /** null: as the server begins, which is RESP2. */
  readonly resp: 2 | 3 | null;
  readonly tls: TlsOptions | null;
  /** null: by whether the output is a terminal. */
  readonly form: OutputForm | null;
  readonly elementDelimiter: string;
  readonly replyDelimiter: string;
  /** null: by whether the output is a terminal. */
  readonly showPushes: boolean | null;
  readonly mode: Mode;
  readonly command: readonly string[];
  /** Runs of a command; Infinity: for ever. */
  readonly repeat: number;
  readonly intervalMs: number;
  /** Standard input is the command's last argument (""), or takes the place of the argument that is this word. */
  readonly inputTag: string | null;
  readonly errorsEndIt: boolean;
  readonly quotedInput: boolean;
  readonly evalFile: string | null;
  readonly pattern: string;
  readonly scanCount: number;
  readonly scanType: string | null;
  readonly memorySamples: number | null;
  readonly pipeTimeoutMs: number;
}

/** The command line makes no sense; the message says where. */
export class UsageError extends Error {}

type Writable<T> = { -readonly [K in keyof T]: T[K] };
type Options = Writable<CliOptions>;

const DEFAULT_PORT = 6379;
const MILLISECONDS = 1000;
const PIPE_TIMEOUT_SECONDS = 30;

/** The next word of the command line. */
type Take = () => string;
type Apply = (options: Options, take: Take) => void;

const OPTIONS: Readonly<Record<string, Apply>> = {
  "-h": (options, take) => (options.host = take()),
  "-p": (options, take) => (options.port = integer(take(), "port", 65535)),
  "-s": (options, take) => (options.socket = take()),
  "-4": (options) => (options.addressFamily = 4),
  "-6": (options) => (options.addressFamily = 6),
  "-t": (options, take) => (options.connectTimeoutMs = seconds(take(), "timeout")),
  "-a": password,
  "--pass": password,
  "--user": (options, take) => (options.user = toByteString(take())),
  "--askpass": (options) => (options.askPassword = true),
  "--no-auth-warning": (options) => (options.warnOfPassword = false),
  "-u": (options, take) => readUri(options, take()),
  "-n": (options, take) => (options.database = integer(take(), "database", Number.MAX_SAFE_INTEGER)),
  "-2": (options) => (options.resp = 2),
  "-3": (options) => (options.resp = 3),
  "--tls": (options) => (options.tls ??= {}),
  "--sni": (options, take) => (options.tls = { ...options.tls, servername: take() }),
  "--cacert": (options, take) => (options.tls = { ...options.tls, ca: contentOf(take()) }),
  "--cert": (options, take) => (options.tls = { ...options.tls, cert: contentOf(take()) }),
  "--key": (options, take) => (options.tls = { ...options.tls, key: contentOf(take()) }),
  "--insecure": (options) => (options.tls = { ...options.tls, rejectUnauthorized: false }),
  "--tls-ciphers": cipherList,
  "--tls-ciphersuites": cipherList,
  "--raw": (options) => (options.form = "raw"),
  "--no-raw": (options) => (options.form = "standard"),
  "--csv": (options) => (options.form = "csv"),
  "--json": (options) => (options.form = "json"),
  "--quoted-json": (options) => (options.form = "quotedJson"),
  "-d": (options, take) => (options.elementDelimiter = toByteString(take())),
  "-D": (options, take) => (options.replyDelimiter = toByteString(take())),
  "--show-pushes": (options, take) => (options.showPushes = /^y/i.test(take())),
  "-r": (options, take) => (options.repeat = times(take())),
  "-i": (options, take) => (options.intervalMs = seconds(take(), "interval")),
  "-x": (options) => (options.inputTag = ""),
  "-X": (options, take) => (options.inputTag = toByteString(take())),
  "-e": (options) => (options.errorsEndIt = true),
  "--quoted-input": (options) => (options.quotedInput = true),
  "--eval": (options, take) => (options.evalFile = take()),
  "--pipe": (options) => (options.mode = "pipe"),
  "--pipe-timeout": (options, take) => (options.pipeTimeoutMs = seconds(take(), "pipe timeout")),
  "--latency": (options) => (options.mode = "latency"),
  "--latency-history": (options) => (options.mode = "latencyHistory"),
  "--stat": (options) => (options.mode = "stat"),
  "--bigkeys": (options) => (options.mode = "bigkeys"),
  "--memkeys": (options) => (options.mode = "memkeys"),
  "--memkeys-samples": (options, take) => {
    options.mode = "memkeys";
    options.memorySamples = integer(take(), "samples", Number.MAX_SAFE_INTEGER);
  },
  "--scan": (options) => (options.mode = "scan"),
  "--pattern": (options, take) => (options.pattern = toByteString(take())),
  "--quoted-pattern": (options, take) => (options.pattern = unquoted(toByteString(take()))),
  "--count": (options, take) => (options.scanCount = integer(take(), "count", Number.MAX_SAFE_INTEGER)),
  "--type": (options, take) => (options.scanType = toByteString(take())),
};

/**
 * @param args         what follows `kvasm cli`
 * @param environment  REDISCLI_AUTH is a password that is not on the command line
 * @throws UsageError
 */
export function parseCliOptions(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): CliOptions {
  const secret = environment["REDISCLI_AUTH"];
  const options: Options = {
    ...{ host: "127.0.0.1", port: DEFAULT_PORT, socket: null, addressFamily: 0, connectTimeoutMs: 0 },
    ...{ user: null, password: secret === undefined ? null : toByteString(secret), warnOfPassword: true },
    ...{ askPassword: false, database: 0, resp: null, tls: null },
    ...{ form: null, elementDelimiter: "\n", replyDelimiter: "\n", showPushes: null },
    ...{ mode: "commands", command: [], repeat: 1, intervalMs: 0, inputTag: null, errorsEndIt: false },
    ...{
      quotedInput: false,
      evalFile: null,
      pattern: "*",
      scanCount: 0,
      scanType: null,
      memorySamples: null,
    },
    ...{ pipeTimeoutMs: PIPE_TIMEOUT_SECONDS * MILLISECONDS },
  };
  let passwordGiven = false;
  let at = 0;
  while (at < args.length && OPTIONS[args[at]!] !== undefined) {
    const name = args[at++]!;
    OPTIONS[name]!(options, () => {
      const value = args[at++];
      if (value === undefined) throw unrecognized(name);
      return value;
    });
    if (name === "-a" || name === "--pass" || name === "-u") passwordGiven = options.password !== null;
  }
  if (at < args.length && args[at]!.startsWith("-") && args[at] !== "-") throw unrecognized(args[at]!);
  options.command = args.slice(at).map(toByteString);
  if (options.quotedInput) options.command = options.command.map(unquoted);
  options.warnOfPassword &&= passwordGiven && !options.askPassword;
  if (options.form === "json" || options.form === "quotedJson") options.resp ??= 3;
  return options;
}

function unrecognized(name: string): UsageError {
  return new UsageError(`Unrecognized option or bad number of args for: '${name}'`);
}

function password(options: Options, take: Take): void {
  options.password = toByteString(take());
}

/** Node takes suites of TLS 1.3 and ciphers of older versions in one list. */
function cipherList(options: Options, take: Take): void {
  const given = take();
  const before = options.tls?.ciphers;
  options.tls = { ...options.tls, ciphers: before === undefined ? given : `${before}:${given}` };
}

function integer(text: string, what: string, max: number): number {
  if (!/^\d+$/.test(text) || Number(text) > max) throw new UsageError(`Invalid ${what}: '${text}'`);
  return Number(text);
}

function times(text: string): number {
  return text === "-1" ? Infinity : integer(text, "number of times", Number.MAX_SAFE_INTEGER);
}

/** @returns milliseconds */
function seconds(text: string, what: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0)) throw new UsageError(`Invalid ${what}: '${text}'`);
  return value * MILLISECONDS;
}

function contentOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (problem) {
    throw new UsageError(`Can't read ${file}: ${(problem as Error).message}`);
  }
}

/** One word with the escapes of double quotes. */
function unquoted(word: string): string {
  const words = splitArgs(word);
  if (words === null || words.length !== 1) {
    if (words?.length === 0) return "";
    throw new UsageError(`Invalid quoted string: '${word}'`);
  }
  return words[0]!;
}

/** redis[s]://[user:password@]host[:port][/database] */
function readUri(options: Options, text: string): void {
  if (!/^rediss?:\/\//i.test(text)) throw new UsageError("Invalid URI scheme");
  let uri: URL;
  try {
    uri = new URL(text);
  } catch {
    throw new UsageError("Invalid URI");
  }
  if (uri.protocol === "rediss:") options.tls ??= {};
  if (uri.hostname !== "") options.host = uri.hostname.replace(/^\[|\]$/g, "");
  if (uri.port !== "") options.port = Number(uri.port);
  if (uri.username !== "" && uri.password !== "") options.user = decoded(uri.username);
  if (uri.password !== "" || uri.username !== "") options.password = decoded(uri.password || uri.username);
  const database = uri.pathname.slice(1);
  if (database !== "") options.database = integer(database, "database", Number.MAX_SAFE_INTEGER);
}

function decoded(part: string): string {
  try {
    return toByteString(decodeURIComponent(part));
  } catch {
    throw new UsageError("Invalid URI");
  }
}
