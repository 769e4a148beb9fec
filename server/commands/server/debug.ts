/**
 * DEBUG: what tests need of the server's insides. Allowed as `enable-debug-command` says.
 *
 * Subcommands are a table: name → how many arguments, what it does, a line for HELP. https://redis.io/commands/debug
 */
import { CallFlag, Setting, Status } from "../../../bindings/abi.ts";
import { bigNumber, double, map, OK, raw, set, verbatim, type Reply } from "../../../bindings/reply-tree.ts";
import { clientResp } from "../../../bindings/records.ts";
import { CLIENT_NO_EVICT } from "../../client.ts";
import { clientMemory } from "../../client-list.ts";
import { clientsLimit } from "../../client-eviction.ts";
import { parseMemory } from "../../config/value-types.ts";
import { globMatch } from "../../glob.ts";
import { DEBUG_SLEEP_MAX_SECONDS } from "../../limits.ts";
import type { CommandContext } from "../context.ts";
import { helpText, type HelpEntry } from "./help.ts";

interface Subcommand {
  /** Arguments after the subcommand. */
  readonly args: readonly [least: number, most: number];
  readonly usage: string;
  readonly summary: string;
  run(context: CommandContext): void;
}

const NO_AOF_TO_LOAD = "ERR Error trying to load the AOF files, check server logs.";
/** Key entry without its key, bucket of a table, header of a quicklist node. */
const STRUCTURE_SIZES = "bits:32 entry:4 bucket:64 quicklist:20 quicklistnode:36 ";

const ok = (context: CommandContext): void => context.reply(OK);

const SUBCOMMANDS: Readonly<Record<string, Subcommand>> = {
  sleep: {
    args: [1, 1],
    usage: "SLEEP <seconds>",
    summary: "Stop the server for so long. Decimals allowed.",
    run: sleep,
  },
  error: {
    args: [1, 1],
    usage: "ERROR <message>",
    summary: "Answer with this error.",
    run: (context) => context.error(context.text(2)),
  },
  log: {
    args: [1, 1],
    usage: "LOG <message>",
    summary: "Write a message to the log.",
    run(context) {
      context.server.log.warning(`DEBUG LOG: ${context.text(2)}`);
      context.reply(OK);
    },
  },
  "set-active-expire": {
    args: [1, 1],
    usage: "SET-ACTIVE-EXPIRE <0|1>",
    summary: "Reclaim expired keys in the background, or only when somebody asks for them.",
    run: (context) => setSwitch(context, Setting.ACTIVE_EXPIRE),
  },
  "quicklist-packed-threshold": {
    args: [1, 1],
    usage: "QUICKLIST-PACKED-THRESHOLD <size>",
    summary: "Size from which a list element gets a node of its own.",
    run: packedThreshold,
  },
  "set-skip-checksum-validation": {
    args: [1, 1],
    usage: "SET-SKIP-CHECKSUM-VALIDATION <0|1>",
    summary: "Take payloads of RESTORE without looking at their checksum.",
    run: (context) => setSwitch(context, Setting.SKIP_CHECKSUM),
  },
  "change-repl-id": {
    args: [0, 0],
    usage: "CHANGE-REPL-ID",
    summary: "Take a new replication ID.",
    run(context) {
      context.server.newReplicationId();
      context.reply(OK);
    },
  },
  "stringmatch-len": {
    args: [2, 2],
    usage: "STRINGMATCH-LEN <len> <pattern>",
    summary: "Match a pattern against as many letters a.",
    run(context) {
      globMatch(context.text(3), "a".repeat(Math.max(0, context.integer(2) ?? 0)));
      context.reply(OK);
    },
  },
  protocol: {
    args: [1, 1],
    usage: "PROTOCOL <string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false>",
    summary: "Answer with a value of this type.",
    run: protocol,
  },
  loadaof: {
    args: [0, 0],
    usage: "LOADAOF",
    summary: "Write out the append-only file, and load it again.",
    run(context) {
      const { persistence } = context.server;
      // Redis would empty the databases and then say the same.
      const problem = persistence.aof.isOn ? persistence.reloadAof() : NO_AOF_TO_LOAD;
      if (problem !== null) context.error(problem);
      else context.reply(OK);
    },
  },
  reload: {
    args: [0, 3],
    usage: "RELOAD [option ...]",
    summary:
      "Save and load the dataset. MERGE: keys that are there are replaced; NOFLUSH: without emptying; NOSAVE: only load.",
    run: reload,
  },
  structsize: {
    args: [0, 0],
    usage: "STRUCTSIZE",
    summary: "How large the engine's structures are.",
    run: (context) => context.reply(STRUCTURE_SIZES),
  },
  "client-eviction": {
    args: [0, 0],
    usage: "CLIENT-EVICTION",
    summary: "What the clients that `maxmemory-clients` may end hold.",
    run: clientEviction,
  },
  jmap: { args: [0, 0], usage: "JMAP", summary: "Nothing: for compatibility.", run: ok },
  "dict-resizing": {
    args: [1, 1],
    usage: "DICT-RESIZING <0|1>",
    summary: "Nothing: for compatibility.",
    run: ok,
  },
  "pause-cron": {
    args: [1, 1],
    usage: "PAUSE-CRON <0|1>",
    summary: "Stop background work, or go on with it.",
    run(context) {
      context.server.cron.paused = context.text(2) !== "0";
      context.reply(OK);
    },
  },
  replybuffer: {
    args: [2, 2],
    usage: "REPLYBUFFER <PEAK-RESET-TIME <ms|NEVER|RESET>|RESIZING <0|1>>",
    summary: "Nothing but a check of the option: for compatibility.",
    run: replyBuffer,
  },
  "set-disable-deny-scripts": {
    args: [1, 1],
    usage: "SET-DISABLE-DENY-SCRIPTS <0|1>",
    summary: "Let scripts call commands that they may not call otherwise, or no more.",
    run(context) {
      context.server.scripting.allowsAllCommands = context.text(2) !== "0";
      context.reply(OK);
    },
  },
  assert: { args: [0, 0], usage: "ASSERT", summary: "End the server by a failed assertion.", run: crash },
  panic: { args: [0, 0], usage: "PANIC", summary: "The same.", run: crash },
  segfault: {
    args: [0, 0],
    usage: "SEGFAULT",
    summary: "The same: there is no wild pointer here.",
    run: crash,
  },
  leak: {
    args: [1, 1],
    usage: "LEAK <string>",
    summary: "Nothing: for compatibility.",
    run: ok,
  },
  clusterlink: {
    args: [3, 3],
    usage: "CLUSTERLINK KILL <to|from|all> <node-id>",
    summary: "Nothing but an error: this is no cluster.",
    run: (context) => context.error("ERR Debug option only available for cluster mode enabled setup!"),
  },
  "mallctl-str": {
    args: [1, 2],
    usage: "MALLCTL-STR <key> [<value>]",
    summary: "As MALLCTL.",
    run: (context) => context.error("ERR No such file or directory"),
  },
  mallctl: {
    args: [1, 2],
    usage: "MALLCTL <key> [<value>]",
    summary: "Nothing but an error: the allocator is not jemalloc.",
    run: (context) => context.error("ERR No such file or directory"),
  },
};

/** What a bug does: the report is written, and the process ends. */
function crash(context: CommandContext): never {
  throw new Error(`DEBUG ${context.text(1).toUpperCase()}`);
}

/** RELOAD [MERGE] [NOFLUSH] [NOSAVE]: the dataset goes to disk and comes back. */
function reload(context: CommandContext): void {
  const words = context.texts(2).map((word) => word.toLowerCase());
  const known = words.every((word) => word === "merge" || word === "noflush" || word === "nosave");
  if (!known) return context.error("ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.");
  const problem = context.server.persistence.reload(
    !words.includes("nosave"),
    !words.includes("noflush"),
    words.includes("merge"),
  );
  if (problem !== null) context.error(problem);
  else context.reply(OK);
}

/** Names as Redis checks them; there is no reply buffer of a client's own whose size they would change. */
function replyBuffer(context: CommandContext): void {
  const option = context.lower(2);
  if (option !== "peak-reset-time" && option !== "resizing") return unknownSubcommand(context);
  const isWord = ["never", "reset"].includes(context.lower(3));
  if (option === "peak-reset-time" && !isWord && context.integer(3) === null) {
    return context.error("ERR value is not an integer or out of range");
  }
  context.reply(OK);
}

/** Clients by what they hold, in ranges of powers of two, as Redis keeps them to find the largest. */
function clientEviction(context: CommandContext): void {
  const { server } = context;
  const limit = clientsLimit(server.config.text("maxmemory-clients"), server.config.int("maxmemory"));
  if (limit === 0) return context.error("ERR maxmemory-clients is disabled.");
  const FIRST_BITS = 15;
  const LAST_BITS = 32;
  const buckets = Array.from({ length: LAST_BITS - FIRST_BITS + 2 }, () => ({ bytes: 0, clients: 0 }));
  for (const client of server.clients) {
    if (client.has(CLIENT_NO_EVICT)) continue;
    const bytes = clientMemory(server, client);
    const bits = bytes < 1 ? 0 : Math.floor(Math.log2(bytes)) + 1;
    const bucket = buckets[Math.min(Math.max(bits - FIRST_BITS, 0), buckets.length - 1)]!;
    bucket.bytes += bytes;
    bucket.clients++;
  }
  const lines = buckets.map(({ bytes, clients }, i) => {
    const from = String(i === 0 ? 0 : 2 ** (FIRST_BITS + i - 1)).padStart(10);
    const to = String(2 ** (FIRST_BITS + i) - 1).padStart(10);
    const range = i === buckets.length - 1 ? `${from}+            ` : `${from} - ${to}`;
    return `bucket ${range}: tot-mem: ${String(bytes).padStart(10)}, clients: ${clients}\n`;
  });
  context.reply(verbatim("txt", lines.join("")));
}

function unknownSubcommand(context: CommandContext): void {
  context.error(
    `ERR unknown subcommand or wrong number of arguments for '${context.text(1)}'. Try DEBUG HELP.`,
  );
}

export function debug(context: CommandContext): void {
  const allowed = context.server.config.text("enable-debug-command");
  if (allowed === "no" || (allowed === "local" && !context.client.isLocal)) {
    return context.error(
      'ERR DEBUG command not allowed. If the enable-debug-command option is set to "local", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server.',
    );
  }
  const name = context.lower(1);
  if (name === "help" && context.argc === 2) return context.reply(HELP);
  const subcommand = Object.hasOwn(SUBCOMMANDS, name) ? SUBCOMMANDS[name] : undefined;
  const count = context.argc - 2;
  if (!subcommand || count < subcommand.args[0] || count > subcommand.args[1]) {
    if (!subcommand && runInEngine(context)) return;
    return unknownSubcommand(context);
  }
  subcommand.run(context);
}

/** The engine's own subcommands look into its structures; it replies itself. @returns false = it has none of this name */
function runInEngine(context: CommandContext): boolean {
  const argv = Array.from({ length: context.argc }, (_, i) => context.bytes(i));
  return context.server.engine.call(context.client.record, argv, CallFlag.DEBUG) === Status.DONE;
}

/** What the engine answers (assembly/commands/server/debug.ts). */
const ENGINE_HELP: readonly HelpEntry[] = [
  ["OBJECT <key>", "How a value is stored, and how long its RDB bytes are."],
  ["SDSLEN <key>", "How long a key and its text are, and the blocks that they lie in."],
  ["LISTPACK <key>", "Nothing but a check of the encoding: for compatibility."],
  ["QUICKLIST <key> [<0|1>]", "Nothing but a check of the encoding: for compatibility."],
  ["HTSTATS <db> [FULL]", "How the tables of a database are filled."],
  ["HTSTATS-KEY <key> [FULL]", "How the table of a value is filled."],
  ["POPULATE <count> [<prefix>] [<size>]", "Make keys with values of a size."],
  ["DIGEST", "A digest of all data, the same as Redis' for the same data."],
  ["DIGEST-VALUE <key> [<key> ...]", "Digests of values."],
];

const HELP = helpText("debug", [
  ...ENGINE_HELP,
  ...Object.values(SUBCOMMANDS).map(({ usage, summary }): HelpEntry => [usage, summary]),
]);

/** Nothing else happens meanwhile: that is what tests want of it. */
function sleep(context: CommandContext): void {
  const seconds = Math.min(DEBUG_SLEEP_MAX_SECONDS, Number(context.text(2)) || 0);
  if (seconds > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, seconds * 1000);
  context.reply(OK);
}

function setSwitch(context: CommandContext, setting: number): void {
  context.server.engine.exports.configure(setting, context.text(2) === "0" ? 0 : 1);
  context.reply(OK);
}

function packedThreshold(context: CommandContext): void {
  const FOUR_GIB = 4n * 1024n ** 3n;
  const size = parseMemory(context.text(2));
  if (size === null || size >= FOUR_GIB) {
    return context.error("ERR argument must be a memory value bigger than 1 and smaller than 4gb");
  }
  context.server.engine.exports.configure(Setting.QUICKLIST_PACKED_THRESHOLD, Number(size));
  context.reply(OK);
}

/** As Redis has them, down to the values. */
const SAMPLES: Readonly<Record<string, Reply>> = {
  string: "Hello World",
  integer: 12345,
  double: double(3.141),
  null: null,
  array: [0, 1, 2],
  set: set([0, 1, 2]),
  map: map([
    [0, false],
    [1, true],
    [2, false],
  ]),
  verbatim: verbatim("txt", "This is a verbatim\nstring"),
  true: true,
  false: false,
  bignum: bigNumber("1234567999999999999999999999999999999"),
};

function protocol(context: CommandContext): void {
  const type = context.lower(2);
  const isResp3 = clientResp(context.server.engine, context.client.record) === 3;
  if (type === "attrib") {
    if (isResp3) context.reply(raw(ascii("|1\r\n$14\r\nkey-popularity\r\n*2\r\n$7\r\nkey:123\r\n:90\r\n")));
    return context.reply("Some real reply following the attribute");
  }
  if (type === "push") {
    if (!isResp3) return context.error("ERR RESP2 is not supported by this command");
    context.reply("Some real reply following the push reply");
    return context.reply(raw(ascii(">2\r\n$16\r\nserver-cpu-usage\r\n:42\r\n")));
  }
  if (Object.hasOwn(SAMPLES, type)) return context.reply(SAMPLES[type]!);
  context.error(
    "ERR Wrong protocol type name. Please use one of the following: string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false",
  );
}

function ascii(text: string): Uint8Array {
  return Buffer.from(text, "latin1");
}
