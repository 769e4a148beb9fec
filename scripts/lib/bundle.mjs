/**
 * bundle: the JavaScript of the package. dist/kvasm.js is the server's program, dist/index.js what users
 * import; both load dist/kvasm.wasm beside them. Nothing of node_modules is left to install for users,
 * except what package.json lists in `dependencies`.
 */
import esbuild from "esbuild";
import { readFileSync } from "node:fs";
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
  await Promise.all([
    esbuild.build({
      ...common,
      entryPoints: ["server/main.ts"],
      outfile: "dist/kvasm.js",
      banner: { js: "#!/usr/bin/env node" },
    }),
    esbuild.build({ ...common, entryPoints: ["bindings/index.ts"], outfile: "dist/index.js" }),
  ]);
}
