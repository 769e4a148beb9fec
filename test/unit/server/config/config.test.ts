/** config: CONFIG GET and CONFIG SET without a server. Error texts were seen in native Redis 8.0.2. */
import { beforeEach, describe, expect, test } from "vitest";
import { Config } from "../../../../server/config/config.ts";
import { DIRECTIVES } from "../../../../server/config/directives.ts";
import { ENGINE_PARAMETERS } from "../../../../server/engine-settings.ts";

let config: Config;
beforeEach(() => (config = new Config()));

const set = (...pairs: string[]) => config.set(pairs, true);
const failed = (name: string, why: string) =>
  `ERR CONFIG SET failed (possibly related to argument '${name}') - ${why}`;

describe("the table", () => {
  test("names are unique, defaults are values of their type", () => {
    const names = DIRECTIVES.flatMap((d) => (d.alias ? [d.name, d.alias] : [d.name]));
    expect(new Set(names).size).toBe(names.length);
    for (const d of DIRECTIVES) {
      const words = d.type.multiArg ? d.defaultValue.split(" ") : [d.defaultValue];
      if (d.name !== "replicaof" && !d.name.startsWith("append")) {
        expect([d.name, d.type.parse(words, d.defaultValue)]).toEqual([d.name, d.defaultValue]);
      }
    }
  });

  test("every parameter that the engine reads is told to it, and no other", () => {
    const told = DIRECTIVES.filter(({ hook }) => hook === "engine").map(({ name }) => name);
    expect(told.sort()).toEqual([...ENGINE_PARAMETERS].sort());
  });

  test("CONFIG GET * shows the 203 names that native Redis 8.0.2 shows", () => {
    expect(config.get(["*"]).size).toBe(203);
  });
});

describe("CONFIG GET", () => {
  test("exact names answer as asked, in any case, once", () => {
    expect([...config.get(["MAXMEMORY", "maxmemory"])]).toEqual([["MAXMEMORY", "0"]]);
  });

  test("patterns and names may overlap", () => {
    expect([...config.get(["port", "por*"])]).toEqual([["port", "6379"]]);
  });

  test("aliases show beside the name they stand for", () => {
    expect([...config.get(["hash-max-*-value"])]).toEqual([
      ["hash-max-listpack-value", "64"],
      ["hash-max-ziplist-value", "64"],
    ]);
  });

  test("hidden parameters show by their exact name only", () => {
    expect(config.get(["*key-load*"]).size).toBe(0);
    expect([...config.get(["key-load-delay"])]).toEqual([["key-load-delay", "0"]]);
  });

  test("what nobody knows is left out", () => {
    expect(config.get(["nosuch", "no*such"]).size).toBe(0);
  });
});

describe("CONFIG SET refuses", () => {
  test.each([
    [["maxmemory"], "ERR syntax error"],
    [["foo", "1"], "ERR Unknown option or number of arguments for CONFIG SET - 'foo'"],
    [["maxmemory", "1mb", "foo", "2"], "ERR Unknown option or number of arguments for CONFIG SET - 'foo'"],
    [["maxmemory", "1mb", "maxmemory", "2mb"], failed("maxmemory", "duplicate parameter")],
    [["appendfilename", "x"], failed("appendfilename", "can't set immutable config")],
    [["dir", "/"], failed("dir", "can't set protected config")],
    [["appendonly", "maybe"], failed("appendonly", "argument must be 'yes' or 'no'")],
    [["hz", "ten"], failed("hz", "argument couldn't be parsed into an integer")],
    [["maxmemory", "1.5gb"], failed("maxmemory", "argument must be a memory value")],
    [
      ["active-expire-effort", "11"],
      failed("active-expire-effort", "argument must be between 1 and 10 inclusive"),
    ],
    [
      ["loglevel", "loud"],
      failed(
        "loglevel",
        "argument(s) must be one of the following: debug, verbose, notice, warning, nothing",
      ),
    ],
    [
      ["maxmemory-clients", "101%"],
      failed("maxmemory-clients", "percentage argument must be less or equal to 100"),
    ],
    [["maxmemory-clients", "x"], failed("maxmemory-clients", "argument must be a memory or percent value")],
    [["save", "60"], failed("save", "Invalid save parameters")],
    [["save", "0 5"], failed("save", "Invalid save parameters")],
    [["save", "60  5"], failed("save", "Invalid save parameters")],
    [["oom-score-adj-values", "1 2"], failed("oom-score-adj-values", "wrong number of arguments")],
    [
      ["notify-keyspace-events", "q"],
      failed("notify-keyspace-events", "Invalid event class character. Use 'Ag$lshzxeKEtmdn'."),
    ],
    [
      ["client-output-buffer-limit", "normal 0 0"],
      failed("client-output-buffer-limit", "Wrong number of arguments in buffer limit configuration."),
    ],
    [
      ["client-output-buffer-limit", "foo 0 0 0"],
      failed("client-output-buffer-limit", "Invalid client class specified in buffer limit configuration."),
    ],
    [
      ["shutdown-on-sigterm", "save nosave"],
      failed("shutdown-on-sigterm", "shutdown options SAVE and NOSAVE can't be used simultaneously"),
    ],
  ])("%j", (pairs, error) => {
    expect(set(...pairs)).toBe(error);
  });
});

describe("CONFIG SET keeps", () => {
  test.each([
    ["maxmemory", "1k", "1000"],
    ["maxmemory", "1KB", "1024"],
    ["maxmemory", "2gb", "2147483648"],
    ["maxmemory", "", "0"],
    ["hz", "100000", "500"],
    ["hz", "0", "1"],
    ["save", "60 10 70 80", "60 10 70 80"],
    ["save", "", ""],
    ["maxmemory-clients", "5%", "5%"],
    ["notify-keyspace-events", "KEA", "AKE"],
    ["notify-keyspace-events", "Kmnx", "xnKm"],
    ["notify-keyspace-events", "KExg$lshzetdmn", "AnKEm"],
    ["shutdown-on-sigterm", "force save now", "save now force"],
    ["oom-score-adj", "relative", "yes"],
    ["repl-backlog-size", "1", "16384"],
    ["APPENDONLY", "YES", "yes"],
    ["acllog-max-len", "9223372036854775807", "9223372036854775807"],
    ["latency-tracking-info-percentiles", "5e1 1.5 100", "50 1.5 100"],
  ])("%s %j as %j", (name, value, kept) => {
    expect(set(name, value)).toBe(null);
    expect(config.text(name.toLowerCase())).toBe(kept);
  });

  test("output limits change by class", () => {
    expect(set("client-output-buffer-limit", "replica 1mb 2mb 30")).toBe(null);
    expect(config.text("client-output-buffer-limit")).toBe(
      "normal 0 0 0 slave 1048576 2097152 30 pubsub 33554432 8388608 60",
    );
  });

  test("name and alias are one value, the later pair wins", () => {
    expect(set("hash-max-ziplist-entries", "100", "hash-max-listpack-entries", "200")).toBe(null);
    expect([...config.get(["hash-max-*-entries"]).values()]).toEqual(["200", "200"]);
  });
});

describe("CONFIG SET is all or nothing", () => {
  test("a bad value leaves the good ones unset", () => {
    expect(set("maxmemory", "1mb", "hz", "x")).not.toBe(null);
    expect(config.text("maxmemory")).toBe("0");
  });

  test("a hook runs once for all its parameters, and only when something changed", () => {
    const calls: string[][] = [];
    config.onApply("engine", (changed) => {
      calls.push([...changed].sort());
      return null;
    });
    set("maxmemory", "1mb", "maxmemory-samples", "7", "lfu-decay-time", "1");
    set("maxmemory", "1mb");
    expect(calls).toEqual([["maxmemory", "maxmemory-samples"]]);
  });

  test("when a hook refuses, old values are back and earlier hooks hear of it", () => {
    const seen: string[] = [];
    config.onApply("engine", () => {
      seen.push(config.text("maxmemory"));
      return null;
    });
    config.onApply("listen", () =>
      config.text("port") === "1" ? "Unable to listen on this port. Check server logs." : null,
    );
    expect(set("maxmemory", "1mb", "port", "1")).toBe(
      failed("port", "Unable to listen on this port. Check server logs."),
    );
    expect(seen).toEqual(["1048576", "0"]);
    expect(config.text("port")).toBe("6379");
  });

  test("protected parameters open as enable-protected-configs says", () => {
    const directive = config.find("enable-protected-configs")!;
    config.setAtStart(directive, ["local"]);
    expect(config.set(["dbfilename", "x.rdb"], false)).toBe(
      failed("dbfilename", "can't set protected config"),
    );
    expect(config.set(["dbfilename", "x.rdb"], true)).toBe(null);
    expect(config.set(["dbfilename", "a/b"], true)).toBe(
      failed("dbfilename", "dbfilename can't be a path, just a filename"),
    );
  });
});
