/** HELLO [protover [AUTH username password] [SETNAME name]]: who is there, and which protocol. https://redis.io/commands/hello */
import { clientResp, setClientResp } from "../../../bindings/records.ts";
import { map } from "../../../bindings/reply-tree.ts";
import { isPlainName } from "../../client.ts";
import { REDIS_VERSION } from "../../version.ts";
import type { CommandContext } from "../context.ts";
import { WRONG_PASSWORD } from "./auth.ts";
import { NAME_ERROR } from "./client-setname.ts";

export function hello(context: CommandContext): void {
  const { server, client, argc } = context;
  let version: 2 | 3 | null = null;
  if (argc > 1) {
    const asked = context.integer(1);
    if (asked === null) return context.error("ERR Protocol version is not an integer or out of range");
    if (asked !== 2 && asked !== 3) return context.error("NOPROTO unsupported protocol version");
    version = asked;
  }

  let credentials: [string, string] | null = null;
  let name: string | null = null;
  for (let i = 2; i < argc; i++) {
    const option = context.lower(i);
    if (option === "auth" && i + 2 < argc) {
      credentials = [context.text(i + 1), context.text(i + 2)];
      i += 2;
    } else if (option === "setname" && i + 1 < argc) {
      name = context.text(++i);
      if (!isPlainName(name)) return context.error(NAME_ERROR);
    } else return context.error(`ERR Syntax error in HELLO option '${context.text(i)}'`);
  }

  const { access } = server;
  if (credentials && !access.authenticate(client, ...credentials, context.text(0))) {
    return context.error(WRONG_PASSWORD);
  }
  if (!client.authenticated && access.users.defaultNeedsPassword) {
    return context.error(
      "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time",
    );
  }
  if (name !== null) client.name = name;
  if (version !== null) setClientResp(server.engine, client.record, version);
  context.reply(
    map([
      ["server", "redis"],
      ["version", REDIS_VERSION],
      ["proto", clientResp(server.engine, client.record)],
      ["id", client.id],
      ["mode", "standalone"],
      ["role", "master"],
      ["modules", []],
    ]),
  );
}
