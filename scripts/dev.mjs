/**
 * npm run dev [-- options]: the server on the debug engine, built again and restarted whenever a source
 * changes. Sources are watched by folder; a change is taken after 200 ms of quiet.
 */
import { spawn } from "node:child_process";
import { copyFile, cp } from "node:fs/promises";
import { watch } from "node:fs";
import path from "node:path";
import { ROOT, buildDebug, install } from "./lib/steps.mjs";

const QUIET_MS = 200;
install();

/** @type {import("node:child_process").ChildProcess | undefined} */
let server;
/** @type {NodeJS.Timeout | undefined} */
let timer;
let busy = false;
let again = false;

async function restart() {
  if (busy) {
    again = true;
    return;
  }
  busy = true;
  try {
    await buildDebug();
    const folder = path.join(ROOT, "build/dev");
    // What is in dist/, with the debug engine in place of the release one.
    await cp(path.join(ROOT, "dist"), folder, { recursive: true });
    await copyFile(path.join(ROOT, "build/kvasm.debug.wasm"), path.join(folder, "kvasm.wasm"));
    if (server && server.exitCode === null && server.signalCode === null) {
      const ended = new Promise((resolve) => server?.once("close", resolve));
      server.kill();
      await ended;
    }
    server = spawn(process.execPath, [path.join(folder, "kvasm.js"), ...process.argv.slice(2)], {
      stdio: "inherit",
    });
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
  } finally {
    busy = false;
    if (again) {
      again = false;
      void restart();
    }
  }
}

for (const folder of ["assembly", "bindings", "server"]) {
  watch(path.join(ROOT, folder), { recursive: true }, () => {
    clearTimeout(timer);
    timer = setTimeout(() => void restart(), QUIET_MS);
  });
}
for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM"])) {
  process.on(signal, () => {
    server?.kill(signal);
    process.exit(0);
  });
}
await restart();
