/** rows: what is wrong with a row is refused by name of its file. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readRows } from "../../../bindings/codegen/rows.ts";

const GET = {
  name: "get",
  summary: "Value of a key.",
  since: "1.0.0",
  group: "string",
  arity: 2,
  flags: ["readonly", "fast"],
  aclCategories: ["read"],
  runs: "engine",
  status: "planned",
};

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), "kvasm-rows-"));
});
afterEach(() => rmSync(root, { recursive: true }));

function put(file: string, content: unknown): void {
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  writeFileSync(path.join(root, file), typeof content === "string" ? content : JSON.stringify(content));
}

describe("ids", () => {
  it("number top-level commands by name, then subcommands", () => {
    put("assembly/commands/string/get.json", GET);
    put("server/commands/server/acl.json", {
      ...GET,
      name: "acl",
      group: "server",
      runs: "host",
      status: undefined,
    });
    put("server/commands/server/acl-cat.json", {
      ...GET,
      name: "cat",
      container: "acl",
      group: "server",
      runs: "host",
    });
    put("assembly/commands/string/append.json", { ...GET, name: "append" });
    const rows = readRows(root);
    expect(rows.map((row) => row.fullName)).toEqual(["acl", "append", "get", "acl|cat"]);
    expect(rows[0]?.subcommandIds).toEqual([3]);
    expect(rows[3]?.containerId).toBe(0);
  });
});

describe("handlers", () => {
  const handled = { ...GET, status: "ready" };

  it("are named like the file, in camel case", () => {
    put("assembly/commands/generic/object-freq.json", {
      ...handled,
      group: "generic",
      container: "object",
      name: "freq",
    });
    put("assembly/commands/generic/object.json", {
      ...GET,
      name: "object",
      group: "generic",
      status: undefined,
    });
    put("assembly/commands/generic/object-freq.ts", "export function objectFreq(): void {}");
    expect(readRows(root)[1]?.target).toEqual({
      path: "assembly/commands/generic/object-freq.ts",
      function: "objectFreq",
    });
  });

  it("may be another function of another file", () => {
    put("assembly/commands/string/get.json", { ...handled, handler: "../generic/all#any" });
    put("assembly/commands/generic/all.ts", "export function any(): void {}");
    expect(readRows(root)[0]?.target).toEqual({ path: "assembly/commands/generic/all.ts", function: "any" });
  });

  it("have to be there when the row says ready", () => {
    put("assembly/commands/string/get.json", handled);
    expect(() => readRows(root)).toThrow("get.json: ready, but there is no assembly/commands/string/get.ts");
    put("assembly/commands/string/get.ts", "function get(): void {}");
    expect(() => readRows(root)).toThrow("ready, but assembly/commands/string/get.ts exports no get");
  });
});

describe("faults", () => {
  it.each([
    ["a missing field", { ...GET, summary: undefined }, "summary is missing"],
    ["an unknown field", { ...GET, aritty: 2 }, "unknown field aritty"],
    ["an unknown flag", { ...GET, flags: ["quick"] }, "unknown flag quick"],
    ["a folder that does not fit", { ...GET, group: "list" }, "belongs in assembly/commands/list/get.json"],
    ["a place that does not fit", { ...GET, runs: "host" }, "the file lies where commands of the engine are"],
    ["other letters than ASCII", { ...GET, summary: "Value \u2192 key." }, "characters beyond ASCII"],
    ["no status", { ...GET, status: undefined }, "status is missing"],
    ["a container that is not there", { ...GET, container: "object" }, "no row for object"],
    [
      "a key spec that is not there",
      { ...GET, arguments: [{ name: "key", type: "key", keySpecIndex: 0 }] },
      "key spec 0",
    ],
    ["no JSON", "{", "assembly/commands/string/get.json: SyntaxError"],
  ])("%s", (_, row, message) => {
    put("assembly/commands/string/get.json", row);
    expect(() => readRows(root)).toThrow(message);
  });
});
