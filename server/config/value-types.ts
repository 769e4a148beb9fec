/**
 * value-types: how a parameter's text is checked, kept and written.
 *
 * A value is kept as its canonical text, which is what CONFIG GET answers: a memory size in bytes, an enumeration in
 * the table's spelling, numbers as they came. That makes roll-back a matter of putting the old text back, and loses
 * no digit of a 64-bit number. Who needs a number asks `Config.int`, once, when the value changes.
 *
 * Error texts are Redis'.
 */
import { quoteArg } from "./split-args.ts";

/** A value that the type refuses; the message is for the client or the fatal error form, as it stands. */
export class ConfigValueError extends Error {}

export interface ValueType {
  readonly name: string;
  /** Takes all words after the directive's name; on CONFIG SET, the value split at spaces. */
  readonly multiArg: boolean;
  /** Words → canonical text. `current` is the value before: some directives change only a part of it. */
  parse(words: readonly string[], current: string): string;
  /** Canonical text → what CONFIG GET answers, where that is another. */
  shown?(value: string): string;
  /** Canonical text → what follows the name in a configuration file; several when the directive repeats. */
  toFile(value: string): readonly string[];
  /** For the reference page. */
  readonly range: string;
}

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);
const UINT64_MAX = 2n ** 64n - 1n;

function fail(message: string): never {
  throw new ConfigValueError(message);
}

function single(words: readonly string[]): string {
  if (words.length !== 1) fail("wrong number of arguments");
  return words[0]!;
}

function checkRange(value: bigint, min: bigint, max: bigint): void {
  if (value < min || value > max) fail(`argument must be between ${min} and ${max} inclusive`);
}

/** Strict decimal, as Redis' string2ll: no sign but "-", no leading zero, 64 bits. */
export function parseInt64(text: string): bigint | null {
  if (!/^(0|-?[1-9][0-9]{0,19})$/.test(text)) return null;
  const value = BigInt(text);
  return value >= INT64_MIN && value <= INT64_MAX ? value : null;
}

const MEMORY_UNITS: Readonly<Record<string, bigint>> = {
  "": 1n,
  b: 1n,
  k: 1000n,
  kb: 1024n,
  m: 1000n ** 2n,
  mb: 1024n ** 2n,
  g: 1000n ** 3n,
  gb: 1024n ** 3n,
};

/** "100mb" → bytes; null when it is no memory size. Larger than 64 bits becomes the largest, as strtoull has it. */
export function parseMemory(text: string): bigint | null {
  const match = /^([0-9]*)([a-zA-Z]*)$/.exec(text);
  if (!match) return null;
  const unit = MEMORY_UNITS[match[2]!.toLowerCase()];
  if (unit === undefined) return null;
  const bytes = BigInt(match[1] === "" ? 0 : match[1]!) * unit;
  return bytes > UINT64_MAX ? UINT64_MAX : bytes;
}

/** Bytes in the largest unit that divides them, as CONFIG REWRITE writes them. */
export function formatMemory(bytes: bigint): string {
  for (const unit of ["gb", "mb", "kb"]) {
    const size = MEMORY_UNITS[unit]!;
    if (bytes !== 0n && bytes % size === 0n) return `${bytes / size}${unit}`;
  }
  return String(bytes);
}

export const bool: ValueType = {
  name: "yes/no",
  multiArg: false,
  range: "yes, no",
  parse(words) {
    const text = single(words).toLowerCase();
    return text === "yes" || text === "no" ? text : fail("argument must be 'yes' or 'no'");
  },
  toFile: (value) => [value],
};

export function int(min: bigint | number, max: bigint | number): ValueType {
  return {
    name: "integer",
    multiArg: false,
    range: `${min} to ${max}`,
    parse(words) {
      const value = parseInt64(single(words)) ?? fail("argument couldn't be parsed into an integer");
      checkRange(value, BigInt(min), BigInt(max));
      return String(value);
    },
    toFile: (value) => [value],
  };
}

export const INT_MAX = 2147483647;
export const INT_MIN = -2147483648;
export const UINT_MAX = 4294967295;
export const LONG_MAX = INT64_MAX;

export function memory(min: bigint | number, max: bigint | number = INT64_MAX): ValueType {
  return {
    name: "memory",
    multiArg: false,
    range: `${min} to ${max} bytes`,
    parse(words) {
      const value = parseMemory(single(words)) ?? fail("argument must be a memory value");
      checkRange(value, BigInt(min), BigInt(max));
      return String(value);
    },
    toFile: (value) => [formatMemory(BigInt(value))],
  };
}

/** For sizes that Redis keeps in an unsigned 64-bit number. */
export const unsignedMemory: ValueType = memory(0, UINT64_MAX);

export const memoryOrPercent: ValueType = {
  name: "memory or percent",
  multiArg: false,
  range: "bytes, or 0% to 100% of maxmemory",
  parse(words) {
    const text = single(words);
    const percent = /^([0-9]+)%$/.exec(text);
    if (percent) {
      if (BigInt(percent[1]!) > 100n) fail("percentage argument must be less or equal to 100");
      return `${BigInt(percent[1]!)}%`;
    }
    return String(parseMemory(text) ?? fail("argument must be a memory or percent value"));
  },
  toFile: (value) => [value.endsWith("%") ? value : formatMemory(BigInt(value))],
};

export const octal: ValueType = {
  name: "octal",
  multiArg: false,
  range: "0 to 777",
  parse(words) {
    const text = single(words);
    if (!/^-?[0-7]*$/.test(text)) fail("argument couldn't be parsed as an octal number");
    const value = text === "" ? 0 : parseInt(text, 8);
    if (!(value >= 0 && value <= 0o777)) fail("argument must be between 0 and 777 inclusive");
    return value.toString(8);
  },
  toFile: (value) => [value],
};

/**
 * @param names     in Redis' order, which its error text shows
 * @param aliasOf   spellings that are kept as another one
 */
export function oneOf(names: readonly string[], aliasOf: Readonly<Record<string, string>> = {}): ValueType {
  return {
    name: "choice",
    multiArg: false,
    range: names.join(", "),
    parse(words) {
      const text = single(words).toLowerCase();
      if (!names.includes(text)) fail(`argument(s) must be one of the following: ${names.join(", ")}`);
      return aliasOf[text] ?? text;
    },
    toFile: (value) => [value],
  };
}

export function text(check?: (value: string) => string | null): ValueType {
  return {
    name: "text",
    multiArg: false,
    range: "",
    parse(words) {
      const value = single(words);
      const problem = check?.(value);
      return problem ? fail(problem) : value;
    },
    toFile: (value) => (value === "" ? [] : [quoteArg(value)]),
  };
}

/** Words separated by spaces, each written bare. */
export function words(maxCount: number, tooMany: string): ValueType {
  return {
    name: "words",
    multiArg: true,
    range: `up to ${maxCount} words`,
    parse(args) {
      if (args.length > maxCount) fail(tooMany);
      return args.join(" ");
    },
    toFile: (value) => [value === "" ? '""' : value],
  };
}

/** `save 3600 1 300 100`: pairs of seconds and changes; one empty word switches saving off. */
export const savePoints: ValueType = {
  name: "save points",
  multiArg: true,
  range: "pairs of seconds and changes, or nothing",
  parse(args) {
    if (args.length === 1 && args[0] === "") return "";
    if (args.length === 0 || args.length % 2 !== 0) fail("Invalid save parameters");
    args.forEach((arg, i) => {
      const least = i % 2 === 0 ? 1 : 0;
      if (!/^[0-9]+$/.test(arg) || Number(arg) < least) fail("Invalid save parameters");
    });
    return args.map(Number).join(" ");
  },
  toFile(value) {
    if (value === "") return ['""'];
    const numbers = value.split(" ");
    return numbers.filter((_, i) => i % 2 === 0).map((seconds, i) => `${seconds} ${numbers[2 * i + 1]}`);
  },
};

const OUTPUT_LIMIT_CLASSES = ["normal", "slave", "pubsub"];
const OUTPUT_LIMIT_FIELDS = 4;

/** `normal 0 0 0 replica 256mb 64mb 60 …`: only the classes that are named change. */
export const outputBufferLimits: ValueType = {
  name: "output limits",
  multiArg: true,
  range: "class (normal, replica, pubsub), hard bytes, soft bytes, soft seconds",
  parse(args, current) {
    if (args.length === 1 && args[0] === "") return current;
    if (args.length === 0 || args.length % OUTPUT_LIMIT_FIELDS !== 0) {
      fail("Wrong number of arguments in buffer limit configuration.");
    }
    const limits = outputLimitsOf(current);
    for (let i = 0; i < args.length; i += OUTPUT_LIMIT_FIELDS) {
      const name = args[i]!.toLowerCase() === "replica" ? "slave" : args[i]!.toLowerCase();
      if (!OUTPUT_LIMIT_CLASSES.includes(name))
        fail("Invalid client class specified in buffer limit configuration.");
      const hard = args[i + 1] === "" ? null : parseMemory(args[i + 1]!);
      const soft = args[i + 2] === "" ? null : parseMemory(args[i + 2]!);
      const seconds = /^[0-9]+$/.test(args[i + 3]!) ? BigInt(args[i + 3]!) : null;
      if (hard === null || soft === null || seconds === null) {
        fail("Error in hard, soft or soft_seconds setting in buffer limit configuration.");
      }
      limits.set(name, { hardBytes: hard, softBytes: soft, softSeconds: seconds });
    }
    return [...limits].map(([name, l]) => `${name} ${l.hardBytes} ${l.softBytes} ${l.softSeconds}`).join(" ");
  },
  toFile(value) {
    return [...outputLimitsOf(value)].map(
      ([name, l]) =>
        `${name === "slave" ? "replica" : name} ${formatMemory(l.hardBytes)} ${formatMemory(l.softBytes)} ${l.softSeconds}`,
    );
  },
};

export interface OutputLimit {
  readonly hardBytes: bigint;
  readonly softBytes: bigint;
  readonly softSeconds: bigint;
}

/** The canonical text of `client-output-buffer-limit`, read back. */
export function outputLimitsOf(value: string): Map<string, OutputLimit> {
  const fields = value.split(" ");
  const limits = new Map<string, OutputLimit>();
  for (let i = 0; i + 3 < fields.length; i += OUTPUT_LIMIT_FIELDS) {
    limits.set(fields[i]!, {
      hardBytes: BigInt(fields[i + 1]!),
      softBytes: BigInt(fields[i + 2]!),
      softSeconds: BigInt(fields[i + 3]!),
    });
  }
  return limits;
}

/** Event classes in the order in which Redis prints them; A stands for those before K. */
const EVENT_CLASSES_OF_A = "g$lshzxetd";
const EVENT_CLASSES_PRINTED = "g$lshzxetdnKEm";
const EVENT_CLASSES_PRINTED_WITH_A = "nKEm";

export const keyspaceEvents: ValueType = {
  name: "event classes",
  multiArg: false,
  range: "characters of KEg$lshzxetdmnA",
  parse(args) {
    const text = single(args);
    if (/[^Ag$lshzxeKEtmdn]/.test(text)) fail("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.");
    const classes = new Set(text.replace("A", EVENT_CLASSES_OF_A));
    if ([...EVENT_CLASSES_OF_A].every((c) => classes.has(c))) {
      return "A" + [...EVENT_CLASSES_PRINTED_WITH_A].filter((c) => classes.has(c)).join("");
    }
    return [...EVENT_CLASSES_PRINTED].filter((c) => classes.has(c)).join("");
  },
  // Redis leaves the n out beside an A, in its file as well; there it would be lost.
  shown: (value) => (value.startsWith("A") ? value.replace("n", "") : value),
  toFile: (value) => [quoteArg(value)],
};

const OOM_SCORE_COUNT = 3;
const OOM_SCORE_LIMIT = 2000;

export const oomScores: ValueType = {
  name: "three integers",
  multiArg: true,
  range: `primary, replica, child: -${OOM_SCORE_LIMIT} to ${OOM_SCORE_LIMIT}`,
  parse(args) {
    if (args.length !== OOM_SCORE_COUNT) fail("wrong number of arguments");
    for (const arg of args) {
      if (!/^-?[0-9]+$/.test(arg) || Math.abs(Number(arg)) > OOM_SCORE_LIMIT) {
        fail(
          `Invalid oom-score-adj-values, elements must be between -${OOM_SCORE_LIMIT} and ${OOM_SCORE_LIMIT}.`,
        );
      }
    }
    return args.map(Number).join(" ");
  },
  toFile: (value) => [value],
};

export const percentiles: ValueType = {
  name: "percentiles",
  multiArg: true,
  range: "0.0 to 100.0 each, or nothing",
  parse(args) {
    if (args.length === 1 && args[0] === "") return "";
    for (const arg of args) {
      if (!/^[-+]?[0-9]+(\.[0-9]*)?([eE][-+]?[0-9]+)?$/.test(arg)) {
        fail("Invalid latency-tracking-info-percentiles parameters");
      }
      if (!(Number(arg) >= 0 && Number(arg) <= 100)) {
        fail("latency-tracking-info-percentiles parameters should sit between [0.0,100.0]");
      }
    }
    return args.map((arg) => String(Number(arg))).join(" ");
  },
  toFile: (value) => [value === "" ? '""' : value],
};

/** In the order in which Redis prints them. */
const SHUTDOWN_OPTIONS = ["default", "save", "nosave", "now", "force"];

export const shutdownOptions: ValueType = {
  name: "shutdown options",
  multiArg: true,
  range: SHUTDOWN_OPTIONS.join(", "),
  parse(args) {
    const given = new Set(args.map((arg) => arg.toLowerCase()));
    for (const option of given) {
      if (!SHUTDOWN_OPTIONS.includes(option)) {
        fail(`argument(s) must be one of the following: ${SHUTDOWN_OPTIONS.join(", ")}`);
      }
    }
    if (given.has("save") && given.has("nosave")) {
      fail("shutdown options SAVE and NOSAVE can't be used simultaneously");
    }
    const kept = SHUTDOWN_OPTIONS.filter((option) => option !== "default" && given.has(option));
    return kept.length > 0 ? kept.join(" ") : "default";
  },
  toFile: (value) => [value],
};

const TITLE_VARIABLES = [
  "title",
  "listen-addr",
  "server-mode",
  "port",
  "tls-port",
  "unixsocket",
  "config-file",
];

export const titleTemplate: ValueType = text((value) => {
  const known = value.replace(/\{([^{}]*)\}/g, (whole, name: string) =>
    TITLE_VARIABLES.includes(name) ? "" : whole,
  );
  return value !== "" && !/[{}]/.test(known)
    ? null
    : "template format is invalid or contains unknown variables";
});

const PORT_MAX = 65535;

/** `replicaof host port`, or `no one`. */
export const primaryAddress: ValueType = {
  name: "host and port",
  multiArg: true,
  range: "host port",
  parse(args) {
    if (args.length !== 2) fail("wrong number of arguments");
    const [host, port] = args as [string, string];
    if (host.toLowerCase() === "no" && port.toLowerCase() === "one") return "";
    const number = parseInt64(port);
    if (number === null || number < 0n || number > BigInt(PORT_MAX)) fail("Invalid master port");
    return `${host} ${port}`;
  },
  toFile: (value) => (value === "" ? [] : [value]),
};

export const port: ValueType = int(0, PORT_MAX);
