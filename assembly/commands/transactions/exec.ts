/** EXEC: refuses here; what it lets pass, execute.ts runs. https://redis.io/commands/exec */
import { Client } from "../../client.ts";
import { root } from "../../root.ts";
import { transactionBegin } from "../../transaction.ts";

export function exec(): void {
  transactionBegin(changetype<Client>(root.client));
}
