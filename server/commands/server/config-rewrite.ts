/** CONFIG REWRITE: the configuration file as the server is now. https://redis.io/commands/config-rewrite */
import { OK } from "../../../bindings/reply-tree.ts";
import { userLines } from "../../acl/acl-file.ts";
import { readConfigFile, reasonOf } from "../../config/file.ts";
import { replaceFile, rewriteConfigText } from "../../config/rewrite.ts";
import type { CommandContext } from "../context.ts";

export function configRewrite(context: CommandContext): void {
  const { server } = context;
  const path = server.configFile;
  if (path === null) return context.error("ERR The server is running without a config file");
  const users = server.config.text("aclfile") === "" ? userLines(server.access.users) : null;
  try {
    replaceFile(path, rewriteConfigText(readConfigFile(path), server.config, users));
  } catch (problem) {
    server.log.warning(`CONFIG REWRITE failed: ${reasonOf(problem)}`);
    return context.error(`ERR Rewriting config file: ${reasonOf(problem)}`);
  }
  server.log.notice("CONFIG REWRITE executed with success.");
  context.reply(OK);
}
