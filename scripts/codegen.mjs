/**
 * codegen: bundles bindings/codegen/generate.ts with esbuild and runs it, so that Node needs no TypeScript loader.
 */
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

const { outputFiles } = await build({
  entryPoints: [`${root}bindings/codegen/generate.ts`],
  bundle: true,
  write: false,
  platform: "node",
  format: "esm",
  target: "node20",
});
const module = `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`;

try {
  const { main } = await import(module);
  process.exitCode = main(root, process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
