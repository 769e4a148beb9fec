/** npm run build [-- target…]: the package in dist/, and further engine targets of asconfig.json by name. */
import { build, install } from "./lib/steps.mjs";

install();
await build(process.argv.slice(2));
