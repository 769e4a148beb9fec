/** file: redis.conf as a start reads it. The fatal forms were seen in native Redis 8.0.2. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findCommand } from "../../../../bindings/command-table.ts";
import { Config } from "../../../../server/config/config.ts";
import { ConfigFileError, emptyEffects, loadConfigText } from "../../../../server/config/file.ts";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "kvasm-config-"))));
afterEach(() => rmSync(folder, { recursive: true }));

function load(text: string) {
  const config = new Config();
  const effects = emptyEffects();
  loadConfigText(config, text, effects);
  return { config, effects };
}

function fatal(text: string): readonly string[] {
  try {
    load(text);
  } catch (problem) {
    if (problem instanceof ConfigFileError) return problem.lines;
    throw problem;
  }
  throw new Error("it was accepted");
}

const form = (line: number, text: string, why: string) => [
  "",
  "*** FATAL CONFIG FILE ERROR (Redis 8.0.2) ***",
  `Reading the configuration file, at line ${line}`,
  `>>> '${text}'`,
  why,
];

describe("a configuration file", () => {
  test("comments, blank lines, case, quotes, the last line wins", () => {
    const { config } = load(
      "# note\n\n  PORT 7000\r\nrequirepass \"a b\"\nport 7001\nproc-title-template '{title}'",
    );
    expect(config.text("port")).toBe("7001");
    expect(config.text("requirepass")).toBe("a b");
    expect(config.text("proc-title-template")).toBe("{title}");
  });

  test("save lines add up; an empty one forgets", () => {
    expect(load("save 900 1\nsave 300 10 60 5").config.text("save")).toBe("900 1 300 10 60 5");
    expect(load('save 900 1\nsave ""').config.text("save")).toBe("");
    expect(load('save ""\nsave 60 5').config.text("save")).toBe("60 5");
    expect(load('save "900 1"').config.text("save")).toBe("900 1");
  });

  test("rename-command and user lines are kept", () => {
    const { effects } = load('rename-command FLUSHALL ""\nrename-command GET fetch\nuser bob on >x ~*');
    expect([...effects.renamedCommands]).toEqual([
      ["flushall", -1],
      ["get", -1],
      ["fetch", findCommand("get")!.id],
    ]);
    expect(effects.users).toEqual([["bob", "on", ">x", "~*"]]);
  });

  test("include takes files and patterns, in order", () => {
    writeFileSync(join(folder, "a.conf"), "port 1\ntimeout 1\n");
    writeFileSync(join(folder, "b.conf"), "port 2\n");
    const { config } = load(`include ${folder}/*.conf\ninclude ${folder}/none*.conf\nmaxclients 7`);
    expect([config.text("port"), config.text("timeout"), config.text("maxclients")]).toEqual(["2", "1", "7"]);
  });

  test("a missing include is fatal, and so is one that includes itself", () => {
    expect(fatal("include /nope.conf")).toEqual([
      "Fatal error, can't open config file '/nope.conf': No such file or directory",
    ]);
    writeFileSync(join(folder, "loop.conf"), `include ${folder}/loop.conf\n`);
    expect(fatal(`include ${folder}/loop.conf`).at(-1)).toBe("include is nested too deeply");
  });

  test("directives of older files are taken and ignored", () => {
    load("io-threads-do-reads yes\nlist-max-ziplist-entries 5");
  });

  test.each([
    ["port 1\nfoo bar", form(2, "foo bar", "Bad directive or wrong number of arguments")],
    ["bad", form(1, "bad", "Bad directive or wrong number of arguments")],
    ["port 1 2", form(1, "port 1 2", "wrong number of arguments")],
    ["port", form(1, "port", "wrong number of arguments")],
    ['\nport "1', form(2, 'port "1', "Unbalanced quotes in configuration line")],
    ["databases 0", form(1, "databases 0", "argument must be between 1 and 2147483647 inclusive")],
    ["unixsocketperm 800", form(1, "unixsocketperm 800", "argument couldn't be parsed as an octal number")],
    ["appendfilename a/b", form(1, "appendfilename a/b", "appendfilename can't be a path, just a filename")],
    ["dir /nope/nope", form(1, "dir /nope/nope", "No such file or directory")],
    ["replicaof a z", form(1, "replicaof a z", "Invalid master port")],
  ])("%j is fatal", (text, lines) => {
    expect(fatal(text)).toEqual(lines);
  });

  test("modules are refused", () => {
    expect(fatal("loadmodule x.so")[0]).toMatch(/Can't load module from x\.so/);
  });
});
