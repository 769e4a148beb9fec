/** channels: which arguments of a command are channels of pub/sub that its user must be allowed to use. */
import type { CommandRow } from "../../bindings/command-table.ts";

export interface ChannelUse {
  /** PUBLISH: what follows the channel is the message. */
  readonly onlyFirst: boolean;
  readonly isPattern: boolean;
}

/** To leave a channel, nobody needs a permission. */
const USES: Readonly<Record<string, ChannelUse>> = {
  subscribe: { onlyFirst: false, isPattern: false },
  ssubscribe: { onlyFirst: false, isPattern: false },
  psubscribe: { onlyFirst: false, isPattern: true },
  publish: { onlyFirst: true, isPattern: false },
  spublish: { onlyFirst: true, isPattern: false },
};

export function channelUse(row: CommandRow): ChannelUse | undefined {
  return row.group === "pubsub" ? USES[row.name] : undefined;
}
