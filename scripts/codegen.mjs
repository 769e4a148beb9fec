/**
 * codegen: `npm run codegen` writes the generated files that are stale; with `--check` it writes nothing and fails,
 * naming them. Bundles bindings/codegen/generate.ts with esbuild, so that Node needs no TypeScript loader.
 */
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

const bundle = await build({
  entryPoints: [`${root}bindings/codegen/generate.ts`],
  bundle: true,
  write: false,
  platform: "node",
  format: "esm",
  target: "node20",
});
const source = bundle.outputFiles[0]?.text ?? "";
const module = `data:text/javascript;base64,${Buffer.from(source).toString("base64")}`;

try {
  const { staleFiles, writeFiles } = await import(module);
  if (process.argv.includes("--check")) {
    const stale = staleFiles(root);
    for (const path of stale) console.error(`${path} is stale: npm run codegen`);
    if (stale.length > 0) process.exitCode = 1;
  } else {
    for (const path of writeFiles(root)) console.log(`wrote ${path}`);
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
