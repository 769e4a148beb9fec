/**
 * CLIENT KILL addr:port, or with filters: ID, TYPE, USER, ADDR, LADDR, SKIPME, MAXAGE. The old form answers OK or an
 * error, the new one how many it killed. https://redis.io/commands/client-kill
 */
import { OK } from "../../../bindings/reply-tree.ts";
import { CLIENT_CLOSE_AFTER_REPLY, type Client } from "../../client.ts";
import { parseClientType } from "../../client-list.ts";
import { type CommandContext, SYNTAX_ERROR } from "../context.ts";

interface Filter {
  readonly tests: ((client: Client) => boolean)[];
  skipMe: boolean;
}

const OLD_FORM_ARGC = 3;

export function clientKill(context: CommandContext): void {
  const { server, client: caller } = context;
  if (context.argc === OLD_FORM_ARGC) {
    const address = context.text(2);
    const victims = [...server.clients].filter((client) => client.address === address);
    if (victims.length === 0) return context.error("ERR No such client");
    for (const victim of victims) kill(victim, caller);
    return context.reply(OK);
  }
  const filter = parseFilter(context);
  if (!filter) return;
  const victims = [...server.clients].filter(
    (client) => !(filter.skipMe && client === caller) && filter.tests.every((test) => test(client)),
  );
  for (const victim of victims) kill(victim, caller);
  context.reply(victims.length);
}

/** The caller still gets its reply. */
function kill(victim: Client, caller: Client): void {
  if (victim === caller) victim.setFlag(CLIENT_CLOSE_AFTER_REPLY, true);
  else victim.connection.close();
}

/** Null after an error reply. */
function parseFilter(context: CommandContext): Filter | null {
  const filter: Filter = { tests: [], skipMe: true };
  for (let i = 2; i < context.argc; i += 2) {
    const problem = i + 1 < context.argc ? addTest(context, i, filter) : SYNTAX_ERROR;
    if (problem !== null) {
      context.error(problem);
      return null;
    }
  }
  return filter;
}

/** One option with its value. @returns an error line, or null */
function addTest(context: CommandContext, index: number, filter: Filter): string | null {
  const value = context.text(index + 1);
  switch (context.lower(index)) {
    case "id": {
      const id = context.integer(index + 1);
      if (id === null || id < 1) return "ERR client-id should be greater than 0";
      filter.tests.push((client) => client.id === id);
      return null;
    }
    case "maxage": {
      const seconds = context.integer(index + 1);
      if (seconds === null) return "ERR maxage is not an integer or out of range";
      if (seconds <= 0) return "ERR maxage should be greater than 0";
      const bornBeforeMs = Date.now() - seconds * 1000;
      filter.tests.push((client) => client.createdAtMs <= bornBeforeMs);
      return null;
    }
    case "type": {
      const type = parseClientType(value);
      if (!type) return `ERR Unknown client type '${value}'`;
      filter.tests.push((client) => client.type === type);
      return null;
    }
    case "user":
      if (!context.server.access.users.find(value)) return `ERR No such user '${value}'`;
      filter.tests.push((client) => client.userName === value);
      return null;
    case "addr":
      filter.tests.push((client) => client.address === value);
      return null;
    case "laddr":
      filter.tests.push((client) => client.localAddress === value);
      return null;
    case "skipme": {
      const answer = value.toLowerCase();
      if (answer !== "yes" && answer !== "no") return SYNTAX_ERROR;
      filter.skipMe = answer === "yes";
      return null;
    }
    default:
      return SYNTAX_ERROR;
  }
}
