/** CLUSTER of a server that is in no cluster: it refuses even HELP. https://redis.io/commands/cluster-help */
import type { CommandContext } from "../context.ts";

export function clusterHelp(context: CommandContext): void {
  context.error("ERR This instance has cluster support disabled");
}
