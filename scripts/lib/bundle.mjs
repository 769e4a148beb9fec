/**
 * bundle: the JavaScript of the package. dist/kvasm.js is the server's program, dist/index.js what users import,
 * dist/listen.js the server for a store that listens, with what it shares with the program in dist/server-*.js. All
 * load dist/kvasm.wasm beside them. Nothing of node_modules is left to install for users, except what package.json
 * lists in `dependencies`.
 */
import esbuild from "esbuild";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { ROOT } from "./steps.mjs";

export async function bundle() {
  const { version, dependencies = {} } = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8"));
  /** @type {esbuild.BuildOptions} */
  const common = {
    absWorkingDir: ROOT,
    bundle: true,
    format: "esm",
    target: "node20",
    platform: "node",
    external: Object.keys(dependencies),
    define: { KVASM_VERSION: JSON.stringify(version) },
    sourcemap: true,
    sourcesContent: false,
    legalComments: "inline",
    logLevel: "warning",
  };
  const [server] = await Promise.all([
    esbuild.build({
      ...common,
      entryPoints: { kvasm: "server/main.ts", listen: "server/embedded.ts" },
      outdir: "dist",
      splitting: true,
      chunkNames: "server-[hash]",
      banner: { js: "#!/usr/bin/env node" },
      metafile: true,
    }),
    esbuild.build({ ...common, entryPoints: ["bindings/index.ts"], outfile: "dist/index.js" }),
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
