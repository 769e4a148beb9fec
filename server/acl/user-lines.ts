/**
 * user-lines: `user NAME RULE …` in redis.conf. A line is checked when it is read, and made to a user when the whole
 * configuration is known; the commands that it names are looked at only then.
 */
import { DUPLICATE_USER, hasSpaces, joinSelectors, UNKNOWN_COMMAND } from "./rules.ts";
import { User } from "./user.ts";
import { DEFAULT_USER, type Users } from "./users.ts";

/**
 * Checks a line.
 * @param words  what follows `user`     @param before  names of the lines before it     @returns the error, or null
 */
export function userLineProblem(words: readonly string[], before: readonly string[]): string | null {
  const [name = "", ...rest] = words;
  if (before.includes(name)) return `Error in user declaration '${name}': ${DUPLICATE_USER}`;
  const joined = joinSelectors(rest);
  if ("open" in joined) return `Error in user declaration 'user': Wrong format`;
  const user = new User(name, false);
  for (const rule of joined.rules) {
    const problem = user.apply(rule);
    if (problem !== null && problem !== UNKNOWN_COMMAND) {
      return `Error in user declaration '${name}': ${problem}`;
    }
  }
  return null;
}

/** Makes the users of redis.conf's lines. @returns the error, or null */
export function loadUserLines(lines: readonly (readonly string[])[], users: Users): string | null {
  for (const [name = "", ...words] of lines) {
    if (hasSpaces(name)) return "Spaces not allowed in ACL usernames";
    const user = name === DEFAULT_USER ? users.default : users.create(name);
    if (user === users.default) user.apply("reset");
    const joined = joinSelectors(words);
    for (const rule of "rules" in joined ? joined.rules : []) {
      const problem = user.apply(rule);
      if (problem !== null)
        return `Error loading ACL rule '${rule}' for the user named '${name}': ${problem}`;
    }
    users.add(user);
  }
  return null;
}
