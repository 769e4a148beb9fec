/**
 * rules: what is wrong with an ACL rule, in Redis' words; and how words in brackets become one rule.
 *
 * Rules are byte strings. Keywords, commands and categories are the same in any case, patterns and passwords are not.
 * https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/
 */

/** Why a rule cannot be; null = it has been applied. */
export type RuleProblem = string | null;

export const UNKNOWN_COMMAND = "Unknown command or category name in ACL";
export const SYNTAX = "Syntax error";
export const KEYS_ALL =
  "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have any effect. " +
  "Try 'resetkeys' to start with an empty list of patterns";
export const CHANNELS_ALL =
  "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not have any effect. " +
  "Try 'resetchannels' to start with an empty list of channels";
export const NO_SUCH_PASSWORD = "The password you are trying to remove from the user does not exist";
export const BAD_HASH =
  "The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters";
export const FIRST_ARGUMENT_OF_SUBCOMMAND = "Allowing first-arg of a subcommand is not supported";
export const DUPLICATE_USER = "Duplicate user found. A user can only be defined once in config files";

/** ASCII letters alone change: the rest are bytes of whatever the client's encoding is. */
export function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** White space or a NUL: no name and no pattern may have one, because rules are separated by spaces. */
export function hasSpaces(text: string): boolean {
  return /[\t-\r \0]/.test(text);
}

/**
 * Joins the words of a selector, `(+get` `~a)`, to one rule.
 * @returns the rules; or the word with the bracket that nobody closes
 */
export function joinSelectors(
  words: readonly string[],
): { readonly rules: string[] } | { readonly open: string } {
  const rules: string[] = [];
  let open: string | undefined;
  let joined = "";
  for (const word of words) {
    if (open === undefined) {
      if (word.startsWith("(") && !word.endsWith(")")) open = joined = word;
      else rules.push(word);
      continue;
    }
    joined += ` ${word}`;
    if (!word.endsWith(")")) continue;
    rules.push(joined);
    open = undefined;
  }
  return open === undefined ? { rules } : { open };
}
