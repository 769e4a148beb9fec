/**
 * CLIENT TRACKING on|off [REDIRECT id] [BCAST] [PREFIX prefix …] [OPTIN | OPTOUT] [NOLOOP], CLIENT CACHING, CLIENT GETREDIR,
 * CLIENT TRACKINGINFO. https://redis.io/commands/client-tracking
 */
import { map, OK, set } from "../../../bindings/reply-tree.ts";
import type { Client } from "../../client.ts";
import type { TrackingOptions } from "../../tracking/tracking.ts";
import { type CommandContext, NOT_AN_INTEGER, SYNTAX_ERROR } from "../context.ts";
import { parseOnOff } from "./client-no-evict.ts";

const OTHER_MODE =
  "before disabling tracking for this client, and then re-enabling it with a different mode.";

/** The options as they were given. */
interface Given {
  redirect: number;
  bcast: boolean;
  optin: boolean;
  optout: boolean;
  noloop: boolean;
  readonly prefixes: string[];
}

export function clientTracking(context: CommandContext): void {
  const { server, client } = context;
  const given: Given = {
    ...{ redirect: 0, bcast: false, optin: false, optout: false, noloop: false },
    prefixes: [],
  };
  const problem = parseOptions(context, given);
  if (problem !== null) return context.error(problem);
  const on = parseOnOff(context.lower(2));
  if (on === null) return context.error(SYNTAX_ERROR);
  if (on) {
    const conflict = findConflict(client, given);
    if (conflict !== null) return context.error(conflict);
    server.tracking.enable(client, optionsOf(given));
  } else server.tracking.disable(client);
  context.reply(OK);
}

/** @returns an error line, or null */
function parseOptions(context: CommandContext, given: Given): string | null {
  for (let i = 3; i < context.argc; i++) {
    const hasValue = i + 1 < context.argc;
    switch (context.lower(i)) {
      case "redirect": {
        if (!hasValue) return SYNTAX_ERROR;
        if (given.redirect !== 0) return "ERR A client can only redirect to a single other client";
        const id = context.integer(++i);
        if (id === null) return NOT_AN_INTEGER;
        if (!context.server.clients.get(id)) {
          return "ERR The client ID you want redirect to does not exist";
        }
        given.redirect = id;
        break;
      }
      case "prefix":
        if (!hasValue) return SYNTAX_ERROR;
        given.prefixes.push(context.text(++i));
        break;
      case "bcast":
        given.bcast = true;
        break;
      case "optin":
        given.optin = true;
        break;
      case "optout":
        given.optout = true;
        break;
      case "noloop":
        given.noloop = true;
        break;
      default:
        return SYNTAX_ERROR;
    }
  }
  return null;
}

/** Whether the options fit each other, and how the client tracks already. @returns an error line, or null */
function findConflict({ tracking }: Client, given: Given): string | null {
  const { bcast, optin, optout, prefixes } = given;
  if (!bcast && prefixes.length > 0) return "ERR PREFIX option requires BCAST mode to be enabled";
  if (tracking && (tracking.mode === "bcast") !== bcast) {
    return `ERR You can't switch BCAST mode on/off ${OTHER_MODE}`;
  }
  if (bcast && (optin || optout)) return "ERR OPTIN and OPTOUT are not compatible with BCAST";
  if (optin && optout) return "ERR You can't specify both OPTIN mode and OPTOUT mode";
  if ((optin && tracking?.mode === "optout") || (optout && tracking?.mode === "optin")) {
    return `ERR You can't switch OPTIN/OPTOUT mode ${OTHER_MODE}`;
  }
  return findOverlap(prefixes, tracking?.prefixes ?? []);
}

/** Two prefixes overlap where one begins with the other: a key would be told twice. */
function findOverlap(prefixes: readonly string[], existing: readonly string[]): string | null {
  const overlap = (a: string, b: string): boolean => a.startsWith(b) || b.startsWith(a);
  for (const [i, prefix] of prefixes.entries()) {
    const old = existing.find((other) => overlap(prefix, other));
    if (old !== undefined) return overlapError(prefix, `an existing prefix '${old}'`);
    const other = prefixes.slice(i + 1).find((one) => overlap(prefix, one));
    if (other !== undefined) return overlapError(prefix, `another provided prefix '${other}'`);
  }
  return null;
}

function overlapError(prefix: string, what: string): string {
  return `ERR Prefix '${prefix}' overlaps with ${what}. Prefixes for a single client must not overlap.`;
}

function optionsOf({ bcast, optin, optout, noloop, redirect, prefixes }: Given): TrackingOptions {
  const mode = bcast ? "bcast" : optin ? "optin" : optout ? "optout" : "default";
  return { mode, noloop, redirect, prefixes };
}

export function clientCaching(context: CommandContext): void {
  const { tracking } = context.client;
  if (!tracking) {
    return context.error(
      "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled",
    );
  }
  const word = context.lower(2);
  if (word !== "yes" && word !== "no") return context.error(SYNTAX_ERROR);
  const mode = word === "yes" ? "optin" : "optout";
  if (tracking.mode !== mode) {
    return context.error(
      `ERR CLIENT CACHING ${word.toUpperCase()} is only valid when tracking is enabled in ${mode.toUpperCase()} mode.`,
    );
  }
  tracking.caching = true;
  context.reply(OK);
}

export function clientGetredir(context: CommandContext): void {
  context.reply(context.client.tracking?.redirect ?? -1);
}

export function clientTrackinginfo(context: CommandContext): void {
  const { tracking } = context.client;
  const flags = [tracking ? "on" : "off"];
  if (tracking) {
    const { mode, caching, noloop, brokenRedirect } = tracking;
    if (mode !== "default") flags.push(mode);
    if (caching && mode === "optin") flags.push("caching-yes");
    if (caching && mode === "optout") flags.push("caching-no");
    if (noloop) flags.push("noloop");
    if (brokenRedirect) flags.push("broken_redirect");
  }
  context.reply(
    map([
      ["flags", set(flags)],
      ["redirect", tracking?.redirect ?? -1],
      ["prefixes", [...(tracking?.prefixes ?? [])].sort()],
    ]),
  );
}
