/**
 * generator: what a group of commands is to the differential tests, and Draw, from which generators take
 * their arguments. See README.md for how to add a group.
 */
import type { Command } from "../support/command-line.ts";
import type { Rule } from "../support/compare.ts";
import { Prng } from "../support/prng.ts";

export interface CommandGenerator {
  /** Its name in the command table: "set", "object|encoding". Left out of a run until that row is ready. */
  command: string;
  /** How often, beside the others of the group; 1 if not given. */
  weight?: number;
  /** The arguments after the name (and subcommand). */
  make(draw: Draw): string[];
  /** Commands to run right after, say to undo a random choice in which the servers rightly differ. */
  after?(argv: Command): (Command | { argv: Command; rule: Rule })[];
  /** How replies are compared, where RULES in support/compare.ts does not say it. */
  rule?: Rule;
  /** Never spoilt: a spoilt one would do what Redis does not specify. */
  wellFormed?: boolean;
}

export interface Group {
  /** As the file and the command table call it: "string", "sorted-set". */
  name: string;
  commands: CommandGenerator[];
  /** False: without the commands on whole keys that other groups get, and without keys of wrong types. */
  noise?: boolean;
  /** Settings to try: some are set on both servers for an episode. [name, value, value, …] */
  settings?: readonly (readonly [name: string, ...values: string[]])[];
}

/** Hot keys: few, so that commands meet what other commands left. */
const HOT_KEYS = ["k0", "k1", "k2", "k3", "k4", "k5"];

/** A key of every type, made anew now and then, for commands to fail on. */
export const WRONG_TYPE_KEYS: readonly { command: string; setUp: Command[] }[] = [
  { command: "set", setUp: [["SET", "w:string", "text"]] },
  { command: "rpush", setUp: [["DEL", "w:list"], ["RPUSH", "w:list", "a", "b", "3"]] }, // prettier-ignore
  { command: "sadd", setUp: [["DEL", "w:set"], ["SADD", "w:set", "a", "b", "3"]] }, // prettier-ignore
  { command: "hset", setUp: [["DEL", "w:hash"], ["HSET", "w:hash", "f", "v", "n", "3"]] }, // prettier-ignore
  { command: "zadd", setUp: [["DEL", "w:zset"], ["ZADD", "w:zset", "1", "a", "2.5", "b"]] }, // prettier-ignore
  { command: "xadd", setUp: [["DEL", "w:stream"], ["XADD", "w:stream", "1-1", "f", "v"]] }, // prettier-ignore
];
const WRONG_KEYS = ["w:string", "w:list", "w:set", "w:hash", "w:zset", "w:stream"];

/** Where integers go wrong: ends of ranges, past them, and what is not quite an integer. */
export const INTEGERS = {
  small: ["0", "1", "-1", "2", "3", "5", "-2", "10", "100", "-100"],
  edges: [
    "127", "128", "-128", "255", "256", "32767", "-32768", "65535", "65536", "2147483647", "2147483648",
    "-2147483648", "4294967295", "4294967296", "9007199254740993", "9223372036854775806", "9223372036854775807",
    "-9223372036854775807", "-9223372036854775808",
  ], // prettier-ignore
  bad: [
    "9223372036854775808", "-9223372036854775809", "18446744073709551615", "99999999999999999999", "", " 1", "1 ",
    "+1", "01", "-0", "1.0", "1e3", "0x10", "abc", "-", "--1", "1\0", "nan",
  ], // prettier-ignore
};

export const FLOATS = {
  good: [
    "0", "-0", "1", "1.5", "-1.5", "0.1", "3.14159265358979", "1e10", "-2.5e-3", "1e17", "1e300", "-1e300",
    "1e-300", "5.0e3", "0.30000000000000004", "123456789.123456789", "inf", "-inf", "+inf", "1e21", "17179869184",
  ], // prettier-ignore
  bad: ["nan", "abc", "", " 1", "1 ", "1e400", "-1e400", "1.2.3", "0x", "1\0", "e5", "infinit"],
};

/** What a malformed command gets instead of, or after, its arguments. No small positive number: it might be a short TTL. */
const JUNK = ["", "junk", "NX", "-1", "0", "99999999999999999999", "1e400", "*", "\r\n", "MAXLEN", "STORE"];

export class Draw extends Prng {
  /** A key: mostly a hot one, sometimes of another type, or one that never exists. */
  key(): string {
    const kind = this.float();
    if (kind < 0.92) return this.pick(HOT_KEYS);
    return kind < 0.97 ? this.pick(WRONG_KEYS) : "missing";
  }

  keys(low: number, high: number): string[] {
    return this.list(low, high, () => this.key());
  }

  /** A hot key, for where a wrong type would end the fun: destinations, mostly. */
  hotKey(): string {
    return this.pick(HOT_KEYS);
  }

  /** Any string: numbers, short and long text, binary; sizes around where encodings change. */
  value(): string {
    const kind = this.float();
    if (kind < 0.25) return this.pick(INTEGERS.small);
    if (kind < 0.35) return this.pick(INTEGERS.edges);
    if (kind < 0.4) return this.pick(FLOATS.good);
    if (kind < 0.45) return "";
    if (kind < 0.75) return `v${this.below(20)}`;
    if (kind < 0.85) return this.bytes(this.below(20));
    if (kind < 0.97) return "x".repeat(this.pick([43, 44, 45, 63, 64, 65, 100, 127, 128, 129]));
    return this.bytes(this.pick([254, 255, 256, 1000, 4096, 17000]));
  }

  /** A member, field or element out of a small pool, so that they meet again. */
  member(): string {
    const kind = this.float();
    if (kind < 0.55) return `m${this.below(12)}`;
    if (kind < 0.85) return String(this.between(-5, 20));
    if (kind < 0.9) return this.pick(INTEGERS.edges);
    if (kind < 0.95) return "y".repeat(this.pick([63, 64, 65, 200]));
    return this.pick(["", " ", "\0", "\xff\xfe", "M1", "1.0", "01", "-0"]);
  }

  /** An integer as text: mostly small, sometimes an edge, a few are no integers. */
  integer(): string {
    const kind = this.float();
    if (kind < 0.75) return this.pick(INTEGERS.small);
    return this.pick(kind < 0.93 ? INTEGERS.edges : INTEGERS.bad);
  }

  decimal(): string {
    return this.pick(this.chance(0.93) ? FLOATS.good : FLOATS.bad);
  }

  /** An index or offset around a collection of some dozen elements; a few are no integers. */
  index(): string {
    const kind = this.float();
    if (kind < 0.85) return String(this.between(-15, 15));
    if (kind < 0.95) return this.pick(["-1", "0", "100", "-100", "1000000"]);
    return this.pick([...INTEGERS.edges, ...INTEGERS.bad]);
  }

  /** A count, mostly positive and small. */
  count(): string {
    const kind = this.float();
    if (kind < 0.8) return String(this.between(1, 6));
    return this.pick(kind < 0.95 ? ["0", "-1", "-3", "50", "1000"] : INTEGERS.bad);
  }

  /** These words with this probability, else nothing: `...draw.option(0.2, "LIMIT", offset, count)`. */
  option(probability: number, ...words: string[]): string[] {
    return this.chance(probability) ? this.cased(words) : [];
  }

  /** One of these options with this probability, each an array of words. */
  oneOption(probability: number, ...options: string[][]): string[] {
    return this.chance(probability) ? this.cased(this.pick(options)) : [];
  }

  /** The first word in a case of the client's choice. */
  cased(words: string[]): string[] {
    const [first = "", ...rest] = words;
    return [this.chance(0.8) ? first : first.toLowerCase(), ...rest];
  }

  /** Seconds since 1970: far away or past, never near, so that nothing expires while the servers are compared. */
  absoluteSeconds(): string {
    const kind = this.float();
    if (kind < 0.75) return String(4_000_000_000 + this.below(1_000_000));
    return this.pick(
      kind < 0.9 ? ["1", "1000000000", "0", "-5"] : [...INTEGERS.edges.slice(-6), ...INTEGERS.bad],
    );
  }

  absoluteMilliseconds(): string {
    const kind = this.float();
    if (kind < 0.75) return String(4_000_000_000_000 + this.below(1_000_000_000));
    return this.pick(
      kind < 0.9 ? ["1", "1000000000000", "0", "-5"] : [...INTEGERS.edges.slice(-4), ...INTEGERS.bad],
    );
  }

  /** Seconds from now: hours at least, or not positive. */
  relativeSeconds(): string {
    const kind = this.float();
    if (kind < 0.75) return String(10_000 + this.below(1_000_000));
    return this.pick(kind < 0.9 ? ["0", "-1", "-10000"] : [...INTEGERS.edges.slice(-4), ...INTEGERS.bad]);
  }

  relativeMilliseconds(): string {
    const kind = this.float();
    if (kind < 0.75) return String(10_000_000 + this.below(1_000_000_000));
    return this.pick(kind < 0.9 ? ["0", "-1", "-10000"] : [...INTEGERS.edges.slice(-4), ...INTEGERS.bad]);
  }

  /** A glob pattern that matches some keys or members. */
  pattern(): string {
    return this.pick(["*", "k*", "k?", "k[0-2]", "k[^0-2]", "m*", "*1*", "", "\\k0", "[k", "k0", "?", "w:*"]);
  }

  /** A command spoilt the way clients spoil them. */
  malform(argv: readonly string[]): string[] {
    const spoilt = [...argv];
    const at = this.between(1, Math.max(1, argv.length - 1));
    switch (this.below(5)) {
      case 0:
        return spoilt.slice(0, at);
      case 1:
        spoilt.splice(at, 1);
        return spoilt;
      case 2:
        return [...spoilt, ...this.list(1, 3, () => this.pick(JUNK))];
      case 3:
        spoilt[at] = this.pick(JUNK);
        return spoilt;
      default:
        return [...spoilt, spoilt[at] ?? ""];
    }
  }
}
