/**
 * node scripts/run-ts.mjs FILE [arguments]: runs a TypeScript program of this repository. It is bundled to
 * build/run/ first, packages left outside, because Node 20 does not run TypeScript by itself.
 */
import path from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT, build, install, orExit } from "./lib/steps.mjs";

const [file, ...args] = process.argv.slice(2);
if (file === undefined) throw new Error("usage: run-ts.mjs FILE [arguments]");
install();
// Most programs drive the server; KVASM_NO_BUILD=1 is for those that drive only native ones.
if (process.env["KVASM_NO_BUILD"] !== "1") await orExit(build());

const { default: esbuild } = await import("esbuild");
const outfile = path.join(ROOT, "build/run", path.basename(file, ".ts") + ".mjs");
await esbuild.build({
  absWorkingDir: ROOT,
  entryPoints: [file],
  outfile,
  bundle: true,
  packages: "external",
  format: "esm",
  platform: "node",
  target: "node20",
  sourcemap: "inline",
  logLevel: "warning",
});
process.argv = [process.execPath, outfile, ...args];
await import(pathToFileURL(outfile).href);
