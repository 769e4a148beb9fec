/**
 * bundle: the JavaScript of the package. dist/kvasm.js is the server's program, dist/index.js what users import and
 * dist/index.cjs what they require, dist/listen.js the server of a store, with what it shares with the program in
 * dist/server-*.js. All load dist/kvasm.wasm beside them, but dist/inline.js, which has it inside. Nothing of
 * node_modules is left to install for users, except what package.json lists in `optionalDependencies`.
 */
import esbuild from "esbuild";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { ROOT } from "./steps.mjs";

/** Names stay: they are what a stack trace or a profile is read by. @type {esbuild.BuildOptions} */
const SMALL = { minifySyntax: true, minifyWhitespace: true, lineLimit: 200 };

/** Tools tell a module by an `export` at the beginning of a line. */
const SAYS_MODULE = { footer: { js: "export {};" } };

/** What a CommonJS module has for import.meta.url. */
const OWN_URL = 'const kvasmUrl = require("node:url").pathToFileURL(__filename).href;';

/** @returns {esbuild.BuildOptions} */
function common() {
  const { version, optionalDependencies = {} } = JSON.parse(
    readFileSync(path.join(ROOT, "package.json"), "utf8"),
  );
  return {
    absWorkingDir: ROOT,
    bundle: true,
    format: "esm",
    target: "node20",
    platform: "node",
    external: Object.keys(optionalDependencies),
    loader: { ".wasm": "binary" },
    define: { KVASM_VERSION: JSON.stringify(version) },
    sourcemap: true,
    sourcesContent: false,
    legalComments: "inline",
    ...SMALL,
    logLevel: "warning",
  };
}

/** The variant with the engine's module inside. It is for where there are no files, so there is none to be required. */
export async function bundleInline() {
  await esbuild.build({
    ...common(),
    ...SAYS_MODULE,
    entryPoints: ["bindings/inline.ts"],
    outfile: "dist/inline.js",
  });
}

export async function bundle() {
  const [server] = await Promise.all([
    esbuild.build({
      ...common(),
      entryPoints: { kvasm: "server/main.ts", listen: "server/embedded.ts" },
      outdir: "dist",
      splitting: true,
      chunkNames: "server-[hash]",
      banner: { js: "#!/usr/bin/env node" },
      metafile: true,
    }),
    esbuild.build({
      ...common(),
      ...SAYS_MODULE,
      entryPoints: ["bindings/index.ts"],
      outfile: "dist/index.js",
    }),
    esbuild.build({
      ...common(),
      entryPoints: ["bindings/index.ts"],
      outfile: "dist/index.cjs",
      format: "cjs",
      banner: { js: OWN_URL },
      define: { "import.meta.url": "kvasmUrl" },
    }),
  ]);
  removeOldChunks(Object.keys(server.metafile.outputs));
}

/** Chunks have names by their content: those of earlier builds go. @param {string[]} outputs  paths from the root */
function removeOldChunks(outputs) {
  for (const file of readdirSync(path.join(ROOT, "dist"))) {
    if (/^server-\w+\.js/.test(file) && !outputs.includes(`dist/${file}`))
      rmSync(path.join(ROOT, "dist", file));
  }
}
