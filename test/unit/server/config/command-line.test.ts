/** command-line: what redis-server's arguments mean, as seen in native Redis 8.0.2. */
import { describe, expect, test } from "vitest";
import { parseCommandLine } from "../../../../server/config/command-line.ts";
import { splitArgs } from "../../../../server/config/split-args.ts";

/** The directives that the options amount to, as words. */
function directives(...argv: string[]): (string[] | null)[] {
  const line = parseCommandLine(argv);
  if (line.action !== "serve") throw new Error("not a start");
  return line.text
    .split("\n")
    .filter((text) => text.trim() !== "")
    .map(splitArgs);
}

describe("parseCommandLine", () => {
  test("nothing: defaults, no file", () => {
    expect(parseCommandLine([])).toEqual({ action: "serve", file: null, standardInput: false, text: "" });
  });

  test("options are lines of a configuration file", () => {
    expect(directives("--port", "7000", "--save", "", "--bind", "a", "b")).toEqual([
      ["port", "7000"],
      ["save", ""],
      ["bind", "a", "b"],
    ]);
  });

  test("an option may come whole in one word", () => {
    expect(directives("--port 7000", "--appendonly no")).toEqual([
      ["port", "7000"],
      ["appendonly", "no"],
    ]);
  });

  test("the word after a bare name is its value, whatever it looks like", () => {
    expect(directives("--requirepass", "--secret", "--port", "1")).toEqual([
      ["requirepass", "--secret"],
      ["port", "1"],
    ]);
  });

  test("--save may stand alone", () => {
    expect(directives("--save", "--port", "1")).toEqual([
      ["save", ""],
      ["port", "1"],
    ]);
    expect(directives("--port", "1", "--save")).toEqual([
      ["port", "1"],
      ["save", ""],
    ]);
  });

  test("a file comes first; - reads standard input", () => {
    expect(parseCommandLine(["redis.conf", "--port", "1"])).toMatchObject({
      file: "redis.conf",
      standardInput: false,
    });
    expect(parseCommandLine(["-", "--port", "1"])).toMatchObject({ file: null, standardInput: true });
    expect(parseCommandLine(["redis.conf", "-"])).toMatchObject({ file: "redis.conf", standardInput: true });
  });

  test("values keep quotes and bytes", () => {
    expect(directives("--requirepass", 'a "b" é')).toEqual([["requirepass", 'a "b" \xc3\xa9']]);
  });

  test.each([["-v"], ["--version"]])("%s", (option) => {
    expect(parseCommandLine([option])).toEqual({ action: "version" });
  });

  test.each([["-h"], ["--help"]])("%s", (option) => {
    expect(parseCommandLine([option])).toEqual({ action: "help" });
  });
});
