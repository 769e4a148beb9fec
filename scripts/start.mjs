/**
 * npm start [-- options]: the server from a clone. Installs and builds what is missing or stale, then runs
 * dist/kvasm.js, the program that users of the package get, in this very process.
 */
import path from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT, build, install, orExit } from "./lib/steps.mjs";

install();
await orExit(build());

const program = path.join(ROOT, "dist/kvasm.js");
process.argv[1] = program;
await import(pathToFileURL(program).href);
