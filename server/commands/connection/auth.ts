/** AUTH [username] password. https://redis.io/commands/auth */
import { OK } from "../../../bindings/reply-tree.ts";
import { DEFAULT_USER } from "../../acl/users.ts";
import { type CommandContext, SYNTAX_ERROR } from "../context.ts";

export const WRONG_PASSWORD = "WRONGPASS invalid username-password pair or user is disabled.";

export function auth(context: CommandContext): void {
  const { server, client, argc } = context;
  const { access } = server;
  if (argc > 3) return context.error(SYNTAX_ERROR);
  if (argc === 2 && access.users.default.noPassword) {
    return context.error(
      "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?",
    );
  }
  const userName = argc === 3 ? context.text(1) : DEFAULT_USER;
  if (access.authenticate(client, userName, context.text(argc - 1), context.text(0))) context.reply(OK);
  else context.error(WRONG_PASSWORD);
}
