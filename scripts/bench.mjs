/** npm run bench [-- suite… --quick]: runs bench/main.ts; see bench/README.md. */
process.argv.splice(2, 0, "bench/main.ts");
await import("./run-ts.mjs");
