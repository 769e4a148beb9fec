/** authenticate: a name and a password against the users there are; AUTH and HELLO share it. */
import { ClientFlag } from "../bindings/abi.ts";
import { setClientFlag } from "../bindings/records.ts";
import { DEFAULT_USER } from "./acl/default-user.ts";
import type { Client } from "./client.ts";
import type { Server } from "./server.ts";

export const WRONG_PASSWORD = "WRONGPASS invalid username-password pair or user is disabled.";

/** @returns whether the client is that user now; where not, it stays who it was */
export function authenticate(server: Server, client: Client, userName: string, password: string): boolean {
  // The password is compared for unknown users too: the time of an answer does not tell which names exist.
  const accepted = server.defaultUser.accepts(password);
  if (!accepted || userName !== DEFAULT_USER) {
    server.stats.authFailures++;
    return false;
  }
  client.userName = userName;
  setAuthenticated(server, client, true);
  return true;
}

/** The engine refuses what needs no look at arguments; it must know. */
export function setAuthenticated(server: Server, client: Client, authenticated: boolean): void {
  client.authenticated = authenticated;
  setClientFlag(server.engine, client.record, ClientFlag.UNAUTHENTICATED, !authenticated);
}
