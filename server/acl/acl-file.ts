/**
 * acl-file: users in a file of their own, `aclfile`, which ACL LOAD and ACL SAVE are about. A line is
 * `user NAME RULE …`, as ACL LIST prints it. What is wrong with a file is told for all its lines, and none counts.
 */
import { readFileSync } from "node:fs";
import { fromByteString } from "../config/split-args.ts";
import { reasonOf } from "../config/file.ts";
import { replaceFile } from "../config/rewrite.ts";
import { hasSpaces, joinSelectors, UNKNOWN_COMMAND } from "./rules.ts";
import type { User } from "./user.ts";
import type { Users } from "./users.ts";

const NO_CHANGE = "WARNING: ACL errors detected, no change to the previously active ACL rules was performed";

export const FILE_AND_LINES =
  "Configuring Redis with users defined in redis.conf and at the same setting an ACL file path is invalid. " +
  "This setup is very likely to lead to configuration errors and security holes, " +
  "please define either an ACL file or declare users directly in your redis.conf, but not both.";

/** The lines that make these users. */
export function userLines(users: Users): string[] {
  return users.sorted().map((user) => `user ${user.name} ${user.describe()}`);
}

/** ACL SAVE. @throws the system's error */
export function saveAclFile(path: string, users: Users): void {
  replaceFile(
    fromByteString(path),
    userLines(users)
      .map((line) => `${line}\n`)
      .join(""),
  );
}

/** @returns the users of a file, or all that is wrong with it */
export function readAclFile(path: string, users: Users): Map<string, User> | string {
  try {
    return parseAclFile(readFileSync(fromByteString(path)).toString("latin1"), path, users);
  } catch (problem) {
    return `Error loading ACLs, opening file '${path}': ${reasonOf(problem)}`;
  }
}

function parseAclFile(text: string, path: string, users: Users): Map<string, User> | string {
  const found = new Map<string, User>();
  let errors = "";
  text.split("\n").forEach((raw, index) => {
    const line = raw.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, "");
    if (line !== "") errors += readLine(line, `${path}:${index + 1}`, index + 1, found, users);
  });
  return errors === "" ? found : errors + NO_CHANGE;
}

/** @returns what is wrong with a line, "" where nothing is */
function readLine(
  line: string,
  place: string,
  number: number,
  found: Map<string, User>,
  users: Users,
): string {
  const [keyword, name, ...words] = line.split(" ");
  if (keyword !== "user" || name === undefined) {
    return `${place} should start with user keyword followed by the username. `;
  }
  if (hasSpaces(name)) return `'${place}: username '${name}' contains invalid characters. `;
  if (found.has(name)) return `WARNING: Duplicate user '${name}' found on line ${number}. `;
  const user = users.create(name);
  found.set(name, user);
  const joined = joinSelectors(words);
  if ("open" in joined) return `${place}: Unmatched parenthesis in selector definition.`;
  return applyRules(user, joined.rules, place);
}

/** Unknown commands are all told, of other errors only the first: what follows may come from it. */
function applyRules(user: User, rules: readonly string[], place: string): string {
  let errors = "";
  let isBroken = false;
  for (const rule of rules) {
    const problem = user.apply(rule);
    if (problem === UNKNOWN_COMMAND)
      errors += `${place}: Error in applying operation '${rule}': ${problem}. `;
    else if (problem !== null && !isBroken) {
      errors += `${place}: ${problem}. `;
      isBroken = true;
    }
  }
  return errors;
}
