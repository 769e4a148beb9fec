/** CLIENT LIST [TYPE type | ID id …]. https://redis.io/commands/client-list */
import { verbatim } from "../../../bindings/reply-tree.ts";
import type { Client } from "../../client.ts";
import { clientLine, parseClientType } from "../../client-list.ts";
import { type CommandContext, SYNTAX_ERROR } from "../context.ts";

export function clientList(context: CommandContext): void {
  const clients = selectClients(context);
  if (!clients) return;
  const nowMs = Date.now();
  const lines = Array.from(clients, (client) => `${clientLine(context.server, client, nowMs)}\n`);
  context.reply(verbatim("txt", lines.join("")));
}

/** The clients asked for; null after an error reply. */
function selectClients(context: CommandContext): Iterable<Client> | null {
  const { clients } = context.server;
  if (context.argc === 2) return clients;
  const option = context.lower(2);
  if (option === "type" && context.argc === 4) {
    const type = parseClientType(context.text(3));
    if (type) return [...clients].filter((client) => client.type === type);
    context.error(`ERR Unknown client type '${context.text(3)}'`);
    return null;
  }
  if (option === "id" && context.argc > 3) {
    const found: Client[] = [];
    for (let i = 3; i < context.argc; i++) {
      const id = context.integer(i);
      if (id === null) {
        context.error("ERR Invalid client ID");
        return null;
      }
      const client = clients.get(id);
      if (client) found.push(client);
    }
    return found;
  }
  context.error(SYNTAX_ERROR);
  return null;
}
