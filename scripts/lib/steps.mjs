/**
 * steps: the pieces that the dev-loop scripts are made of: installing dependencies and building each
 * output. A step runs only when its inputs changed: the hash of the inputs that an output was made from is
 * kept in build/stamps/, so a step that has nothing to do costs the reading of its inputs (some 30 ms).
 *
 * Needs nothing but Node until `install` has run: other packages are imported where they are used.
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { copyFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const STAMPS = path.join(ROOT, "build/stamps");

/**
 * @typedef {object} Step
 * @property {string} name
 * @property {string[]} inputs   files and folders, from the root
 * @property {string[]} outputs  files; the step is stale when one is missing
 * @property {() => Promise<void>} run
 */

/** @param {string} file  @returns {any} */
const readJson = (file) => JSON.parse(readFileSync(file, "utf8"));

/**
 * Runs `npm ci` when what is installed is not what package-lock.json says. npm records what it installed in
 * node_modules/.package-lock.json, so that is compared, whoever did the installing.
 */
export function install() {
  const installed = path.join(ROOT, "node_modules/.package-lock.json");
  const wanted = readJson(path.join(ROOT, "package-lock.json")).packages;
  const present = existsSync(installed) ? readJson(installed).packages : {};
  const same = Object.keys(wanted).every(
    (name) => name === "" || wanted[name].optional || wanted[name].version === present[name]?.version,
  );
  if (same) return;
  console.log("installing dependencies (npm ci)");
  // Nothing here needs an install script; not running any is one thing less to trust.
  const npm = spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], {
    cwd: ROOT,
    stdio: ["ignore", "inherit", "inherit"],
    shell: process.platform === "win32",
  });
  if (npm.status !== 0) throw new Error("npm ci failed");
}

/** Every file below a path, sorted. @param {string} from @returns {string[]} */
function filesBelow(from) {
  const absolute = path.join(ROOT, from);
  if (!existsSync(absolute)) return [];
  if (statSync(absolute).isFile()) return [from];
  return readdirSync(absolute, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const below = path.posix.join(from, entry.name);
      return entry.isDirectory() ? filesBelow(below) : [below];
    });
}

/** @param {Step} step */
function fingerprint(step) {
  const hash = createHash("sha1");
  for (const file of step.inputs.flatMap(filesBelow)) {
    hash
      .update(file)
      .update("\0")
      .update(readFileSync(path.join(ROOT, file)))
      .update("\0");
  }
  return hash.digest("hex");
}

/** Runs the stale ones of these steps, all at once. @param {Step[]} steps */
export async function runSteps(steps) {
  mkdirSync(STAMPS, { recursive: true });
  mkdirSync(path.join(ROOT, "dist"), { recursive: true });
  const results = await Promise.allSettled(
    steps.map(async (step) => {
      const stamp = path.join(STAMPS, step.name);
      const print = fingerprint(step);
      const fresh =
        existsSync(stamp) &&
        readFileSync(stamp, "utf8") === print &&
        step.outputs.every((file) => existsSync(path.join(ROOT, file)));
      if (fresh) return;
      const began = performance.now();
      rmSync(stamp, { force: true });
      await step.run();
      writeFileSync(stamp, print);
      console.log(`built ${step.outputs.join(", ")} in ${((performance.now() - began) / 1000).toFixed(1)} s`);
    }),
  );
  const failed = results.find((result) => result.status === "rejected");
  if (failed) throw failed.reason;
}

/** Runs a program of node_modules; output is shown only if it fails. @param {string} script @param {string[]} args */
function runTool(script, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path.join(ROOT, "node_modules", script), ...args], {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    child.stderr.on("data", (chunk) => (output += chunk));
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`${path.basename(script)} ${args.join(" ")} failed\n${output}`));
    });
  });
}

/** The engine by one target of asconfig.json. @param {string} target @returns {Step} */
function wasmStep(target) {
  const output = readJson(path.join(ROOT, "asconfig.json")).targets[target].outFile;
  return {
    name: `wasm-${target}`,
    inputs: ["assembly", "asconfig.json", "node_modules/assemblyscript/package.json"],
    outputs: [output],
    async run() {
      // Compiled aside and renamed, so that nobody loads half a module.
      const aside = `${output}.${process.pid}.tmp.wasm`;
      const entries = ["assembly/index.ts"];
      if (target === "verify" && existsSync(path.join(ROOT, "assembly/testing.ts"))) {
        entries.push("assembly/testing.ts");
      }
      try {
        await runTool("assemblyscript/bin/asc.js", [...entries, "--target", target, "--outFile", aside]);
        addBuildId(path.join(ROOT, aside));
        renameSync(path.join(ROOT, aside), path.join(ROOT, output));
      } finally {
        rmSync(path.join(ROOT, aside), { force: true });
        rmSync(path.join(ROOT, `${aside}.map`), { force: true });
      }
    },
  };
}

/**
 * Adds the section `build_id` of WebAssembly's tool conventions: a hash of the module, by which memory images know that
 * they are of it. @param {string} file
 */
function addBuildId(file) {
  const module = readFileSync(file);
  const id = createHash("sha256").update(module).digest().subarray(0, 16);
  const name = Buffer.from("build_id");
  const content = Buffer.concat([Buffer.of(name.length), name, Buffer.of(id.length), id]);
  writeFileSync(file, Buffer.concat([module, Buffer.of(0, content.length), content]));
}

/** @type {Step} */
const distStep = {
  name: "dist",
  inputs: [
    "bindings",
    "server",
    "package.json",
    "scripts/lib/bundle.mjs",
    "node_modules/esbuild/package.json",
  ],
  outputs: ["dist/kvasm.js", "dist/listen.js", "dist/index.js", "dist/index.cjs"],
  async run() {
    const { bundle } = await import("./bundle.mjs");
    await bundle();
  },
};

/**
 * The variant of the package with the engine inside; the engine must have been built.
 * @type {Step}
 */
const inlineStep = {
  name: "inline",
  inputs: [
    "bindings",
    "dist/kvasm.wasm",
    "package.json",
    "scripts/lib/bundle.mjs",
    "node_modules/esbuild/package.json",
  ],
  outputs: ["dist/inline.js"],
  async run() {
    const { bundleInline } = await import("./bundle.mjs");
    await bundleInline();
  },
};

const LUA = "node_modules/wasmoon-lua5.1";

/**
 * Lua, compiled to WebAssembly: the one file of the package that is used, and the licences that go with it.
 * @type {Step}
 */
const luaStep = {
  name: "lua",
  inputs: [`${LUA}/dist/liblua5.1.wasm`, `${LUA}/LICENSE`, "server/scripting/lua/LICENSE"],
  outputs: ["dist/liblua5.1.wasm", "dist/liblua5.1.LICENSE"],
  async run() {
    await copyFile(path.join(ROOT, LUA, "dist/liblua5.1.wasm"), path.join(ROOT, "dist/liblua5.1.wasm"));
    const licences = [`${LUA}/LICENSE`, "server/scripting/lua/LICENSE"];
    const texts = licences.map((file) => readFileSync(path.join(ROOT, file), "utf8"));
    writeFileSync(path.join(ROOT, "dist/liblua5.1.LICENSE"), texts.join("\n"));
  },
};

/** @type {Step} */
const typesStep = {
  name: "types",
  inputs: ["bindings", "tsconfig.json", "tsconfig.types.json", "node_modules/typescript/package.json"],
  outputs: ["dist/index.d.ts", "dist/cjs/index.d.ts", "dist/cjs/package.json"],
  async run() {
    await runTool("typescript/bin/tsc", ["-p", "tsconfig.types.json"]);
    // The same declarations once more for who requires the package: which kind of module they describe, their folder says.
    const dist = path.join(ROOT, "dist");
    const declarations = filesBelow("dist").filter((file) =>
      /^dist\/(generated\/)?[\w-]+\.d\.ts$/.test(file),
    );
    for (const file of declarations) {
      const copy = path.join(dist, "cjs", path.relative("dist", file));
      mkdirSync(path.dirname(copy), { recursive: true });
      await copyFile(path.join(ROOT, file), copy);
    }
    writeFileSync(path.join(dist, "cjs/package.json"), '{ "type": "commonjs" }\n');
  },
};

/** The release engine, beside the JavaScript that loads it. @returns {Step} */
function packagedWasmStep() {
  const release = wasmStep("release");
  return {
    ...release,
    name: "wasm",
    outputs: [...release.outputs, "dist/kvasm.wasm"],
    async run() {
      await release.run();
      await copyFile(
        path.join(ROOT, /** @type {string} */ (release.outputs[0])),
        path.join(ROOT, "dist/kvasm.wasm"),
      );
    },
  };
}

/** Ends a script whose set-up failed, with what failed rather than where. @param {Promise<void>} setUp */
export async function orExit(setUp) {
  try {
    await setUp;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}

/**
 * Builds what is stale of the package, and of other engine targets.
 * @param {string[]} targets  targets of asconfig.json beside release
 */
export async function build(targets = []) {
  await runSteps([packagedWasmStep(), distStep, luaStep, typesStep, ...targets.map(wasmStep)]);
  await runSteps([inlineStep]);
}

/** Builds what is stale of the server and the debug engine: the dev loop. */
export async function buildDebug() {
  await runSteps([distStep, luaStep, wasmStep("debug")]);
}
