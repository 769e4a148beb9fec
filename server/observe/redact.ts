/** redact: arguments that are secrets, for whatever shows commands to somebody: slow log, MONITOR. */
export const REDACTED = "(redacted)";

const NONE: readonly number[] = [];

/** Parameters whose values are. */
const SECRET_PARAMETERS: ReadonlySet<string> = new Set([
  ...["requirepass", "masterauth", "masteruser", "tls-key-file-pass", "tls-client-key-file-pass"],
]);

/**
 * Which arguments of a command nobody may see.
 * @param name  as the command table has it: "config|set"     @param args  the whole command, byte strings
 */
export function secretArguments(name: string, args: readonly string[]): readonly number[] {
  switch (name) {
    case "auth":
      return from(1, args.length);
    case "acl|setuser":
    case "acl|getuser":
    case "acl|deluser":
      return from(2, args.length);
    case "hello":
      return credentials(args, 2);
    case "migrate":
      return credentials(args, 6);
    case "config|set":
      return from(3, args.length).filter(
        (i) => i % 2 === 1 && SECRET_PARAMETERS.has(args[i - 1]!.toLowerCase()),
      );
    default:
      return NONE;
  }
}

/** The arguments with secrets covered; themselves where there are none. */
export function redact(name: string, args: readonly string[]): readonly string[] {
  const secrets = secretArguments(name, args);
  if (secrets.length === 0) return args;
  const shown = [...args];
  for (const i of secrets) shown[i] = REDACTED;
  return shown;
}

function from(first: number, end: number): number[] {
  return Array.from({ length: Math.max(0, end - first) }, (_, i) => first + i);
}

/** What follows AUTH (MIGRATE: a password; HELLO: a name and a password) and AUTH2 (both). */
function credentials(args: readonly string[], first: number): number[] {
  const secrets: number[] = [];
  for (let i = first; i < args.length; i++) {
    const word = args[i]!.toLowerCase();
    if (word !== "auth" && word !== "auth2") continue;
    const count = word === "auth2" || args[0]!.toLowerCase() === "hello" ? 2 : 1;
    secrets.push(...from(i + 1, Math.min(args.length, i + 1 + count)));
    i += count;
  }
  return secrets;
}
