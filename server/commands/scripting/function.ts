/** FUNCTION and FCALL: libraries and the functions in them. */
import { map, OK, type Reply, set, status } from "../../../bindings/reply-tree.ts";
import type { CommandRow } from "../../../bindings/command-table.ts";
import type { DefinedCaller } from "../../../bindings/defined-commands.ts";
import { byteString } from "../../../bindings/records.ts";
import type { Client } from "../../client.ts";
import { globMatch } from "../../glob.ts";
import type { RestorePolicy } from "../../scripting/functions.ts";
import type { Server } from "../../server.ts";
import type { CommandContext } from "../context.ts";

const POLICIES: readonly string[] = ["flush", "append", "replace"];

export function fcall(context: CommandContext): void {
  if (!runDefined(context)) context.server.scripting.callFunction(context, false);
}

export function fcallRo(context: CommandContext): void {
  if (!runDefined(context)) context.server.scripting.callFunction(context, true);
}

/** Runs a command that the program around the server has defined. @returns whether it is one */
function runDefined(context: CommandContext): boolean {
  const { server } = context;
  const done =
    server.defined.count === 0 ? null : server.defined.runStopped(server.engine, new DefinedCall(context));
  if (done === null) return false;
  if (done.error !== null) {
    server.stats.countError(done.error);
    context.failed = true;
  }
  server.engine.appendReply(done.reply);
  return true;
}

/** The rights of who has called a defined command. */
class DefinedCall implements DefinedCaller {
  readonly record: number;
  readonly #server: Server;
  readonly #client: Client;

  constructor({ server, client }: CommandContext) {
    this.#server = server;
    this.#client = client;
    this.record = client.record;
  }

  refusal(row: CommandRow, args: readonly Uint8Array[]): string | null {
    const { access, persistence } = this.#server;
    if (row.flags.includes("write") && persistence.writeRefusal !== null) return persistence.writeRefusal;
    if (this.#client.user.isUnrestricted) return null;
    const texts = { length: args.length, text: (index: number) => byteString(args[index]!) };
    const refusal = access.refusal(this.#client, row, texts, "lua");
    return refusal?.replace(/^NOPERM /, "ERR ACL failure in script: ") ?? null;
  }

  runInHost(record: number): void {
    const client = Object.create(this.#client, { record: { value: record } }) as Client;
    this.#server.gate.run(client);
  }
}

export function functionLoad(context: CommandContext): void {
  let replace = false;
  for (let i = 2; i < context.argc - 1; i++) {
    if (context.lower(i) !== "replace") return context.error(`ERR Unknown option given: ${context.text(i)}`);
    replace = true;
  }
  const { scripting } = context.server;
  const loaded = scripting.functions.load(scripting.machine, context.bytes(context.argc - 1), replace);
  if ("error" in loaded) context.error(loaded.error);
  else context.reply(loaded.name);
}

export function functionDelete(context: CommandContext): void {
  const { scripting } = context.server;
  if (scripting.functions.delete(scripting.machine, context.text(2))) context.reply(OK);
  else context.error("ERR Library not found");
}

export function functionFlush(context: CommandContext): void {
  const mode = context.argc === 3 ? context.lower(2) : "sync";
  if (context.argc > 3 || (mode !== "sync" && mode !== "async")) {
    return context.error("ERR FUNCTION FLUSH only supports SYNC|ASYNC option");
  }
  const { scripting } = context.server;
  scripting.functions.flush(scripting.machine);
  context.reply(OK);
}

export function functionList(context: CommandContext): void {
  let withCode = false;
  let pattern: string | null = null;
  for (let i = 2; i < context.argc; i++) {
    const option = context.lower(i);
    if (option === "withcode" && !withCode) withCode = true;
    else if (option === "libraryname" && pattern === null) {
      if (i + 1 >= context.argc) return context.error("ERR library name argument was not given");
      pattern = context.text(++i);
    } else return context.error(`ERR Unknown argument ${context.text(i)}`);
  }
  const libraries: Reply[] = [];
  for (const library of context.server.scripting.functions.libraries.values()) {
    if (pattern !== null && !globMatch(pattern, library.name, true)) continue;
    const entries: [Reply, Reply][] = [
      ["library_name", library.name],
      ["engine", "LUA"],
      [
        "functions",
        library.functions.map((each) =>
          map([
            ["name", each.name],
            ["description", each.description],
            ["flags", set(each.flagNames.map((name) => status(name)))],
          ]),
        ),
      ],
    ];
    if (withCode) entries.push(["library_code", library.code]);
    libraries.push(map(entries));
  }
  context.reply(libraries);
}

export function functionStats(context: CommandContext): void {
  const { scripting } = context.server;
  const { running, functions } = scripting;
  const script: Reply = running
    ? map([
        ["name", running.name],
        ["command", [running.isFunction ? "fcall" : "eval", running.name]],
        ["duration_ms", Date.now() - running.startedAtMs],
      ])
    : null;
  const counts = map([
    ["libraries_count", functions.libraries.size],
    ["functions_count", functions.count],
  ]);
  context.reply(
    map([
      ["running_script", script],
      ["engines", map([["LUA", counts]])],
    ]),
  );
}

export function functionKill(context: CommandContext): void {
  const problem = context.server.scripting.kill(true);
  if (problem === null) context.reply(OK);
  else context.error(problem);
}

export function functionDump(context: CommandContext): void {
  context.reply(context.server.scripting.functions.dump());
}

export function functionRestore(context: CommandContext): void {
  const policy = context.argc === 4 ? context.lower(3) : "append";
  if (context.argc > 4 || !POLICIES.includes(policy)) {
    return context.error("ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.");
  }
  const { scripting } = context.server;
  const problem = scripting.functions.restore(scripting.machine, context.bytes(2), policy as RestorePolicy);
  if (problem === null) context.reply(OK);
  else context.error(problem);
}
