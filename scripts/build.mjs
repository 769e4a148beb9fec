/** npm run build [-- target…]: the package in dist/, and further engine targets of asconfig.json by name. */
import { build, install, orExit } from "./lib/steps.mjs";

install();
await orExit(build(process.argv.slice(2)));
