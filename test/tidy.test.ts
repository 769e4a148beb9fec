/**
 * tidy: what the compilers and the linter cannot see. Who imports whom, that every source says what it is for,
 * and that nothing is left half done.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const FOLDERS = ["assembly", "bindings", "server", "test", "bench", "scripts"];

/** Sources that git knows or would add: what is ignored is not ours. */
const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", ...FOLDERS], {
  cwd: ROOT,
  encoding: "utf8",
})
  .split("\n")
  .filter((file) => /\.(ts|mjs)$/.test(file) && !file.includes("/fixtures/"));

function read(file: string): string {
  try {
    return readFileSync(path.join(ROOT, file), "utf8");
  } catch {
    return ""; // deleted, but not yet in a commit
  }
}

interface Import {
  from: string;
  /** From the root for relative imports, else as written. */
  to: string;
  /** `import type`, which leaves nothing in the program. */
  typeOnly: boolean;
  relative: boolean;
  /** `export … from` */
  reExport: boolean;
}

function importsOf(file: string): Import[] {
  const pattern = /^(import|export)\s+(type\s+)?(?:[^"';]*?\sfrom\s+)?"([^"]+)"|\bimport\("([^"]+)"\)/gm;
  return [...read(file).matchAll(pattern)].map(([, keyword, typeOnly, fixed, dynamic]) => {
    const target = (fixed ?? dynamic) as string;
    const to = target.startsWith(".") ? path.posix.join(path.posix.dirname(file), target) : target;
    return {
      from: file,
      to,
      relative: target.startsWith("."),
      typeOnly: typeOnly !== undefined,
      reExport: keyword === "export",
    };
  });
}

const imports = files.flatMap(importsOf);

function within(folder: string, file: string): boolean {
  return file === folder || file.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
}

/** Imports from files of a folder to places that are not in `allowed`. */
function strays(folder: string, allowed: readonly string[]): string[] {
  return imports
    .filter(({ from, to }) => within(folder, from) && !allowed.some((place) => within(place, to)))
    .map(({ from, to }) => `${from} imports ${to}`);
}

/** Pure conversions and constants, which know nothing of the layer that their folder belongs to. */
const ENGINE_LEAVES = [
  "assembly/config.ts",
  "assembly/limits.ts",
  "assembly/root.ts",
  "assembly/settings.ts",
  "assembly/resp/numbers",
  "assembly/rdb/lzf.ts",
  "assembly/types/entry-key.ts",
  "assembly/types/ids.ts",
];

describe("layers of the engine", () => {
  it("memory knows no layer above it", () => {
    expect(strays("assembly/memory", ["assembly/memory", ...ENGINE_LEAVES])).toEqual([]);
  });
  it("hashing knows memory only", () => {
    expect(strays("assembly/hashing", ["assembly/memory", "assembly/hashing", ...ENGINE_LEAVES])).toEqual([]);
  });
  it("structures know memory and hashing: they write no reply and know no type", () => {
    const allowed = ["assembly/structures", "assembly/memory", "assembly/hashing", ...ENGINE_LEAVES];
    expect(strays("assembly/structures", allowed)).toEqual([]);
  });
  it("types see no argv and write no reply", () => {
    const parts = ["types", "keyspace", "structures", "memory", "hashing", "rdb", "propagate"];
    const allowed = [...parts.map((part) => `assembly/${part}`), ...ENGINE_LEAVES];
    expect(strays("assembly/types", allowed)).toEqual([]);
  });
  it("only the dispatch and commands themselves import commands", () => {
    const wrong = imports.filter(
      ({ from, to }) =>
        within("assembly/commands", to) &&
        !["assembly/commands", "assembly/generated", "assembly/testing"].some((place) => within(place, from)),
    );
    // The loops that run commands hand some of their work to a command's own code.
    const callers = [
      "assembly/execute.ts",
      "assembly/call.ts",
      "assembly/cron.ts",
      "assembly/index.ts",
      "assembly/testing.ts",
    ];
    expect(wrong.map(({ from }) => from).filter((from) => !callers.includes(from))).toEqual([]);
  });
  it("the engine imports nothing from outside", () => {
    expect(strays("assembly", ["assembly"])).toEqual([]);
  });
});

describe("layers of the host", () => {
  it("bindings know no server and no engine source", () => {
    const wrong = imports.filter(
      ({ from, to }) => within("bindings", from) && (within("server", to) || within("assembly", to)),
    );
    expect(wrong.filter(({ from }) => !within("bindings/codegen", from))).toEqual([]);
  });
  it("bindings run anywhere: `node:` is imported dynamically, or in files named for it", () => {
    const wrong = files
      .filter(
        (file) =>
          within("bindings", file) && !within("bindings/codegen", file) && !/node/.test(path.basename(file)),
      )
      .filter((file) => /^import\s[^;]*?"node:/m.test(read(file)));
    expect(wrong).toEqual([]);
  });
  it("the server touches the engine through the bindings, and no linear memory", () => {
    const wrong = imports.filter(
      ({ from, to, typeOnly }) =>
        within("server", from) && (within("assembly", to) || (within("bindings/memory.ts", to) && !typeOnly)),
    );
    expect(wrong).toEqual([]);
  });
  it("what is shipped imports no package but those of `optionalDependencies`", () => {
    const { optionalDependencies = {} } = JSON.parse(read("package.json")) as {
      optionalDependencies?: Record<string, string>;
    };
    const wrong = imports.filter(
      ({ from, to }) =>
        (within("bindings", from) || within("server", from)) &&
        !within("bindings/codegen", from) &&
        !/^(node:|bindings\/|server\/|dist\/kvasm\.wasm$)/.test(to) &&
        !(to in optionalDependencies),
    );
    expect(wrong).toEqual([]);
  });
});

describe("prom-client", () => {
  it("is loaded by metrics.ts only, and that by nobody before a port asks for it", () => {
    expect(imports.filter(({ to }) => to === "prom-client").map(({ from }) => from)).toEqual([
      "server/observe/metrics.ts",
    ]);
    const early = imports.filter(({ to, typeOnly }) => to === "server/observe/metrics.ts" && !typeOnly);
    const source = read("server/server.ts");
    expect(early.map(({ from }) => from).filter((from) => !within("test", from))).toEqual([
      "server/server.ts",
    ]);
    expect(source).toContain('await import("./observe/metrics.ts")');
  });
});

describe("every source", () => {
  const written = files.filter((file) => !file.includes("/generated/") && !file.endsWith(".d.ts"));
  const thisFile = "test/tidy.test.ts"; // which names the marks

  it("imports its neighbours with the `.ts` ending", () => {
    const wrong = imports.filter(
      ({ relative, to }) => relative && !/\.(ts|mjs|json|wasm)$/.test(to) && !to.includes("${"),
    );
    // asc refuses the ending in `export … from`.
    expect(wrong.filter(({ from, reExport }) => !(within("assembly", from) && reExport))).toEqual([]);
  });
  it("opens with what it is for", () => {
    expect(
      written.filter(
        (file) => read(file) !== "" && !/^(#![^\n]*\n)?(\/\/\/[^\n]*\n)*\/\*\*/.test(read(file)),
      ),
    ).toEqual([]);
  });
  it("is finished: no marks of work left over, no test that runs alone", () => {
    const mark = /(?:TODO|FIXME|HACK)/;
    const alone = /\b(?:it|test|describe)\.(?:only|todo)\b/;
    const wrong = written
      .filter((file) => file !== thisFile)
      .flatMap((file) =>
        read(file)
          .split("\n")
          .flatMap((line, i) =>
            mark.test(line) || alone.test(line) ? [`${file}:${i + 1}: ${line.trim()}`] : [],
          ),
      );
    expect(wrong).toEqual([]);
  });
  it("names no folder of the machine it was written on", () => {
    const wrong = written.filter((file) => /["'`(\s]\/(root|home|Users|work)\/\w/.test(read(file)));
    expect(wrong).toEqual([]);
  });
});
