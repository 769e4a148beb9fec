/** AUTH [username] password. https://redis.io/commands/auth */
import { OK } from "../../../bindings/reply-tree.ts";
import { DEFAULT_USER } from "../../acl/default-user.ts";
import { authenticate, WRONG_PASSWORD } from "../../authenticate.ts";
import { type CommandContext, SYNTAX_ERROR } from "../context.ts";

export function auth(context: CommandContext): void {
  const { server, client, argc } = context;
  if (argc > 3) return context.error(SYNTAX_ERROR);
  if (argc === 2 && !server.defaultUser.needsPassword) {
    return context.error(
      "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?",
    );
  }
  const userName = argc === 3 ? context.text(1) : DEFAULT_USER;
  if (authenticate(server, client, userName, context.text(argc - 1))) context.reply(OK);
  else context.error(WRONG_PASSWORD);
}
