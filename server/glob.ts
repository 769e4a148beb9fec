/**
 * glob: the pattern language of KEYS, SCAN, PSUBSCRIBE, CONFIG GET, over byte strings, for what the host matches.
 *
 *   ?  one byte      *  any bytes      [ab] [a-c] [^a]  one byte in (or not in) a set      \c  c itself
 *
 * The walk remembers only the last `*`: a pattern of many stars stays linear in pattern times text, where a naive
 * recursion is exponential.
 */

/** @param ignoreCase  ASCII letters only */
export function globMatch(pattern: string, text: string, ignoreCase = false): boolean {
  const p = ignoreCase ? lowerAscii(pattern) : pattern;
  const t = ignoreCase ? lowerAscii(text) : text;
  let at = 0;
  let from = 0;
  let starAt = -1;
  let starFrom = 0;
  while (from < t.length) {
    if (p[at] === "*") {
      starAt = at++;
      starFrom = from;
      continue;
    }
    const width = matchOne(p, at, t[from]!);
    if (width > 0) {
      at += width;
      from++;
      continue;
    }
    if (starAt < 0) return false;
    at = starAt + 1;
    from = ++starFrom;
  }
  while (p[at] === "*") at++;
  return at >= p.length;
}

/** How many characters of the pattern match this one character; 0 = it does not match. */
function matchOne(pattern: string, at: number, char: string): number {
  if (at >= pattern.length) return 0;
  switch (pattern[at]) {
    case "?":
      return 1;
    case "\\":
      if (at + 1 < pattern.length) return pattern[at + 1] === char ? 2 : 0;
      return char === "\\" ? 1 : 0;
    case "[":
      return matchSet(pattern, at, char);
    default:
      return pattern[at] === char ? 1 : 0;
  }
}

function matchSet(pattern: string, start: number, char: string): number {
  let at = start + 1;
  const negated = pattern[at] === "^";
  if (negated) at++;
  let found = false;
  for (; at < pattern.length && pattern[at] !== "]"; at++) {
    if (pattern[at] === "\\" && at + 1 < pattern.length) {
      at++;
      if (pattern[at] === char) found = true;
    } else if (pattern[at + 1] === "-" && at + 2 < pattern.length) {
      const [low, high] = [pattern[at]!, pattern[at + 2]!].sort();
      if (char >= low! && char <= high!) found = true;
      at += 2;
    } else if (pattern[at] === char) found = true;
  }
  // An unclosed set ends with the pattern.
  return found !== negated ? Math.min(at + 1, pattern.length) - start : 0;
}

function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (upper) => upper.toLowerCase());
}

/** True when the text has a character that means something in a pattern. */
export function hasGlobCharacters(text: string): boolean {
  return /[*?[]/.test(text);
}
