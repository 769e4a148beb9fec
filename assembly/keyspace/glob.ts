/**
 * glob: patterns of KEYS, SCAN, HSCAN, …: `*`, `?`, `[abc]`, `[^a-z]`, `\x`. Equal to Redis' matcher in its corners too:
 * a class that nothing closes ends with the pattern, `[a-]` is a range up to `]`, bytes of a range are signed, a
 * backslash at the very end is itself, only the empty pattern matches the empty string.
 *
 * Every part of a pattern but `*` takes exactly one byte, so where a match fails only the last `*` need be tried
 * further on: no recursion, O(pattern · text) at worst. Redis gives up on patterns with more than 1,000 `*` that
 * something follows; so do we.
 */

// @ts-ignore: decorator
@inline
const STARS_MAX: u32 = 1000;

const STAR: u32 = 0x2a;
const QUESTION: u32 = 0x3f;
const BRACKET: u32 = 0x5b;
const BACKSLASH: u32 = 0x5c;

/** How many bytes at the start of a pattern stand for themselves; its length if all do. O(len) */
export function globPrefix(pattern: usize, len: u32): u32 {
  let i: u32 = 0;
  while (i < len) {
    const c: u32 = load<u8>(pattern + i);
    if (c == STAR || c == QUESTION || c == BRACKET || c == BACKSLASH) break;
    i++;
  }
  return i;
}

/** Whether the text matches the pattern. Reads nothing beyond the two. */
export function globMatch(pattern: usize, patternLen: u32, text: usize, textLen: u32): bool {
  if (!textLen) return patternLen == 0;
  const patternEnd = pattern + patternLen;
  const textEnd = text + textLen;
  let stars: u32 = 0;
  // Behind the last star, and the text from which what follows it was tried last.
  let afterStar: usize = 0;
  let triedAt: usize = 0;
  while (text < textEnd) {
    let next: usize = 0;
    if (pattern < patternEnd) {
      if (<u32>load<u8>(pattern) == STAR) {
        pattern = skipStars(pattern, patternEnd);
        if (pattern == patternEnd) return true;
        if (++stars > STARS_MAX) return false;
        afterStar = pattern;
        triedAt = text;
      }
      next = matchByte(pattern, patternEnd, load<u8>(text));
    }
    if (next) {
      pattern = next;
      text++;
    } else {
      if (!afterStar) return false;
      pattern = afterStar;
      text = ++triedAt;
    }
  }
  return skipStars(pattern, patternEnd) == patternEnd;
}

// @ts-ignore: decorator
@inline
function skipStars(pattern: usize, end: usize): usize {
  while (pattern < end && <u32>load<u8>(pattern) == STAR) pattern++;
  return pattern;
}

/** Matches one byte with the part at `pattern`, which is no star. @returns where the next part begins; 0 = no match */
// @ts-ignore: decorator
@inline
function matchByte(pattern: usize, end: usize, byte: u32): usize {
  let c: u32 = load<u8>(pattern);
  if (c == QUESTION) return pattern + 1;
  if (c == BRACKET) return matchClass(pattern + 1, end, byte);
  if (c == BACKSLASH && end - pattern >= 2) c = load<u8>(++pattern);
  return c == byte ? pattern + 1 : 0;
}

/** As matchByte, of a class; `pattern` is behind its `[`. */
function matchClass(pattern: usize, end: usize, byte: u32): usize {
  const not = pattern < end && load<u8>(pattern) == 0x5e; // ^
  if (not) pattern++;
  let match = false;
  while (pattern < end) {
    const c: u32 = load<u8>(pattern);
    if (c == BACKSLASH && end - pattern >= 2) {
      if (<u32>load<u8>(++pattern) == byte) match = true;
    } else if (c == 0x5d) {
      break; // ]
    } else if (end - pattern >= 3 && load<u8>(pattern, 1) == 0x2d) {
      const a = <i32>load<i8>(pattern);
      const b = <i32>load<i8>(pattern, 2);
      const signed = <i32>(<i8>byte);
      if (signed >= min(a, b) && signed <= max(a, b)) match = true;
      pattern += 2;
    } else if (c == byte) {
      match = true;
    }
    pattern++;
  }
  if (match == not) return 0;
  return pattern < end ? pattern + 1 : end;
}
